//! The verbs: the same for every service.

use std::ffi::{c_char, c_void};

use libc::size_t;

use super::args::{self, Out};
use super::client;
use super::guard::guard;
use super::status::parlor_status;
use super::types::parlor_client;
use crate::model::{Action, Error, Playback, PlaybackPhase, Say, Secret, Status};

/// As the phase of parlor_client_playback(): the host's loudspeaker has begun to play it.
pub const PARLOR_PLAYBACK_STARTED: i32 = 0;
/// As the phase of parlor_client_playback(): it was played to its end.
pub const PARLOR_PLAYBACK_COMPLETED: i32 = 1;

/// The common body of the verbs: out pointer, handle, arguments, and off it goes.
///
/// # Safety
/// `out_request` is NULL or points to a writable number.
unsafe fn act(
    client: *mut parlor_client,
    tag: u64,
    out_request: *mut u64,
    action: impl FnOnce() -> Result<Action, Error>,
) -> parlor_status {
    guard(|| {
        // SAFETY: the contract of this function.
        let out = unsafe { Out::optional(out_request) };
        out.set(client::with(client, |client| client.act(action()?, tag))?);
        Ok(Status::Ok)
    })
}

/// A text of the host as one of ours.
///
/// # Safety
/// As [`args::text`].
unsafe fn owned(data: *const c_char, len: usize, name: &str) -> Result<String, Error> {
    // SAFETY: the contract of this function.
    unsafe { args::text(data, len, name) }.map(str::to_owned)
}

/// Says something into the conversation.
///
/// \param client       not NULL.
/// \param text         what is said; copied.
/// \param json         the service's own parameters as a JSON object; copied. May be NULL with a length of 0.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns PARLOR_OK when it is on its way: one REQUEST_DONE event follows; PARLOR_ERR_INVALID_ARGUMENT;
///          PARLOR_ERR_BAD_UTF8; PARLOR_ERR_UNSUPPORTED; PARLOR_ERR_WRONG_STATE; PARLOR_ERR_QUEUE_FULL.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_say(
    client: *mut parlor_client,
    text: *const c_char,
    text_len: size_t,
    json: *const c_char,
    json_len: size_t,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    // SAFETY: the header's contract for the arguments is that of these functions.
    unsafe {
        act(client, tag, out_request, || {
            Ok(Action::Say(Say { text: owned(text, text_len, "text")?, json: owned(json, json_len, "json")? }))
        })
    }
}

/// Sends what the microphone has picked up. This is the one action that is no request: there is no event for it. It waits
/// for nothing, and takes no memory once the first pieces were sent.
///
/// \param client    not NULL.
/// \param pcm       the samples, in the format that the options set; copied. May be NULL with a length of 0.
/// \param byte_len  how many bytes, not samples.
/// \returns PARLOR_OK; PARLOR_ERR_UNSUPPORTED when the service hears nothing; PARLOR_ERR_WRONG_STATE while it does not
///          listen, or when another thread sends at this moment; PARLOR_ERR_QUEUE_FULL when the network is too slow for
///          it; PARLOR_ERR_INVALID_ARGUMENT for more than 1 MiB at once.
/// \threadsafety any thread, one at a time, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_send_audio(
    client: *mut parlor_client,
    pcm: *const c_void,
    byte_len: size_t,
) -> parlor_status {
    guard(|| {
        client::with(client, |client| {
            // SAFETY: the header says the same of the arguments.
            let pcm = unsafe { args::bytes(pcm, byte_len, "pcm") }?;
            client.send_audio(pcm)
        })?;
        Ok(Status::Ok)
    })
}

/// Makes the service stop speaking, or drop the reply that it is making.
///
/// \param client       not NULL.
/// \param json         the service's own parameters as a JSON object; copied. May be NULL with a length of 0.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns as parlor_client_say().
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_interrupt(
    client: *mut parlor_client,
    json: *const c_char,
    json_len: size_t,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    // SAFETY: the header's contract for the arguments is that of these functions.
    unsafe { act(client, tag, out_request, || Ok(Action::Interrupt { json: owned(json, json_len, "json")? })) }
}

/// Gives the service something to know about the situation, under a key. Setting the same key again replaces it, and an
/// empty text removes it. The library sets it again after a reconnection.
///
/// \param client       not NULL.
/// \param key          copied.
/// \param text         copied.
/// \param json         the service's own parameters as a JSON object; copied. May be NULL with a length of 0.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns as parlor_client_say().
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_set_context(
    client: *mut parlor_client,
    key: *const c_char,
    key_len: size_t,
    text: *const c_char,
    text_len: size_t,
    json: *const c_char,
    json_len: size_t,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    // SAFETY: the header's contract for the arguments is that of these functions.
    unsafe {
        act(client, tag, out_request, || {
            Ok(Action::SetContext {
                key: owned(key, key_len, "key")?,
                text: owned(text, text_len, "text")?,
                json: owned(json, json_len, "json")?,
            })
        })
    }
}

/// Sets the tools that the service may call, in place of those set before. The library sets them again after a
/// reconnection. Calls arrive as TOOL_CALL events.
///
/// \param client       not NULL.
/// \param json         the tools as the service wants them: a JSON array or object; copied.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns as parlor_client_say().
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_set_tools(
    client: *mut parlor_client,
    json: *const c_char,
    json_len: size_t,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    // SAFETY: the header's contract for the arguments is that of these functions.
    unsafe { act(client, tag, out_request, || Ok(Action::SetTools { json: owned(json, json_len, "json")? })) }
}

/// Answers a TOOL_CALL event.
///
/// \param client       not NULL.
/// \param id           the `id` of that event; copied.
/// \param result       what came of it, as text or JSON; copied.
/// \param failed       1 when the tool failed and `result` says why, else 0.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns as parlor_client_say().
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_tool_result(
    client: *mut parlor_client,
    id: *const c_char,
    id_len: size_t,
    result: *const c_char,
    result_len: size_t,
    failed: i32,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    // SAFETY: the header's contract for the arguments is that of these functions.
    unsafe {
        act(client, tag, out_request, || {
            let failed = match failed {
                0 => false,
                1 => true,
                other => return Err(Error::invalid(format!("failed is {other}; it takes 0 or 1"))),
            };
            Ok(Action::ToolResult {
                id: owned(id, id_len, "id")?,
                result: owned(result, result_len, "result")?,
                failed,
            })
        })
    }
}

/// Tells the service what the loudspeaker does, for services that wait for it.
///
/// \param client       not NULL.
/// \param phase        PARLOR_PLAYBACK_STARTED or PARLOR_PLAYBACK_COMPLETED.
/// \param id           the `id` of the event that is played; copied.
/// \param sender       the `sender` of that event; copied. May be NULL with a length of 0.
/// \param json         the service's own parameters as a JSON object; copied. May be NULL with a length of 0.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns as parlor_client_say().
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_playback(
    client: *mut parlor_client,
    phase: i32,
    id: *const c_char,
    id_len: size_t,
    sender: *const c_char,
    sender_len: size_t,
    json: *const c_char,
    json_len: size_t,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    // SAFETY: the header's contract for the arguments is that of these functions.
    unsafe {
        act(client, tag, out_request, || {
            let phase = match phase {
                PARLOR_PLAYBACK_STARTED => PlaybackPhase::Started,
                PARLOR_PLAYBACK_COMPLETED => PlaybackPhase::Completed,
                other => return Err(Error::invalid(format!("phase is {other}; see PARLOR_PLAYBACK_"))),
            };
            Ok(Action::Playback(Playback {
                phase,
                id: owned(id, id_len, "id")?,
                sender: owned(sender, sender_len, "sender")?,
                json: owned(json, json_len, "json")?,
            }))
        })
    }
}

/// Subscribes to what the service sends only when it is asked to: rooms, channels, kinds of messages. The library
/// subscribes again after a reconnection.
///
/// \param client       not NULL.
/// \param json         what to subscribe to, as the service's page in the docs says; copied.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns as parlor_client_say().
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_subscribe(
    client: *mut parlor_client,
    json: *const c_char,
    json_len: size_t,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    // SAFETY: the header's contract for the arguments is that of these functions.
    unsafe { act(client, tag, out_request, || Ok(Action::Subscribe { json: owned(json, json_len, "json")? })) }
}

/// Replaces the credential, also as the answer to a CREDENTIAL_NEEDED event.
///
/// \param client       not NULL.
/// \param value        copied, and never shown.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns as parlor_client_say().
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_set_credential(
    client: *mut parlor_client,
    value: *const c_char,
    value_len: size_t,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    // SAFETY: the header's contract for the arguments is that of these functions.
    unsafe {
        act(client, tag, out_request, || {
            Ok(Action::SetCredential { value: Secret::new(owned(value, value_len, "value")?) })
        })
    }
}

/// Calls any operation of the service by the service's own name for it: "startChat", "conversation.item.truncate",
/// "POST /bots". The answer is the `json` of the REQUEST_DONE event.
///
/// \param client       not NULL.
/// \param name         the operation; copied. The service's page in the docs lists them.
/// \param json         its parameters as a JSON object; copied. May be NULL with a length of 0.
/// \param tag          comes back in the events of the request.
/// \param out_request  may be NULL; receives the number of the request.
/// \returns as parlor_client_say(); PARLOR_ERR_INVALID_ARGUMENT names the field that is missing or mistyped.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_client_call(
    client: *mut parlor_client,
    name: *const c_char,
    name_len: size_t,
    json: *const c_char,
    json_len: size_t,
    tag: u64,
    out_request: *mut u64,
) -> parlor_status {
    // SAFETY: the header's contract for the arguments is that of these functions.
    unsafe {
        act(client, tag, out_request, || {
            Ok(Action::Call { name: owned(name, name_len, "name")?, json: owned(json, json_len, "json")? })
        })
    }
}
