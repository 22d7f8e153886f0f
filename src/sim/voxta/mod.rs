//! A Voxta hub.
