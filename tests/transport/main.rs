//! The transport blocks against listeners on the loopback: every way in which a connection can fail has its own status
//! and a sentence that helps.

#![allow(clippy::unwrap_used, reason = "a test may fall over")]

mod autobahn;
mod cuts;
mod http;
mod kit;
mod proxy;
mod socket;
mod tls;
mod upgrade;
