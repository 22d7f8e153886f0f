//! The one bounded queue between the session and the host. One producer commits batches; hosts take all there is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::batch::{Batch, Slot};
use super::counters::{Counter, Counters};
use crate::model::{Event, Kind, Nanos, flag};

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Events, log records not counted.
    pub events: usize,
    /// Bytes.
    pub bytes: usize,
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
    batch: Batch,
    droppable: usize,
    logs: usize,
    next_sequence: u64,
    parked: usize,
    full: bool,
}

/// A bounded queue of events.
pub struct Queue {
    limits: QueueLimits,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    closed: AtomicBool,
    spares: Mutex<Vec<Batch>>,
    wake: Mutex<Option<Hook>>,
    drained: Mutex<Option<Hook>>,
}

/// Log records that may wait. They are not counted among the events, so they never displace any.
const LOGS: usize = 256;
/// One batch is staged, one waits, one is with the host, and one is on its way back.
const SPARES: usize = 1;

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(limits: QueueLimits) -> Queue {
        Queue {
            limits,
            waiting: Mutex::new(Waiting { next_sequence: 1, ..Waiting::default() }),
            arrived: Condvar::new(),
            closed: AtomicBool::new(false),
            spares: Mutex::new(Vec::new()),
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

    /// Takes the staged events in. The staging is empty afterwards and has memory for the next ones.
    pub fn commit(&self, staged: &mut Batch) -> Pressure {
        if self.is_closed() {
            staged.clear();
            return Pressure::Flowing;
        }
        if staged.is_empty() {
            return if self.waiting.lock().full { Pressure::Full } else { Pressure::Flowing };
        }
        let mut waiting = self.waiting.lock();
        let was_empty = waiting.batch.is_empty();
        for slot in staged.slots_mut() {
            slot.sequence = waiting.next_sequence;
            waiting.next_sequence += 1;
            waiting.droppable += usize::from(slot.droppable());
            waiting.logs += usize::from(slot.kind == Kind::Log as i32);
        }
        if was_empty {
            std::mem::swap(&mut waiting.batch, staged);
        } else {
            waiting.batch.append(staged);
        }
        if self.over(&waiting) && waiting.droppable > 0 {
            self.relieve(&mut waiting);
        }
        waiting.full = waiting.full || self.over(&waiting);
        let pressure = if waiting.full { Pressure::Full } else { Pressure::Flowing };
        let parked = waiting.parked > 0;
        drop(waiting);
        if parked {
            self.arrived.notify_one();
        }
        if was_empty {
            // The hook writes to a descriptor of the host. Its lock is what makes removing it final.
            if let Some(wake) = &*self.wake.lock() {
                wake();
            }
        }
        pressure
    }

    /// Takes all that waits, waiting for it if `patience` says so: `None` is for ever. Nothing came, or the queue was
    /// closed: `None`.
    pub fn take(&self, patience: Option<Duration>) -> Option<Batch> {
        let mut waiting = self.waiting.lock();
        if waiting.batch.is_empty() && patience != Some(Duration::ZERO) {
            waiting.parked += 1;
            let empty = |waiting: &mut Waiting| waiting.batch.is_empty() && !self.is_closed();
            match patience {
                Some(patience) => drop(self.arrived.wait_while_for(&mut waiting, empty, patience)),
                None => self.arrived.wait_while(&mut waiting, empty),
            }
            waiting.parked -= 1;
        }
        if waiting.batch.is_empty() || self.is_closed() {
            return None;
        }
        let spare = self.spares.lock().pop().unwrap_or_default();
        let batch = std::mem::replace(&mut waiting.batch, spare);
        waiting.droppable = 0;
        waiting.logs = 0;
        let was_full = std::mem::take(&mut waiting.full);
        drop(waiting);
        if was_full && let Some(drained) = &*self.drained.lock() {
            drained();
        }
        Some(batch)
    }

    /// Gives a batch back, for its memory.
    pub fn recycle(&self, mut batch: Batch) {
        let mut spares = self.spares.lock();
        if spares.len() < SPARES && !self.is_closed() {
            batch.retire();
            spares.push(batch);
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
        let events = waiting.batch.len() * 100 / self.limits.events;
        let bytes = waiting.batch.weight() * 100 / self.limits.bytes;
        events.max(bytes)
    }

    fn over(&self, waiting: &Waiting) -> bool {
        waiting.logs > LOGS
            || waiting.batch.len() - waiting.logs.min(waiting.batch.len()) > self.limits.events
            || waiting.batch.weight() > self.limits.bytes
    }

    /// Joins deltas of the same thing, then drops what may be dropped, oldest first, until there is a quarter of room.
    fn relieve(&self, waiting: &mut Waiting) {
        let old = std::mem::take(&mut waiting.batch);
        let joined = join_deltas(&old);
        let mut events = joined.len() - waiting.logs.min(joined.len());
        let mut logs = waiting.logs;
        let mut bytes = joined.weight();
        let room_events = self.limits.events / 4 * 3;
        let room_bytes = self.limits.bytes / 4 * 3;
        let mut kept = Batch::default();
        let mut dropped = Dropped::default();
        dropped.add_joined(&old, &joined);
        for record in joined.records() {
            let is_log = record.slot.kind == Kind::Log as i32;
            let too_many = if is_log { logs > LOGS / 2 } else { events > room_events || bytes > room_bytes };
            if record.slot.kind == Kind::Dropped as i32 {
                dropped.adopt(record.slot, kept.len());
                continue;
            }
            if record.slot.droppable() && too_many {
                dropped.note(record.slot, kept.len());
                bytes -= size_of::<Slot>() + (record.slot.text.len + record.slot.json.len) as usize;
                if is_log {
                    logs -= 1;
                } else {
                    events -= 1;
                }
                continue;
            }
            kept.copy(record);
        }
        let kept = dropped.insert_into(kept);
        waiting.droppable = kept.slots().iter().filter(|slot| slot.droppable()).count();
        waiting.logs = kept.slots().iter().filter(|slot| slot.kind == Kind::Log as i32).count();
        waiting.batch = kept;
    }
}

/// What one relief has cost, told to the host by one DROPPED event where the first loss was.
#[derive(Default)]
struct Dropped {
    events: i64,
    joined: i64,
    place: Option<(usize, u64, Nanos)>,
}

impl Dropped {
    fn add_joined(&mut self, old: &Batch, joined: &Batch) {
        self.joined += (old.len() - joined.len()) as i64;
    }

    fn note(&mut self, slot: &Slot, place: usize) {
        self.events += 1;
        Counters::add(Counter::DroppedEvents, 1);
        self.place.get_or_insert((place, slot.sequence, slot.monotonic_ns));
    }

    /// A notice that the host has not taken yet is continued, not repeated.
    fn adopt(&mut self, slot: &Slot, place: usize) {
        self.events += slot.value;
        self.place = Some(self.place.map_or((place, slot.sequence, slot.monotonic_ns), |first| first));
    }

    fn insert_into(self, kept: Batch) -> Batch {
        let Some((place, sequence, now)) = self.place else { return kept };
        let mut whole = Batch::default();
        for at in 0..=kept.len() {
            if at == place {
                let json = format!("{{\"dropped\":{},\"joined\":{}}}", self.events, self.joined);
                let text =
                    format!("{} events were dropped, because the host did not take its events in time", self.events);
                whole.push(now, &Event { value: self.events, text: &text, json: &json, ..Event::new(Kind::Dropped) });
                if let Some(slot) = whole.slots_mut().last_mut() {
                    slot.sequence = sequence;
                }
            }
            if at < kept.len() {
                whole.copy(kept.record(at));
            }
        }
        whole
    }
}

/// Joins each run of TEXT_DELTA events of one id into one: the host sees the same text in fewer pieces. The joined one
/// bears the number of the last, and COALESCED says that the numbers before it are in it.
fn join_deltas(old: &Batch) -> Batch {
    let mut joined = Batch::default();
    let mut at = 0;
    while at < old.len() {
        let first = old.record(at);
        let mut end = at + 1;
        if first.slot.kind == Kind::TextDelta as i32 {
            let same = |next: super::batch::Record<'_>| {
                next.slot.kind == first.slot.kind
                    && next.bytes(next.slot.id) == first.bytes(first.slot.id)
                    && next.slot.tag == first.slot.tag
            };
            while end < old.len() && same(old.record(end)) {
                end += 1;
            }
        }
        if end == at + 1 {
            joined.copy(first);
        } else {
            let text: String = (at..end).map(|i| old.record(i)).map(|record| record.str(record.slot.text)).collect();
            let last = old.record(end - 1);
            // The JSON of the single deltas has gone with them: what it carried of text is in the joined text.
            let event =
                Event { text: &text, flags: last.slot.flags | flag::COALESCED, json: "", body: "", ..last.event() };
            joined.push(last.slot.monotonic_ns, &event);
            if let Some(slot) = joined.slots_mut().last_mut() {
                slot.sequence = last.slot.sequence;
            }
        }
        at = end;
    }
    joined
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
