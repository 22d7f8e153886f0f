//! Simulators of the services, for the project's own tests, for the demo, and for a game's tests without a server.
//!
//! A simulator is a [`Sim`] around a [`Scene`]: the scene knows one service and its quirks, the rest of this room
//! is the stage they share: a listener for HTTP and WebSocket on one loopback port, a WebSocket server side that
//! can also misbehave on purpose, a record of everything received, and control paths for tests in other languages.
//!
//! ```no_run
//! use parlor::sim::gateway::{Config, GatewaySim};
//!
//! let sim = GatewaySim::spawn(Config::default()).expect("loopback is there");
//! sim.set_ai("thinking");
//! println!("a gateway with a chat listens on {}", sim.http_url());
//! ```

pub mod centrifugo;
mod control;
mod fault;
mod flood;
pub mod gateway;
mod json;
mod link;
mod peer;
mod record;
mod script;
mod serve;
mod server;
mod summary;
pub mod voxta;
mod ws;

pub use fault::{Faults, Refusal};
pub use flood::{FloodPlan, Mix};
pub use peer::{Peer, Talk};
pub use record::{Direction, Entry, Record, Seen};
pub use script::{Reply, demo};
pub use server::{Answer, Request, Scene, Sim, Stage, StageConfig, Tap};
pub use summary::summary;
pub use ws::{Frame, Reader};
