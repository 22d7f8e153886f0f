//! Batches in the hands of the host.

use std::sync::{Arc, Weak};

use libc::size_t;

use super::args::{Out, OutHandle};
use super::client::Live;
use super::event::{Flat, parlor_event};
use super::guard::guard;
use super::handle::Registry;
use super::status::parlor_status;
use super::types::parlor_batch;
use super::{event_read, kept};
use crate::core::{Batch, Counter, Counters};
use crate::model::{Error, Status};

/// A batch with its array of events, and where its memory goes afterwards.
pub(super) struct Held {
    flat: Flat,
    memory: Memory,
}

enum Memory {
    /// Taken from the queue of this client, which uses the memory again.
    Taken(Batch, Weak<Live>),
    /// A copy.
    Copied(#[allow(dead_code, reason = "the array beside it points into it")] Box<[u8]>),
}

static BATCHES: Registry<Held> = Registry::new(3, "batch");

impl Held {
    pub(super) fn taken(batch: Batch, live: &Arc<Live>) -> Held {
        let mut flat = std::mem::take(&mut *live.spare.lock());
        flat.fill(&batch);
        // Moving a batch does not move its memory, so the array stays right.
        Held { flat, memory: Memory::Taken(batch, Arc::downgrade(live)) }
    }

    /// Gives it to the host.
    pub(super) fn give(self) -> Result<*mut parlor_batch, Error> {
        let key = BATCHES.insert(Arc::new(self))?;
        Counters::add(Counter::LiveBatches, 1);
        Ok(key)
    }
}

/// Tells where the events of a batch are: one array, to be walked with a stride.
///
///     for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride)) { ... }
///
/// \param batch       not NULL.
/// \param out_events  not NULL; receives the first event, borrowed until parlor_batch_free().
/// \param out_count   not NULL; receives how many there are, at least 1.
/// \param out_stride  not NULL; receives the distance in bytes from one event to the next, which is more than
///                    sizeof(parlor_event) when the library is newer than your header.
/// \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE when the batch was freed before.
/// \threadsafety any thread; the events may be read by many threads at once.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_batch_events(
    batch: *const parlor_batch,
    out_events: *mut *const parlor_event,
    out_count: *mut size_t,
    out_stride: *mut size_t,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header's contract for the arguments is that of these functions.
        let (events, count, stride) = unsafe {
            (
                Out::required(out_events, "out_events")?,
                Out::required(out_count, "out_count")?,
                Out::required(out_stride, "out_stride")?,
            )
        };
        // The array belongs to the registry's own reference, which stays until the host frees the batch.
        let held = BATCHES.get(batch)?;
        events.set(held.flat.events().as_ptr());
        count.set(held.flat.events().len());
        stride.set(size_of::<parlor_event>());
        Ok(Status::Ok)
    })
}

/// Frees a batch with its events. A batch may outlive its client.
///
/// \param batch  may be NULL (nothing happens).
/// \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE when it was freed before.
/// \threadsafety any thread, once no thread reads its events any more.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_batch_free(batch: *mut parlor_batch) -> parlor_status {
    guard(|| {
        if batch.is_null() {
            return Ok(Status::Ok);
        }
        let held = BATCHES.remove(batch)?;
        Counters::gone(Counter::LiveBatches);
        if let Some(Held { flat, memory: Memory::Taken(batch, live) }) = Arc::into_inner(held)
            && let Some(live) = live.upgrade()
        {
            live.client.recycle(batch);
            *live.spare.lock() = flat.emptied();
        }
        Ok(Status::Ok)
    })
}

/// Copies one event, to be kept beyond its batch or its callback.
///
/// \param event      not NULL, borrowed.
/// \param out_batch  not NULL; receives a batch that holds the copy and nothing else. Owned: release with
///                   parlor_batch_free(). NULL on failure.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when it is not an event.
/// \threadsafety any thread, as long as the event lives.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_event_keep(
    event: *const parlor_event,
    out_batch: *mut *mut parlor_batch,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header's contract for the arguments is that of these functions.
        let (out, (memory, flat)) =
            unsafe { (OutHandle::new(out_batch, "out_batch")?, kept::copy(event_read::borrow(event)?)?) };
        out.set(Held { flat, memory: Memory::Copied(memory) }.give()?);
        Ok(Status::Ok)
    })
}
