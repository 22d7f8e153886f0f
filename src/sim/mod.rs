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
//!
//! # From outside
//!
//! Started with control paths (`parlor-sim … --control`), a simulator takes orders by `POST /sim/NAME` with a JSON
//! body. The ones about connections take `"connection": N` to mean only that one.
//!
//! | name | body | what happens |
//! |---|---|---|
//! | `record`, `clear`, `connections` | | everything received as JSON; forget it; ids of the open sockets |
//! | `faults` | [`Faults`] | replaces the faults that are on; `GET` shows them |
//! | `send_text`, `send_binary`, `send_raw` | `text` or `bytes` | a message, or bytes that need not be a frame |
//! | `send_split` | `text`, `fragments`, `segment` | one message in so many frames, so many bytes at a time |
//! | `ping` | | a WebSocket ping |
//! | `close`, `drop`, `reset`, `freeze` | `code`, `reason` | the four ways to end, the last one half-open |
//! | `restart` | `down_ms` | 1012 to all, connections refused for a time, back on the same port |
//! | `flood` | [`FloodPlan`] | events as fast as the client takes them |
//! | `prompt`, `replies`, `trigger` | `text`; `replies`; `name`, `arguments` | the conversation |
//! | `start_chat`, `close_chat` | `characters` | the chat comes and goes |
//! | gateway: `broadcast`, `voxta`, `ai_state`, `characters` | `event`, `data`; `connected`; `state`; `characters` | |
//! | voicelive: `turns`, `tell` | `turns`; `type`, `members` | what is answered from now on; an event |
//! | voxta: `emit`, `transcribe`, `recording`, `interrupt` | a hub message; `text`; `enabled` | |

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
pub mod tokenbowl;
pub mod toolchat;
pub mod voicelive;
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
