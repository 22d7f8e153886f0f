//! Where the session writes its events before they are committed to the queue: no lock, no wake-up.

use super::batch::Batch;
use crate::model::{Event, EventSink, Kind, KindSet, Nanos};

/// How many events or bytes are staged at most before they must be committed.
const EVENTS: usize = 1024;
const BYTES: usize = 512 * 1024;

/// A batch being written, and what the host wants in it.
#[derive(Debug)]
pub struct Staging {
    /// The events so far.
    pub batch: Batch,
    /// The time that the next ones bear.
    pub now: Nanos,
    kinds: KindSet,
    lazy: bool,
}

impl Staging {
    /// An empty one.
    #[must_use]
    pub fn new(kinds: KindSet, lazy: bool) -> Staging {
        Staging { batch: Batch::default(), now: 0, kinds, lazy }
    }

    /// Whether it is time to commit, even though more is waiting to be read.
    #[must_use]
    pub fn ripe(&self) -> bool {
        self.batch.len() >= EVENTS || self.batch.weight() >= BYTES
    }
}

impl EventSink for Staging {
    fn push(&mut self, event: &Event<'_>) {
        self.batch.push(self.now, event);
    }

    fn wants(&self, kind: Kind) -> bool {
        self.kinds.has(kind)
    }

    fn lazy(&self) -> bool {
        self.lazy
    }
}
