//! Options: set by number or by name, checked when they are set.

use std::ffi::c_char;
use std::sync::Arc;

use libc::size_t;
use parking_lot::Mutex;

use super::args::{self, OutHandle};
use super::guard::guard;
use super::handle::Registry;
use super::status::parlor_status;
use super::types::parlor_options;
use crate::core::{Counter, Counters};
use crate::model::{Error, Options, Status};

/// As the value of PARLOR_OPT_DELIVERY: events wait until the host takes or polls them.
pub const PARLOR_DELIVERY_QUEUE: i32 = 0;
/// As the value of PARLOR_OPT_DELIVERY: the library's thread parlor-events calls the callback.
pub const PARLOR_DELIVERY_THREAD: i32 = 1;

/// As the value of PARLOR_OPT_QUEUE_OVERFLOW: let go of the link, and come back when the host has drained the queue.
pub const PARLOR_OVERFLOW_DISCONNECT: i32 = 0;
/// As the value of PARLOR_OPT_QUEUE_OVERFLOW: stop reading until there is room.
pub const PARLOR_OVERFLOW_PAUSE: i32 = 1;

/// As the value of PARLOR_OPT_LOG_LEVEL and of LOG events. Each level includes those before it.
pub const PARLOR_LOG_OFF: i32 = 0;
pub const PARLOR_LOG_ERROR: i32 = 1;
pub const PARLOR_LOG_WARN: i32 = 2;
pub const PARLOR_LOG_INFO: i32 = 3;
pub const PARLOR_LOG_DEBUG: i32 = 4;
pub const PARLOR_LOG_TRACE: i32 = 5;

static OPTIONS: Registry<Mutex<Options>> = Registry::new(2, "options");

/// A copy of the options of a handle.
pub(super) fn copied(options: *const parlor_options) -> Result<Options, Error> {
    Ok(OPTIONS.get(options)?.lock().clone())
}

/// Makes a set of options, all at their defaults.
///
/// \param out_options  not NULL; receives the set. Owned: release with parlor_options_free(). NULL on failure.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT.
/// \threadsafety any thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_options_new(out_options: *mut *mut parlor_options) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { OutHandle::new(out_options, "out_options") }?;
        out.set(OPTIONS.insert(Arc::new(Mutex::new(Options::default())))?);
        Counters::add(Counter::LiveOptions, 1);
        Ok(Status::Ok)
    })
}

/// Frees a set of options. Clients that were made with it keep their copies.
///
/// \param options  may be NULL (nothing happens).
/// \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE when it was freed before.
/// \threadsafety any thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_options_free(options: *mut parlor_options) -> parlor_status {
    guard(|| {
        if !options.is_null() {
            drop(OPTIONS.remove(options)?);
            Counters::gone(Counter::LiveOptions);
        }
        Ok(Status::Ok)
    })
}

/// Sets an option that takes a text or a word.
///
/// \param options  not NULL.
/// \param key      one of PARLOR_OPT_.
/// \param value    copied.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such option or it takes something else, and
///          parlor_last_error() says what.
/// \threadsafety any thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_options_set_str(
    options: *mut parlor_options,
    key: i32,
    value: *const c_char,
    value_len: size_t,
) -> parlor_status {
    guard(|| {
        let options = OPTIONS.get(options)?;
        // SAFETY: the header says the same of the argument.
        let value = unsafe { args::text(value, value_len, "value") }?;
        options.lock().set_str(key, value)?;
        Ok(Status::Ok)
    })
}

/// Sets an option that takes a number, a flag (0 or 1), or a word by its constant.
///
/// \param options  not NULL.
/// \param key      one of PARLOR_OPT_.
/// \param value    the number; a time is in milliseconds.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such option, it takes a text, or the value is out of
///          its range, and parlor_last_error() says what.
/// \threadsafety any thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_options_set_i64(options: *mut parlor_options, key: i32, value: i64) -> parlor_status {
    guard(|| {
        let options = OPTIONS.get(options)?;
        options.lock().set_i64(key, value)?;
        Ok(Status::Ok)
    })
}

/// Sets any option by its name, from a text: for config files and command lines.
///
/// \param options  not NULL.
/// \param name     such as "queue.max_events"; it stands behind each constant below.
/// \param value    copied; a number as digits, a flag as "true" or "false", a word as itself.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such option or the value does not fit, and
///          parlor_last_error() says what.
/// \threadsafety any thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_options_set_named(
    options: *mut parlor_options,
    name: *const c_char,
    name_len: size_t,
    value: *const c_char,
    value_len: size_t,
) -> parlor_status {
    guard(|| {
        let options = OPTIONS.get(options)?;
        // SAFETY: the header says the same of the arguments.
        let (name, value) = unsafe { (args::text(name, name_len, "name")?, args::text(value, value_len, "value")?) };
        options.lock().set_named(name, value)?;
        Ok(Status::Ok)
    })
}
