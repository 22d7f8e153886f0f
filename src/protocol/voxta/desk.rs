//! Requests that wait: for the hub's completion, for a message that answers them, or for a chat.

use std::collections::{BTreeMap, VecDeque};

use crate::model::{Error, Nanos, RequestId, Status};
use crate::protocol::wire::json_or_string;
use crate::protocol::{Cx, Outcome};

/// A call that was sent.
#[derive(Debug)]
struct Sent {
    request: RequestId,
    /// The message that answers it; without one the completion does.
    answer: Option<&'static str>,
}

/// Something for the chat that there is not yet.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) request: RequestId,
    pub(super) name: &'static str,
    pub(super) fields: String,
    pub(super) expires: Option<Nanos>,
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Desk {
    last: u64,
    sent: BTreeMap<u64, Sent>,
    waiting: VecDeque<Waiting>,
}

impl Desk {
    /// The id of a call that is about to be sent. Request 0 is the library's own.
    pub(super) fn send(&mut self, request: RequestId, answer: Option<&'static str>) -> u64 {
        self.last += 1;
        self.sent.insert(self.last, Sent { request, answer });
        self.last
    }

    /// The hub is done with a call. Gives the error of a call of the library's own.
    pub(super) fn completed(&mut self, id: &str, result: &str, error: Option<&str>, cx: &mut Cx<'_>) -> Option<String> {
        let id: u64 = id.parse().ok()?;
        let sent = self.sent.get(&id)?;
        let (request, answered_later) = (sent.request, sent.answer.is_some() && error.is_none());
        if answered_later {
            return None;
        }
        self.sent.remove(&id);
        if request == 0 {
            return error.map(str::to_owned);
        }
        let outcome = match error {
            Some(error) => Outcome::failed(Error::new(Status::Service, format!("the hub says: {error}"))),
            None => Outcome { json: json_or_string(result.as_bytes()), ..Outcome::ok() },
        };
        cx.finish(request, outcome);
        None
    }

    /// Whether a message of this name would answer a request.
    pub(super) fn awaits(&self, type_: &str) -> bool {
        self.sent.values().any(|sent| sent.answer == Some(type_))
    }

    /// A message has come that may answer a request: the oldest that waits for it.
    pub(super) fn answered(&mut self, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let found = self.sent.iter().find(|(_, sent)| sent.answer == Some(type_)).map(|(id, _)| *id);
        if let Some(sent) = found.and_then(|id| self.sent.remove(&id)) {
            cx.finish(sent.request, Outcome { json: json.to_owned(), ..Outcome::ok() });
        }
    }

    pub(super) fn wait(&mut self, waiting: Waiting) {
        self.waiting.push_back(waiting);
    }

    /// How many wait for a chat.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// There is a chat now: hands out what waited for it, oldest first.
    pub(super) fn take_waiting(&mut self) -> VecDeque<Waiting> {
        std::mem::take(&mut self.waiting)
    }

    pub(super) fn next_expiry(&self) -> Option<Nanos> {
        self.waiting.iter().filter_map(|waiting| waiting.expires).min()
    }

    /// Ends what has waited for too long.
    pub(super) fn expire(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now;
        self.waiting.retain(|waiting| {
            let late = waiting.expires.is_some_and(|at| at <= now);
            if late {
                let text = "no chat began within the option offline.ttl_ms; it was not sent";
                cx.finish(waiting.request, Outcome::failed(Error::new(Status::Expired, text)));
            }
            !late
        });
    }

    /// A request has ended without its answer.
    pub(super) fn abandoned(&mut self, request: RequestId) {
        self.waiting.retain(|waiting| waiting.request != request);
        self.sent.retain(|_, sent| sent.request != request);
    }

    /// The link is gone: what was sent has no answer any more; what waits for a chat goes on waiting.
    pub(super) fn link_lost(&mut self, cx: &mut Cx<'_>) {
        for (_, sent) in std::mem::take(&mut self.sent) {
            if sent.request != 0 {
                cx.finish(sent.request, Outcome::failed(Status::LinkLost.into()));
            }
        }
    }
}
