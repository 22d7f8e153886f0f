//! The TCP socket below hyper and TLS, kept in reach so that a fault can end it the hard way.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Reads and writes a socket that somebody else can look at.
pub(crate) struct Link {
    stream: Arc<TcpStream>,
}

/// Looks at the socket without keeping it open.
#[derive(Clone, Default)]
pub(crate) struct Grip {
    stream: Weak<TcpStream>,
}

impl Link {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream: Arc::new(stream) }
    }

    pub(crate) fn grip(&self) -> Grip {
        Grip { stream: Arc::downgrade(&self.stream) }
    }
}

impl Grip {
    /// From here on the end of the socket is a reset (RST) instead of an orderly end.
    pub(crate) fn end_with_reset(&self) {
        if let Some(stream) = self.stream.upgrade() {
            // A socket that is gone already needs no reset.
            let _ = stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read(buf.initialize_unfilled()) {
                Ok(count) => {
                    buf.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match self.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Nothing to do: whoever shuts down lets go of the socket right after, and that closes it.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
