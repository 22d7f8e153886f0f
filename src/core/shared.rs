//! What the host's threads and the session share: the queue, the table of requests, the state, the mirror.

#[cfg(feature = "audio")]
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use parking_lot::Mutex;

use super::microphone::Microphone;
#[cfg(feature = "audio")]
use super::output::Output;
use super::queue::{Queue, QueueLimits};
use super::requests::Requests;
use crate::model::{Options, State, key};

/// The part of a client that both sides see.
pub struct Shared {
    /// Events on their way to the host.
    pub queue: Queue,
    /// Requests that have not ended.
    pub requests: Requests,
    state: AtomicI32,
    mirror: Mutex<String>,
    /// What the host has picked up.
    pub(super) microphone: Microphone,
    /// The way out for speech.
    #[cfg(feature = "audio")]
    pub(crate) output: Arc<Output>,
}

impl Shared {
    /// Empty, as a client begins.
    #[must_use]
    pub fn new(options: &Options) -> Shared {
        Shared {
            queue: Queue::new(QueueLimits {
                events: options.i64(key::QUEUE_MAX_EVENTS) as usize,
                bytes: options.i64(key::QUEUE_MAX_BYTES) as usize,
            }),
            requests: Requests::new(options.i64(key::REQUEST_MAX_PENDING) as usize),
            state: AtomicI32::new(State::Closed as i32),
            mirror: Mutex::new(String::from("{}")),
            microphone: Microphone::default(),
            #[cfg(feature = "audio")]
            output: Arc::default(),
        }
    }

    /// The state as the session last set it.
    #[must_use]
    pub fn state(&self) -> State {
        State::from_number(self.state.load(Ordering::Acquire))
    }

    pub(super) fn set_state(&self, state: State) {
        self.state.store(state as i32, Ordering::Release);
    }

    /// A copy of the mirror.
    #[must_use]
    pub fn mirror(&self) -> String {
        self.mirror.lock().clone()
    }

    /// Lets the writer fill the mirror anew, in the memory that it has.
    pub(super) fn write_mirror(&self, write: impl FnOnce(&mut String)) {
        let mut mirror = self.mirror.lock();
        mirror.clear();
        write(&mut mirror);
    }
}
