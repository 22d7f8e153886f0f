//! One WebSocket connection from the simulator's side: what goes out, and how it ends.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use parking_lot::Mutex;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc, watch};

use super::fault::Faults;
use super::link::Grip;
use super::record::{Direction, Record, Seen};
use super::server::Tap;
use super::ws::{self, Frame, ReadError, Reader};

/// A writer that has more than this before it waits for the socket, as asyncio's transports do.
const HIGH_WATER: usize = 64 << 10;

/// How long a closing simulator waits for the client's half of the closing handshake.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

enum Out {
    Bytes { bytes: Bytes, segment: usize, delay: Duration },
    End,
}

/// The sending half of a connection, shared by everybody who wants to say something on it.
pub struct Peer {
    id: u64,
    out: mpsc::UnboundedSender<Out>,
    pending: AtomicUsize,
    drained: Notify,
    grip: Grip,
    frozen: watch::Sender<bool>,
    gone: watch::Sender<bool>,
    closing: AtomicBool,
    said_close: AtomicBool,
    ending: Notify,
    faults: Arc<Mutex<Faults>>,
    tap: Option<Tap>,
}

/// What [`Peer::pair`] makes: the shared half, and the queue that its writer empties.
pub(crate) struct Outbox(mpsc::UnboundedReceiver<Out>);

impl Peer {
    pub(crate) fn pair(id: u64, grip: Grip, faults: Arc<Mutex<Faults>>, tap: Option<Tap>) -> (Arc<Self>, Outbox) {
        let (out, queue) = mpsc::unbounded_channel();
        let peer = Self {
            id,
            out,
            pending: AtomicUsize::new(0),
            drained: Notify::new(),
            grip,
            frozen: watch::Sender::new(false),
            gone: watch::Sender::new(false),
            closing: AtomicBool::new(false),
            said_close: AtomicBool::new(false),
            ending: Notify::new(),
            faults,
            tap,
        };
        (Arc::new(peer), Outbox(queue))
    }

    /// The number of the connection, counted from 1.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Sends a text message, with the faults that are on.
    pub fn send_text(&self, text: &str) {
        if let Some(tap) = &self.tap {
            tap(Direction::Out, self.id, text);
        }
        self.send_message(ws::TEXT, text.as_bytes());
    }

    /// Sends a binary message, with the faults that are on.
    pub fn send_binary(&self, bytes: &[u8]) {
        if let Some(tap) = &self.tap {
            tap(Direction::Out, self.id, &format!("({} bytes)", bytes.len()));
        }
        self.send_message(ws::BINARY, bytes);
    }

    /// Sends a ping.
    pub fn ping(&self, payload: &[u8]) {
        self.send_message(ws::PING, payload);
    }

    /// Sends a text message in `fragments` frames and `segment` bytes at a time (0: all at once).
    pub fn send_split(&self, text: &str, fragments: usize, segment: usize) {
        let mut bytes = Vec::with_capacity(text.len() + 16 * fragments.max(1));
        ws::encode_fragments(&mut bytes, ws::TEXT, text.as_bytes(), fragments);
        self.push(Out::Bytes { bytes: bytes.into(), segment, delay: Duration::ZERO });
    }

    /// Puts bytes on the socket as they are: they need not be a frame.
    pub fn send_raw(&self, bytes: impl Into<Bytes>) {
        self.push(Out::Bytes { bytes: bytes.into(), segment: 0, delay: Duration::ZERO });
    }

    /// Waits until less than 64 KiB wait for the socket, or the connection is gone.
    pub async fn room(&self) {
        loop {
            let mut drained = pin!(self.drained.notified());
            drained.as_mut().enable();
            if self.has_room() || *self.gone.borrow() {
                return;
            }
            let mut gone = self.gone.subscribe();
            select(drained, pin!(gone.wait_for(|gone| *gone))).await;
        }
    }

    /// Closes with a code and a reason, then lets go of the socket.
    pub fn close(&self, code: u16, reason: &str) {
        if self.closing.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(tap) = &self.tap {
            tap(Direction::Out, self.id, &format!("(close {code} {reason})"));
        }
        self.said_close.store(true, Ordering::Release);
        self.send_message(ws::CLOSE, &ws::close_payload(code, reason));
        self.push(Out::End);
        self.ending.notify_one();
    }

    /// Ends the connection in order but without a close frame: the client sees 1006.
    pub fn drop_link(&self) {
        self.closing.store(true, Ordering::Release);
        self.push(Out::End);
        self.ending.notify_one();
    }

    /// Ends the connection with a TCP reset, at once.
    pub fn reset(&self) {
        self.grip.end_with_reset();
        self.closing.store(true, Ordering::Release);
        self.gone.send_replace(true);
    }

    /// Stops reading and writing but keeps the socket open, as a machine that lost power does.
    pub fn freeze(&self) {
        self.frozen.send_replace(true);
    }

    /// True once the connection is no longer of use for sending.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire) || *self.gone.borrow()
    }

    /// True while less than 64 KiB wait for the socket.
    pub(crate) fn has_room(&self) -> bool {
        self.pending.load(Ordering::Acquire) < HIGH_WATER
    }

    /// A frozen connection that the service itself gives up is over.
    pub(crate) fn give_up_if_frozen(&self) {
        if *self.frozen.borrow() {
            self.mark_gone();
        }
    }

    pub(crate) fn mark_gone(&self) {
        self.gone.send_replace(true);
    }

    /// Resolves when the connection is gone.
    pub(crate) async fn until_gone(&self) {
        // An error means the sender is gone, which it is not while `self` is borrowed.
        let _ = self.gone.subscribe().wait_for(|gone| *gone).await;
    }

    async fn until_frozen(&self) {
        let _ = self.frozen.subscribe().wait_for(|frozen| *frozen).await;
    }

    fn send_message(&self, opcode: u8, payload: &[u8]) {
        let mut bytes = Vec::with_capacity(payload.len() + 16);
        let (segment, delay) = {
            let faults = self.faults.lock();
            let fragments = if opcode < ws::CLOSE { faults.fragments } else { 1 };
            ws::encode_fragments(&mut bytes, opcode, payload, fragments);
            (faults.segment, Duration::from_millis(faults.frame_delay_ms))
        };
        self.push(Out::Bytes { bytes: bytes.into(), segment, delay });
    }

    fn push(&self, out: Out) {
        // A frozen peer says nothing from that moment on, also where its tasks have not noticed yet.
        if *self.frozen.borrow() {
            return;
        }
        if let Out::Bytes { bytes, .. } = &out {
            self.pending.fetch_add(bytes.len(), Ordering::AcqRel);
        }
        // A closed queue means that the connection is gone, and then nobody waits for these bytes.
        let _ = self.out.send(out);
    }

    fn mutes_pings(&self) -> bool {
        self.faults.lock().mute_pings
    }
}

/// Writes what is queued until the end is queued, the socket fails, or the connection is frozen or gone.
pub(crate) async fn write_all(peer: Arc<Peer>, mut outbox: Outbox, mut stream: impl AsyncWrite + Unpin) {
    let work = async {
        while let Some(Out::Bytes { bytes, segment, delay }) = outbox.0.recv().await {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            let size = if segment == 0 { bytes.len().max(1) } else { segment };
            for part in bytes.chunks(size) {
                if stream.write_all(part).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
                if segment != 0 {
                    // Lets the other side read this piece before the next one is there.
                    tokio::task::yield_now().await;
                }
            }
            peer.pending.fetch_sub(bytes.len(), Ordering::AcqRel);
            peer.drained.notify_waiters();
        }
    };
    let stopped = race(peer.until_gone(), peer.until_frozen());
    // What stops it is looked at first: work that is ready must not come before it.
    race(stopped, work).await;
    if *peer.frozen.borrow() {
        peer.until_gone().await;
    }
    peer.drained.notify_waiters();
}

/// The receiving half of a connection together with the sending one: what a scene talks through.
pub struct Talk {
    /// The sending half.
    pub peer: Arc<Peer>,
    pub(crate) reader: Reader,
    pub(crate) record: Arc<Record>,
    pub(crate) done: bool,
}

impl Talk {
    /// The next message. Pings are answered and the closing handshake is completed here; `None` is the end.
    pub async fn next(&mut self) -> Option<Frame> {
        while !self.done && !self.peer.is_closing() {
            let peer = Arc::clone(&self.peer);
            let read = {
                let stopped = race(race(peer.until_gone(), peer.until_frozen()), peer.ending.notified());
                // What stops it is looked at first: a message that is ready must not come before it.
                match select(pin!(stopped), pin!(self.reader.next())).await {
                    Either::Right((read, _)) => Some(read),
                    Either::Left(_) => None,
                }
            };
            let Some(read) = read else {
                if *peer.frozen.borrow() {
                    peer.until_gone().await;
                }
                break;
            };
            match read {
                Ok(Some(frame)) => {
                    self.record.push(peer.id, Seen::Frame(frame.clone()));
                    match frame {
                        Frame::Ping(payload) if !peer.mutes_pings() => peer.send_message(ws::PONG, &payload),
                        Frame::Ping(_) => {}
                        Frame::Close(code, _) => {
                            self.done = true;
                            peer.close(code, "");
                        }
                        frame => {
                            if let Some(tap) = &peer.tap {
                                match &frame {
                                    Frame::Text(text) => tap(Direction::In, peer.id, text),
                                    Frame::Binary(bytes) => {
                                        tap(Direction::In, peer.id, &format!("({} bytes)", bytes.len()));
                                    }
                                    _ => {}
                                }
                            }
                            return Some(frame);
                        }
                    }
                }
                Ok(None) | Err(ReadError::Io) => {
                    self.record.push(peer.id, Seen::Gone);
                    self.done = true;
                    peer.mark_gone();
                }
                Err(ReadError::Broken(code, reason)) => {
                    self.done = true;
                    peer.close(code, reason);
                }
            }
        }
        None
    }

    /// The same with a limit; `Err` where nothing came in time.
    pub async fn next_within(&mut self, limit: Duration) -> Result<Option<Frame>, tokio::time::error::Elapsed> {
        tokio::time::timeout(limit, self.next()).await
    }

    /// After the scene has ended: lets the client finish its half of a closing handshake that began here.
    pub(crate) async fn finish(mut self) {
        let handshake = self.peer.closing.load(Ordering::Acquire) && !self.done;
        self.peer.drop_link();
        if handshake && self.peer.said_close.load(Ordering::Acquire) {
            let drain = async {
                while let Ok(Some(frame)) = self.reader.next().await {
                    let last = matches!(frame, Frame::Close(..));
                    self.record.push(self.peer.id, Seen::Frame(frame));
                    if last {
                        break;
                    }
                }
            };
            let peer = Arc::clone(&self.peer);
            // A client that never answers is let go after the wait.
            let _ = tokio::time::timeout(CLOSE_WAIT, race(drain, peer.until_gone())).await;
        }
    }
}

/// Runs both until either ends.
pub(crate) async fn race(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    select(pin!(one), pin!(other)).await;
}
