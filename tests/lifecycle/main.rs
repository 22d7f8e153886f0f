//! The life and death of clients with real connections: nothing is left behind, nothing hangs, and the process that
//! the library lives in notices nothing of it.

#![cfg(all(target_os = "linux", feature = "sim"))]
#![allow(clippy::unwrap_used, reason = "a test may fall over")]

#[path = "../faults/kit/mod.rs"]
mod kit;
mod process;
mod programs;
