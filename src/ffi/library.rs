//! The library as a whole: versions, features, shutdown, counters.

use std::ffi::c_char;
use std::time::Duration;

use super::args::Out;
use super::client::{self, CLIENTS};
use super::foreign::inside_callback;
use super::guard::{guard, unsettle};
use super::status::parlor_status;
use super::types::PARLOR_FOREVER;
use super::version::{PARLOR_ABI_VERSION, PARLOR_VERSION_NUMBER};
use crate::core::Counters;
use crate::model::{Error, Status};
use crate::runtime;

/// Bit of parlor_features(): this build holds the protocol "testkit", which needs no network. Never in a release.
pub const PARLOR_FEATURE_TESTKIT: u64 = 1;
/// Bit of parlor_features(): this build holds the simulators of the services. Never in a release.
pub const PARLOR_FEATURE_SIMULATORS: u64 = 2;
/// Bit of parlor_features(): this build can check the arguments of tool calls against JSON Schema, as the option
/// PARLOR_OPT_TOOLCHAT_VALIDATE_ARGUMENTS asks for.
pub const PARLOR_FEATURE_SCHEMA: u64 = 4;

/// As the counter: clients that were made and not destroyed.
pub const PARLOR_COUNTER_LIVE_CLIENTS: i32 = 0;
/// As the counter: sets of options that were made and not freed.
pub const PARLOR_COUNTER_LIVE_OPTIONS: i32 = 1;
/// As the counter: batches that were given out and not freed.
pub const PARLOR_COUNTER_LIVE_BATCHES: i32 = 2;
/// As the counter: threads of the library.
pub const PARLOR_COUNTER_LIVE_THREADS: i32 = 3;
/// As the counter: events that full queues have dropped.
pub const PARLOR_COUNTER_DROPPED_EVENTS: i32 = 4;
/// As the counter: faults inside the library that were caught.
pub const PARLOR_COUNTER_PANICS: i32 = 5;
/// As the counter: answers that came after their request had ended.
pub const PARLOR_COUNTER_LATE_ANSWERS: i32 = 6;
/// As the counter: audio handles that were opened and not closed.
pub const PARLOR_COUNTER_LIVE_AUDIO: i32 = 7;

/// What stands for ever, so that adding it to a time can not overflow.
const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The version of the library that is running, to be compared with PARLOR_VERSION_NUMBER.
///
/// \threadsafety any thread, also in a forked child.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_version_number() -> u32 {
    PARLOR_VERSION_NUMBER
}

/// The version of the library that is running, as text: "0.1.0".
///
/// \returns a text that lives as long as the library. Not NULL.
/// \threadsafety any thread, also in a forked child.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_version_string() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Checks that the library fits the header that you compiled with. The first call of every binding:
///
///     parlor_check_abi(PARLOR_ABI_VERSION, PARLOR_VERSION_NUMBER)
///
/// \returns PARLOR_OK; PARLOR_ERR_ABI_MISMATCH when the binary interface is another one or the library is older than the
///          header, and parlor_last_error() says which.
/// \threadsafety any thread, also in a forked child.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_check_abi(header_abi: u32, header_version: u32) -> parlor_status {
    if header_abi == PARLOR_ABI_VERSION && header_version <= PARLOR_VERSION_NUMBER {
        return Status::Ok as parlor_status;
    }
    guard(|| {
        let text = if header_abi == PARLOR_ABI_VERSION {
            format!(
                "the program was built for parlor {}, but the library is {}; install a library at least as new",
                dotted(header_version),
                dotted(PARLOR_VERSION_NUMBER)
            )
        } else {
            format!(
                "the program was built for binary interface {header_abi}, but the library speaks {PARLOR_ABI_VERSION}; \
                 rebuild the program with the library's own header"
            )
        };
        Err(Error::new(Status::AbiMismatch, text))
    })
}

fn dotted(version: u32) -> String {
    format!("{}.{}.{}", version >> 16, version >> 8 & 0xff, version & 0xff)
}

/// What this build of the library holds: bits of PARLOR_FEATURE_. The functions of the header are in every build.
///
/// \threadsafety any thread, also in a forked child.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_features() -> u64 {
    let testkit = if cfg!(feature = "testkit") { PARLOR_FEATURE_TESTKIT } else { 0 };
    let simulators = if cfg!(feature = "sim") { PARLOR_FEATURE_SIMULATORS } else { 0 };
    let schema = if cfg!(feature = "schema") { PARLOR_FEATURE_SCHEMA } else { 0 };
    testkit | simulators | schema
}

/// Destroys every client that is left and joins every thread of the library. It can be used again afterwards.
///
/// Call it before the host unloads what its callbacks are made of: a script domain, an interpreter, a plugin. A program
/// that simply exits need not.
///
/// \param timeout_ms  how long to wait for the threads; PARLOR_FOREVER waits without an end. A name lookup that the
///                    system does not answer can keep one for many seconds.
/// \returns PARLOR_OK; PARLOR_ERR_THREADS_LEFT; PARLOR_ERR_WOULD_DEADLOCK inside a callback, with nothing done.
/// \threadsafety any thread, but not inside callbacks. Clients that other threads make meanwhile may survive it.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_shutdown(timeout_ms: u32) -> parlor_status {
    guard(|| {
        if inside_callback() {
            return Err(Error::new(
                Status::WouldDeadlock,
                "parlor_shutdown was called inside a callback, and it waits for callbacks to return; call it elsewhere",
            ));
        }
        for live in CLIENTS.drain() {
            client::end(&live);
        }
        let timeout = match timeout_ms {
            PARLOR_FOREVER => A_CENTURY,
            ms => Duration::from_millis(ms.into()),
        };
        if !runtime::wait_for_threads(timeout) {
            return Err(Error::new(
                Status::ThreadsLeft,
                "threads are left: a name lookup that the system does not answer, or clients that were just made",
            ));
        }
        if CLIENTS.is_empty() {
            unsettle();
        }
        Ok(Status::Ok)
    })
}

/// Reads a counter, for tests and for bug reports.
///
/// \param counter    one of PARLOR_COUNTER_.
/// \param out_value  not NULL.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such counter.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_counter(counter: i32, out_value: *mut u64) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { Out::required(out_value, "out_value") }?;
        let value = Counters::read(counter)
            .ok_or_else(|| Error::invalid(format!("there is no counter {counter}; see PARLOR_COUNTER_")))?;
        out.set(value);
        Ok(Status::Ok)
    })
}
