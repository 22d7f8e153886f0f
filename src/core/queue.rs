//! The one bounded queue between the session and the host. One producer commits batches; hosts take them one by one.
//!
//! A host that waits is woken once for what has come together. While more is being read, it is left to sleep until there
//! are two batches: waking a thread costs both sides as much as some dozen events, and with two batches on the way
//! neither side waits for the other's.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::batch::Batch;
use super::relief::relieve;

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Events, log records not counted.
    pub events: usize,
    /// Bytes.
    pub bytes: usize,
}

/// Whether the producer has more at hand when it commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// It goes on reading, and commits again before it rests.
    More,
    /// It will rest now.
    Over,
}

/// What the producer is told when it commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressure {
    /// Go on.
    Flowing,
    /// The queue is full of events that may not be dropped; the drain hook is called when the host has taken them.
    Full,
}

type Hook = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Waiting {
    /// Oldest first, none of them empty.
    batches: VecDeque<Batch>,
    events: usize,
    bytes: usize,
    droppable: usize,
    logs: usize,
    next_sequence: u64,
    parked: usize,
    full: bool,
    /// Batches that are empty and have memory, and how few of them there were lately.
    spares: Vec<Batch>,
    fewest_spares: usize,
    taken: u32,
}

impl Waiting {
    /// Puts a batch that is not empty behind the others; what it leaves in its place is empty and has memory.
    fn put(&mut self, staged: &mut Batch) {
        let (droppable, logs) = staged.expendable();
        self.events += staged.len();
        self.bytes += staged.weight();
        self.droppable += droppable;
        self.logs += logs;
        match self.batches.back_mut() {
            // A copy is cheaper than one more batch on its way round.
            Some(last) if staged.len() < SMALL && last.len() < 4 * SMALL => last.append(staged),
            _ => {
                let spare = self.spares.pop().unwrap_or_default();
                self.fewest_spares = self.fewest_spares.min(self.spares.len());
                self.batches.push_back(std::mem::replace(staged, spare));
            }
        }
    }

    fn pop(&mut self) -> Option<Batch> {
        let batch = self.batches.pop_front()?;
        if self.batches.is_empty() {
            (self.events, self.bytes, self.droppable, self.logs) = (0, 0, 0, 0);
        } else {
            let (droppable, logs) = batch.expendable();
            self.events -= batch.len();
            self.bytes -= batch.weight();
            self.droppable -= droppable;
            self.logs -= logs;
        }
        Some(batch)
    }

    fn recycle(&mut self, batch: Batch) {
        if self.spares.len() < SPARES {
            self.spares.push(batch);
        }
        self.taken += 1;
        // What a burst has left behind goes when it turns out that it is not needed.
        if self.taken >= PATIENCE {
            let surplus = std::mem::replace(&mut self.fewest_spares, self.spares.len());
            self.spares.drain(..surplus.min(self.spares.len()));
            self.taken = 0;
        }
    }
}

/// A bounded queue of events.
pub struct Queue {
    limits: QueueLimits,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    closed: AtomicBool,
    wake: Mutex<Option<Hook>>,
    drained: Mutex<Option<Hook>>,
}

/// Log records that may wait. They are not counted among the events, so they never displace any.
pub(super) const LOGS: usize = 256;
/// A commit of fewer events than this is copied behind the one before.
const SMALL: usize = 64;
/// How many empty batches are kept at the most: a queue of the usual length full of batches of the usual length.
const SPARES: usize = 8;
/// After how many batches the spares are looked through.
const PATIENCE: u32 = 64;

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(limits: QueueLimits) -> Queue {
        Queue {
            limits,
            waiting: Mutex::new(Waiting { next_sequence: 1, ..Waiting::default() }),
            arrived: Condvar::new(),
            closed: AtomicBool::new(false),
            wake: Mutex::new(None),
            drained: Mutex::new(None),
        }
    }

    /// Sets what is called when the queue goes from empty to non-empty. When this returns, the hook before it is not
    /// running and will not run again.
    pub fn set_wake(&self, hook: Option<Hook>) {
        let old = std::mem::replace(&mut *self.wake.lock(), hook);
        drop(old);
    }

    /// Sets what is called when a full queue has been drained.
    pub fn set_drained(&self, hook: Option<Hook>) {
        let old = std::mem::replace(&mut *self.drained.lock(), hook);
        drop(old);
    }

    /// Takes the staged events in. The staging is empty afterwards and has memory for the next ones. With
    /// [`Supply::More`] the producer promises to commit again soon, be it nothing.
    pub fn commit(&self, staged: &mut Batch, supply: Supply) -> Pressure {
        if self.is_closed() {
            staged.clear();
            return Pressure::Flowing;
        }
        let mut waiting = self.waiting.lock();
        let was_empty = waiting.batches.is_empty();
        if !staged.is_empty() {
            waiting.next_sequence = staged.number(waiting.next_sequence);
            waiting.put(staged);
            if self.over(&waiting) && waiting.droppable > 0 {
                self.relieve(&mut waiting);
            }
            waiting.full = waiting.full || self.over(&waiting);
        }
        let pressure = if waiting.full { Pressure::Full } else { Pressure::Flowing };
        let enough = if supply == Supply::More && !waiting.full { 2 } else { 1 };
        let wake_one = waiting.parked > 0 && waiting.batches.len() >= enough;
        let began = was_empty && !waiting.batches.is_empty();
        drop(waiting);
        if wake_one {
            self.arrived.notify_one();
        }
        if began {
            // The hook writes to a descriptor of the host. Its lock is what makes removing it final.
            if let Some(wake) = &*self.wake.lock() {
                wake();
            }
        }
        pressure
    }

    /// Takes the oldest batch, waiting for it if `patience` says so: `None` is for ever. Nothing came, or the queue was
    /// closed: `None`.
    pub fn next(&self, patience: Option<Duration>) -> Option<Batch> {
        let mut waiting = self.wait(patience);
        let batch = if self.is_closed() { None } else { waiting.pop() };
        self.popped(waiting);
        batch
    }

    fn wait(&self, patience: Option<Duration>) -> MutexGuard<'_, Waiting> {
        let mut waiting = self.waiting.lock();
        if waiting.batches.is_empty() && patience != Some(Duration::ZERO) {
            waiting.parked += 1;
            let empty = |waiting: &mut Waiting| waiting.batches.is_empty() && !self.is_closed();
            match patience {
                Some(patience) => drop(self.arrived.wait_while_for(&mut waiting, empty, patience)),
                None => self.arrived.wait_while(&mut waiting, empty),
            }
            waiting.parked -= 1;
        }
        waiting
    }

    /// After something was taken out: when that was the last of a full queue, the producer hears of it; when it was not
    /// the last, another one who waits gets the next.
    fn popped(&self, mut waiting: MutexGuard<'_, Waiting>) {
        let drained = waiting.batches.is_empty() && std::mem::take(&mut waiting.full);
        let next = waiting.parked > 0 && !waiting.batches.is_empty();
        drop(waiting);
        if next {
            self.arrived.notify_one();
        }
        if drained && let Some(drained) = &*self.drained.lock() {
            drained();
        }
    }

    /// Gives a batch back, for its memory.
    pub fn recycle(&self, mut batch: Batch) {
        batch.retire();
        if !self.is_closed() {
            self.waiting.lock().recycle(batch);
        }
    }

    /// Ends it: nothing is taken in or out any more, and whoever waits is woken.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let waiting = self.waiting.lock();
        drop(waiting);
        self.arrived.notify_all();
        self.set_wake(None);
        self.set_drained(None);
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// How full it is, in hundredths, and whether anything waits.
    #[must_use]
    pub fn fill_percent(&self) -> usize {
        let waiting = self.waiting.lock();
        let events = waiting.events * 100 / self.limits.events;
        let bytes = waiting.bytes * 100 / self.limits.bytes;
        events.max(bytes)
    }

    fn over(&self, waiting: &Waiting) -> bool {
        waiting.logs > LOGS || waiting.events - waiting.logs > self.limits.events || waiting.bytes > self.limits.bytes
    }

    fn relieve(&self, waiting: &mut Waiting) {
        let mut old = Batch::default();
        waiting.batches.iter_mut().for_each(|batch| old.append(batch));
        waiting.batches.clear();
        (waiting.events, waiting.bytes, waiting.droppable, waiting.logs) = (0, 0, 0, 0);
        waiting.put(&mut relieve(&old, self.limits));
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
