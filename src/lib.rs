//! parlor: an embeddable client for realtime conversational services.
#![allow(dead_code, reason = "rooms are being furnished")]

pub mod core;
mod ffi;
pub mod model;
pub mod protocol;
pub mod runtime;
#[cfg(feature = "sim")]
pub mod sim;
pub mod transport;
