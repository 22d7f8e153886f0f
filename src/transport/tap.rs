//! What stands between the WebSocket library and the stream. It gives the library its bytes frame by frame, so that at
//! the end of each frame the library holds nothing back; a frame that has come whole and needs no library, as nearly
//! every one, can then be read past it, right where the system has put it.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop;

use super::frames::{Place, whole};
use super::stream::Stream;

/// How much one read may bring in. One buffer of this size is shared by all connections of the thread, so that a flood
/// costs few calls to the system and an idle connection no memory.
const GULP: usize = 128 * 1024;
/// How much of it counts as one step of this task, whose share of the thread is a number of steps.
const STEP: usize = 8 * 1024;

thread_local! {
    /// The shared buffer, unless some connection has not been read empty and keeps it until it is.
    static SHARED: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Where a lent stream comes back to, with what was read from it and given to nobody.
pub(super) type Return = Arc<Mutex<Option<(Stream, Vec<u8>)>>>;

/// A stream as the WebSocket library sees it. It is lent to the upgrade, which swallows it: when the upgrade is refused
/// and lets go of it, it comes back, so that the rest of the refusal can be read from it.
#[derive(Debug)]
pub(super) struct Tap {
    // Taken by `drop` and by nothing else.
    stream: Option<Stream>,
    back: Option<Return>,
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
    /// How many bytes at `at` were read past the library and are to be passed over.
    read: usize,
    place: Place,
}

/// What stands next.
#[derive(Debug)]
pub(super) enum Ahead {
    /// A message in one frame that has come whole, and where its payload is.
    Whole { text: bool, payload: Range<usize> },
    /// Something for the library to read.
    Library,
    /// The end of the stream.
    End,
}

impl Tap {
    /// Lends the stream; it comes back through the second value.
    pub(super) fn new(stream: Stream) -> (Tap, Return) {
        let back = Return::default();
        let tap = Tap {
            stream: Some(stream),
            back: Some(back.clone()),
            buffer: Box::default(),
            at: 0,
            end: 0,
            read: 0,
            place: Place::default(),
        };
        (tap, back)
    }

    /// The upgrade is done. From now on the stream is given, not lent, and frames come.
    pub(super) fn keep(&mut self) {
        self.back = None;
        self.place = Place::frames();
    }

    /// How many bytes were read so far.
    pub(super) fn received(&self) -> u64 {
        self.stream.as_ref().map_or(0, Stream::received)
    }

    /// What stands next: a message of at most `max` bytes that has come whole, or something else. `Pending` when nothing
    /// is there.
    pub(super) fn poll_ahead(&mut self, cx: &mut Context<'_>, max: usize) -> Poll<io::Result<Ahead>> {
        self.at += std::mem::take(&mut self.read);
        if !self.place.between_messages() {
            return Poll::Ready(Ok(Ahead::Library));
        }
        if self.at == self.end && ready!(self.poll_fill(cx))? == 0 {
            return Poll::Ready(Ok(Ahead::End));
        }
        let ahead = match whole(&self.buffer[self.at..self.end]) {
            Some((text, payload)) if payload.len() <= max => {
                self.read = payload.end;
                Ahead::Whole { text, payload: self.at + payload.start..self.at + payload.end }
            }
            _ => Ahead::Library,
        };
        Poll::Ready(Ok(ahead))
    }

    /// The bytes of the frame that was found last.
    pub(super) fn bytes(&self, payload: Range<usize>) -> &[u8] {
        &self.buffer[payload]
    }

    /// Leaves the frame that was found last to the library after all.
    pub(super) fn unread(&mut self) {
        self.read = 0;
    }

    /// Reads from the stream what there is, at most a buffer full; how much it was.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.buffer.is_empty() {
            self.buffer = SHARED.take().unwrap_or_else(|| vec![0; GULP].into_boxed_slice());
        }
        (self.at, self.end) = (0, 0);
        let mut into = ReadBuf::new(&mut self.buffer);
        let polled = match self.stream.as_mut() {
            Some(stream) => Pin::new(stream).poll_read(cx, &mut into),
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        };
        self.end = into.filled().len();
        if self.end == 0 {
            self.let_go();
        }
        for _ in 0..self.end / STEP {
            // When the share is used up the next read says so, and this task is called again.
            if let Poll::Ready(step) = coop::poll_proceed(cx) {
                step.made_progress();
            }
        }
        polled.map_ok(|()| self.end)
    }

    /// Gives the buffer back to the other connections.
    fn let_go(&mut self) {
        if !self.buffer.is_empty() {
            let buffer = std::mem::take(&mut self.buffer);
            // A connection that is dropped while its thread ends has nobody to give it to.
            let _ = SHARED.try_with(|shared| shared.set(Some(buffer)));
        }
        (self.at, self.end) = (0, 0);
    }

    fn pin(&mut self) -> io::Result<Pin<&mut Stream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if let Some(back) = self.back.take() {
            let left = self.buffer[self.at..self.end].to_vec();
            *back.lock() = self.stream.take().map(|stream| (stream, left));
        }
        self.let_go();
    }
}

impl AsyncRead for Tap {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        if self.at == self.end && ready!(self.poll_fill(cx))? == 0 {
            return Poll::Ready(Ok(()));
        }
        let this = &mut *self;
        let most = this.end.min(this.at + buf.remaining());
        let portion = this.place.portion(&this.buffer[this.at..most]);
        buf.put_slice(&this.buffer[this.at..this.at + portion]);
        this.at += portion;
        if this.at == this.end {
            this.let_go();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.pin()?.poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pin()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pin()?.poll_shutdown(cx)
    }
}
