//! The tool calls of the service: each is handed to the host once, and answered as often as the service asks.
//!
//! A call outlives its connection. What the host finishes while there is none is sent on the next one, and a call that
//! the service asks for again, because the answer was lost on the way, is answered from what is kept here.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::BuildHasher;

use crate::model::{Error, Nanos, Status};

/// How many calls may run at once or wait with their answers for a connection; a service that asks for more is told so.
const RUNNING_MAX: usize = 4096;
/// How many calls are known to have been executed after their answers were let go of.
const EXECUTED_MAX: usize = 65_536;
/// How many bytes of answers are kept at most, whatever their number.
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// Why a call needs no answer of the host any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Answered,
    TimedOut,
    Cancelled,
}

#[derive(Debug)]
struct Running {
    name: String,
    deadline: Option<Nanos>,
}

#[derive(Debug)]
struct Done {
    frame: String,
    ended: Ended,
    /// It went out at least once.
    sent: bool,
}

/// What a request for a call comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    /// It is new and runs from now on.
    New,
    /// It runs already.
    Running,
    /// It was answered, and this is the answer.
    Answered(&'a str),
    /// It was executed, and the answer is not kept any more.
    Forgotten,
    /// Too many run.
    TooMany,
}

/// All calls of one client.
#[derive(Debug)]
pub(super) struct Calls {
    running: BTreeMap<String, Running>,
    done: HashMap<String, Done>,
    /// The ids of the answered ones, oldest first.
    order: VecDeque<String>,
    bytes: usize,
    /// Answers that could not be sent yet, oldest first.
    unsent: Vec<String>,
    kept_max: usize,
    /// Those whose answers were let go of, oldest first. An id may be as long as the service likes, so it is the hash that
    /// is kept.
    executed: HashSet<u64>,
    executed_order: VecDeque<u64>,
    hash: RandomState,
}

impl Calls {
    /// Keeps this many answers.
    pub(super) fn new(kept_max: usize) -> Calls {
        Calls {
            running: BTreeMap::new(),
            done: HashMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            unsent: Vec::new(),
            kept_max,
            executed: HashSet::new(),
            executed_order: VecDeque::new(),
            hash: RandomState::new(),
        }
    }

    /// The service asks for a call.
    pub(super) fn ask(&mut self, id: &str, name: &str, deadline: Option<Nanos>) -> Asked<'_> {
        if self.running.contains_key(id) {
            return Asked::Running;
        }
        if self.done.contains_key(id) {
            return Asked::Answered(&self.done[id].frame);
        }
        if self.executed.contains(&self.hash.hash_one(id)) {
            return Asked::Forgotten;
        }
        if self.running.len() + self.unsent.len() >= RUNNING_MAX {
            return Asked::TooMany;
        }
        self.running.insert(id.to_owned(), Running { name: name.to_owned(), deadline });
        Asked::New
    }

    /// A call has ended with this answer. `up` is whether it is sent now; if not, it is kept for the next connection.
    ///
    /// # Errors
    /// There is no such call, or it has ended before.
    pub(super) fn end(&mut self, id: &str, frame: &str, ended: Ended, up: bool) -> Result<(), Error> {
        if self.running.remove(id).is_none() {
            return Err(match self.done.get(id).map(|done| done.ended) {
                None => Error::new(
                    Status::NotFound,
                    format!("tool_result: no call \"{id}\" waits for one; give the id of the TOOL_CALL event"),
                ),
                Some(Ended::Answered) => {
                    Error::new(Status::Conflict, format!("tool_result: the call \"{id}\" was answered already"))
                }
                Some(Ended::TimedOut) => Error::new(
                    Status::Timeout,
                    format!("tool_result: the call \"{id}\" took too long, and the service was told so"),
                ),
                Some(Ended::Cancelled) => {
                    Error::new(Status::Cancelled, format!("tool_result: the call \"{id}\" was cancelled"))
                }
            });
        }
        self.keep(id, frame, ended, up);
        Ok(())
    }

    /// Remembers the answer to a call, also to one that never ran, and lets go of the oldest that were sent.
    pub(super) fn keep(&mut self, id: &str, frame: &str, ended: Ended, sent: bool) {
        if !sent {
            self.unsent.push(id.to_owned());
        }
        self.bytes += frame.len();
        if let Some(before) = self.done.insert(id.to_owned(), Done { frame: frame.to_owned(), ended, sent }) {
            self.bytes -= before.frame.len();
        } else {
            self.order.push_back(id.to_owned());
        }
        while (self.order.len() > self.kept_max || self.bytes > KEPT_BYTES) && self.order.len() > 1 {
            // What the service has not seen yet is not let go of.
            let sent = |id: &String| self.done.get(id).is_none_or(|done| done.sent);
            let Some(at) = self.order.iter().position(sent) else { break };
            let Some(old) = self.order.remove(at) else { break };
            if let Some(done) = self.done.remove(&old) {
                self.bytes -= done.frame.len();
            }
            self.forget(&old);
        }
    }

    /// The answer is let go of; that it was given is remembered for much longer, since nothing may be executed twice.
    fn forget(&mut self, id: &str) {
        let hash = self.hash.hash_one(id);
        if self.executed.insert(hash) {
            self.executed_order.push_back(hash);
        }
        if self.executed_order.len() > EXECUTED_MAX
            && let Some(oldest) = self.executed_order.pop_front()
        {
            self.executed.remove(&oldest);
        }
    }

    /// The answers that waited for a connection.
    pub(super) fn take_unsent(&mut self) -> Vec<String> {
        let ids = std::mem::take(&mut self.unsent);
        let mut frames = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(done) = self.done.get_mut(&id) {
                done.sent = true;
                frames.push(done.frame.clone());
            }
        }
        frames
    }

    /// Those whose time has run out: id and name.
    pub(super) fn overdue(&self, now: Nanos) -> Vec<(String, String)> {
        self.listed(|running| running.deadline.is_some_and(|at| at <= now))
    }

    /// All that run: id and name.
    pub(super) fn all_running(&self) -> Vec<(String, String)> {
        self.listed(|_| true)
    }

    fn listed(&self, which: impl Fn(&Running) -> bool) -> Vec<(String, String)> {
        let chosen = self.running.iter().filter(|(_, running)| which(running));
        chosen.map(|(id, running)| (id.clone(), running.name.clone())).collect()
    }

    /// When the next one runs out of time.
    pub(super) fn next_deadline(&self) -> Option<Nanos> {
        self.running.values().filter_map(|running| running.deadline).min()
    }

    /// How many answers are kept, and how many of them wait for a connection.
    pub(super) fn kept(&self) -> (usize, usize) {
        (self.order.len(), self.unsent.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Calls, Ended};
    use crate::model::Status;

    #[test]
    fn a_call_runs_once_and_is_answered_as_often_as_it_is_asked_for() {
        let mut calls = Calls::new(8);
        assert_eq!(calls.ask("1", "add", Some(10)), Asked::New);
        assert_eq!(calls.ask("1", "add", Some(10)), Asked::Running);
        calls.end("1", "frame", Ended::Answered, false).expect("it runs");
        assert_eq!(calls.ask("1", "add", None), Asked::Answered("frame"));
        assert_eq!(calls.end("1", "again", Ended::Answered, true).expect_err("twice").status, Status::Conflict);
        assert_eq!(calls.end("2", "x", Ended::Answered, true).expect_err("unknown").status, Status::NotFound);
        assert_eq!(calls.take_unsent(), ["frame"]);
        assert!(calls.take_unsent().is_empty());
    }

    #[test]
    fn what_is_kept_is_bounded_but_never_what_was_not_sent() {
        let mut calls = Calls::new(2);
        for id in ["1", "2", "3"] {
            calls.ask(id, "t", None);
            calls.end(id, id, Ended::Answered, id != "1").expect("it runs");
        }
        assert_eq!(calls.kept(), (2, 1));
        assert_eq!(calls.ask("1", "t", None), Asked::Answered("1"), "it waits for a connection");
        assert_eq!(calls.ask("2", "t", None), Asked::Forgotten, "it is not executed again");
        assert_eq!(calls.ask("3", "t", None), Asked::Answered("3"));
    }

    #[test]
    fn that_a_call_was_executed_is_known_for_longer_than_its_answer() {
        let mut calls = Calls::new(1);
        let id = |n: usize| format!("call-{n}");
        for n in 0..=super::EXECUTED_MAX + 1 {
            assert_eq!(calls.ask(&id(n), "t", None), Asked::New, "{n}");
            calls.end(&id(n), "a", Ended::Answered, true).expect("it runs");
        }
        assert_eq!(calls.kept(), (1, 0));
        assert_eq!(calls.executed.len(), super::EXECUTED_MAX);
        assert_eq!(calls.ask(&id(1), "t", None), Asked::Forgotten);
        assert_eq!(calls.ask(&id(0), "t", None), Asked::New, "nothing is kept for ever");
    }

    #[test]
    fn a_flood_of_calls_is_refused_beyond_the_limit() {
        let mut calls = Calls::new(2);
        for id in 0..super::RUNNING_MAX {
            assert_eq!(calls.ask(&id.to_string(), "t", None), Asked::New);
        }
        assert_eq!(calls.ask("one more", "t", None), Asked::TooMany);
        assert_eq!(calls.ask("7", "t", None), Asked::Running);
        calls.end("7", "a", Ended::Answered, false).expect("it runs");
        assert_eq!(calls.ask("one more", "t", None), Asked::TooMany, "an answer that waits takes room, too");
        calls.take_unsent();
        assert_eq!(calls.ask("one more", "t", None), Asked::New);
    }

    #[test]
    fn late_ends_say_why() {
        let mut calls = Calls::new(2);
        calls.ask("a", "t", Some(5));
        calls.ask("b", "t", Some(9));
        assert_eq!(calls.next_deadline(), Some(5));
        assert_eq!(calls.overdue(5), [("a".to_owned(), "t".to_owned())]);
        calls.end("a", "late", Ended::TimedOut, true).expect("it runs");
        calls.end("b", "off", Ended::Cancelled, true).expect("it runs");
        assert_eq!(calls.end("a", "x", Ended::Answered, true).expect_err("late").status, Status::Timeout);
        assert_eq!(calls.end("b", "x", Ended::Answered, true).expect_err("late").status, Status::Cancelled);
    }
}
