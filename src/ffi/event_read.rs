//! Reading single fields out of an event.

use std::ffi::c_char;

use libc::size_t;

use super::args::{self, Out, TextOut};
use super::event::{FIRST_SIZE, parlor_event};
use super::guard::guard;
use super::json;
use super::status::parlor_status;
use crate::model::{Error, Status};

/// An event that a host hands back to us.
///
/// # Safety
/// `event` is NULL or points to an event of ours whose batch is alive.
pub(super) unsafe fn borrow<'a>(event: *const parlor_event) -> Result<&'a parlor_event, Error> {
    if event.is_null() {
        return Err(Error::invalid("event is NULL"));
    }
    if !event.is_aligned() {
        return Err(Error::invalid("event is not an event of this library: its address is odd"));
    }
    // SAFETY: not NULL, aligned, and an event of ours by the contract.
    let event = unsafe { &*event };
    if event.size < FIRST_SIZE {
        return Err(Error::invalid(format!("event is not an event of this library: its size says {}", event.size)));
    }
    Ok(event)
}

/// One of the texts of an event.
///
/// # Safety
/// The pair comes from an event of ours whose batch is alive.
pub(super) unsafe fn text<'a>(data: *const c_char, len: usize) -> Result<&'a str, Error> {
    // SAFETY: the same contract; no text of an event has the length PARLOR_STRLEN.
    unsafe { args::text(data, len, "a text of the event") }
}

/// Finds a field: a plain name in the body first, then in the whole message; a path likewise.
///
/// # Safety
/// `event` is NULL or points to an event of ours whose batch is alive, `name` is as in [`args::text`].
unsafe fn field<'a>(
    event: *const parlor_event,
    name: *const c_char,
    name_len: usize,
) -> Result<(&'a str, &'a str), Error> {
    // SAFETY: the contract of this function.
    let (event, name) = unsafe { (borrow(event)?, args::text(name, name_len, "name")?) };
    // SAFETY: the event is ours, as the contract says.
    let whole: &'a str = unsafe { text(event.json, event.json_len) }?;
    let from = event.body_offset as usize;
    let body = whole.get(from..from.saturating_add(event.body_len as usize)).unwrap_or("");
    let found = if body.is_empty() { None } else { json::find(body, name) };
    match found.or_else(|| json::find(whole, name)) {
        Some(value) => Ok((name, value)),
        None => Err(Error::new(Status::NotFound, format!("the event has no field \"{name}\""))),
    }
}

fn mistyped(name: &str, value: &str, wanted: &str) -> Error {
    if value == "null" {
        return Error::new(Status::NotFound, format!("the field \"{name}\" is null"));
    }
    let shown: String = value.chars().take(40).collect();
    Error::invalid(format!("the field \"{name}\" is {shown}, which is not {wanted}"))
}

/// Copies one field of the service's message out, as text.
///
/// \param event     not NULL.
/// \param name      the field's name, looked for in the body and then in the whole message; or a path with dots
///                  ("usage.total_tokens", "items.0.id"); or a JSON pointer ("/items/0/id").
/// \param buffer    receives the text and a NUL. A string of the message comes without its quotes and escapes; any
///                  other value comes as JSON text. May be NULL when `capacity` is 0: then only the length is asked for.
/// \param out_len   may be NULL; receives the length without the NUL, also when the buffer is too small.
/// \returns PARLOR_OK; PARLOR_ERR_NOT_FOUND; PARLOR_ERR_BUFFER_TOO_SMALL, with the buffer left as it was.
/// \threadsafety any thread, as long as the event lives.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_event_get(
    event: *const parlor_event,
    name: *const c_char,
    name_len: size_t,
    buffer: *mut c_char,
    capacity: size_t,
    out_len: *mut size_t,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header's contract for the arguments is that of these functions.
        let (out, (name, value)) = unsafe { (TextOut::new(buffer, capacity, out_len)?, field(event, name, name_len)?) };
        if value.starts_with('"') {
            let text: String =
                serde_json::from_str(value).map_err(|_| mistyped(name, value, "a string that can be read"))?;
            return out.put(&text);
        }
        out.put(value)
    })
}

/// Reads one field of the service's message as a whole number. A boolean reads as 0 or 1.
///
/// \param event      not NULL.
/// \param name       as in parlor_event_get().
/// \param out_value  not NULL; written only on success.
/// \returns PARLOR_OK; PARLOR_ERR_NOT_FOUND when there is no such field, or it is null; PARLOR_ERR_INVALID_ARGUMENT when
///          it is not a whole number of 64 bits.
/// \threadsafety any thread, as long as the event lives.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_event_get_i64(
    event: *const parlor_event,
    name: *const c_char,
    name_len: size_t,
    out_value: *mut i64,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header's contract for the arguments is that of these functions.
        let (out, (name, value)) = unsafe { (Out::required(out_value, "out_value")?, field(event, name, name_len)?) };
        out.set(whole(value).ok_or_else(|| mistyped(name, value, "a whole number of 64 bits"))?);
        Ok(Status::Ok)
    })
}

/// Reads one field of the service's message as a number.
///
/// \param event      not NULL.
/// \param name       as in parlor_event_get().
/// \param out_value  not NULL; written only on success.
/// \returns PARLOR_OK; PARLOR_ERR_NOT_FOUND when there is no such field, or it is null; PARLOR_ERR_INVALID_ARGUMENT when
///          it is not a number.
/// \threadsafety any thread, as long as the event lives.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_event_get_f64(
    event: *const parlor_event,
    name: *const c_char,
    name_len: size_t,
    out_value: *mut f64,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header's contract for the arguments is that of these functions.
        let (out, (name, value)) = unsafe { (Out::required(out_value, "out_value")?, field(event, name, name_len)?) };
        out.set(serde_json::from_str(value).map_err(|_| mistyped(name, value, "a number"))?);
        Ok(Status::Ok)
    })
}

/// A JSON value as a whole number, where it is one.
fn whole(value: &str) -> Option<i64> {
    match value {
        "true" => Some(1),
        "false" => Some(0),
        _ => value.parse().ok().or_else(|| {
            let number: f64 = serde_json::from_str(value).ok()?;
            // Up to 2^53 a double says exactly which whole number is meant.
            (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn whole_numbers() {
        for (value, expected) in [
            ("12", Some(12)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("1e3", Some(1000)),
            ("1.5", None),
            ("true", Some(1)),
            ("\"12\"", None),
            ("null", None),
        ] {
            assert_eq!(whole(value), expected, "{value}");
        }
    }
}
