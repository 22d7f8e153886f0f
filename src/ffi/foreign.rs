//! The host's function, its userdata, and the function that frees it.

use std::cell::Cell;
use std::ffi::c_void;

use super::event::parlor_event;
use super::types::{parlor_event_fn, parlor_free_fn};

thread_local! {
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread is inside a function of a host that the library has called.
pub(super) fn inside_callback() -> bool {
    INSIDE.try_with(Cell::get).unwrap_or(0) > 0
}

/// Counts this thread as inside for as long as it lives.
struct Inside;

impl Inside {
    fn enter() -> Inside {
        let _ = INSIDE.try_with(|depth| depth.set(depth.get() + 1));
        Inside
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = INSIDE.try_with(|depth| depth.set(depth.get() - 1));
    }
}

/// What a host gave to be called with. Dropping it calls the host's free function, which happens exactly once because a
/// `Foreign` can not be copied. Nobody may drop one while holding a lock.
pub(super) struct Foreign {
    call: parlor_event_fn,
    userdata: *mut c_void,
    free: parlor_free_fn,
}

// SAFETY: the header says that the userdata is handed to the callback and to the free function on whatever thread
// delivers, so the host has agreed to it being moved between threads. It is used by one thread at a time.
unsafe impl Send for Foreign {}

impl Foreign {
    pub(super) fn new(call: parlor_event_fn, userdata: *mut c_void, free: parlor_free_fn) -> Foreign {
        Foreign { call, userdata, free }
    }

    pub(super) fn has_call(&self) -> bool {
        self.call.is_some()
    }

    /// Gives one event to the host.
    pub(super) fn call(&mut self, event: &parlor_event) {
        if let Some(call) = self.call {
            let _inside = Inside::enter();
            // SAFETY: the host gave the function for these arguments, and the event lives until it returns.
            unsafe { call(event, self.userdata) };
        }
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            let _inside = Inside::enter();
            // SAFETY: the host gave the function for this userdata, and this is the one time that it is called.
            unsafe { free(self.userdata) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Foreign, inside_callback};
    use std::ffi::c_void;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn freed_exactly_once() {
        unsafe extern "C" fn free(userdata: *mut c_void) {
            assert!(inside_callback());
            // SAFETY: the test passes a counter that outlives this.
            unsafe { &*userdata.cast::<AtomicU32>() }.fetch_add(1, Ordering::Relaxed);
        }
        let freed = AtomicU32::new(0);
        let foreign = Foreign::new(None, (&raw const freed).cast_mut().cast(), Some(free));
        let moved = foreign;
        assert_eq!(freed.load(Ordering::Relaxed), 0);
        drop(moved);
        assert_eq!(freed.load(Ordering::Relaxed), 1);
        assert!(!inside_callback());
    }
}
