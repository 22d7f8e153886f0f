//! SIGPIPE: a host must not be killed because a peer hung up while the library was writing.

/// Blocks SIGPIPE on the calling thread, and on no other. A write to a connection that is gone then fails with EPIPE,
/// whatever the host does with the signal. Called at the start of every thread of the library that writes to sockets.
#[cfg(unix)]
#[allow(unsafe_code, reason = "signal masks are reached through libc only")]
pub fn block_sigpipe_on_this_thread() {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the set before anything reads it; SIGPIPE is a valid signal number; the mask of
    // the calling thread is all that pthread_sigmask changes, and a null pointer says that the old one is not wanted.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
    }
}

/// There is no SIGPIPE here.
#[cfg(not(unix))]
pub fn block_sigpipe_on_this_thread() {}

#[cfg(all(test, unix))]
mod tests {
    #[test]
    #[allow(unsafe_code, reason = "the mask is read back through libc")]
    fn the_signal_is_blocked_on_the_thread_that_asked() {
        fn blocked() -> bool {
            let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
            // SAFETY: a null new set only reads the calling thread's mask into `set`, which initialises it.
            unsafe {
                libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), set.as_mut_ptr());
                libc::sigismember(set.as_ptr(), libc::SIGPIPE) == 1
            }
        }
        let asked = std::thread::spawn(|| {
            let before = blocked();
            super::block_sigpipe_on_this_thread();
            (before, blocked())
        });
        assert_eq!(asked.join().expect("no panic"), (false, true));
        assert!(!std::thread::spawn(blocked).join().expect("no panic"));
    }
}
