//! Counters of the whole library, for tests and bug reports.

use std::sync::atomic::{AtomicU64, Ordering};

/// Which counter. The numbers are part of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Counter {
    /// Clients that were made and not destroyed.
    LiveClients = 0,
    /// Options that were made and not freed.
    LiveOptions = 1,
    /// Batches in the hands of hosts.
    LiveBatches = 2,
    /// Threads of the library.
    LiveThreads = 3,
    /// Events that full queues have dropped.
    DroppedEvents = 4,
    /// Panics that were caught.
    Panics = 5,
    /// Answers that came after their request had ended.
    LateAnswers = 6,
    /// Audio handles that were opened and not closed.
    LiveAudio = 7,
}

/// All the counters. There is one set in a process.
pub struct Counters([AtomicU64; 8]);

static COUNTERS: Counters = Counters([const { AtomicU64::new(0) }; 8]);

impl Counters {
    /// How many counters there are.
    pub const COUNT: i32 = 8;

    /// Adds to a counter.
    pub fn add(counter: Counter, n: u64) {
        COUNTERS.0[counter as usize].fetch_add(n, Ordering::Relaxed);
    }

    /// Takes one off a counter of live things. Whoever then sees the lower number also sees what was done before.
    pub fn gone(counter: Counter) {
        COUNTERS.0[counter as usize].fetch_sub(1, Ordering::Release);
    }

    /// Reads a counter by its number.
    #[must_use]
    pub fn read(number: i32) -> Option<u64> {
        usize::try_from(number).ok().and_then(|at| COUNTERS.0.get(at)).map(|counter| counter.load(Ordering::Acquire))
    }
}
