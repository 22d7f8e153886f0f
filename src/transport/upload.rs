//! A body that is sent piece by piece: files are read as the network takes them, on a thread that may wait for a disk.

use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::model::Status;
use crate::protocol::{Failure, Piece};

/// How much is read at a time, and how many such chunks may wait for the network.
const CHUNK: usize = 64 * 1024;
const CHUNKS: usize = 4;
/// The host is told of the progress after so many bytes, and at the end.
const TELL_EVERY: u64 = 256 * 1024;

/// A piece that is ready to be read.
enum Open {
    Bytes(Bytes),
    File { file: File, len: u64 },
}

impl Open {
    fn len(&self) -> u64 {
        match self {
            Open::Bytes(bytes) => bytes.len() as u64,
            Open::File { len, .. } => *len,
        }
    }
}

/// The body of these pieces. `tell` hears how many bytes of how many the network has taken.
///
/// # Errors
/// A file that can not be read, or is too large.
pub(super) async fn body(
    pieces: Vec<Piece>,
    tell: impl FnMut(u64, u64) + Send + Sync + 'static,
) -> Result<reqwest::Body, Failure> {
    let opened = tokio::task::spawn_blocking(move || pieces.into_iter().map(open).collect::<Result<Vec<_>, _>>()).await;
    let parts =
        opened.map_err(|error| Failure::new(Status::Resources, format!("the files were not opened: {error}")))??;
    let of = parts.iter().map(Open::len).sum();
    let (out, chunks) = channel(CHUNKS);
    // It ends when all is read, or when nobody takes the chunks any more.
    drop(tokio::task::spawn_blocking(move || pump(parts, &out)));
    Ok(reqwest::Body::wrap(Streamed { chunks, sent: 0, told: 0, of, tell }))
}

fn open(piece: Piece) -> Result<Open, Failure> {
    let (path, most) = match piece {
        Piece::Bytes(bytes) => return Ok(Open::Bytes(bytes.into())),
        Piece::File { path, most } => (path, most),
    };
    let wrong = |error: io::Error| {
        Failure::new(Status::InvalidArgument, format!("the file \"{path}\" can not be read: {error}"))
    };
    let file = File::open(&path).map_err(wrong)?;
    let about = file.metadata().map_err(wrong)?;
    if !about.is_file() {
        return Err(Failure::new(Status::InvalidArgument, format!("\"{path}\" is not a file")));
    }
    if about.len() > most {
        let text = format!("the file \"{path}\" has {} bytes; the service takes {most}", about.len());
        return Err(Failure::new(Status::TooBig, text));
    }
    Ok(Open::File { file, len: about.len() })
}

/// Reads everything, as fast as it is taken.
fn pump(parts: Vec<Open>, out: &Sender<io::Result<Bytes>>) {
    for part in parts {
        let taken = match part {
            Open::Bytes(mut bytes) => loop {
                if bytes.is_empty() {
                    break true;
                }
                let chunk = bytes.split_to(bytes.len().min(CHUNK));
                if out.blocking_send(Ok(chunk)).is_err() {
                    break false;
                }
            },
            Open::File { file, len } => pump_file(file, len, out),
        };
        if !taken {
            return;
        }
    }
}

/// Exactly as many bytes as were announced: whether the rest may follow.
fn pump_file(mut file: File, mut left: u64, out: &Sender<io::Result<Bytes>>) -> bool {
    while left > 0 {
        let mut chunk = vec![0; CHUNK.min(usize::try_from(left).unwrap_or(CHUNK))];
        let read = match file.read(&mut chunk) {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter while it was sent")),
            Ok(read) => Ok(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let chunk = read.map(|read| {
            left -= read as u64;
            chunk.truncate(read);
            Bytes::from(chunk)
        });
        let failed = chunk.is_err();
        if out.blocking_send(chunk).is_err() || failed {
            return false;
        }
    }
    true
}

/// What is handed to the network.
struct Streamed<T> {
    chunks: Receiver<io::Result<Bytes>>,
    sent: u64,
    told: u64,
    of: u64,
    tell: T,
}

// Nothing in it is pinned.
impl<T> Unpin for Streamed<T> {}

impl<T: FnMut(u64, u64) + Send + Sync> http_body::Body for Streamed<T> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let chunk = match this.chunks.poll_recv(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
            Poll::Ready(Some(Ok(chunk))) => chunk,
        };
        this.sent += chunk.len() as u64;
        if this.sent - this.told >= TELL_EVERY || this.sent == this.of {
            this.told = this.sent;
            (this.tell)(this.sent, this.of);
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.of - self.sent)
    }
}
