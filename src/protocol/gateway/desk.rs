//! The requests that are under way or wait: each ends in exactly one outcome.
//!
//! Calls of one lane keep their order by going one at a time; a lane that stands still does not hold up the other.
//! What is said without a chat may wait for one, bounded in number and time, also while the link is down.

use std::collections::{BTreeMap, VecDeque};

use super::answer;
use super::catalog::Lane;
use crate::model::{Error, Nanos, RequestId, Status};
use crate::protocol::{CallId, Cx, Failure, HttpAnswer, HttpCall, Outcome};

/// Whether a job needs a chat, and may wait for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    Chat { may_wait: bool },
}

/// What a good end of a job says about the gateway's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Note {
    #[default]
    Nothing,
    Speaks(String),
    FellSilent,
}

/// One request, ready to be sent.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: RequestId,
    pub(super) call: HttpCall,
    /// A second call that follows a good answer to the first.
    pub(super) then: Option<HttpCall>,
    pub(super) gate: Gate,
    pub(super) expires: Option<Nanos>,
    pub(super) note: Note,
    /// How long it may take from when it is sent, where it has waited for a chat before.
    pub(super) timeout: Option<Nanos>,
}

#[derive(Debug)]
struct Pending {
    request: RequestId,
    lane: Option<Lane>,
    then: Option<HttpCall>,
    note: Note,
}

#[derive(Debug, Default)]
struct Track {
    waiting: VecDeque<Job>,
    busy: Option<CallId>,
}

/// All requests of one client.
#[derive(Debug, Default)]
pub(super) struct Desk {
    tracks: [Track; 2],
    pending: BTreeMap<CallId, Pending>,
    pings: VecDeque<RequestId>,
    last_call: CallId,
}

impl Desk {
    /// A number for a call. Numbers are never used again, so a late answer is never taken for another's.
    pub(super) fn new_call(&mut self) -> CallId {
        self.last_call += 1;
        self.last_call
    }

    /// How many requests wait for a chat, or for their turn to be said in it.
    pub(super) fn waiting(&self) -> usize {
        self.tracks[Lane::Words as usize].waiting.len()
    }

    /// Takes a job in; `open` is whether there is a link, `chat` whether there is a chat on it.
    pub(super) fn submit(&mut self, job: Job, lane: Option<Lane>, open: bool, chat: bool, cx: &mut Cx<'_>) {
        match lane {
            None => self.start(job, None, cx),
            Some(lane) => {
                self.tracks[lane as usize].waiting.push_back(job);
                self.pump(open, chat, cx);
            }
        }
    }

    /// Sends what can be sent.
    pub(super) fn pump(&mut self, open: bool, chat: bool, cx: &mut Cx<'_>) {
        if !open {
            return;
        }
        for lane in [Lane::Words, Lane::Voices] {
            let track = &mut self.tracks[lane as usize];
            if track.busy.is_some() {
                continue;
            }
            let sendable = |job: &Job| chat || job.gate == Gate::Open;
            if let Some(job) = track.waiting.iter().position(sendable).and_then(|at| track.waiting.remove(at)) {
                self.start(job, Some(lane), cx);
            }
        }
    }

    fn start(&mut self, job: Job, lane: Option<Lane>, cx: &mut Cx<'_>) {
        let Job { request, call, then, note, timeout, .. } = job;
        if let Some(timeout) = timeout {
            cx.deadline(request, Some(cx.now.saturating_add(timeout)));
        }
        self.send(call, Pending { request, lane, then, note }, cx);
    }

    fn send(&mut self, http: HttpCall, pending: Pending, cx: &mut Cx<'_>) {
        let call = self.new_call();
        if let Some(lane) = pending.lane {
            self.tracks[lane as usize].busy = Some(call);
        }
        self.pending.insert(call, pending);
        cx.http(call, http);
    }

    fn take(&mut self, call: CallId) -> Option<Pending> {
        let pending = self.pending.remove(&call)?;
        if let Some(lane) = pending.lane {
            let track = &mut self.tracks[lane as usize];
            if track.busy == Some(call) {
                track.busy = None;
            }
        }
        Some(pending)
    }

    /// An answer came. What the request's good end says about the gateway's state is handed back.
    pub(super) fn answered(
        &mut self,
        call: CallId,
        result: &Result<HttpAnswer<'_>, &Failure>,
        cx: &mut Cx<'_>,
    ) -> Note {
        let Some(Pending { request, lane, then, note }) = self.take(call) else { return Note::Nothing };
        let outcome = answer::outcome(result);
        let good = outcome.error.is_none();
        if let (true, Some(next)) = (good, then) {
            self.send(next, Pending { request, lane, then: None, note }, cx);
            return Note::Nothing;
        }
        if request != 0 {
            cx.finish(request, outcome);
        }
        if good { note } else { Note::Nothing }
    }

    /// The host let go of a request.
    pub(super) fn abandoned(&mut self, request: RequestId, cx: &mut Cx<'_>) {
        for track in &mut self.tracks {
            track.waiting.retain(|job| job.request != request);
        }
        // The pong still comes and must find its place in the row.
        for ping in self.pings.iter_mut().filter(|ping| **ping == request) {
            *ping = 0;
        }
        let calls: Vec<CallId> =
            self.pending.iter().filter(|(_, pending)| pending.request == request).map(|(call, _)| *call).collect();
        for call in calls {
            // A lane must not wait for an answer that the session may not hand on any more.
            let Some(pending) = self.take(call) else { continue };
            if let Some(next) = pending.then {
                // The second half of an interruption ends what the first has begun; without it the AI stays silent.
                self.send(next, Pending { request: 0, lane: None, then: None, note: Note::Nothing }, cx);
            }
        }
    }

    /// Ends what has waited for a chat for too long.
    pub(super) fn expire(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now;
        self.end_waiting(cx, |job| {
            job.expires
                .is_some_and(|at| at <= now)
                .then(|| Error::new(Status::Expired, "no chat came up within offline.ttl_ms, so this was not sent"))
        });
    }

    /// When the next job expires.
    pub(super) fn next_expiry(&self) -> Option<Nanos> {
        self.tracks.iter().flat_map(|track| &track.waiting).filter_map(|job| job.expires).min()
    }

    /// The chat is over: what may not wait for another one ends.
    pub(super) fn chat_over(&mut self, cx: &mut Cx<'_>) {
        self.end_waiting(cx, |job| {
            (job.gate == Gate::Chat { may_wait: false })
                .then(|| Error::new(Status::WrongState, "the chat ended before this could be sent; it was not sent"))
        });
    }

    /// The link is gone: what was under way ends with an unknown effect, what may wait stays.
    pub(super) fn link_lost(&mut self, cx: &mut Cx<'_>) {
        let under_way = std::mem::take(&mut self.pending).into_values().map(|pending| pending.request);
        let pings = std::mem::take(&mut self.pings);
        for request in under_way.chain(pings).filter(|request| *request != 0) {
            cx.finish(request, Outcome::failed(Status::LinkLost.into()));
        }
        for track in &mut self.tracks {
            track.busy = None;
        }
        self.end_waiting(cx, |job| {
            (job.gate != Gate::Chat { may_wait: true })
                .then(|| Error::new(Status::WrongState, "the link was lost before this could be sent; it was not sent"))
        });
    }

    fn end_waiting(&mut self, cx: &mut Cx<'_>, why: impl Fn(&Job) -> Option<Error>) {
        for track in &mut self.tracks {
            track.waiting.retain(|job| match why(job) {
                Some(error) => {
                    cx.finish(job.request, Outcome::failed(error));
                    false
                }
                None => true,
            });
        }
    }

    /// A ping was sent.
    pub(super) fn pinged(&mut self, request: RequestId) {
        self.pings.push_back(request);
    }

    /// A pong came; whether somebody waited for it.
    pub(super) fn ponged(&mut self, json: &str, cx: &mut Cx<'_>) -> bool {
        let Some(request) = self.pings.pop_front() else { return false };
        if request != 0 {
            cx.finish(request, Outcome { json: json.to_owned(), ..Outcome::ok() });
        }
        true
    }
}
