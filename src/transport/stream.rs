//! A connected byte stream: TCP, or TLS over another stream.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// What carries the bytes. TLS stands on another stream, since a proxy can itself be spoken to over TLS.
#[derive(Debug)]
enum Carrier {
    Plain(TcpStream),
    Tls(Box<TlsStream<Stream>>),
}

/// A connected byte stream that counts what it has read.
#[derive(Debug)]
pub struct Stream {
    carrier: Carrier,
    received: u64,
}

impl Stream {
    /// Over TCP as it is.
    pub(super) fn plain(tcp: TcpStream) -> Stream {
        Stream { carrier: Carrier::Plain(tcp), received: 0 }
    }

    /// Over TLS, the handshake done.
    pub(super) fn tls(tls: TlsStream<Stream>) -> Stream {
        Stream { carrier: Carrier::Tls(Box::new(tls)), received: 0 }
    }

    /// Whether small writes go out at once.
    #[cfg(test)]
    pub(super) fn is_prompt(&self) -> bool {
        match &self.carrier {
            Carrier::Plain(tcp) => tcp.nodelay().unwrap_or(false),
            Carrier::Tls(tls) => tls.get_ref().0.is_prompt(),
        }
    }

    /// How many bytes were read so far, so that a large message on a slow link does not look like silence.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = match &mut self.carrier {
            Carrier::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Carrier::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        };
        self.received += (buf.filled().len() - before) as u64;
        polled
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.carrier {
            Carrier::Plain(tcp) => Pin::new(tcp).poll_write(cx, data),
            Carrier::Tls(tls) => Pin::new(tls).poll_write(cx, data),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.carrier {
            Carrier::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, data),
            Carrier::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, data),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.carrier {
            Carrier::Plain(tcp) => tcp.is_write_vectored(),
            Carrier::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Carrier::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Carrier::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
