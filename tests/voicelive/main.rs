//! Voice Live and OpenAI Realtime, end to end: a live client against the simulator, over a real socket.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

mod connect;
mod cuts;
#[cfg(target_os = "linux")]
mod ears;
mod faults;
mod host;
mod reconnect;
mod round;
mod sound;
mod talk;

#[path = "../voicelive_tables/mod.rs"]
mod tables;

#[cfg(target_os = "linux")]
#[path = "../faults/kit/mod.rs"]
mod kit;
