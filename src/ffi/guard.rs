//! The gate that every export goes through: the fork check, the panic barrier, and the thread's last error.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use super::status::parlor_status;
use crate::core::{Counter, Counters};
use crate::model::{Error, Status};

thread_local! {
    static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The process that uses the library, or 0 while nobody does. A forked child has another number.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Notes which process the library works in: from now on, a child forked from it is turned away.
pub(super) fn settle() {
    PROCESS.store(std::process::id(), Ordering::Relaxed);
}

/// Forgets the process, when nothing of the library is left in it: a child forked from now on may start anew.
pub(super) fn unsettle() {
    PROCESS.store(0, Ordering::Relaxed);
}

/// Whether this process is a child, forked from the one that uses the library. Looked at before any lock is touched,
/// because a lock that another thread held at the fork stays locked for ever in the child.
pub(super) fn forked() -> bool {
    let process = PROCESS.load(Ordering::Relaxed);
    process != 0 && process != std::process::id()
}

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
