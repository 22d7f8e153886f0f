//! From a plan to messages.

use super::acks::Report;
use super::catalog::Operation;
use super::desk::Waiting;
use super::link::Link;
use super::pin::context;
use super::plan::{Plan, payload};
use super::{EXPIRY, HUB, Voxta};
use crate::model::{Error, Event, Kind, PlaybackPhase, RequestId, Status, flag};
use crate::protocol::signalr::invocation;
use crate::protocol::wire::push_json_str;
use crate::protocol::{Cx, Outcome};

/// How many requests may wait for a chat when the host asks for it with a request and not with the option.
const WAITING: usize = 64;

impl Voxta {
    /// Does what a request asks for.
    pub(super) fn carry_out(&mut self, request: RequestId, plan: Plan, cx: &mut Cx<'_>) {
        match plan {
            Plan::Credential(key) => {
                self.credential = key;
                cx.finish(request, Outcome::ok());
                if self.link == Link::Pairing {
                    self.start(cx);
                }
            }
            Plan::Context { key, fields, queue } => self.set_context(request, key, &fields, queue, cx),
            Plan::Send { operation, fields, has_session, queue } if operation.name == "send" && !has_session => {
                self.words(request, operation, fields, queue, cx);
            }
            _ if !self.link.up() => refuse(request, self.why_not(), cx),
            Plan::Send { operation, fields, has_session, .. } => {
                self.call(request, operation, &fields, has_session, cx);
            }
            Plan::Subscribe { session, chat } => self.subscribe(request, &session, &chat, cx),
            _ if self.mirror.session_id.is_none() => refuse(request, self.why_not(), cx),
            Plan::Vision(vision) => self.show(request, vision, cx),
            Plan::Interrupt => self.interrupt(request, cx),
            Plan::TriggerDone { id } => self.trigger_done(request, &id, cx),
            Plan::Playback { phase, id, fields } => self.playback(request, phase, &id, &fields, cx),
        }
    }

    fn why_not(&self) -> &'static str {
        if self.link.up() {
            "there is no chat that this client takes part in; start one with call \"startChat\", or wait for the state READY"
        } else {
            "the client is not connected to the server; connect it and wait for the state READY"
        }
    }

    /// Sends a message, whose completion ends the request.
    fn send(&mut self, request: RequestId, answer: Option<&'static str>, payload: &str, cx: &mut Cx<'_>) {
        let id = self.desk.send(request, answer);
        cx.send_text(HUB, invocation(Some(id), "SendMessage", payload));
    }

    fn call(&mut self, request: RequestId, operation: &Operation, fields: &str, has_session: bool, cx: &mut Cx<'_>) {
        let session = match (operation.chat && !has_session, &self.mirror.session_id) {
            (false, _) => None,
            (true, Some(session)) => Some(session.clone()),
            (true, None) => return refuse(request, self.why_not(), cx),
        };
        if matches!(operation.name, "startChat" | "resumeChat") {
            self.own_start = true;
        }
        let payload = payload(operation.name, session.as_deref(), fields);
        self.send(request, operation.answer, &payload, cx);
    }

    /// Something said: now, or when there is a chat, or not at all.
    fn words(
        &mut self,
        request: RequestId,
        operation: &'static Operation,
        fields: String,
        queue: Option<bool>,
        cx: &mut Cx<'_>,
    ) {
        if self.link == Link::Up
            && let Some(session) = &self.mirror.session_id
        {
            let payload = payload(operation.name, Some(session), &fields);
            return self.send(request, None, &payload, cx);
        }
        let may_wait = queue.unwrap_or(self.settings.offline_max > 0);
        let most = if self.settings.offline_max > 0 { self.settings.offline_max } else { WAITING };
        if !may_wait {
            return refuse(request, self.why_not(), cx);
        }
        if self.desk.waiting() >= most {
            let text = format!("{most} requests wait for a chat already (option offline.max_requests)");
            return cx.finish(request, Outcome::failed(Error::new(Status::QueueFull, text)));
        }
        // Its time to live is kept here; the time for an answer counts from when it is sent.
        cx.deadline(request, None);
        let expires = self.settings.offline_ttl.map(|ttl| cx.now.saturating_add(ttl));
        self.desk.wait(Waiting { request, name: operation.name, fields, expires });
        self.arm(cx);
        cx.mirror_changed();
    }

    /// Sets the timer for what waits for a chat, or unsets it.
    pub(super) fn arm(&self, cx: &mut Cx<'_>) {
        match self.desk.next_expiry() {
            Some(at) => cx.timer(EXPIRY, at),
            None => cx.cancel_timer(EXPIRY),
        }
    }

    /// Keeps what is set under a key for every later chat, and sets it in this one if there is one.
    fn set_context(&mut self, request: RequestId, key: String, fields: &str, queue: Option<bool>, cx: &mut Cx<'_>) {
        let session = self.mirror.session_id.clone().filter(|_| self.link == Link::Up);
        let may_wait = queue.unwrap_or(self.settings.offline_max > 0);
        if session.is_none() && !may_wait {
            return refuse(request, self.why_not(), cx);
        }
        let payload = session.map(|session| context(&session, &key, fields));
        // Each list replaces the one of its name and leaves the others alone.
        let members = serde_json::from_str::<serde_json::Map<_, _>>(&format!("{{{fields}}}"));
        self.contexts.entry(key).or_default().extend(members.unwrap_or_default());
        match payload {
            Some(payload) => self.send(request, None, &payload, cx),
            // It is kept, and set with the next chat.
            None => cx.finish(request, Outcome::ok()),
        }
    }

    fn subscribe(&mut self, request: RequestId, session: &str, chat: &str, cx: &mut Cx<'_>) {
        let mut fields = String::new();
        if !chat.is_empty() {
            fields.push_str("\"chatId\":");
            push_json_str(&mut fields, chat);
        }
        // The server answers with the beginning of that chat, which is then the pinned one.
        self.own_start = true;
        let session = (!session.is_empty()).then_some(session);
        self.send(request, None, &payload("subscribeToChat", session, &fields), cx);
    }

    /// Silences the AI. What is to be heard of it is dropped at once, without waiting for the server to say so.
    pub(super) fn interrupt(&mut self, request: RequestId, cx: &mut Cx<'_>) {
        let Some(session) = self.mirror.session_id.clone() else { return };
        let payload = payload("interrupt", Some(&session), "");
        self.send(request, None, &payload, cx);
        let sounding = self.acks.unheard().into_iter().find(|id| self.sounding(Some(id), cx));
        if self.speaker.cut(None) || sounding.is_some() {
            let id = sounding.or_else(|| self.mirror.reply_id.clone()).unwrap_or_default();
            let event =
                Event { id: &id, status: Status::Cancelled, flags: flag::SYNTHETIC, ..Event::new(Kind::AudioEnded) };
            cx.emit(&event);
        }
        self.cut(None, cx);
    }

    /// What was heard becomes the user's message.
    pub(super) fn say_heard(&mut self, text: &str, cx: &mut Cx<'_>) {
        let Some(session) = self.mirror.session_id.clone() else { return };
        let mut fields = String::from("\"text\":");
        push_json_str(&mut fields, text);
        fields.push_str(",\"doReply\":true");
        self.send(0, None, &payload("send", Some(&session), &fields), cx);
    }

    fn trigger_done(&mut self, request: RequestId, id: &str, cx: &mut Cx<'_>) {
        let Some(at) = self.triggers.iter().position(|waiting| waiting == id) else {
            let text = format!("tool_result: no TOOL_CALL with the id \"{id}\" waits for a result");
            return cx.finish(request, Outcome::failed(Error::invalid(text)));
        };
        self.triggers.remove(at);
        let mut fields = String::from("\"triggerId\":");
        push_json_str(&mut fields, id);
        let payload = payload("appTriggerComplete", self.mirror.session_id.as_deref(), &fields);
        self.send(request, None, &payload, cx);
    }

    fn playback(&mut self, request: RequestId, phase: PlaybackPhase, id: &str, fields: &str, cx: &mut Cx<'_>) {
        let session = self.mirror.session_id.clone().unwrap_or_default();
        let mut acks = Vec::new();
        let report = match phase {
            PlaybackPhase::Started => self.acks.started(&session, id, fields, &mut acks),
            PlaybackPhase::Completed => self.acks.played(&session, id, &mut acks),
        };
        self.acknowledge(acks, cx);
        let outcome = match report {
            // What is late is no fault of the host: the server was told when the reply was broken off.
            Report::Taken | Report::Late => Outcome::ok(),
            Report::Unknown => {
                Outcome::failed(Error::invalid(format!("playback: no reply with the id \"{id}\" is known")))
            }
        };
        cx.finish(request, outcome);
    }
}

fn refuse(request: RequestId, why: &str, cx: &mut Cx<'_>) {
    cx.finish(request, Outcome::failed(Error::new(Status::WrongState, why)));
}
