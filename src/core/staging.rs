//! Where the session writes its events before they are committed to the queue: no lock, no wake-up.

#[cfg(feature = "audio")]
use std::sync::Arc;

use super::batch::Batch;
#[cfg(feature = "audio")]
use super::output::Output;
#[cfg(feature = "audio")]
use crate::model::Heard;
use crate::model::{Event, EventSink, Kind, KindSet, Nanos};

/// How many events or bytes are staged at most before they must be committed.
const EVENTS: usize = 1024;
const BYTES: usize = 512 * 1024;

/// A batch being written, and what the host wants in it.
pub struct Staging {
    /// The events so far.
    pub batch: Batch,
    /// The time that the next ones bear.
    pub now: Nanos,
    kinds: KindSet,
    lazy: bool,
    #[cfg(feature = "audio")]
    output: Arc<Output>,
}

impl Staging {
    /// An empty one.
    #[must_use]
    pub fn new(kinds: KindSet, lazy: bool, #[cfg(feature = "audio")] output: Arc<Output>) -> Staging {
        Staging {
            batch: Batch::default(),
            now: 0,
            kinds,
            lazy,
            #[cfg(feature = "audio")]
            output,
        }
    }

    /// Whether it is time to commit, even though more is waiting to be read.
    #[must_use]
    pub fn ripe(&self) -> bool {
        self.batch.len() >= EVENTS || self.batch.weight() >= BYTES
    }
}

/// Whether an event of this kind is for the ears.
#[cfg(feature = "audio")]
const fn audible(kind: Kind) -> bool {
    matches!(kind, Kind::Audio | Kind::AudioEnded)
}

impl EventSink for Staging {
    fn push(&mut self, event: &Event<'_>) {
        #[cfg(feature = "audio")]
        if audible(event.kind) && self.output.wanted() {
            self.output.take(event);
            // It may be wanted by the audio thread only.
            if !self.kinds.has(event.kind) {
                return;
            }
        }
        self.batch.push(self.now, event);
    }

    fn push_undecoded(&mut self, kind: Kind, type_: &str, json: &str) {
        self.batch.push_undecoded(self.now, kind, type_, json);
    }

    fn wants(&self, kind: Kind) -> bool {
        #[cfg(feature = "audio")]
        if audible(kind) && self.output.wanted() {
            return true;
        }
        self.kinds.has(kind)
    }

    fn lazy(&self) -> bool {
        self.lazy
    }

    #[cfg(feature = "audio")]
    fn heard(&self, id: &str) -> Option<Heard> {
        self.output.heard(id)
    }

    #[cfg(feature = "audio")]
    fn listened(&self) -> bool {
        self.output.wanted()
    }

    #[cfg(feature = "audio")]
    fn silence(&mut self) {
        self.output.cut();
    }
}
