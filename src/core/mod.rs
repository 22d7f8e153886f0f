//! The household: what every client has, whatever the service. No tokio, no sockets, no clocks, no C.
//!
//! Events go from the session into its staging [`Batch`], are committed to the [`Queue`] some at a time, and leave it by
//! one of three doors: taken as a batch, polled, or called on the thread `parlor-events`. Actions go through the
//! [`Requests`] table and the engine's mailbox to the session, and end there in exactly one REQUEST_DONE.

mod batch;
mod client;
mod counters;
mod delivery;
mod log;
mod microphone;
#[cfg(feature = "audio")]
mod output;
mod queue;
mod relief;
mod requests;
mod retry;
mod session;
mod session_close;
mod session_events;
mod session_time;
mod shared;
mod staging;

pub use batch::{Batch, Record, Slot, Span};
pub use client::{Client, Destroyed, Engine, Platform};
pub use counters::{Counter, Counters};
pub use delivery::Callback;
#[cfg(feature = "audio")]
pub use output::Opened;
#[cfg(feature = "audio")]
pub(crate) use output::Output;
pub use queue::{Pressure, Queue, QueueLimits, Supply};
pub use requests::{Pending, Requests, What};
pub use retry::Retry;
pub use session::{Command, Io, Session, SocketKey};
pub use shared::Shared;
pub use staging::Staging;
