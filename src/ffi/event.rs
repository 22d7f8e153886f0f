//! One event as the host sees it: a flat struct of numbers and of pointers into its batch.

use std::ffi::{c_char, c_void};

use libc::size_t;

use super::status::parlor_status;
use crate::core::{Batch, Record, Span};

/// One event. It is immutable, and everything that it points to lives as long as itself: until the callback returns, or
/// until its batch is freed. Every text is UTF-8, never NULL, and has a NUL behind its last byte; the lengths do not
/// count that NUL. What a kind does not fill is empty: "" or 0.
///
/// Later versions append fields at the end: step from event to event with the stride that parlor_batch_events() gives, and look
/// at `size` before you read a field that your header has and the library may not.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct parlor_event {
    /// How many bytes of the struct the library has filled.
    pub size: u32,
    /// One of PARLOR_EVENT_. Kinds that you do not know must be ignored: later versions bring more.
    pub kind: i32,
    /// How it went, for the kinds that report something.
    pub status: parlor_status,
    /// Bits of PARLOR_FLAG_.
    pub flags: u32,
    /// One more than that of the event before. Numbers are missing only where a DROPPED event stands for them, or one
    /// with PARLOR_FLAG_COALESCED.
    pub sequence: u64,
    /// When the library received it, in nanoseconds of the client's own clock, which only ever goes forward.
    pub monotonic_ns: u64,
    /// The request that it belongs to, or 0.
    pub request: u64,
    /// Your own mark of that request, or 0.
    pub tag: u64,
    /// The kind's number: a state, an HTTP status, a count, milliseconds.
    pub value: i64,
    /// When it happened by the service's clock, in seconds since 1970, or 0 where the service does not say.
    pub time: f64,
    /// The service's own name for the message.
    pub r#type: *const c_char,
    pub type_len: size_t,
    /// The kind's main text.
    pub text: *const c_char,
    pub text_len: size_t,
    /// The id of the thing: a message, a call, a chat.
    pub id: *const c_char,
    pub id_len: size_t,
    /// The name of the thing: a tool, a trigger, an author, a state.
    pub name: *const c_char,
    pub name_len: size_t,
    /// The id of who it comes from: a character, a user, a client.
    pub sender: *const c_char,
    pub sender_len: size_t,
    /// The part that the sender plays: "user", "assistant", "system", or the service's own word.
    pub role: *const c_char,
    pub role_len: size_t,
    /// Bytes that are not text: PCM, mostly. NULL where there are none.
    pub data: *const c_void,
    pub data_len: size_t,
    /// The service's own message, byte for byte. parlor_event_get() reads single fields out of it.
    pub json: *const c_char,
    pub json_len: size_t,
    /// The part of `json` that holds the fields of this kind; a length of 0 means all of it.
    pub body_offset: u32,
    pub body_len: u32,
}

/// The size of the first version of the struct: what every event has at least.
pub(super) const FIRST_SIZE: u32 = size_of::<parlor_event>() as u32;

#[cfg(target_pointer_width = "64")]
const _: () = {
    use std::mem::offset_of;
    macro_rules! at {
        ($field:ident, $offset:literal) => {
            assert!(offset_of!(parlor_event, $field) == $offset);
        };
    }
    assert!(size_of::<parlor_event>() == 200 && align_of::<parlor_event>() == 8);
    at!(size, 0);
    at!(kind, 4);
    at!(status, 8);
    at!(flags, 12);
    at!(sequence, 16);
    at!(monotonic_ns, 24);
    at!(request, 32);
    at!(tag, 40);
    at!(value, 48);
    at!(time, 56);
    at!(r#type, 64);
    at!(type_len, 72);
    at!(text, 80);
    at!(text_len, 88);
    at!(id, 96);
    at!(id_len, 104);
    at!(name, 112);
    at!(name_len, 120);
    at!(sender, 128);
    at!(sender_len, 136);
    at!(role, 144);
    at!(role_len, 152);
    at!(data, 160);
    at!(data_len, 168);
    at!(json, 176);
    at!(json_len, 184);
    at!(body_offset, 192);
    at!(body_len, 196);
};

/// The event of a record. Its pointers are good for as long as the batch is neither changed nor dropped.
pub(super) fn flat(record: Record<'_>) -> parlor_event {
    let slot = record.slot;
    let arena = record.arena().as_ptr();
    // A batch keeps every span within its arena, and an empty one points to the NUL that the arena begins with.
    let text = |span: Span| (arena.wrapping_add(span.at as usize).cast::<c_char>(), span.len as usize);
    let (type_, type_len) = text(slot.type_);
    let (text_, text_len) = text(slot.text);
    let (id, id_len) = text(slot.id);
    let (name, name_len) = text(slot.name);
    let (sender, sender_len) = text(slot.sender);
    let (role, role_len) = text(slot.role);
    let (json, json_len) = text(slot.json);
    let (bytes, data_len) = text(slot.data);
    let data = if data_len == 0 { std::ptr::null() } else { bytes.cast() };
    parlor_event {
        size: FIRST_SIZE,
        kind: kind(record),
        status: slot.status as parlor_status,
        flags: slot.flags,
        sequence: slot.sequence,
        monotonic_ns: slot.monotonic_ns,
        request: slot.request,
        tag: slot.tag,
        value: slot.value,
        time: slot.time,
        r#type: type_,
        type_len,
        text: text_,
        text_len,
        id,
        id_len,
        name,
        name_len,
        sender,
        sender_len,
        role,
        role_len,
        data,
        data_len,
        json,
        json_len,
        body_offset: slot.body.at,
        body_len: slot.body.len,
    }
}

/// Has the processor fetch the text of an event that the host will read soon, which it would wait for otherwise: a host
/// that looks once a frame finds all of them in the caches of another processor, or in none.
#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(super) fn fetch(record: Record<'_>) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    let text = record.arena().as_ptr().wrapping_add(record.slot.text.at as usize);
    // SAFETY: it is a hint, which neither reads nor changes anything, whatever the address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(text.cast()) };
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
pub(super) fn fetch(_: Record<'_>) {}

#[cfg(not(feature = "testkit"))]
fn kind(record: Record<'_>) -> i32 {
    record.slot.kind
}

/// Tests need a kind from the future, which the library itself can not produce: the test protocol asks for it by type.
#[cfg(feature = "testkit")]
fn kind(record: Record<'_>) -> i32 {
    match record.str(record.slot.type_).strip_prefix("testkit.kind.") {
        Some(number) => number.parse().unwrap_or(record.slot.kind),
        None => record.slot.kind,
    }
}

/// Events in one flat array, which hosts may read from any thread.
#[derive(Default)]
pub(super) struct Flat(Vec<parlor_event>);

// SAFETY: the events are never written once they are made, and what they point to belongs to a batch that their owner
// keeps beside them and does not change, so any thread may hold and read them.
unsafe impl Send for Flat {}
// SAFETY: as above.
unsafe impl Sync for Flat {}

impl Flat {
    /// Makes the array anew from the events of a batch.
    pub(super) fn fill(&mut self, batch: &Batch) {
        self.0.clear();
        self.0.extend(batch.records().map(|record| {
            fetch(record);
            flat(record)
        }));
    }

    /// An empty array in the same memory, unless that is more than a burst leaves behind, or so little that an idle
    /// client is better off without it.
    pub(super) fn emptied(mut self) -> Flat {
        const KEEP: usize = 4096;
        if self.0.capacity() < KEEP / 64 {
            return Flat::default();
        }
        self.0.clear();
        self.0.shrink_to(KEEP);
        self
    }

    /// An array of one.
    pub(super) fn one(event: parlor_event) -> Flat {
        Flat(vec![event])
    }

    pub(super) fn events(&self) -> &[parlor_event] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Flat;
    use crate::core::Batch;
    use crate::model::{Event, Kind};
    use std::ffi::CStr;

    #[test]
    fn fields_arrive_with_their_nul_and_empty_ones_are_not_null() {
        let mut batch = Batch::default();
        let json = r#"{"data":{"text":"hi"}}"#;
        batch.push(
            5,
            &Event { text: "hi", json, body: &json[8..21], data: &[1, 2], value: -4, ..Event::new(Kind::Audio) },
        );
        batch.push(6, &Event::new(Kind::Message));
        let mut flat = Flat::default();
        flat.fill(&batch);
        let [first, second] = flat.events() else { panic!("two events went in") };
        // SAFETY: every text of an event ends with a NUL.
        let text = |at| unsafe { CStr::from_ptr(at) }.to_str().unwrap();
        assert_eq!((text(first.text), first.text_len, first.value, first.monotonic_ns), ("hi", 2, -4, 5));
        assert_eq!((text(first.json), first.body_offset, first.body_len), (json, 8, 13));
        assert_eq!(first.data_len, 2);
        assert!(second.data.is_null() && second.kind == Kind::Message as i32);
        for empty in [second.r#type, second.text, second.id, second.name, second.sender, second.role, second.json] {
            assert_eq!(text(empty), "");
        }
        batch.skip(1);
        flat.fill(&batch);
        assert_eq!(flat.events().len(), 1);
    }
}
