//! The protocol `voxta`, from the outside: alone on a stage, and as a client of the simulated server over real sockets.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

mod bad_days;
mod conversation;
#[path = "../faults/fault.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod fault;
mod hub_days;
mod judge;
#[path = "../faults/kit/mod.rs"]
mod kit;
mod messages;
#[path = "../faults/names.rs"]
mod names;
mod sound;
mod speech;
mod stage;
#[path = "../faults/table.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod table;
mod vision;
mod wire;

use kit::host;
