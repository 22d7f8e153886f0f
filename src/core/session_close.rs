//! How a session ends: closed by the host, let go because the host does not take its events, or failed by a panic.

use super::counters::{Counter, Counters};
use super::session::{Command, Io, Session, TIMERS};
use crate::model::{Error, Nanos, RequestId, State, Status, millis};
use crate::protocol::Outcome;

/// How long the close handshake may take before the sockets are dropped.
const CLOSE: Nanos = millis(1000);

impl Session {
    /// The host closes: every pending request ends first, then the sockets, then the client.
    pub(super) fn close(&mut self, now: Nanos, request: RequestId) {
        if self.close_request.is_some() {
            return self
                .finish(request, Outcome::failed(Error::new(Status::WrongState, "the client is closing already")));
        }
        self.close_request = Some(request);
        self.connect_request = None;
        self.retry_at = None;
        self.waiting_for_drain = false;
        self.waiting_for_credential = false;
        if matches!(self.state, State::Connected | State::Ready) {
            self.call(now, |protocol, cx| protocol.farewell(cx));
        }
        for pending in self.shared.requests.ids() {
            if pending != request {
                self.abandon(now, pending, Status::Cancelled, "the client was closed");
            }
        }
        for at in (0..self.sockets.len()).rev() {
            let key = self.sockets[at].key;
            if self.sockets[at].open {
                self.io.push(Io::Close { key, code: 1000, reason: String::new() });
            } else {
                self.sockets.swap_remove(at);
                self.io.push(Io::Drop { key });
            }
        }
        self.close_deadline = Some(now + CLOSE);
        self.closing(now);
    }

    /// While closing: once no socket is left, it is done.
    pub(super) fn closing(&mut self, now: Nanos) {
        if self.sockets.is_empty() {
            self.close_deadline = None;
            self.staging.now = now;
            self.closed();
        }
    }

    /// The last steps of closing. STATE CLOSED is the last event until the host connects again.
    pub(super) fn closed(&mut self) {
        let now = self.staging.now;
        self.let_go(now);
        // What a protocol keeps for the next link waits in silence until the host connects again.
        self.timers = [None; TIMERS];
        if let Some(request) = self.close_request.take() {
            self.finish(request, Outcome::ok());
        }
        self.lost_since = None;
        self.set_state(State::Closed, None, None);
    }

    /// The queue is full of events that may not be dropped, and the host wants the link let go of.
    pub fn overflow(&mut self, now: Nanos) {
        if self.poisoned || !matches!(self.state, State::Connecting | State::Connected | State::Ready) {
            return;
        }
        self.staging.now = now;
        if self.state != State::Connecting {
            self.lost_since = Some(now);
        }
        self.let_go(now);
        self.waiting_for_drain = true;
        let text = "the host did not take its events (options queue.max_events, queue.max_bytes); \
                    the link was let go of and comes back when they are taken";
        self.set_state(State::Reconnecting, Some(&Error::new(Status::Overflow, text)), None);
    }

    /// The host has taken what was waiting.
    pub(super) fn drained(&mut self, now: Nanos) {
        if self.waiting_for_drain {
            self.attempt(now);
        }
    }

    /// Something inside has panicked: this client has failed, the host lives on.
    pub fn poison(&mut self, now: Nanos, what: &str) {
        self.poisoned = true;
        self.staging.now = now;
        self.sockets.clear();
        self.io.clear();
        self.io.push(Io::DropAll);
        self.close_deadline = None;
        self.retry_at = None;
        Counters::add(Counter::Panics, 1);
        let text = format!("a fault inside the library: {what}; destroy this client and make another one");
        let close = self.close_request.take();
        self.fail(Error::new(Status::Panic, text));
        if let Some(request) = close {
            self.finish(request, Outcome::ok());
        }
    }

    pub(super) fn refuse_poisoned(&mut self, command: Command) {
        let error =
            Error::new(Status::WrongState, "this client has failed from a fault inside the library; destroy it");
        match command {
            Command::Connect(request) | Command::Act { request, .. } => self.finish(request, Outcome::failed(error)),
            Command::Close(request) => self.finish(request, Outcome::ok()),
            Command::Audio | Command::Poison(_) | Command::Cancel(_) | Command::NetworkChanged | Command::Drained => {}
        }
    }
}
