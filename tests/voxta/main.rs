//! The protocol `voxta`, from the outside: alone on a stage, and as a client of the simulated server over real sockets.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

mod conversation;
#[path = "../faults/kit/host.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod host;
mod judge;
mod messages;
mod sound;
mod speech;
mod stage;
mod wire;
