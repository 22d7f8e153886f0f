//! parlor: an embeddable client for realtime conversational services.
#![allow(dead_code, reason = "rooms are being furnished")]

pub mod core;
pub mod model;
pub mod protocol;
#[cfg(feature = "sim")]
pub mod sim;
pub mod transport;
