//! The session and time: deadlines, timers, keeping a quiet link alive.

use super::session::{Io, Session, TIMERS};
use crate::model::{Error, Nanos, Status, key, millis};
use crate::protocol::{Input, Loss, TimerId};

/// How long a link may take to answer after the network has changed.
pub(super) const PROBE: Nanos = millis(3000);

/// What is said of a request that was not answered. An HTTP call has the same limit, and either may be the first to end.
const LATE: &str = "no answer came within the option request.timeout_ms: the service may be busy, and what was asked for \
                    may still take effect";

impl Session {
    /// Time has passed.
    pub fn tick(&mut self, now: Nanos) {
        self.staging.now = now;
        if self.poisoned {
            return;
        }
        for request in self.shared.requests.overdue(now) {
            self.abandon(now, request, Status::Timeout, LATE);
        }
        for timer in 0..TIMERS {
            if self.timers[timer].is_some_and(|at| at <= now) {
                self.timers[timer] = None;
                self.call(now, |protocol, cx| protocol.handle(Input::Timer(timer as TimerId), cx));
            }
        }
        if due(&mut self.stable_at, now) {
            self.retry.reset();
        }
        if due(&mut self.close_deadline, now) {
            self.closed();
        }
        if due(&mut self.answer_deadline, now) {
            let error = Error::new(Status::NoAnswer, "the service did not answer within the option answer.timeout_ms");
            self.lost(now, Loss::Retry { error, after: None });
        }
        if due(&mut self.probe_deadline, now) {
            let error = Error::new(Status::IdleTimeout, "the link did not survive the change of the network");
            self.lost(now, Loss::Retry { error, after: None });
        }
        self.keep_alive(now);
        if self.retry_at.is_some_and(|at| at <= now) {
            self.attempt(now);
        }
    }

    fn keep_alive(&mut self, now: Nanos) {
        let idle = self.options.time(key::IDLE_TIMEOUT_MS);
        let interval = self.options.time(key::KEEPALIVE_INTERVAL_MS);
        let mut silent = None;
        for socket in self.sockets.iter_mut().filter(|socket| socket.open) {
            if let Some(idle) = idle
                && now.saturating_sub(socket.heard) >= idle
            {
                silent = Some(now - socket.heard);
            } else if let Some(interval) = interval
                && now.saturating_sub(socket.heard.max(socket.pinged)) >= interval
            {
                socket.pinged = now;
                self.io.push(Io::Ping { key: socket.key });
            }
        }
        if let Some(silent) = silent {
            let text = format!("nothing was heard for {} ms (option idle.timeout_ms)", silent / millis(1));
            self.lost(now, Loss::Retry { error: Error::new(Status::IdleTimeout, text), after: None });
        }
    }

    /// When [`Session::tick`] is to be called next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Nanos> {
        let idle = self.options.time(key::IDLE_TIMEOUT_MS);
        let interval = self.options.time(key::KEEPALIVE_INTERVAL_MS);
        let alive = self.sockets.iter().filter(|socket| socket.open).flat_map(|socket| {
            [idle.map(|idle| socket.heard + idle), interval.map(|every| socket.heard.max(socket.pinged) + every)]
        });
        let own = [self.close_deadline, self.answer_deadline, self.retry_at, self.stable_at, self.probe_deadline];
        let timers = self.timers.iter().copied();
        own.into_iter().chain(timers).chain(alive).chain([self.shared.requests.next_deadline()]).flatten().min()
    }
}

fn due(at: &mut Option<Nanos>, now: Nanos) -> bool {
    at.take_if(|at| *at <= now).is_some()
}
