//! Requests that wait for a message of the service: which one ends which.

use super::catalog::Answer;
use crate::model::RequestId;

/// What a request waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Await {
    pub(super) answer: Answer,
    /// The item it is about, or empty.
    pub(super) item: String,
}

/// One message that was sent and not answered.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    /// The request that sent it, or 0 for the client itself.
    pub(super) request: RequestId,
    pub(super) event_id: String,
    pub(super) awaits: Await,
    /// The request has more to wait for: the answer does not end it, though an error does.
    pub(super) quiet: bool,
}

/// All of them, oldest first.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pending: Vec<Pending>,
    last_event: u64,
}

impl Desk {
    /// A new id for a message, by which the service names it in an error.
    pub(super) fn event_id(&mut self) -> String {
        self.last_event += 1;
        format!("parlor_{}", self.last_event)
    }

    pub(super) fn wait(&mut self, pending: Pending) {
        self.pending.push(pending);
    }

    /// The oldest that this message answers.
    pub(super) fn answered(&mut self, answer: Answer, item: &str) -> Option<Pending> {
        let fits = |pending: &Pending| {
            pending.awaits.answer == answer && (pending.awaits.item.is_empty() || pending.awaits.item == item)
        };
        let at = self.pending.iter().position(fits)?;
        Some(self.pending.remove(at))
    }

    /// The one that an error is about: by its id, or where there is none by the name of the message.
    pub(super) fn refused(&mut self, event_id: &str, param: &str) -> Option<Pending> {
        let by_id = self.pending.iter().position(|pending| !event_id.is_empty() && pending.event_id == event_id);
        let by_name = || {
            let answer = super::catalog::find(param)?.answer;
            self.pending.iter().position(|pending| pending.awaits.answer == answer)
        };
        let at = if event_id.is_empty() { by_id.or_else(by_name) } else { by_id }?;
        Some(self.pending.remove(at))
    }

    /// Lets go of all that belongs to a request.
    pub(super) fn forget(&mut self, request: RequestId) {
        self.pending.retain(|pending| pending.request != request);
    }

    /// The link is gone: everything that can not be answered any more.
    pub(super) fn drain(&mut self) -> Vec<Pending> {
        std::mem::take(&mut self.pending)
    }

    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }
}
