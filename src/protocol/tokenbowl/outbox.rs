//! What is said while there is no link, where the host lets it wait: bounded in number and in time, and said in its order
//! once there is one.

use std::collections::VecDeque;

use super::check::Rest;
use crate::model::{Error, Nanos, RequestId, Status};
use crate::protocol::{Cx, Outcome, TimerId};

/// Ends what has waited for too long.
pub(super) const EXPIRY: TimerId = 5;
/// How many may wait when the host asks for it with a request and not with the option.
const WAITING: usize = 64;

/// Something to be said, as each generation says it.
#[derive(Debug)]
pub(super) struct Saying {
    pub(super) rest: Rest,
    pub(super) frame: String,
}

#[derive(Debug)]
struct Waiting {
    request: RequestId,
    saying: Saying,
    expires: Option<Nanos>,
}

/// What waits for a link.
#[derive(Debug)]
pub(super) struct Outbox {
    /// The option `offline.max_requests`.
    pub(super) most: usize,
    /// The option `offline.ttl_ms`.
    pub(super) ttl: Option<Nanos>,
    /// The option `request.timeout_ms`, which counts from when it is sent.
    pub(super) timeout: Option<Nanos>,
    waiting: VecDeque<Waiting>,
}

impl Outbox {
    pub(super) fn new(most: usize, ttl: Option<Nanos>, timeout: Option<Nanos>) -> Outbox {
        Outbox { most, ttl, timeout, waiting: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Keeps it, or says why not. `queue` is what the request itself asks for.
    pub(super) fn keep(&mut self, request: RequestId, saying: Saying, queue: Option<bool>, cx: &mut Cx<'_>) {
        let most = if self.most > 0 { self.most } else { WAITING };
        let error = if !queue.unwrap_or(self.most > 0) {
            let text = "the client is not connected to the service; wait for the state READY, \
                        or let requests wait with the option offline.max_requests or with {\"queue\":true}";
            Some(Error::new(Status::WrongState, text))
        } else if self.waiting.len() >= most {
            let text = format!("{most} requests wait for a connection already (option offline.max_requests)");
            Some(Error::new(Status::QueueFull, text))
        } else {
            None
        };
        if let Some(error) = error {
            return cx.finish(request, Outcome::failed(error));
        }
        // Its time to live is kept here; the time for an answer counts from when it is sent.
        cx.deadline(request, None);
        let expires = self.ttl.map(|ttl| cx.now.saturating_add(ttl));
        self.waiting.push_back(Waiting { request, saying, expires });
        self.arm(cx);
        cx.mirror_changed();
    }

    /// Everything that waits, oldest first, to be sent now.
    pub(super) fn take(&mut self, cx: &mut Cx<'_>) -> Vec<(RequestId, Saying)> {
        let waiting = std::mem::take(&mut self.waiting);
        self.arm(cx);
        for waiting in &waiting {
            cx.deadline(waiting.request, self.timeout.map(|timeout| cx.now.saturating_add(timeout)));
        }
        waiting.into_iter().map(|waiting| (waiting.request, waiting.saying)).collect()
    }

    /// Ends what has waited for too long.
    pub(super) fn expire(&mut self, cx: &mut Cx<'_>) {
        let late = |waiting: &Waiting| waiting.expires.is_some_and(|at| at <= cx.now);
        let (late, kept): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.waiting).into_iter().partition(late);
        self.waiting = kept;
        for Waiting { request, .. } in late {
            let text = "no connection came up within offline.ttl_ms, so this was not sent";
            cx.finish(request, Outcome::failed(Error::new(Status::Expired, text)));
        }
        self.arm(cx);
        cx.mirror_changed();
    }

    /// The host does not wait for it any more, so it is not said.
    pub(super) fn abandoned(&mut self, request: RequestId) {
        self.waiting.retain(|waiting| waiting.request != request);
    }

    /// Sets the timer for what expires next. Also after a link was lost, which takes all timers with it.
    pub(super) fn arm(&self, cx: &mut Cx<'_>) {
        match self.waiting.iter().filter_map(|waiting| waiting.expires).min() {
            Some(at) => cx.timer(EXPIRY, at),
            None => cx.cancel_timer(EXPIRY),
        }
    }
}
