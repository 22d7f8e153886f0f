//! The replies that are being made, and those that are wanted when these are done.

use std::collections::VecDeque;

use crate::model::RequestId;
use crate::protocol::sentence::Splitter;

/// How many replies at once are believed in.
const MOST: usize = 16;

/// One reply under way.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) splitter: Splitter,
    /// Its speech is not wanted any more.
    pub(super) muted: bool,
    /// Some of its speech was told, and its end was not.
    pub(super) speaks: bool,
}

/// A reply that the host, or a tool's result, asks for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) request: RequestId,
    /// The members of the message behind its type and id, as JSON with a leading comma, or empty.
    pub(super) rest: String,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Replies {
    active: Vec<Reply>,
    /// Asked for, and not begun.
    pub(super) asked: VecDeque<(String, Wanted)>,
    /// The last one that was taken for begun. The service does not say whose reply begins, so this may turn out wrong.
    pub(super) begun: Option<(String, Wanted)>,
    /// To be asked for when nothing is under way.
    pub(super) waiting: VecDeque<Wanted>,
}

impl Replies {
    /// The reply of this id, which is taken for begun if its begin was missed.
    pub(super) fn of(&mut self, id: &str) -> &mut Reply {
        match self.active.iter().position(|reply| reply.id == id) {
            Some(at) => &mut self.active[at],
            None => self.begin(id),
        }
    }

    /// A reply begins.
    pub(super) fn begin(&mut self, id: &str) -> &mut Reply {
        self.active.retain(|reply| reply.id != id);
        if self.active.len() == MOST {
            self.active.remove(0);
        }
        self.active.push(Reply { id: id.to_owned(), ..Reply::default() });
        let last = self.active.len() - 1;
        &mut self.active[last]
    }

    /// A reply is over.
    pub(super) fn end(&mut self, id: &str) -> Reply {
        match self.active.iter().position(|reply| reply.id == id) {
            Some(at) => self.active.remove(at),
            None => Reply { id: id.to_owned(), ..Reply::default() },
        }
    }

    /// Whether a reply is under way.
    pub(super) fn busy(&self) -> bool {
        !self.active.is_empty()
    }

    /// Whether this one is.
    pub(super) fn is_active(&self, id: &str) -> bool {
        self.active.iter().any(|reply| reply.id == id)
    }

    /// Whether another one may be asked for.
    pub(super) fn free(&self) -> bool {
        self.active.is_empty() && self.asked.is_empty()
    }

    pub(super) fn each(&mut self) -> impl Iterator<Item = &mut Reply> {
        self.active.iter_mut()
    }

    pub(super) fn current(&self) -> &str {
        self.active.last().map_or("", |reply| reply.id.as_str())
    }

    /// The link is gone: the replies that were under way.
    pub(super) fn take(&mut self) -> Vec<Reply> {
        self.asked.clear();
        self.begun = None;
        self.waiting.clear();
        std::mem::take(&mut self.active)
    }

    /// The host does not wait for a request any more.
    pub(super) fn abandoned(&mut self, request: RequestId) {
        self.waiting.retain(|wanted| wanted.request != request);
    }
}
