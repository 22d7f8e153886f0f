//! A WebSocket for one owner, who polls it: reading never waits for writing, and nothing is sent twice.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::ops::Range;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, Stream as _};
use tokio::io::AsyncWrite;
use tokio_tungstenite::WebSocketStream;
pub use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
pub use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

use super::net::NetConfig;
use super::tap::{Ahead, Tap};
use super::{failure, upgrade};
use crate::model::Status;
use crate::protocol::{Dial, Failure};

/// How many bytes may wait to be sent, and how long one message may be: 15 MiB of audio in base64, and some more.
pub const OUT_MAX: usize = 24 * 1024 * 1024;

/// Something that came in, as it stands in the read buffer: look at it, and copy what is to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A text message, whole, and valid UTF-8.
    Text(&'a str),
    /// A binary message, whole.
    Binary(&'a [u8]),
    /// A sign of life without content: a ping (answered already) or a pong.
    Other,
}

/// What one step of reading has come to.
enum Step {
    /// A message was read past the library.
    Past {
        text: bool,
        payload: Range<usize>,
    },
    /// The library has read something.
    Read,
    Over,
}

/// An open WebSocket.
#[derive(Debug)]
pub struct Socket {
    ws: WebSocketStream<Tap>,
    /// What the library has read last; kept only while it is looked at.
    read: Option<Message>,
    /// What was to be read past the library is not valid: the library is to look at it.
    doubt: Cell<bool>,
    frame_max: usize,
    place: String,
    headers: Vec<(String, String)>,
    queue: VecDeque<Message>,
    queued: usize,
    /// Our close frame is in the queue or sent; nothing is queued behind it.
    closing: bool,
    /// Nothing can be written any more.
    mute: bool,
    /// Why it is over. It can be known before the goodbye is written.
    failure: Option<Failure>,
    /// The goodbye was tried.
    ended: bool,
}

/// Opens a WebSocket.
///
/// # Errors
/// Why it could not be opened; for a refused upgrade with its HTTP status, its body and what Retry-After asked for.
pub async fn open(net: &Arc<NetConfig>, dial: &Dial) -> Result<Socket, Failure> {
    let (ws, response) = upgrade::upgrade(net, dial).await?;
    Ok(Socket {
        ws,
        read: None,
        doubt: Cell::new(false),
        frame_max: net.frame_max,
        place: super::dial::Target::parse(&dial.url)?.place(),
        headers: super::http::plain_headers(response.headers()),
        queue: VecDeque::new(),
        queued: 0,
        closing: false,
        mute: false,
        failure: None,
        ended: false,
    })
}

impl Socket {
    /// The headers of the upgrade's answer, names in lower case.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// How many bytes have come in, also of messages that are not whole yet. While this grows the link is not idle.
    #[must_use]
    pub fn bytes_received(&self) -> u64 {
        self.ws.get_ref().received()
    }

    /// How many bytes wait to be sent.
    #[must_use]
    pub fn bytes_queued(&self) -> usize {
        self.queued
    }

    /// Queues a message; `poll_flush` sends it.
    ///
    /// # Errors
    /// It is too long, or too much waits already, or the socket is closing. The message is then not sent.
    pub fn queue(&mut self, message: Message) -> Result<(), Failure> {
        let length = payload(&message);
        if self.closing || self.failure.is_some() {
            return Err(Failure::new(Status::WrongState, format!("the connection to {} is closing", self.place)));
        }
        if length > OUT_MAX {
            let text = format!("a message of {length} bytes is longer than the {OUT_MAX} that can be sent");
            return Err(Failure::new(Status::TooBig, text));
        }
        if self.queued + length > OUT_MAX {
            let text = format!("{} takes nothing in: {} bytes wait to be sent already", self.place, self.queued);
            return Err(Failure::new(Status::QueueFull, text));
        }
        self.queued += length;
        self.queue.push_back(message);
        Ok(())
    }

    /// Queues a ping. Its pong comes in as [`Incoming::Other`].
    pub fn ping(&mut self) {
        if !self.closing && self.failure.is_none() {
            self.queue.push_back(Message::Ping(Bytes::new()));
        }
    }

    /// Starts the close handshake, behind what waits to be sent. Keep polling until `poll_next` gives `None`; how long
    /// that may take is for the owner to say, who can drop the socket at any time.
    pub fn start_close(&mut self, code: u16, reason: &str) {
        if self.closing || self.failure.is_some() {
            return;
        }
        // A close frame holds 123 bytes of reason; a longer one is cut between two characters.
        let mut end = reason.len().min(123);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        self.closing = true;
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason[..end].into() };
        self.queue.push_back(Message::Close(Some(frame)));
    }

    /// What came in next, or `None` when it is over; [`Socket::failure`] then says why. A ping is answered before this
    /// returns it, however slow the owner is.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Incoming<'_>>> {
        self.poll_counted(cx).0
    }

    /// The same, and what [`Socket::bytes_received`] is afterwards.
    pub fn poll_counted(&mut self, cx: &mut Context<'_>) -> (Poll<Option<Incoming<'_>>>, u64) {
        let step = self.poll_step(cx);
        let received = self.bytes_received();
        let polled = step.map(|step| match step {
            Step::Past { payload, text: true } => Some(self.text(payload)),
            Step::Past { payload, text: false } => Some(Incoming::Binary(self.ws.get_ref().bytes(payload))),
            Step::Read => match &self.read {
                Some(Message::Text(text)) => Some(Incoming::Text(text)),
                Some(Message::Binary(data)) => Some(Incoming::Binary(data)),
                _ => Some(Incoming::Other),
            },
            Step::Over => None,
        });
        (polled, received)
    }

    /// A text that the library has not looked at. One that is not valid is left to it, since that is an error.
    fn text(&self, payload: Range<usize>) -> Incoming<'_> {
        match simdutf8::basic::from_utf8(self.ws.get_ref().bytes(payload)) {
            Ok(text) => Incoming::Text(text),
            Err(_) => {
                self.doubt.set(true);
                Incoming::Other
            }
        }
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        self.read = None;
        loop {
            if self.failure.is_some() {
                self.say_goodbye(cx);
                return Poll::Ready(Step::Over);
            }
            if self.doubt.take() {
                self.ws.get_mut().unread();
            } else {
                match self.ws.get_mut().poll_ahead(cx, self.frame_max) {
                    Poll::Ready(Ok(Ahead::Whole { text, payload })) => {
                        return Poll::Ready(Step::Past { text, payload });
                    }
                    Poll::Ready(Ok(Ahead::Library)) => {}
                    Poll::Ready(Ok(Ahead::End)) => {
                        self.fail(&WsError::ConnectionClosed);
                        continue;
                    }
                    Poll::Ready(Err(error)) => {
                        self.fail(&WsError::Io(error));
                        continue;
                    }
                    Poll::Pending if self.mute => {
                        self.fail(&WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake));
                        continue;
                    }
                    Poll::Pending => return Poll::Pending,
                }
            }
            match Pin::new(&mut self.ws).poll_next(cx) {
                Poll::Ready(Some(Ok(Message::Close(frame)))) => self.failure = Some(self.of_close(frame)),
                Poll::Ready(Some(Ok(Message::Ping(_)))) => {
                    // The answer is written now or, when the link is stalled, with the next read or flush.
                    let _ = self.write_out(cx);
                    return Poll::Ready(Step::Read);
                }
                Poll::Ready(Some(Ok(message))) => {
                    self.read = Some(message);
                    return Poll::Ready(Step::Read);
                }
                Poll::Ready(Some(Err(error))) => self.fail(&error),
                Poll::Ready(None) => self.fail(&WsError::ConnectionClosed),
                // What cannot be written to is not waited on, once everything that had come was read.
                Poll::Pending if self.mute => {
                    self.fail(&WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake))
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Sends what is queued, then flushes once. `Pending` while the other side does not take it in; reading goes on
    /// meanwhile. When writing fails, `poll_next` is woken and tells.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.mute && !self.queue.is_empty() {
            if ready!(Pin::new(&mut self.ws).poll_ready(cx)).is_err() {
                self.hush(cx);
                break;
            }
            if let Some(message) = self.queue.pop_front() {
                self.queued = self.queued.saturating_sub(payload(&message));
                if Pin::new(&mut self.ws).start_send(message).is_err() {
                    self.hush(cx);
                }
            }
        }
        self.write_out(cx)
    }

    /// Why it is over, once `poll_next` has given `None`. Before that, what would be said if it were over now.
    #[must_use]
    pub fn failure(&self) -> Failure {
        self.failure.clone().unwrap_or_else(|| lost(&self.place))
    }

    fn write_out(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.mute {
            return Poll::Ready(());
        }
        if ready!(Pin::new(&mut self.ws).poll_flush(cx)).is_err() {
            self.hush(cx);
        }
        Poll::Ready(())
    }

    /// Writing has failed. There may be something left to read, a close frame above all.
    fn hush(&mut self, cx: &Context<'_>) {
        self.mute = true;
        self.queue.clear();
        self.queued = 0;
        cx.waker().wake_by_ref();
    }

    /// After the end is known: our answer to the close frame, then the end of the stream. Both are tried once and not
    /// waited for, since whoever has said goodbye may have stopped reading.
    fn say_goodbye(&mut self, cx: &mut Context<'_>) {
        if self.ended {
            return;
        }
        self.ended = true;
        self.queue.clear();
        self.queued = 0;
        if self.mute {
            return;
        }
        // Out of tokio's budget, which a flood before the close frame may have used up.
        let last = pin!(tokio::task::unconstrained(poll_fn(|cx| {
            if ready!(Pin::new(&mut self.ws).poll_flush(cx)).is_ok() {
                let _ = ready!(Pin::new(self.ws.get_mut()).poll_shutdown(cx));
            }
            Poll::Ready(())
        })));
        let _ = last.poll(cx);
    }

    fn of_close(&self, frame: Option<CloseFrame>) -> Failure {
        // 1005 stands for a close frame without a code.
        let (code, reason) = frame.map_or((1005, String::new()), |frame| (frame.code.into(), frame.reason.to_string()));
        let who = if self.closing { "the connection was closed" } else { "the service closed the connection" };
        let text = match reason.as_str() {
            "" => format!("{who} (code {code})"),
            reason => format!("{who} (code {code}): {reason}"),
        };
        Failure { close_code: code, reason, ..Failure::new(Status::ServiceClosed, text) }
    }

    fn fail(&mut self, error: &WsError) {
        let place = &self.place;
        let (failure, code) = match error {
            WsError::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                let text =
                    format!("{place} sent {size} bytes in one message; option frame.max_bytes allows {max_size}");
                (Failure::new(Status::TooBig, text), 1009)
            }
            WsError::Utf8(_) => {
                (Failure::new(Status::Protocol, format!("{place} sent a text that is not valid UTF-8")), 1007)
            }
            WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake)
            | WsError::ConnectionClosed
            | WsError::AlreadyClosed => (lost(place), 1006),
            WsError::Io(error) => (failure::of_error(error, place), 1006),
            other => (Failure::new(Status::Protocol, format!("{place} broke the WebSocket protocol: {other}")), 1002),
        };
        if code == 1006 {
            self.mute = true;
        } else {
            // Said to the other side as well, if it still listens.
            let frame = CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::default() };
            self.mute = Pin::new(&mut self.ws).start_send(Message::Close(Some(frame))).is_err();
        }
        self.failure = Some(Failure { close_code: code, ..failure });
    }
}

/// An end without a close frame.
fn lost(place: &str) -> Failure {
    let text = format!("{place} ended the connection without a close frame");
    Failure { close_code: 1006, ..Failure::new(Status::ConnectionLost, text) }
}

/// What a message counts in the queue. Pings and close frames do not.
fn payload(message: &Message) -> usize {
    match message {
        Message::Text(_) | Message::Binary(_) => message.len(),
        _ => 0,
    }
}
