//! What the host's threads and the session share: the queue, the table of requests, the state, the mirror.

#[cfg(feature = "audio")]
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use parking_lot::Mutex;

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
    /// Bytes of microphone that were handed over and not yet looked at by the session.
    audio: AtomicUsize,
    /// The way out for speech.
    #[cfg(feature = "audio")]
    pub(crate) output: Arc<Output>,
}

/// How much of the microphone may wait for the session: some seconds of it.
const AUDIO: usize = 1024 * 1024;

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
            audio: AtomicUsize::new(0),
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

    /// Takes room for a piece of the microphone; `false` when too much is waiting already.
    pub(super) fn audio_enters(&self, bytes: usize) -> bool {
        let taken = self.audio.fetch_add(bytes, Ordering::Relaxed);
        if taken > 0 && taken.saturating_add(bytes) > AUDIO {
            self.audio.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// Gives the room back.
    pub(super) fn audio_leaves(&self, bytes: usize) {
        self.audio.fetch_sub(bytes, Ordering::Relaxed);
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
