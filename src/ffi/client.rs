//! Clients: their life, and the three ways to their events.

use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use libc::size_t;
use parking_lot::Mutex;

use super::args::{self, Out, OutHandle, TextOut};
use super::batch::Held;
use super::delivery::Delivery;
use super::event::Flat;
use super::foreign::Foreign;
use super::guard::{self, guard, settle};
use super::handle::Registry;
use super::status::parlor_status;
use super::types::{
    PARLOR_FOREVER, PARLOR_OLDEST, parlor_batch, parlor_client, parlor_event_fn, parlor_free_fn, parlor_options,
};
use super::{options, wake};
use crate::core::{Callback, Client, Counter, Counters, Destroyed};
use crate::model::{Error, Status};
use crate::runtime;

/// A client with the userdata of a host that gave no callback: it is freed all the same.
pub(super) struct Live {
    pub(super) client: Arc<Client>,
    idle_userdata: Mutex<Option<Foreign>>,
    /// The array of the batch that was freed last, for its memory.
    pub(super) spare: Mutex<Flat>,
}

pub(super) static CLIENTS: Registry<Live> = Registry::new(1, "client");

/// The client of a handle.
pub(super) fn get(client: *const parlor_client) -> Result<Arc<Client>, Error> {
    Ok(Arc::clone(&CLIENTS.get(client)?.client))
}

/// Does something with the client of a handle. A panic in it stops here and fails that client, which then tells the host
/// with an event; it is counted where it does so.
pub(super) fn with<R>(
    client: *const parlor_client,
    body: impl FnOnce(&Arc<Client>) -> Result<R, Error>,
) -> Result<R, Error> {
    with_live(client, |live| body(&live.client))
}

fn with_live<R>(client: *const parlor_client, body: impl FnOnce(&Arc<Live>) -> Result<R, Error>) -> Result<R, Error> {
    let live = CLIENTS.get(client)?;
    catch_unwind(AssertUnwindSafe(|| body(&live))).unwrap_or_else(|payload| {
        let text = guard::text_of(payload.as_ref());
        live.client.poison(text.to_owned());
        Err(guard::fault(text))
    })
}

/// Ends one client that was taken out of the registry.
pub(super) fn end(live: &Live) -> Status {
    let status = match live.client.destroy() {
        Destroyed::Done => Status::Ok,
        Destroyed::Deferred => Status::Deferred,
    };
    let userdata = live.idle_userdata.lock().take();
    drop(userdata);
    Counters::gone(Counter::LiveClients);
    status
}

/// Makes a client. It does nothing before parlor_client_connect().
///
/// \param options        not NULL; copied.
/// \param on_event       receives the events: on the library's thread "parlor-events" with PARLOR_DELIVERY_THREAD, else
///                       inside parlor_client_poll(). May be NULL when events are taken with parlor_client_take().
/// \param userdata       handed to on_event and to free_userdata; never touched otherwise. May be NULL.
/// \param free_userdata  called exactly once, after the last event, also when this call fails. May be NULL.
/// \param out_client     not NULL; receives the client. Owned: release with parlor_client_destroy(). NULL on failure.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when the options do not fit together, and parlor_last_error() says
///          which; PARLOR_ERR_RESOURCES when no thread could be made; PARLOR_ERR_FORKED.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_new(
    options: *const parlor_options,
    on_event: parlor_event_fn,
    userdata: *mut c_void,
    free_userdata: parlor_free_fn,
    out_client: *mut *mut parlor_client,
) -> parlor_status {
    // From here on the userdata is freed whatever happens.
    let foreign = Foreign::new(on_event, userdata, free_userdata);
    guard(move || {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { OutHandle::new(out_client, "out_client") }?;
        let options = options::copied(options)?;
        settle();
        let (callback, idle): (Option<Box<dyn Callback>>, Option<Foreign>) =
            if foreign.has_call() { (Some(Box::new(Delivery::new(foreign))), None) } else { (None, Some(foreign)) };
        let client = Client::new(&options, callback, &runtime::PLATFORM)?;
        Counters::add(Counter::LiveClients, 1);
        let live = Arc::new(Live { client, idle_userdata: Mutex::new(idle), spare: Mutex::default() });
        match CLIENTS.insert(Arc::clone(&live)) {
            Ok(key) => out.set(key),
            Err(error) => {
                end(&live);
                return Err(error);
            }
        }
        Ok(Status::Ok)
    })
}

/// Ends a client at once: no event of it is delivered after this returns, and its userdata has been freed.
///
/// Blocks while another thread runs a callback of this client. Events that wait are discarded, and pending requests end
/// without an event; to see them end, call parlor_client_close() first and wait for the state PARLOR_STATE_CLOSED.
/// Two clients that destroy each other from their callbacks wait for each other for ever.
///
/// \param client  may be NULL (nothing happens).
/// \returns PARLOR_OK; PARLOR_DEFERRED when called inside this client's own callback: the end comes when that callback
///          returns, and no event comes in between; PARLOR_ERR_BAD_HANDLE when it was destroyed before;
///          PARLOR_ERR_FORKED.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_destroy(client: *mut parlor_client) -> parlor_status {
    guard(|| {
        if client.is_null() {
            return Ok(Status::Ok);
        }
        let live = CLIENTS.remove(client)?;
        Ok(end(&live))
    })
}

/// Connects, and stays connected: a lost link is made anew until parlor_client_close(), as the retry options say.
///
/// The request ends when the service has accepted the client, or when the first attempts have failed for good. STATE
/// events tell the way.
///
/// \param client       not NULL.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns PARLOR_OK when it is on its way: one REQUEST_DONE event follows, at once when it is connected already.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_connect(
    client: *mut parlor_client,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { Out::optional(out_request) };
        out.set(with(client, |client| client.connect(tag))?);
        Ok(Status::Ok)
    })
}

/// Says goodbye and closes the link. Every pending request ends with an event first, PARLOR_ERR_CANCELLED where it has
/// no answer yet, then the state becomes PARLOR_STATE_CLOSED. The client can connect again.
///
/// \param client       not NULL.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns PARLOR_OK.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_close(
    client: *mut parlor_client,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { Out::optional(out_request) };
        out.set(with(client, |client| client.close(tag))?);
        Ok(Status::Ok)
    })
}

/// Tells the state that the client is in now. STATE events tell every change.
///
/// \param client     not NULL.
/// \param out_state  not NULL; receives one of PARLOR_STATE_.
/// \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_get_state(client: *const parlor_client, out_state: *mut i32) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { Out::required(out_state, "out_state") }?;
        out.set(get(client)?.state() as i32);
        Ok(Status::Ok)
    })
}

/// Copies the mirror out: what is known of the service's state, as one JSON object. It can change between a size query
/// and the copy, so ask again when the buffer turns out too small.
///
/// \param client    not NULL.
/// \param buffer    receives the text and a NUL. May be NULL when `capacity` is 0: then only the length is asked for.
/// \param out_len   may be NULL; receives the length without the NUL, also when the buffer is too small.
/// \returns PARLOR_OK; PARLOR_ERR_BUFFER_TOO_SMALL, with the buffer left as it was.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_mirror(
    client: *const parlor_client,
    buffer: *mut c_char,
    capacity: size_t,
    out_len: *mut size_t,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the arguments.
        let out = unsafe { TextOut::new(buffer, capacity, out_len) }?;
        out.put(&get(client)?.mirror())
    })
}

/// Tells the client that the network has changed (another Wi-Fi, awake from sleep): a waiting retry happens now, and a
/// link that looks alive is checked.
///
/// \param client  not NULL.
/// \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_network_changed(client: *mut parlor_client) -> parlor_status {
    guard(|| {
        get(client)?.network_changed();
        Ok(Status::Ok)
    })
}

/// Takes events out, as a batch. Without a wait it is everything that waits in the client, for hosts that look once a
/// frame. With a wait it is the oldest events that came together, up to some thousand; what else is there comes with the
/// next call at once. PARLOR_OLDEST does not wait either, and is for event loops: they hand out the oldest events, see to
/// everything else, and call again until nothing is left.
///
/// \param client      not NULL; with PARLOR_DELIVERY_QUEUE.
/// \param timeout_ms  the longest wait for the first event; 0 and PARLOR_OLDEST do not wait, PARLOR_FOREVER waits
///                    without an end.
/// \param out_batch   not NULL; receives the batch. Owned: release with parlor_batch_free(). NULL unless PARLOR_OK.
/// \returns PARLOR_OK; PARLOR_TIMED_OUT when nothing came; PARLOR_ERR_WRONG_STATE with PARLOR_DELIVERY_THREAD
///          or inside this client's own callback; PARLOR_ERR_BAD_HANDLE, also when the client is destroyed during the wait.
/// \threadsafety any thread. Of several that wait, one gets the batch.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_take(
    client: *mut parlor_client,
    timeout_ms: u32,
    out_batch: *mut *mut parlor_batch,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { OutHandle::new(out_batch, "out_batch") }?;
        let held = with_live(client, |live| {
            let taken = match timeout_ms {
                PARLOR_OLDEST => live.client.take_oldest(),
                PARLOR_FOREVER => live.client.take(None),
                wait => live.client.take(Some(Duration::from_millis(wait.into()))),
            };
            Ok(taken?.map(|batch| Held::taken(batch, live)))
        })?;
        let Some(held) = held else { return Ok(Status::TimedOut) };
        out.set(held.give()?);
        Ok(Status::Ok)
    })
}

/// Runs the callback for the events that wait, on this thread: call it once a frame. Never waits.
///
/// \param client      not NULL; with PARLOR_DELIVERY_QUEUE and a callback.
/// \param max_events  how many at most; 0 is no limit.
/// \param budget_us   for how many microseconds at most, measured between events; 0 is no limit.
/// \param out_count   may be NULL; receives how many were delivered.
/// \returns PARLOR_OK, also when another thread is polling this client: then with a count of 0; PARLOR_ERR_WRONG_STATE
///          with PARLOR_DELIVERY_THREAD, without a callback, or inside this client's own callback.
/// \threadsafety any thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_poll(
    client: *mut parlor_client,
    max_events: u32,
    budget_us: u32,
    out_count: *mut u32,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { Out::optional(out_count) };
        out.set(with(client, |client| client.poll(max_events, budget_us))?);
        Ok(Status::Ok)
    })
}

/// Has a descriptor written to when events begin to wait, for hosts that sleep in epoll, select or an event loop.
///
/// The bytes are written when the queue goes from empty to non-empty, never for each event. Read them, then take or poll
/// until nothing is left; there may be nothing, when you have been quicker. Take or poll once after this call, too: what
/// waits already is not announced. A write that would block is not repeated: then there are unread bytes anyway.
///
/// \param client  not NULL; with PARLOR_DELIVERY_QUEUE.
/// \param fd      a descriptor of yours (a pipe, a socket, an eventfd), which must be non-blocking and stay open until it
///                is removed or the client is destroyed; -1 removes it. On Windows, a SOCKET.
/// \param bytes   what is written: 1 to 8 bytes, copied. An eventfd wants 8. NULL with -1.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_set_wake_fd(
    client: *mut parlor_client,
    fd: isize,
    bytes: *const c_void,
    bytes_len: size_t,
) -> parlor_status {
    guard(|| {
        let client = get(client)?;
        // SAFETY: the header says the same of the arguments.
        let bytes = unsafe { args::bytes(bytes, bytes_len, "bytes") }?;
        client.set_wake(if fd == -1 { None } else { Some(wake::hook(fd, bytes)?) });
        Ok(Status::Ok)
    })
}

/// Cancels a request: if it is still pending, it ends with PARLOR_ERR_CANCELLED. Whether the service has acted on it
/// already is unknown. A connect or close request ends with its client's state and can not be cancelled.
///
/// \param client   not NULL.
/// \param request  the number of a request.
/// \returns PARLOR_OK, also when it has ended already.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_cancel(client: *mut parlor_client, request: u64) -> parlor_status {
    guard(|| {
        get(client)?.cancel(request);
        Ok(Status::Ok)
    })
}
