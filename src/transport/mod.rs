//! Sockets, HTTP and TLS: where tokio lives, together with `runtime.rs`.
//!
//! These are blocks without an opinion: they know no service and no session. [`ws::open`] gives a WebSocket for one
//! owner to poll, [`http::Client`] makes calls; both go through one [`net::NetConfig`], so that the proxy, the
//! authorities and the limits that a host sets hold for both. Whatever goes wrong comes back as one
//! [`crate::protocol::Failure`] with a status for the program and a sentence for the person.

pub mod dial;
pub mod failure;
mod frames;
pub mod http;
pub mod net;
pub mod proxy;
mod refusal;
mod resolve;
pub mod signal;
mod sound;
pub mod stream;
mod tap;
pub mod tls;
mod tunnel;
mod upgrade;
mod upload;
mod verify;
pub mod ws;

mod driver;
pub use driver::Driver;
pub use net::NetConfig;
pub use signal::block_sigpipe_on_this_thread;
