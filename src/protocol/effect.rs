//! Effects: what a protocol wants done, and how the things outside can fail.

use super::{CallId, SocketId, TimerId};
use crate::model::{Error, Event, EventSink, Heard, Nanos, RequestId, Status};

/// A WebSocket to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// `ws://` or `wss://`, query included.
    pub url: String,
    /// Headers of the upgrade; the session adds the host's own (option `headers`).
    pub headers: Vec<(String, String)>,
}

/// The methods that services use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// An HTTP call to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// The method.
    pub method: Method,
    /// `http://` or `https://`, query included.
    pub url: String,
    /// Headers; the session adds the host's own (option `headers`).
    pub headers: Vec<(String, String)>,
    /// The body; with one, the protocol sets its content type among the headers.
    pub body: Vec<u8>,
    /// Whether it may be sent again when a pooled connection turns out to be dead: only what is idempotent.
    pub idempotent: bool,
    /// How long it may take, or the option `request.timeout_ms`.
    pub timeout: Option<Nanos>,
}

/// A part of a body that is sent piece by piece, so that a large file is never in memory as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What the file at `path` holds, unless that is more than `most` bytes.
    File {
        /// Where it is, as the host wrote it.
        path: String,
        /// The largest that is taken.
        most: u64,
    },
}

/// The content type of what [`Cx::http_sound`] has decoded; the rate follows it.
pub const SOUND: &str = "audio/l16;rate=";

/// An HTTP answer, whatever its status.
#[derive(Clone, Copy, Debug)]
pub struct HttpAnswer<'a> {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: &'a [(String, String)],
    /// The body, whole.
    pub body: &'a [u8],
}

impl HttpAnswer<'_> {
    /// The first header of this name (lower case), or empty.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// Why a socket or a call has ended, as far as it can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Number and sentence for the host.
    pub error: Error,
    /// The HTTP status of a refused upgrade, or 0.
    pub http_status: u16,
    /// The WebSocket close code, or 0 where the socket never opened; 1006 stands for an end without a close frame. Where
    /// this side has closed because of what the other side sent, the code that it closed with.
    pub close_code: u16,
    /// The close frame's reason, or the body of a refused upgrade.
    pub reason: String,
    /// What a Retry-After header asked for.
    pub retry_after: Option<Nanos>,
    /// The headers of a refused upgrade, names in lower case: what a service's support asks for is among them.
    pub headers: Vec<(String, String)>,
}

impl Failure {
    /// A failure with nothing but its error.
    pub fn new(status: Status, text: impl Into<String>) -> Failure {
        Failure {
            error: Error::new(status, text),
            http_status: 0,
            close_code: 0,
            reason: String::new(),
            retry_after: None,
            headers: Vec::new(),
        }
    }

    /// The first header of this name (lower case) of a refused upgrade, or empty.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Whether the socket was good until this side found a fault in what it brought and closed it.
    #[must_use]
    pub fn found_here(&self) -> bool {
        self.close_code != 0 && matches!(self.error.status, Status::Protocol | Status::TooBig)
    }
}

/// What to do about a lost link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Try again when the backoff says so, but not before `after`.
    Retry {
        /// What went wrong.
        error: Error,
        /// The least to wait, where the service asked for it.
        after: Option<Nanos>,
    },
    /// Try again, with a fresh credential from the host.
    RetryWithCredential {
        /// What went wrong.
        error: Error,
    },
    /// Trying again can not help: the client has failed.
    GiveUp {
        /// What went wrong, and what to do about it.
        error: Error,
    },
}

/// How a request has ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// OK is `None`.
    pub error: Option<Error>,
    /// The HTTP status, or 0.
    pub http_status: u16,
    /// What the service answered, as JSON text; whatever else it sent comes here as a JSON string.
    pub json: String,
}

impl Outcome {
    /// It worked, and there is nothing to say about it.
    #[must_use]
    pub fn ok() -> Outcome {
        Outcome::default()
    }

    /// It failed.
    #[must_use]
    pub fn failed(error: Error) -> Outcome {
        Outcome { error: Some(error), ..Outcome::default() }
    }
}

/// Something for the session or the driver to do.
#[derive(Debug)]
#[allow(missing_docs, reason = "the methods of Cx that make them say it")]
pub enum Effect {
    Dial { socket: SocketId, dial: Dial },
    SendText { socket: SocketId, text: String },
    SendBinary { socket: SocketId, data: Vec<u8> },
    Close { socket: SocketId, code: u16, reason: String },
    Http { call: CallId, http: HttpCall },
    Sound { call: CallId, http: HttpCall },
    Timer { timer: TimerId, at: Option<Nanos> },
    Finish { request: RequestId, outcome: Outcome },
    Deadline { request: RequestId, at: Option<Nanos> },
    Connected,
    Ready(bool),
    Lost(Loss),
    Patience,
}

/// The bodies that are to be streamed, and the calls that they belong to.
pub type Streams = Vec<(CallId, Vec<Piece>)>;

/// What a protocol has in hand while it is called: the time, and a place for what it wants.
pub struct Cx<'a> {
    /// The time of this call on the client's clock.
    pub now: Nanos,
    unix_ms: fn() -> u64,
    upgrade: &'a [(String, String)],
    events: &'a mut dyn EventSink,
    effects: &'a mut Vec<Effect>,
    /// Rarely there at all; a box, so that nothing is paid where there is none.
    #[allow(clippy::box_collection, reason = "its absence is checked for every message")]
    streams: Option<Box<Streams>>,
    mirror: bool,
}

impl<'a> Cx<'a> {
    /// For the session, and for tests.
    pub fn new(now: Nanos, events: &'a mut dyn EventSink, effects: &'a mut Vec<Effect>) -> Cx<'a> {
        Cx { now, unix_ms: || 0, upgrade: &[], events, effects, streams: None, mirror: false }
    }

    /// The same with a calendar.
    #[must_use]
    pub fn with_unix(mut self, unix_ms: fn() -> u64) -> Cx<'a> {
        self.unix_ms = unix_ms;
        self
    }

    /// Milliseconds since 1970, for services whose messages bear a date; 0 where there is no calendar. It is asked for
    /// only here, so that those who do not need it do not pay for it.
    #[must_use]
    pub fn unix_ms(&self) -> u64 {
        (self.unix_ms)()
    }

    /// The same with the headers of the answer that opened the last socket.
    #[must_use]
    pub fn with_upgrade(mut self, headers: &'a [(String, String)]) -> Cx<'a> {
        self.upgrade = headers;
        self
    }

    /// A header of the answer that opened the last socket, by its name in lower case; empty where there is none.
    #[must_use]
    pub fn upgrade_header(&self, name: &str) -> &str {
        self.upgrade.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Tells the host something. Order is kept; kinds that the host masked out are dropped here.
    pub fn emit(&mut self, event: &Event<'_>) {
        if self.events.wants(event.kind) {
            self.events.push(event);
        }
    }

    /// The same with an event that is nothing but its kind, its type and the service's own message.
    pub fn emit_undecoded(&mut self, kind: crate::model::Kind, type_: &str, json: &str) {
        if self.events.wants(kind) {
            self.events.push_undecoded(kind, type_, json);
        }
    }

    /// Whether the host wants this kind, so that decoding for it is worth while.
    #[must_use]
    pub fn wants(&self, kind: crate::model::Kind) -> bool {
        self.events.wants(kind)
    }

    /// Whether the host wants only kind, type and JSON of what the service sends.
    #[must_use]
    pub fn lazy(&self) -> bool {
        self.events.lazy()
    }

    /// How much of the speech of a reply, by the id that its AUDIO events bear, the audio thread of the host has taken.
    /// Nothing where none listens, since then the host plays the AUDIO events itself, or where the reply is not known.
    #[must_use]
    pub fn heard(&self, id: &str) -> Option<Heard> {
        self.events.heard(id)
    }

    /// Whether an audio thread of the host listens (`parlor_audio_open`).
    #[must_use]
    pub fn listened(&self) -> bool {
        self.events.listened()
    }

    /// Nothing of the speech that was emitted so far is to be heard any more by the audio thread of the host. An event
    /// AUDIO_ENDED with a status or the name "interrupted" does the same.
    pub fn silence(&mut self) {
        self.events.silence();
    }

    /// Opens a socket; [`super::Input::Opened`] or [`super::Input::Closed`] follows. An open one of that number is
    /// dropped first.
    pub fn dial(&mut self, socket: SocketId, dial: Dial) {
        self.effects.push(Effect::Dial { socket, dial });
    }

    /// Sends a text message.
    pub fn send_text(&mut self, socket: SocketId, text: String) {
        self.effects.push(Effect::SendText { socket, text });
    }

    /// Sends a binary message.
    pub fn send_binary(&mut self, socket: SocketId, data: Vec<u8>) {
        self.effects.push(Effect::SendBinary { socket, data });
    }

    /// Closes a socket with the close handshake; [`super::Input::Closed`] follows when it is done or took too long.
    pub fn close(&mut self, socket: SocketId, code: u16, reason: &str) {
        self.effects.push(Effect::Close { socket, code, reason: reason.to_owned() });
    }

    /// Makes an HTTP call; [`super::Input::Http`] follows.
    pub fn http(&mut self, call: CallId, http: HttpCall) {
        self.effects.push(Effect::Http { call, http });
    }

    /// Makes an HTTP call whose answer is a sound file. It is decoded on a thread where nobody waits for it, and what
    /// comes in is 16-bit mono PCM with the content type [`SOUND`] and the rate. What can not be decoded, and any answer
    /// but a 200, comes in as it is.
    #[cfg(feature = "voxta")]
    pub fn http_sound(&mut self, call: CallId, http: HttpCall) {
        self.effects.push(Effect::Sound { call, http });
    }

    /// Makes an HTTP call whose body is these pieces, one after the other; that of `http` stays empty. How far it has
    /// come is told by [`super::Protocol::sent`], and [`super::Input::Http`] follows.
    pub fn http_streamed(&mut self, call: CallId, http: HttpCall, pieces: Vec<Piece>) {
        self.streams.get_or_insert_default().push((call, pieces));
        self.http(call, http);
    }

    /// Whether the protocol wants nothing done, for the session.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.effects.is_empty()
    }

    /// Whether the mirror is to be written anew, for the session.
    #[must_use]
    pub fn has_new_mirror(&self) -> bool {
        self.mirror
    }

    /// The bodies that are to be streamed, for the session.
    pub fn take_streams(&mut self) -> Streams {
        self.streams.take().map(|streams| *streams).unwrap_or_default()
    }

    /// Sets a timer, or moves it.
    pub fn timer(&mut self, timer: TimerId, at: Nanos) {
        self.effects.push(Effect::Timer { timer, at: Some(at) });
    }

    /// Unsets a timer.
    pub fn cancel_timer(&mut self, timer: TimerId) {
        self.effects.push(Effect::Timer { timer, at: None });
    }

    /// Ends a request. A second end of the same request is ignored.
    pub fn finish(&mut self, request: RequestId, outcome: Outcome) {
        self.effects.push(Effect::Finish { request, outcome });
    }

    /// Moves the deadline of a request, which is the option `request.timeout_ms` after it was made: a request that waits
    /// for something (a chat, a turn) has a time to live of its own.
    pub fn deadline(&mut self, request: RequestId, at: Option<Nanos>) {
        self.effects.push(Effect::Deadline { request, at });
    }

    /// The service has accepted the client: state CONNECTED, the `connect` request ends, the first-answer deadline is
    /// met.
    pub fn connected(&mut self) {
        self.effects.push(Effect::Connected);
    }

    /// The service has answered, but a person has to do something before it goes on: the first-answer deadline does not
    /// count until the next socket is open.
    pub fn patience(&mut self) {
        self.effects.push(Effect::Patience);
    }

    /// Whether the service takes part in a conversation now: state READY, or back to CONNECTED.
    pub fn ready(&mut self, ready: bool) {
        self.effects.push(Effect::Ready(ready));
    }

    /// This connection is of no use any more: the session drops its sockets, calls and timers, calls
    /// [`super::Protocol::end`] and does as the loss says.
    pub fn lost(&mut self, loss: Loss) {
        self.effects.push(Effect::Lost(loss));
    }

    /// The mirror has changed and is to be written anew.
    pub fn mirror_changed(&mut self) {
        self.mirror = true;
    }
}
