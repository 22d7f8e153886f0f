//! Name lookups that do as they are told. This program has its own `getaddrinfo`, which stands before the system's:
//! `dead.test` does not exist, `slow.test` is never answered, `six.test` is at ::1 first and at 127.0.0.1 then. Every
//! other name is asked of the system.

#![allow(unsafe_code, reason = "a function of the C library is replaced")]

use std::ffi::{CStr, c_char, c_int};
use std::sync::{Condvar, Mutex};

use libc::addrinfo;

type Lookup = unsafe extern "C" fn(*const c_char, *const c_char, *const addrinfo, *mut *mut addrinfo) -> c_int;

static RELEASED: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

/// Lets the lookups of `slow.test` come back, empty-handed.
pub(crate) fn release() {
    *RELEASED.0.lock().unwrap() = true;
    RELEASED.1.notify_all();
}

fn system() -> Lookup {
    // SAFETY: the C library has a function of this name behind ours, and this is its type.
    unsafe {
        let found = libc::dlsym(libc::RTLD_NEXT, c"getaddrinfo".as_ptr());
        assert!(!found.is_null(), "there is a getaddrinfo");
        std::mem::transmute::<*mut libc::c_void, Lookup>(found)
    }
}

/// SAFETY: as the system's `getaddrinfo`.
#[unsafe(no_mangle)]
unsafe extern "C" fn getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    found: *mut *mut addrinfo,
) -> c_int {
    // SAFETY: a name that is not null ends with a NUL, as the system's function demands it too.
    let name = if node.is_null() { c"" } else { unsafe { CStr::from_ptr(node) } };
    match name.to_bytes() {
        b"dead.test" => libc::EAI_NONAME,
        b"slow.test" => {
            let released = RELEASED.0.lock().unwrap();
            drop(RELEASED.1.wait_while(released, |released| !*released).unwrap());
            libc::EAI_AGAIN
        }
        b"six.test" => {
            let lookup = system();
            let (mut six, mut four) = (std::ptr::null_mut(), std::ptr::null_mut());
            // SAFETY: numeric addresses, and pointers of our own; the two lists become one, which the caller frees.
            unsafe {
                let failed = lookup(c"::1".as_ptr(), service, hints, &raw mut six);
                if failed != 0 {
                    return failed;
                }
                let failed = lookup(c"127.0.0.1".as_ptr(), service, hints, &raw mut four);
                if failed != 0 {
                    return failed;
                }
                let mut last: *mut addrinfo = six;
                while !(*last).ai_next.is_null() {
                    last = (*last).ai_next;
                }
                (*last).ai_next = four;
                *found = six;
            }
            0
        }
        // SAFETY: handed on as it came.
        _ => unsafe { system()(node, service, hints, found) },
    }
}
