//! The table of pending requests. Whoever takes a request out of it ends it; so it ends exactly once.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::model::{Error, Nanos, RequestId, Status, Tag};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// `connect`: ends when the service has accepted the client, or it has failed.
    Connect,
    /// `close`: ends when everything else has.
    Close,
    /// An action of the protocol.
    Act,
}

/// One pending request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The caller's mark.
    pub tag: Tag,
    /// What it is for.
    pub what: What,
    /// When it ends by itself.
    pub deadline: Option<Nanos>,
}

#[derive(Default)]
struct Table {
    last: RequestId,
    pending: BTreeMap<RequestId, Pending>,
}

/// The pending requests of one client.
pub struct Requests {
    most: usize,
    table: Mutex<Table>,
}

impl Requests {
    /// An empty table for at most so many.
    #[must_use]
    pub fn new(most: usize) -> Requests {
        Requests { most, table: Mutex::default() }
    }

    /// Registers a request, before anybody can answer it.
    ///
    /// # Errors
    /// Too many are pending. `close` and `connect` always find a place.
    pub fn register(&self, pending: Pending) -> Result<RequestId, Error> {
        let mut table = self.table.lock();
        if table.pending.len() >= self.most && pending.what == What::Act {
            let text = format!(
                "{} requests are pending, the most that option request.max_pending allows; wait for their REQUEST_DONE",
                table.pending.len()
            );
            return Err(Error::new(Status::QueueFull, text));
        }
        table.last += 1;
        let id = table.last;
        table.pending.insert(id, pending);
        Ok(id)
    }

    /// Takes a request out, to end it.
    pub fn finish(&self, id: RequestId) -> Option<Pending> {
        self.table.lock().pending.remove(&id)
    }

    /// Whether a request has not ended yet.
    #[must_use]
    pub fn is_pending(&self, id: RequestId) -> bool {
        self.table.lock().pending.contains_key(&id)
    }

    /// Moves the deadline of a request.
    pub fn set_deadline(&self, id: RequestId, deadline: Option<Nanos>) {
        if let Some(pending) = self.table.lock().pending.get_mut(&id) {
            pending.deadline = deadline;
        }
    }

    /// The ids of all pending ones, oldest first.
    #[must_use]
    pub fn ids(&self) -> Vec<RequestId> {
        self.table.lock().pending.keys().copied().collect()
    }

    /// The ids of those whose time has run out.
    #[must_use]
    pub fn overdue(&self, now: Nanos) -> Vec<RequestId> {
        let table = self.table.lock();
        table.pending.iter().filter(|(_, p)| p.deadline.is_some_and(|at| at <= now)).map(|(id, _)| *id).collect()
    }

    /// The earliest deadline.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Nanos> {
        self.table.lock().pending.values().filter_map(|pending| pending.deadline).min()
    }

    /// How many are pending.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.lock().pending.len()
    }

    /// Whether none is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Pending, Requests, What};
    use crate::model::Status;

    const ACT: Pending = Pending { tag: 7, what: What::Act, deadline: Some(100) };

    #[test]
    fn each_ends_once_and_the_table_is_bounded() {
        let requests = Requests::new(2);
        let first = requests.register(ACT).expect("room");
        let second = requests.register(Pending { deadline: None, ..ACT }).expect("room");
        assert_ne!(first, second);
        assert_eq!(requests.register(ACT).expect_err("full").status, Status::QueueFull);
        assert!(requests.register(Pending { what: What::Close, deadline: None, ..ACT }).is_ok());
        assert_eq!(requests.next_deadline(), Some(100));
        assert!(requests.overdue(99).is_empty());
        assert_eq!(requests.overdue(100), [first]);
        assert_eq!(requests.finish(first), Some(ACT));
        assert_eq!(requests.finish(first), None);
        requests.set_deadline(second, Some(5));
        assert_eq!(requests.next_deadline(), Some(5));
    }
}
