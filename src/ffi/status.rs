//! The status type, its names and texts, and the thread's last error.

use std::ffi::c_char;

use libc::size_t;

use super::args::TextOut;
use super::guard::last_error;
use crate::model::Status;

/// What a call or an event reports: 0 is good, a positive number is good with a remark, a negative one is an error. Later
/// versions bring more numbers, so look at the sign first.
pub type parlor_status = i32;

/// The name of a status: "PARLOR_ERR_REFUSED".
///
/// \returns a text that lives as long as the library, also for numbers that are no status. Not NULL.
/// \threadsafety any thread, also in a forked child.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_status_name(status: parlor_status) -> *const c_char {
    Status::from_number(status).map_or(c"PARLOR_ERR_UNKNOWN", Status::c_name).as_ptr()
}

/// One sentence about a status: "nobody listens at that address".
///
/// \returns a text that lives as long as the library, also for numbers that are no status. Not NULL.
/// \threadsafety any thread, also in a forked child.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_status_text(status: parlor_status) -> *const c_char {
    Status::from_number(status).map_or(c"a status that this version does not know", Status::c_text).as_ptr()
}

/// Copies out what was wrong with the last call that failed on this thread, in words: what is wrong and what to do.
/// Calls that succeed leave it as it is, and so does this one. What fails later, on the way to the service, is told by
/// the `text` of an event instead.
///
/// \param buffer    receives the text and a NUL; a text that does not fit is cut. May be NULL when `capacity` is 0.
/// \param out_len   may be NULL; receives the length of the whole text without the NUL.
/// \returns PARLOR_OK; PARLOR_ERR_BUFFER_TOO_SMALL when the text was cut.
/// \threadsafety any thread, also in a forked child.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_last_error(
    buffer: *mut c_char,
    capacity: size_t,
    out_len: *mut size_t,
) -> parlor_status {
    // SAFETY: the header says the same of the arguments.
    let out = unsafe { TextOut::new(buffer, capacity, out_len) };
    // This one goes around the gate, which would put its own failure in the place of what is asked for.
    match out {
        Ok(out) => out.put_cut(&last_error()) as parlor_status,
        Err(error) => error.status as parlor_status,
    }
}
