//! The client and the simulator of `toolchat`, through real sockets on the loopback: what the service's own client does
//! wrong and this one does not, the faults, and a storm of tool calls over links that break.
#![cfg(feature = "sim")]

mod faults;
mod host;
mod outside;
mod storm;
mod talk;
mod weaknesses;
