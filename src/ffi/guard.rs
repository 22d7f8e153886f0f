//! The gate that every export goes through: the fork check, the panic barrier, and the thread's last error.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use super::status::parlor_status;
use crate::core::{Counter, Counters};
use crate::model::{Error, Status};

thread_local! {
    static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Whether this process uses the library.
static IN_USE: AtomicBool = AtomicBool::new(false);
/// Whether this process is a child, forked from one that did.
static FORKED: AtomicBool = AtomicBool::new(false);

/// Notes that the library is in use here: from now on, a child forked from this process is turned away.
pub(super) fn settle() {
    watch_forks();
    IN_USE.store(true, Ordering::Relaxed);
}

/// Forgets it, when nothing of the library is left in the process: a child forked from now on may start anew.
pub(super) fn unsettle() {
    IN_USE.store(false, Ordering::Relaxed);
}

/// Whether this process is a child, forked from the one that uses the library. Looked at before any lock is touched,
/// because a lock that another thread held at the fork stays locked for ever in the child. The system tells of the fork
/// itself, so that no call has to ask it who we are.
pub(super) fn forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

#[cfg(unix)]
fn watch_forks() {
    unsafe extern "C" fn in_the_child() {
        // Nothing but this may be done in a child of a process with threads.
        FORKED.fetch_or(IN_USE.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handler is a function of this library, which stays in memory once it was loaded, and it does
        // nothing but touch two atomics. Without memory for it, forks go unnoticed, which is as good as it gets then.
        unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) };
    });
}

#[cfg(not(unix))]
fn watch_forks() {}

/// Runs the body of an export. An error becomes its status and the thread's last error; a panic becomes
/// `PARLOR_ERR_PANIC`; in a forked child nothing runs at all.
pub(super) fn guard(body: impl FnOnce() -> Result<Status, Error>) -> parlor_status {
    let result = if forked() {
        // The body is dropped here without running. What it holds, a userdata to be freed say, is let go as it should.
        Err(Error::new(
            Status::Forked,
            "this process was forked from one that uses parlor; make clients after the fork, or exec another program",
        ))
    } else {
        catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| Err(caught(payload.as_ref())))
    };
    match result {
        Ok(status) => status as parlor_status,
        Err(error) => {
            let status = error.status as parlor_status;
            // A thread that is just ending has no place for it any more.
            let _ = LAST_ERROR.try_with(|last| last.replace(error.text));
            status
        }
    }
}

/// A panic as an error, counted.
fn caught(payload: &(dyn Any + Send)) -> Error {
    Counters::add(Counter::Panics, 1);
    fault(text_of(payload))
}

/// What a panic has said.
pub(super) fn text_of(payload: &(dyn Any + Send)) -> &str {
    let literal = payload.downcast_ref::<&str>().copied();
    literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

/// A panic as an error.
pub(super) fn fault(text: &str) -> Error {
    Error::new(Status::Panic, format!("a fault inside parlor: {text}; please report it"))
}

/// The thread's last error; reading it does not touch it.
pub(super) fn last_error() -> String {
    LAST_ERROR.try_with(|last| last.borrow().clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{guard, last_error};
    use crate::model::{Error, Status};

    #[test]
    fn errors_and_panics_leave_their_text_and_success_does_not_touch_it() {
        assert_eq!(guard(|| Err(Error::invalid("the pot is empty"))), -1);
        assert_eq!(guard(|| Ok(Status::Ok)), 0);
        assert_eq!(last_error(), "the pot is empty");
        assert_eq!(guard(|| panic!("k = {}", 7)), -1000);
        assert!(last_error().contains("k = 7"));
    }
}
