//! Token Bowl and Centrifugo: the rules of both without a network, then the client against the simulators, and the
//! simulators against the services' own clients.

#[cfg(feature = "sim")]
mod chat;
mod codes;
mod frames;
mod gaps;
mod garbage;
#[cfg(feature = "sim")]
mod judges;
#[cfg(feature = "sim")]
mod live;
#[cfg(feature = "sim")]
mod live_centrifugo;
#[cfg(feature = "sim")]
mod loss;
mod offline;
mod pitfalls;
#[cfg(feature = "sim")]
mod pitfalls_live;
#[cfg(feature = "sim")]
mod quirks;
#[cfg(feature = "sim")]
mod rest;
#[cfg(feature = "sim")]
mod rest_errors;
#[cfg(feature = "sim")]
#[path = "../sim_client/mod.rs"]
mod sim_client;
mod stage;
#[cfg(feature = "sim")]
mod weaknesses;

/// Without the simulators only the rules are tested.
#[cfg(not(feature = "sim"))]
#[test]
fn live() {
    println!("SKIPPED: the client needs the simulators to talk to; run with --features sim");
}
