//! A batch: events in one arena of bytes and one array of fixed-size slots. No event has an allocation of its own.

use crate::model::{Event, Kind, Nanos, Status};

/// A piece of the arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub at: u32,
    /// Its length, without the NUL behind it.
    pub len: u32,
}

/// One event: its numbers, and where its texts are in the arena.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of Event")]
pub struct Slot {
    pub kind: i32,
    pub status: Status,
    pub flags: u32,
    pub sequence: u64,
    pub monotonic_ns: Nanos,
    pub request: u64,
    pub tag: u64,
    pub value: i64,
    pub time: f64,
    pub type_: Span,
    pub text: Span,
    pub id: Span,
    pub name: Span,
    pub sender: Span,
    pub role: Span,
    pub data: Span,
    pub json: Span,
    /// Where the body stands within `json`; empty stands for all of it.
    pub body: Span,
}

impl Slot {
    const EMPTY: Slot = {
        let none = Span { at: 0, len: 0 };
        Slot {
            kind: 0,
            status: Status::Ok,
            flags: 0,
            sequence: 0,
            monotonic_ns: 0,
            request: 0,
            tag: 0,
            value: 0,
            time: 0.0,
            type_: none,
            text: none,
            id: none,
            name: none,
            sender: none,
            role: none,
            data: none,
            json: none,
            body: none,
        }
    };

    /// Whether a full queue may drop it.
    #[must_use]
    pub fn droppable(&self) -> bool {
        Kind::from_number(self.kind).is_some_and(Kind::droppable)
    }

    fn spans(&self) -> [Span; 8] {
        [self.type_, self.text, self.id, self.name, self.sender, self.role, self.data, self.json]
    }
}

/// One event of a batch, for reading. Behind the last byte of each text stands a NUL in the arena.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The numbers.
    pub slot: &'a Slot,
    arena: &'a [u8],
}

impl<'a> Record<'a> {
    /// What the spans point into. It begins with a NUL, which is where empty spans point.
    #[must_use]
    pub fn arena(&self) -> &'a [u8] {
        self.arena
    }

    /// The bytes of one of the slot's spans.
    #[must_use]
    pub fn bytes(&self, span: Span) -> &'a [u8] {
        self.arena.get(span.at as usize..(span.at + span.len) as usize).unwrap_or(&[])
    }

    /// The text of one of the slot's spans other than `data`; all of them came in as UTF-8.
    #[must_use]
    pub fn str(&self, span: Span) -> &'a str {
        std::str::from_utf8(self.bytes(span)).unwrap_or("")
    }

    /// The event as it was emitted.
    #[must_use]
    pub fn event(&self) -> Event<'a> {
        let slot = self.slot;
        let json = self.str(slot.json);
        Event {
            kind: Kind::from_number(slot.kind).unwrap_or(Kind::Service),
            status: slot.status,
            flags: slot.flags,
            request: slot.request,
            tag: slot.tag,
            value: slot.value,
            time: slot.time,
            type_: self.str(slot.type_),
            text: self.str(slot.text),
            id: self.str(slot.id),
            name: self.str(slot.name),
            sender: self.str(slot.sender),
            role: self.str(slot.role),
            data: self.bytes(slot.data),
            json,
            body: json.get(slot.body.at as usize..(slot.body.at + slot.body.len) as usize).unwrap_or(""),
        }
    }
}

/// Some events in the order in which they came.
///
/// The arena of a batch that is not empty begins with a NUL, so that an empty text, whose span is all zeros, needs no
/// place of its own and no question whether it is empty.
#[derive(Debug, Default)]
pub struct Batch {
    arena: Vec<u8>,
    slots: Vec<Slot>,
    first: usize,
    droppable: usize,
    logs: usize,
    /// How many times in a row most of the memory was not needed.
    lean: u32,
}

/// What a batch may keep for the next events in any case.
const KEEP_BYTES: usize = 128 * 1024;
const KEEP_SLOTS: usize = 256;
/// What it may keep at the most, however much was needed.
const MOST_BYTES: usize = 2 * 1024 * 1024;
const MOST_SLOTS: usize = 4096;
/// How many times in a row it must have needed less than a quarter of its memory before it lets go of the rest.
const PATIENCE: u32 = 64;

impl Batch {
    /// How many events are left to read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.first
    }

    /// Whether there is nothing left to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slots that are left to read.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots[self.first..]
    }

    /// The bytes that the spans point into.
    #[must_use]
    pub fn arena(&self) -> &[u8] {
        &self.arena
    }

    /// The event at this place among those left.
    #[must_use]
    pub fn record(&self, at: usize) -> Record<'_> {
        Record { slot: &self.slots[self.first + at], arena: &self.arena }
    }

    /// All that are left, for tests and for code that is not hot.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.slots().iter().map(|slot| Record { slot, arena: &self.arena })
    }

    /// What it weighs in memory.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.arena.len() + self.slots.len() * size_of::<Slot>()
    }

    /// How many of the events that came in may be dropped, and how many are log records.
    pub(super) fn expendable(&self) -> (usize, usize) {
        (self.droppable, self.logs)
    }

    /// Passes over events that were read.
    pub fn skip(&mut self, n: usize) {
        self.first = (self.first + n).min(self.slots.len());
    }

    /// Copies an event in.
    pub fn push(&mut self, now: Nanos, event: &Event<'_>) {
        let texts = [event.type_, event.text, event.id, event.name, event.sender, event.role, event.json];
        let needed: usize = texts.iter().map(|text| text.len()).sum::<usize>() + event.data.len() + texts.len() + 2;
        if self.arena.capacity() - self.arena.len() < needed {
            self.arena.reserve(needed);
        }
        self.begin();
        let body = body_span(event.json, event.body);
        let slot = Slot {
            kind: event.kind as i32,
            status: event.status,
            flags: event.flags,
            sequence: 0,
            monotonic_ns: now,
            request: event.request,
            tag: event.tag,
            value: event.value,
            time: event.time,
            type_: self.text(event.type_.as_bytes()),
            text: self.text(event.text.as_bytes()),
            id: self.text(event.id.as_bytes()),
            name: self.text(event.name.as_bytes()),
            sender: self.text(event.sender.as_bytes()),
            role: self.text(event.role.as_bytes()),
            data: self.text(event.data),
            json: self.text(event.json.as_bytes()),
            body,
        };
        self.slots.push(slot);
        self.count(event.kind.droppable(), event.kind == Kind::Log);
    }

    /// Copies in an event that is nothing but its kind, its type and the service's own message.
    pub(super) fn push_undecoded(&mut self, now: Nanos, kind: Kind, type_: &str, json: &str) {
        let needed = type_.len() + json.len() + 3;
        if self.arena.capacity() - self.arena.len() < needed {
            self.arena.reserve(needed);
        }
        self.begin();
        let (type_, json) = (self.text(type_.as_bytes()), self.text(json.as_bytes()));
        self.slots.push(Slot { kind: kind as i32, monotonic_ns: now, type_, json, ..Slot::EMPTY });
        self.count(kind.droppable(), kind == Kind::Log);
    }

    fn begin(&mut self) {
        if self.arena.is_empty() {
            self.arena.push(0);
        }
    }

    fn count(&mut self, droppable: bool, log: bool) {
        self.droppable += usize::from(droppable);
        self.logs += usize::from(log);
    }

    fn text(&mut self, bytes: &[u8]) -> Span {
        if bytes.is_empty() {
            return Span::default();
        }
        let at = self.arena.len() as u32;
        self.arena.extend_from_slice(bytes);
        self.arena.push(0);
        Span { at, len: bytes.len() as u32 }
    }

    /// Takes all events of another batch in behind its own; the other one is empty afterwards.
    pub fn append(&mut self, other: &mut Batch) {
        let base = self.arena.len() as u32;
        self.droppable += other.droppable;
        self.logs += other.logs;
        self.arena.extend_from_slice(&other.arena);
        self.slots.extend(other.slots[other.first..].iter().map(|slot| moved(slot, base)));
        other.clear();
    }

    /// Copies one event of another batch in as it is, numbers included.
    pub fn copy(&mut self, record: Record<'_>) {
        self.begin();
        let mut slot = *record.slot;
        for (span, to) in record.slot.spans().into_iter().zip(spans_mut(&mut slot)) {
            *to = self.text(record.bytes(span));
        }
        self.slots.push(slot);
        self.count(record.slot.droppable(), slot.kind == Kind::Log as i32);
    }

    /// Forgets all events, keeping the memory for the next ones.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.slots.clear();
        self.first = 0;
        self.droppable = 0;
        self.logs = 0;
    }

    /// Forgets all events when they have been read. A stream of events, however fast, comes to cost no allocation and no
    /// fresh page, because batches go round with the memory that they have; what a burst has left behind goes when it
    /// turns out not to be needed any more.
    pub(super) fn retire(&mut self) {
        let (bytes, slots) = (self.arena.len(), self.slots.len());
        self.clear();
        let lean =
            self.arena.capacity() > KEEP_BYTES.max(4 * bytes) || self.slots.capacity() > KEEP_SLOTS.max(4 * slots);
        self.lean = if lean { self.lean + 1 } else { 0 };
        let (mut most_bytes, mut most_slots) = (MOST_BYTES, MOST_SLOTS);
        if self.lean >= PATIENCE {
            self.lean = 0;
            (most_bytes, most_slots) = (KEEP_BYTES.max(2 * bytes), KEEP_SLOTS.max(2 * slots));
        }
        self.arena.shrink_to(most_bytes.min(MOST_BYTES));
        self.slots.shrink_to(most_slots.min(MOST_SLOTS));
    }

    pub(super) fn slots_mut(&mut self) -> &mut [Slot] {
        &mut self.slots[self.first..]
    }

    /// Numbers the events from `next` on; returns the number of the one that will come after them.
    pub(super) fn number(&mut self, next: u64) -> u64 {
        self.slots_mut().iter_mut().zip(next..).for_each(|(slot, sequence)| slot.sequence = sequence);
        next + self.len() as u64
    }
}

fn spans_mut(slot: &mut Slot) -> [&mut Span; 8] {
    [
        &mut slot.type_,
        &mut slot.text,
        &mut slot.id,
        &mut slot.name,
        &mut slot.sender,
        &mut slot.role,
        &mut slot.data,
        &mut slot.json,
    ]
}

fn moved(slot: &Slot, by: u32) -> Slot {
    let mut slot = *slot;
    for span in spans_mut(&mut slot) {
        if span.len > 0 {
            span.at += by;
        }
    }
    slot
}

/// Where `body`, a slice of `json`, stands within it. Anything else counts as no body.
fn body_span(json: &str, body: &str) -> Span {
    let at = (body.as_ptr().addr()).wrapping_sub(json.as_ptr().addr());
    if body.is_empty() || at > json.len() || at + body.len() > json.len() {
        return Span::default();
    }
    Span { at: at as u32, len: body.len() as u32 }
}

#[cfg(test)]
mod tests {
    use super::Batch;
    use crate::model::{Event, Kind};

    fn event<'a>(text: &'a str, json: &'a str) -> Event<'a> {
        let body = json.find('{').map_or("", |_| json.get(8..json.len() - 1).unwrap_or(""));
        Event { text, json, body, id: "m1", type_: "sentence_ready", ..Event::new(Kind::Sentence) }
    }

    #[test]
    fn what_goes_in_comes_out_with_a_nul_behind_it() {
        let mut batch = Batch::default();
        batch.push(7, &event("Hé", r#"{"data":{"text":"H\u00e9"}}"#));
        batch.push(8, &Event { data: &[0, 1, 2], ..Event::new(Kind::Audio) });
        let first = batch.record(0);
        let back = first.event();
        assert_eq!((back.text, back.id, back.type_, back.name), ("Hé", "m1", "sentence_ready", ""));
        assert_eq!(back.body, r#"{"text":"H\u00e9"}"#);
        for span in [first.slot.text, first.slot.id, first.slot.type_, first.slot.json] {
            assert_eq!(batch.arena()[(span.at + span.len) as usize], 0);
        }
        assert_eq!(batch.record(1).event().data, [0, 1, 2]);
        assert_eq!(batch.record(1).slot.monotonic_ns, 8);
    }

    #[test]
    fn what_is_not_decoded_is_the_same_event_either_way() {
        let (mut one, mut other) = (Batch::default(), Batch::default());
        let json = r#"{"type":"sentence_ready"}"#;
        one.push(3, &Event { type_: "sentence_ready", json, ..Event::new(Kind::Sentence) });
        other.push_undecoded(3, Kind::Sentence, "sentence_ready", json);
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }

    #[test]
    fn memory_is_kept_while_it_is_needed_and_let_go_afterwards() {
        let mut batch = Batch::default();
        let text = "x".repeat(1000);
        let fill = |batch: &mut Batch, events: usize| {
            for _ in 0..events {
                batch.push(1, &event(&text, "{}"));
            }
        };
        fill(&mut batch, 1000);
        let needed = batch.arena.capacity();
        for events in [1, 1000, 2, 3] {
            batch.retire();
            fill(&mut batch, events);
            assert_eq!(batch.arena.capacity(), needed, "it goes round with what it has");
        }
        for _ in 0..super::PATIENCE {
            batch.retire();
            fill(&mut batch, 1);
        }
        assert!(batch.arena.capacity() <= super::KEEP_BYTES && batch.slots.capacity() <= super::KEEP_SLOTS);
        fill(&mut batch, 10_000);
        batch.retire();
        assert!(batch.arena.capacity() <= super::MOST_BYTES && batch.slots.capacity() <= super::MOST_SLOTS);
    }

    #[test]
    fn appending_copying_and_skipping_keep_every_text() {
        let mut first = Batch::default();
        first.push(1, &event("one", "{}"));
        let mut second = Batch::default();
        second.push(2, &event("skipped", "{}"));
        second.push(3, &event("two", r#"{"data":{"text":"two"}}"#));
        second.skip(1);
        first.append(&mut second);
        assert!(second.is_empty());
        let mut copy = Batch::default();
        copy.copy(first.record(1));
        for batch in [&first, &copy] {
            let last = batch.record(batch.len() - 1).event();
            assert_eq!((last.text, last.body), ("two", r#"{"text":"two"}"#));
        }
        assert_eq!(first.record(0).event().text, "one");
        assert_eq!(first.len(), 2);
    }
}
