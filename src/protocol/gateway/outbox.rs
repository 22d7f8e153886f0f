//! From a plan to calls and messages.

use super::catalog::{Operation, Way};
use super::desk::{Gate, Job, Note};
use super::plan::{Plan, playback_body};
use super::{EXPIRY, Gateway, SOCKET};
use crate::model::{Error, RequestId, Status};
use crate::protocol::{Cx, HttpCall, Method, Outcome};

/// How many requests may wait for a chat when the host asks for it with a request and not with the option.
const WAITING: usize = 64;

impl Gateway {
    /// Does what a request asks for.
    pub(super) fn carry_out(&mut self, request: RequestId, plan: Plan, cx: &mut Cx<'_>) {
        match plan {
            Plan::Words { operation, body, idempotent, queue } => {
                let call = self.http(operation, operation.path, Some(body), idempotent);
                self.words(request, operation, call, queue, cx);
            }
            Plan::Subscribe(subscription) => self.subscribe(request, subscription, cx),
            _ if !self.link.up() => {
                let text = "the client is not connected to the gateway; connect it and wait for the state CONNECTED";
                cx.finish(request, Outcome::failed(Error::new(Status::WrongState, text)));
            }
            Plan::Interrupt { start, hold } => self.interrupt(request, start, hold, cx),
            Plan::Playback { operation, character, message } => {
                self.playback(request, operation, character, message.as_deref(), cx);
            }
            Plan::Ping => {
                self.desk.pinged(request);
                cx.send_text(SOCKET, "{\"type\":\"ping\"}".to_owned());
            }
            Plan::Http { operation, path, body, idempotent } => {
                let call = self.http(operation, &path, body, idempotent);
                self.submit(plain(request, call), operation, cx);
            }
        }
    }

    fn http(&self, operation: &Operation, path: &str, body: Option<String>, idempotent: bool) -> HttpCall {
        let method = match operation.way {
            Way::Http(method) => method,
            Way::Socket => Method::Post,
        };
        let headers = match body {
            // Without a content type the gateway does not read the body.
            Some(_) => vec![("content-type".to_owned(), "application/json".to_owned())],
            None => Vec::new(),
        };
        HttpCall {
            method,
            url: format!("{}{path}", self.endpoint.http),
            headers,
            body: body.unwrap_or_default().into_bytes(),
            idempotent,
            timeout: None,
        }
    }

    fn submit(&mut self, job: Job, operation: &Operation, cx: &mut Cx<'_>) {
        self.desk.submit(job, operation.lane, self.link.up(), self.mirror.ready(), cx);
    }

    pub(super) fn pump(&mut self, cx: &mut Cx<'_>) {
        self.desk.pump(self.link.up(), self.mirror.ready(), cx);
    }

    /// Sets the timer for what waits for a chat, or unsets it.
    pub(super) fn arm(&self, cx: &mut Cx<'_>) {
        match self.desk.next_expiry().filter(|_| !self.mirror.ready()) {
            Some(at) => cx.timer(EXPIRY, at),
            None => cx.cancel_timer(EXPIRY),
        }
    }

    /// Something for the conversation: now, or when there is a chat, or not at all.
    fn words(
        &mut self,
        request: RequestId,
        operation: &Operation,
        call: HttpCall,
        queue: Option<bool>,
        cx: &mut Cx<'_>,
    ) {
        let may_wait = queue.unwrap_or(self.offline_max > 0);
        let waits = !(self.link.up() && self.mirror.ready());
        if waits {
            let most = if self.offline_max > 0 { self.offline_max } else { WAITING };
            let error = if !may_wait {
                Some(Error::new(Status::WrongState, self.why_not()))
            } else if self.desk.waiting() >= most {
                let text = format!("{most} requests wait for a chat already (option offline.max_requests)");
                Some(Error::new(Status::QueueFull, text))
            } else {
                None
            };
            if let Some(error) = error {
                return cx.finish(request, Outcome::failed(error));
            }
        }
        if may_wait {
            // Its time to live is kept here; the time for an answer counts from when it is sent.
            cx.deadline(request, None);
        }
        let job = Job {
            gate: Gate::Chat { may_wait },
            expires: self.offline_ttl.filter(|_| may_wait).map(|ttl| cx.now.saturating_add(ttl)),
            timeout: self.request_timeout.filter(|_| may_wait),
            ..plain(request, call)
        };
        self.submit(job, operation, cx);
        self.arm(cx);
        cx.mirror_changed();
    }

    fn why_not(&self) -> &'static str {
        if !self.link.up() {
            "the client is not connected to the gateway; wait for the state READY, \
             or let requests wait with the option offline.max_requests or with {\"queue\":true}"
        } else if self.mirror.voxta {
            "no chat is active in Voxta; wait for the state READY, \
             or let requests wait with the option offline.max_requests or with {\"queue\":true}"
        } else {
            "the gateway has lost Voxta; wait for the state READY, \
             or let requests wait with the option offline.max_requests or with {\"queue\":true}"
        }
    }

    /// What the host wants to hear from now on, also after the next connect.
    fn subscribe(&mut self, request: RequestId, subscription: super::Subscription, cx: &mut Cx<'_>) {
        self.subscription = subscription;
        // A gateway that has not been asked yet will be asked for this.
        if self.link.asked() && self.link != super::Link::Healing {
            cx.send_text(SOCKET, self.subscription.message(None));
        }
        cx.mirror_changed();
        // The gateway does not answer it.
        cx.finish(request, Outcome::ok());
    }

    /// Silences the AI: the gateway interrupts it when an external speaker starts. The speaker stops at once, without
    /// a reply to what it has not said, unless it is to be held.
    fn interrupt(&mut self, request: RequestId, start: String, hold: bool, cx: &mut Cx<'_>) {
        let (Ok((begin, _)), Ok((end, _))) =
            (super::catalog::find("external_speaker_start"), super::catalog::find("external_speaker_stop"))
        else {
            return cx.finish(request, Outcome::failed(Status::Unsupported.into()));
        };
        let call = self.http(begin, begin.path, Some(start), begin.idempotent);
        let stop = || self.http(end, end.path, Some("{\"trigger_response\":false}".to_owned()), end.idempotent);
        // While somebody else speaks the AI is silent already, and stopping would cut off that speaker.
        let then = (!hold && !self.mirror.external).then(stop);
        self.submit(Job { then, ..plain(request, call) }, begin, cx);
    }

    fn playback(
        &mut self,
        request: RequestId,
        operation: &Operation,
        character: Option<String>,
        message: Option<&str>,
        cx: &mut Cx<'_>,
    ) {
        let character = character.or_else(|| self.mirror.likely_speaker().map(str::to_owned));
        let Some(character) = character else {
            let text =
                "playback: nobody has spoken and there are no characters; pass the sender of the event as the sender";
            return cx.finish(request, Outcome::failed(Error::invalid(text)));
        };
        let body = match playback_body(&character, message) {
            Ok(body) => body,
            Err(error) => return cx.finish(request, Outcome::failed(error)),
        };
        let call = self.http(operation, operation.path, Some(body), operation.idempotent);
        let started = operation.name == "tts_playback_start";
        let note = if started { Note::Speaks(character) } else { Note::FellSilent };
        self.submit(Job { note, ..plain(request, call) }, operation, cx);
    }

    /// What the good end of a request says about the state: the gateway sets the speaker and tells nobody.
    pub(super) fn noted(&mut self, note: Note, cx: &mut Cx<'_>) {
        let speaker = match note {
            Note::Nothing => return,
            Note::Speaks(character) => Some(character),
            Note::FellSilent => None,
        };
        if self.mirror.speaker != speaker {
            self.mirror.speaker = speaker;
            cx.mirror_changed();
        }
    }
}

/// A job that is one call, needs no chat and says nothing about the state.
fn plain(request: RequestId, call: HttpCall) -> Job {
    Job { request, call, then: None, gate: Gate::Open, expires: None, note: Note::Nothing, timeout: None }
}
