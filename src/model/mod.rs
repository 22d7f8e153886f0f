//! The vocabulary that every room speaks: statuses, event kinds, events, actions, options.
//!
//! It stands at the bottom of the house and knows nothing above it: no socket, no clock, no C. The protocols produce
//! these values, the core stores them, the border turns them into C structs; none of them has to know the others for it.

mod action;
mod event;
mod kind;
mod options;
mod options_table;
mod secret;
mod status;

pub use action::{Action, Playback, PlaybackPhase, RequestId, Say, Tag};
pub use event::{Event, EventSink, Heard, flag};
pub use kind::{Kind, KindSet};
pub use options::{OptionValue, Options};
pub use options_table::{KEYS, KeyKind, KeyRow, key};
pub use secret::{Secret, redact_url};
pub use status::{Error, Status};

/// A point on the client's own monotonic clock, in nanoseconds. The clock is read in one place and handed in everywhere
/// else, so that tests can run ten thousand seconds in a millisecond.
pub type Nanos = u64;

/// Milliseconds as [`Nanos`].
#[must_use]
pub const fn millis(ms: u64) -> Nanos {
    ms.saturating_mul(1_000_000)
}

/// The states of a client, in the order in which a good connection passes through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum State {
    /// Not connected, and not trying to be.
    Closed = 0,
    /// A first attempt is under way.
    Connecting = 1,
    /// The service has accepted the client; it may not take part in a conversation yet.
    Connected = 2,
    /// The service takes part in a conversation now: a chat is active, a session is established.
    Ready = 3,
    /// The link was lost; another attempt is waiting or under way.
    Reconnecting = 4,
    /// Given up: the STATE event says why. `connect` starts anew.
    Failed = 5,
}

impl State {
    /// The name as it stands in the header, without its prefix.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            State::Closed => "CLOSED",
            State::Connecting => "CONNECTING",
            State::Connected => "CONNECTED",
            State::Ready => "READY",
            State::Reconnecting => "RECONNECTING",
            State::Failed => "FAILED",
        }
    }

    /// The state of a number that [`State`] `as i32` has given.
    #[must_use]
    pub const fn from_number(number: i32) -> State {
        match number {
            1 => State::Connecting,
            2 => State::Connected,
            3 => State::Ready,
            4 => State::Reconnecting,
            5 => State::Failed,
            _ => State::Closed,
        }
    }
}
