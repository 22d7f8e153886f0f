//! The wake descriptor: a few bytes of the host's own choice, written when events begin to wait.

use crate::model::Error;

/// What the queue calls.
type Hook = Box<dyn Fn() + Send + Sync>;

/// A hook that writes the bytes to the descriptor, without ever waiting.
///
/// # Errors
/// The descriptor is not open, may block, or the bytes are not 1 to 8.
pub(super) fn hook(fd: isize, bytes: &[u8]) -> Result<Hook, Error> {
    if !(1..=8).contains(&bytes.len()) {
        return Err(Error::invalid(format!("bytes has {} bytes; 1 to 8 can be written", bytes.len())));
    }
    let bytes = bytes.to_vec();
    let target = system::Target::new(fd)?;
    Ok(Box::new(move || target.write(&bytes)))
}

#[cfg(unix)]
mod system {
    use std::ffi::c_int;

    use crate::model::Error;

    /// A descriptor of the host. It stays the host's: it is never closed here.
    #[derive(Clone, Copy)]
    pub(super) struct Target {
        fd: c_int,
        socket: bool,
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    const QUIETLY: c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const QUIETLY: c_int = libc::MSG_DONTWAIT;

    impl Target {
        pub(super) fn new(fd: isize) -> Result<Target, Error> {
            let open = c_int::try_from(fd).ok().filter(|fd| *fd >= 0);
            let open = open.and_then(|fd| {
                // SAFETY: asking for the flags of a descriptor touches no memory.
                let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
                (flags >= 0).then_some((fd, flags))
            });
            let Some((fd, flags)) = open else {
                return Err(Error::invalid(format!("fd is {fd}, which is no open descriptor; -1 removes the one set")));
            };
            if flags & libc::O_NONBLOCK == 0 {
                return Err(Error::invalid(format!("fd {fd} is blocking; set O_NONBLOCK on it first")));
            }
            let mut kind: c_int = 0;
            let mut size = size_of::<c_int>() as libc::socklen_t;
            // SAFETY: both pointers are to values of this function, and the size is that of the value.
            let answer =
                unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_TYPE, (&raw mut kind).cast(), &raw mut size) };
            Ok(Target { fd, socket: answer == 0 })
        }

        /// Writes once. When it would block there are unread bytes, which wake just as well; any other failure is the
        /// host's to notice, since the descriptor is its own.
        pub(super) fn write(&self, bytes: &[u8]) {
            // SAFETY: the bytes are readable for their length. A socket whose peer is gone must not raise SIGPIPE; the
            // library's threads, on which this runs, have that signal blocked for everything else.
            unsafe {
                if self.socket {
                    libc::send(self.fd, bytes.as_ptr().cast(), bytes.len(), QUIETLY);
                } else {
                    libc::write(self.fd, bytes.as_ptr().cast(), bytes.len());
                }
            }
        }
    }
}

#[cfg(windows)]
mod system {
    use std::io::Write as _;
    use std::mem::ManuallyDrop;
    use std::net::TcpStream;
    use std::os::windows::io::{FromRawSocket as _, RawSocket};

    use crate::model::Error;

    /// A socket of the host. It stays the host's: it is never closed here.
    #[derive(Clone, Copy)]
    pub(super) struct Target(RawSocket);

    impl Target {
        pub(super) fn new(fd: isize) -> Result<Target, Error> {
            if fd < 0 {
                return Err(Error::invalid(format!("fd is {fd}, which is no SOCKET; -1 removes the one set")));
            }
            Ok(Target(fd as RawSocket))
        }

        /// Writes once. When it would block there are unread bytes, which wake just as well.
        pub(super) fn write(&self, bytes: &[u8]) {
            // SAFETY: the socket is only borrowed for this write, and ManuallyDrop keeps it from being closed.
            let socket = ManuallyDrop::new(unsafe { TcpStream::from_raw_socket(self.0) });
            let _ = (&*socket).write(bytes);
        }
    }
}
