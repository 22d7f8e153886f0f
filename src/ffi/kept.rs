//! One event copied out of its batch, with memory of its own.

use std::ffi::{c_char, c_void};

use super::args;
use super::event::{Flat, parlor_event};
use super::event_read;
use crate::model::Error;

/// Copies an event with all that it points to. The memory must live, unmoved and unchanged, as long as the array.
///
/// # Safety
/// `event` is an event of ours whose batch is alive.
pub(super) unsafe fn copy(event: &parlor_event) -> Result<(Box<[u8]>, Flat), Error> {
    // SAFETY: the pairs are those of an event of ours.
    let (texts, data) = unsafe {
        (
            [
                event_read::text(event.r#type, event.type_len)?,
                event_read::text(event.text, event.text_len)?,
                event_read::text(event.id, event.id_len)?,
                event_read::text(event.name, event.name_len)?,
                event_read::text(event.sender, event.sender_len)?,
                event_read::text(event.role, event.role_len)?,
                event_read::text(event.json, event.json_len)?,
            ],
            args::bytes(event.data, event.data_len, "the data of the event")?,
        )
    };
    let mut arena = Vec::with_capacity(texts.iter().map(|text| text.len() + 1).sum::<usize>() + data.len());
    let mut starts = [0; 7];
    for (text, start) in texts.iter().zip(&mut starts) {
        *start = arena.len();
        arena.extend_from_slice(text.as_bytes());
        arena.push(0);
    }
    let data_start = arena.len();
    arena.extend_from_slice(data);
    let arena = arena.into_boxed_slice();
    let at = |start: usize| -> *const c_char { arena[start..].as_ptr().cast() };
    let data: *const c_void = if data.is_empty() { std::ptr::null() } else { at(data_start).cast() };
    let copy = parlor_event {
        r#type: at(starts[0]),
        text: at(starts[1]),
        id: at(starts[2]),
        name: at(starts[3]),
        sender: at(starts[4]),
        role: at(starts[5]),
        json: at(starts[6]),
        data,
        ..*event
    };
    Ok((arena, Flat::one(copy)))
}

#[cfg(test)]
mod tests {
    use super::copy;
    use crate::core::Batch;
    use crate::ffi::event::Flat;
    use crate::model::{Event, Kind};
    use std::ffi::CStr;

    #[test]
    fn a_copy_outlives_its_batch() {
        let mut batch = Batch::default();
        batch.push(1, &Event { text: "said", name: "n", json: "{}", data: &[7, 8], ..Event::new(Kind::Message) });
        let mut flat = Flat::default();
        flat.fill(&batch);
        // SAFETY: the batch is alive.
        let (arena, kept) = unsafe { copy(&flat.events()[0]) }.unwrap();
        drop((flat, batch));
        let event = kept.events()[0];
        // SAFETY: the memory of the copy is alive, and each of its texts ends with a NUL.
        unsafe {
            assert_eq!(CStr::from_ptr(event.text).to_str(), Ok("said"));
            assert_eq!(CStr::from_ptr(event.sender).to_str(), Ok(""));
            assert_eq!(*event.data.cast::<u8>().add(1), 8);
        }
        assert_eq!((event.kind, event.data_len, event.monotonic_ns), (Kind::Message as i32, 2, 1));
        drop(arena);
    }
}
