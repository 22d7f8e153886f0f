//! The session: one protocol with what every protocol needs around it — states, attempts, deadlines, requests.
//!
//! It is pure: inputs come in with the time, and what is to be done outside is collected as [`Io`] for the driver. The
//! driver calls [`Session::tick`] when [`Session::next_deadline`] is reached, and commits the staging.

use std::sync::Arc;

use super::log::{self, Level};
use super::retry::Retry;
use super::session_time::PROBE;
use super::shared::Shared;
use super::staging::Staging;
use crate::model::{Action, Error, KindSet, Nanos, Options, RequestId, State, Status, Tag, key, redact_url};
use crate::protocol::{CallId, Cx, Dial, Effect, HttpCall, Input, Loss, Outcome, Piece, Protocol, SocketId, Streams};

/// What the host wants, as it reaches the session through the mailbox.
#[derive(Debug)]
#[allow(missing_docs, reason = "they are the functions of the client")]
pub enum Command {
    Connect(RequestId),
    Close(RequestId),
    Act {
        request: RequestId,
        tag: Tag,
        action: Action,
    },
    /// The microphone has picked something up.
    Audio,
    Cancel(RequestId),
    /// Something of this client has panicked on a thread of the host.
    Poison(String),
    NetworkChanged,
    Drained,
}

/// A socket of one generation: what comes from an older one is not for this connection any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SocketKey {
    /// The protocol's own number.
    pub socket: SocketId,
    /// Which dial of it.
    pub generation: u32,
}

/// What the driver is to do.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Io {
    Dial {
        key: SocketKey,
        dial: Dial,
    },
    SendText {
        key: SocketKey,
        text: String,
    },
    SendBinary {
        key: SocketKey,
        data: Vec<u8>,
    },
    Ping {
        key: SocketKey,
    },
    Close {
        key: SocketKey,
        code: u16,
        reason: String,
    },
    /// Let go of one socket at once.
    Drop {
        key: SocketKey,
    },
    Http {
        epoch: u32,
        call: CallId,
        http: HttpCall,
    },
    /// A call whose answer is a sound file, to be decoded.
    Sound {
        epoch: u32,
        call: CallId,
        http: HttpCall,
    },
    /// A call whose body is sent piece by piece.
    Upload {
        epoch: u32,
        call: CallId,
        http: HttpCall,
        pieces: Vec<Piece>,
    },
    /// Let go of every socket and every call at once.
    DropAll,
}

pub(super) struct SocketState {
    pub(super) key: SocketKey,
    pub(super) open: bool,
    pub(super) heard: Nanos,
    pub(super) pinged: Nanos,
}

pub(super) const TIMERS: usize = 16;

/// One client's session.
pub struct Session {
    pub(super) protocol: Box<dyn Protocol>,
    pub(super) shared: Arc<Shared>,
    pub(super) staging: Staging,
    pub(super) io: Vec<Io>,
    pub(super) effects: Vec<Effect>,
    pub(super) retry: Retry,
    pub(super) options: Options,
    pub(super) log_level: i64,
    pub(super) state: State,
    pub(super) sockets: Vec<SocketState>,
    generation: u32,
    /// Which connection this is: what an HTTP call of an older one answers is not for this one.
    epoch: u32,
    letting_go: bool,
    pub(super) timers: [Option<Nanos>; TIMERS],
    pub(super) connect_request: Option<RequestId>,
    pub(super) close_request: Option<RequestId>,
    pub(super) close_deadline: Option<Nanos>,
    pub(super) answer_deadline: Option<Nanos>,
    pub(super) retry_at: Option<Nanos>,
    pub(super) stable_at: Option<Nanos>,
    pub(super) probe_deadline: Option<Nanos>,
    /// When a link that had been accepted was lost: the host is owed a GAP when the next one is.
    pub(super) lost_since: Option<Nanos>,
    pub(super) waiting_for_drain: bool,
    pub(super) waiting_for_credential: bool,
    mirror_dirty: bool,
    pub(super) poisoned: bool,
    unix_ms: fn() -> u64,
    streams: Streams,
    /// The headers of the answer that opened the last socket.
    upgrade: Vec<(String, String)>,
}

impl Session {
    /// A session that has not connected yet. The seed is for the jitter.
    #[must_use]
    pub fn new(options: &Options, protocol: Box<dyn Protocol>, shared: Arc<Shared>, seed: u64) -> Session {
        let mut options = options.clone();
        for (number, value) in protocol.presets() {
            if !options.is_set(number) {
                // A preset out of range would be a mistake in the protocol; the default is then as good.
                let _ = options.set_i64(number, value);
            }
        }
        let options = &options;
        let kinds = KindSet::parse(options.str(key::EVENTS_KINDS)).unwrap_or(KindSet::DEFAULT);
        Session {
            protocol,
            staging: Staging::new(
                kinds,
                options.flag(key::EVENTS_LAZY),
                #[cfg(feature = "audio")]
                Arc::clone(&shared.output),
            ),
            shared,
            io: Vec::new(),
            effects: Vec::new(),
            retry: Retry::new(options, seed),
            options: options.clone(),
            log_level: log::threshold(options, std::env::var("PARLOR_LOG").ok().as_deref()),
            state: State::Closed,
            sockets: Vec::new(),
            generation: 0,
            epoch: 0,
            letting_go: false,
            timers: [None; TIMERS],
            connect_request: None,
            close_request: None,
            close_deadline: None,
            answer_deadline: None,
            retry_at: None,
            stable_at: None,
            probe_deadline: None,
            lost_since: None,
            waiting_for_drain: false,
            waiting_for_credential: false,
            mirror_dirty: true,
            poisoned: false,
            unix_ms: || 0,
            streams: Streams::new(),
            upgrade: Vec::new(),
        }
    }

    /// Gives the session a calendar: milliseconds since 1970.
    pub fn set_calendar(&mut self, unix_ms: fn() -> u64) {
        self.unix_ms = unix_ms;
    }

    /// A socket was opened with an answer that had these headers, names in lower case. Its `Opened` comes next.
    pub fn upgraded(&mut self, headers: &[(String, String)]) {
        self.upgrade = headers.to_vec();
    }

    /// The options it was made with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What both sides see.
    #[must_use]
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The events that wait to be committed.
    pub fn staging(&mut self) -> &mut Staging {
        &mut self.staging
    }

    /// Whether there is anything for the driver to do.
    #[must_use]
    pub fn has_io(&self) -> bool {
        !self.io.is_empty()
    }

    /// What the driver is to do now, oldest first.
    pub fn take_io(&mut self) -> std::vec::Drain<'_, Io> {
        self.io.drain(..)
    }

    /// Writes the mirror anew if it has changed. The driver calls it before it commits, not once an event.
    pub fn refresh_mirror(&mut self) {
        if std::mem::take(&mut self.mirror_dirty) && !self.poisoned {
            let protocol = &self.protocol;
            self.shared.write_mirror(|out| protocol.mirror(out));
        }
    }

    /// The host wants something.
    pub fn command(&mut self, now: Nanos, command: Command) {
        self.staging.now = now;
        if self.poisoned {
            return self.refuse_poisoned(command);
        }
        match command {
            Command::Connect(request) => self.connect(now, request),
            Command::Close(request) => self.close(now, request),
            Command::Act { request, tag, action } => self.act(now, request, tag, action),
            Command::Audio => self.audio(now),
            Command::Poison(what) => self.poison(now, &what),
            Command::Cancel(request) => self.abandon(now, request, Status::Cancelled, "the host cancelled it"),
            Command::NetworkChanged => self.network_changed(now),
            Command::Drained => self.drained(now),
        }
    }

    /// Hands over what the microphone has picked up. What nobody can hear now is dropped.
    fn audio(&mut self, now: Nanos) {
        let shared = Arc::clone(&self.shared);
        let heard = matches!(self.state, State::Connected | State::Ready) && self.close_request.is_none();
        shared.microphone.take(|pcm| {
            if heard {
                self.call(now, |protocol, cx| protocol.audio(pcm, cx));
            }
        });
    }

    fn connect(&mut self, now: Nanos, request: RequestId) {
        match self.state {
            State::Closed | State::Failed => {
                self.connect_request = Some(request);
                self.retry.reset();
                self.lost_since = None;
                self.set_state(State::Connecting, None, None);
                self.attempt(now);
            }
            State::Connected | State::Ready => self.finish(request, Outcome::ok()),
            State::Connecting | State::Reconnecting => {
                let text = "the client is connecting already; wait for the REQUEST_DONE of that request";
                self.finish(request, Outcome::failed(Error::new(Status::WrongState, text)));
            }
        }
    }

    fn act(&mut self, now: Nanos, request: RequestId, tag: Tag, action: Action) {
        if !self.shared.requests.is_pending(request) {
            // It was ended while it was on its way here, and the host has been told so.
            return;
        }
        if self.close_request.is_some() {
            let error = Error::new(Status::WrongState, "the client is closing");
            return self.finish(request, Outcome::failed(error));
        }
        let credential = matches!(action, Action::SetCredential { .. });
        self.call(now, |protocol, cx| protocol.act(request, tag, action, cx));
        if credential && std::mem::take(&mut self.waiting_for_credential) {
            self.attempt(now);
        }
    }

    /// Ends a request before its answer: cancelled, or out of time.
    pub(super) fn abandon(&mut self, now: Nanos, request: RequestId, status: Status, text: &str) {
        if self.close_request == Some(request) || self.connect_request == Some(request) {
            // These two are the client's own; they end with it.
            return;
        }
        if self.finish_if_pending(request, Outcome::failed(Error::new(status, text))) {
            self.call(now, |protocol, cx| protocol.handle(Input::Abandoned(request), cx));
        }
    }

    /// The host says that the network is another one now: try at once, or see whether the link still lives.
    fn network_changed(&mut self, now: Nanos) {
        if self.retry_at.take().is_some() {
            self.retry.reset();
            self.attempt(now);
        } else {
            for at in 0..self.sockets.len() {
                if self.sockets[at].open {
                    self.io.push(Io::Ping { key: self.sockets[at].key });
                    self.sockets[at].pinged = now;
                    self.probe_deadline = Some(now + PROBE);
                }
            }
        }
    }

    pub(super) fn attempt(&mut self, now: Nanos) {
        self.retry_at = None;
        self.waiting_for_drain = false;
        self.waiting_for_credential = false;
        self.call(now, |protocol, cx| protocol.begin(cx));
    }

    /// Whether this socket is still wanted; one that was dialled for nothing is dropped.
    #[must_use]
    pub fn wants(&self, key: SocketKey) -> bool {
        self.sockets.iter().any(|socket| socket.key == key)
    }

    /// Something came from a socket of this generation, whatever it was: the link lives.
    pub fn heard(&mut self, now: Nanos, key: SocketKey) {
        if let Some(socket) = self.sockets.iter_mut().find(|socket| socket.key == key) {
            socket.heard = now;
            self.probe_deadline = None;
        }
    }

    /// A socket is open, has brought a message, or has ended.
    pub fn socket(&mut self, now: Nanos, key: SocketKey, input: Input<'_>) {
        self.staging.now = now;
        let Some(at) = self.sockets.iter().position(|socket| socket.key == key) else { return };
        match &input {
            Input::Opened { .. } => {
                self.log(Level::Debug, "session", || "the socket is open".to_owned());
                self.sockets[at].open = true;
                self.sockets[at].heard = now;
                self.sockets[at].pinged = now;
                if self.answer_deadline.is_none() && matches!(self.state, State::Connecting | State::Reconnecting) {
                    self.answer_deadline = self.options.time(key::ANSWER_TIMEOUT_MS).map(|timeout| now + timeout);
                }
            }
            Input::Closed { failure, .. } => {
                self.log(Level::Info, "session", || format!("the socket has ended: {}", failure.error.text));
                self.sockets.swap_remove(at);
            }
            _ => {
                self.sockets[at].heard = now;
                self.probe_deadline = None;
                self.note_frame(&input);
                self.log(Level::Trace, "session", || "a message has come".to_owned());
            }
        }
        if self.close_request.is_some() {
            return self.closing(now);
        }
        self.call(now, |protocol, cx| protocol.handle(input, cx));
    }

    /// An HTTP call was answered or has failed.
    pub fn http(&mut self, now: Nanos, epoch: u32, input: Input<'_>) {
        self.staging.now = now;
        if epoch == self.epoch && !self.poisoned {
            if let Input::Http { answer, .. } = &input {
                self.log(Level::Debug, "session", || match answer {
                    Ok(answer) => format!("HTTP answer {}, {} bytes", answer.status, answer.body.len()),
                    Err(failure) => format!("no HTTP answer: {}", failure.error.text),
                });
            }
            self.call(now, |protocol, cx| protocol.handle(input, cx));
        }
    }

    /// So many bytes of the streamed body of a call have been handed to the network.
    pub fn sent(&mut self, now: Nanos, epoch: u32, call: CallId, bytes: u64, of: u64) {
        if epoch == self.epoch && !self.poisoned {
            self.call(now, |protocol, cx| protocol.sent(call, bytes, of, cx));
        }
    }

    /// Lets the protocol do something, then does what it wants done. What a protocol wants done while its link is let
    /// go of can only be the end of requests, and timers for what waits for the next one.
    pub(super) fn call(&mut self, now: Nanos, step: impl FnOnce(&mut dyn Protocol, &mut Cx<'_>)) {
        debug_assert!(self.effects.is_empty(), "effects are carried out before the protocol is called again");
        let mut effects = std::mem::take(&mut self.effects);
        self.staging.now = now;
        let mut cx = Cx::new(now, &mut self.staging, &mut effects).with_unix(self.unix_ms).with_upgrade(&self.upgrade);
        step(self.protocol.as_mut(), &mut cx);
        self.mirror_dirty |= cx.has_new_mirror();
        // Most messages are only told to the host. What is streamed goes with an effect.
        if cx.is_idle() {
            self.effects = effects;
            return;
        }
        self.streams = cx.take_streams();
        let mut lost = None;
        for effect in effects.drain(..) {
            match effect {
                // What comes after the loss of a link was meant for that link, except the ends of requests.
                Effect::Finish { request, outcome } => self.finish(request, outcome),
                // What waits for the next link has its own time to live, which goes on without one.
                Effect::Timer { .. } if self.letting_go => self.carry_out(now, effect),
                _ if lost.is_some() || self.letting_go => {}
                Effect::Lost(loss) => lost = Some(loss),
                other => self.carry_out(now, other),
            }
        }
        self.effects = effects;
        if let Some(loss) = lost {
            self.lost(now, loss);
        }
    }

    fn carry_out(&mut self, now: Nanos, effect: Effect) {
        match effect {
            Effect::Dial { socket, dial } => {
                self.forget(socket);
                self.generation += 1;
                let key = SocketKey { socket, generation: self.generation };
                self.sockets.push(SocketState { key, open: false, heard: now, pinged: now });
                self.log(Level::Debug, "session", || format!("dialling {}", redact_url(&dial.url)));
                self.io.push(Io::Dial { key, dial });
            }
            Effect::SendText { socket, text } => {
                self.note_sent(&text);
                if let Some(key) = self.key(socket) {
                    self.io.push(Io::SendText { key, text });
                }
            }
            Effect::SendBinary { socket, data } => {
                if let Some(key) = self.key(socket) {
                    self.io.push(Io::SendBinary { key, data });
                }
            }
            Effect::Close { socket, code, reason } => {
                if let Some(key) = self.key(socket) {
                    self.io.push(Io::Close { key, code, reason });
                }
            }
            Effect::Http { call, http } => {
                self.log(Level::Debug, "session", || format!("HTTP {:?} {}", http.method, redact_url(&http.url)));
                let epoch = self.epoch;
                self.io.push(match self.streams.iter().position(|(streamed, _)| *streamed == call) {
                    None => Io::Http { epoch, call, http },
                    Some(at) => Io::Upload { epoch, call, http, pieces: self.streams.swap_remove(at).1 },
                });
            }
            Effect::Sound { call, http } => {
                self.log(Level::Debug, "session", || format!("HTTP {:?} {}", http.method, redact_url(&http.url)));
                self.io.push(Io::Sound { epoch: self.epoch, call, http });
            }
            Effect::Timer { timer, at } => {
                if let Some(slot) = self.timers.get_mut(timer as usize) {
                    *slot = at;
                }
            }
            Effect::Deadline { request, at } => self.shared.requests.set_deadline(request, at),
            Effect::Patience => self.answer_deadline = None,
            Effect::Connected => self.connected(now),
            Effect::Ready(ready) => self.ready(ready),
            Effect::Finish { .. } | Effect::Lost(_) => {}
        }
    }

    fn connected(&mut self, now: Nanos) {
        self.answer_deadline = None;
        if matches!(self.state, State::Connecting | State::Reconnecting) {
            self.stable_at = self.options.time(key::RETRY_STABLE_MS).map(|stable| now + stable);
            self.set_state(State::Connected, None, None);
            if let Some(since) = self.lost_since.take()
                && !self.protocol.tells_gaps()
            {
                self.emit_gap(now - since);
            }
            if let Some(request) = self.connect_request.take() {
                self.finish(request, Outcome::ok());
            }
        }
    }

    fn ready(&mut self, ready: bool) {
        match (ready, self.state) {
            (true, State::Connected) => self.set_state(State::Ready, None, None),
            (false, State::Ready) => self.set_state(State::Connected, None, None),
            _ => {}
        }
    }

    /// The link is of no use any more.
    pub(super) fn lost(&mut self, now: Nanos, loss: Loss) {
        if !matches!(self.state, State::Connecting | State::Connected | State::Ready | State::Reconnecting) {
            return;
        }
        if matches!(self.state, State::Connected | State::Ready) {
            self.lost_since = Some(now);
        }
        self.let_go(now);
        match loss {
            Loss::Retry { error, after } => match self.retry.next(after) {
                Some(wait) => {
                    self.retry_at = Some(now + wait);
                    self.set_state(State::Reconnecting, Some(&error), Some(wait));
                }
                None => {
                    let text = format!("gave up after {} attempts; the last one: {}", self.retry.failed(), error.text);
                    self.fail(Error::new(error.status, text));
                }
            },
            Loss::RetryWithCredential { error } => {
                self.waiting_for_credential = true;
                self.set_state(State::Reconnecting, Some(&error), None);
                self.emit_credential_needed(&error);
            }
            Loss::GiveUp { error } => self.fail(error),
        }
    }

    /// Drops sockets, calls and timers, and lets the protocol reset what hung on them.
    pub(super) fn let_go(&mut self, now: Nanos) {
        self.sockets.clear();
        self.epoch += 1;
        self.io.retain(|io| matches!(io, Io::DropAll));
        self.io.push(Io::DropAll);
        self.timers = [None; TIMERS];
        self.answer_deadline = None;
        self.stable_at = None;
        self.probe_deadline = None;
        self.retry_at = None;
        self.mirror_dirty = true;
        self.letting_go = true;
        self.call(now, |protocol, cx| protocol.end(cx));
        self.letting_go = false;
    }

    fn key(&self, socket: SocketId) -> Option<SocketKey> {
        self.sockets.iter().find(|state| state.key.socket == socket).map(|state| state.key)
    }

    fn forget(&mut self, socket: SocketId) {
        if let Some(at) = self.sockets.iter().position(|state| state.key.socket == socket) {
            let key = self.sockets.swap_remove(at).key;
            self.io.push(Io::Drop { key });
        }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
