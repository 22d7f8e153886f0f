//! What a full queue does to make room: it joins deltas, then drops what may be dropped, oldest first.

use super::batch::{Batch, Record, Slot};
use super::counters::{Counter, Counters};
use super::queue::{LOGS, QueueLimits};
use crate::model::{Event, Kind, Nanos, flag};

/// Joins deltas of the same thing, then drops what may be dropped, oldest first, until there is a quarter of room.
pub(super) fn relieve(old: &Batch, limits: QueueLimits) -> Batch {
    let joined = join_deltas(old);
    let mut logs = joined.expendable().1;
    let mut events = joined.len() - logs;
    let mut bytes = joined.weight();
    let room_events = limits.events / 4 * 3;
    let room_bytes = limits.bytes / 4 * 3;
    let mut kept = Batch::default();
    let mut dropped = Dropped::default();
    dropped.add_joined(old, &joined);
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
    dropped.insert_into(kept)
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
            let same = |next: Record<'_>| {
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
