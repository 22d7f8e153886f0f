//! From a message of the service to events, the ends of requests and the mirror.

use super::VoiceLive;
use super::catalog::Answer;
use super::desk::Pending;
use super::dialect::Dialect;
use super::frame::{self, Fault, Frame, Item, Response, whole};
use super::link::Link;
use super::name::Name;
use super::replies::Wanted;
use crate::model::{Error, Event, Kind, Status, flag};
use crate::protocol::{Cx, Outcome};

/// Something that is no message of the service.
pub(super) fn unreadable(data: &[u8], why: &str, cx: &mut Cx<'_>) {
    let text = std::str::from_utf8(data).unwrap_or_default();
    let data = if text.is_empty() { data } else { &[] };
    let (name, type_) = (why, "invalid");
    cx.emit(&Event { status: Status::Protocol, type_, text, name, data, ..Event::new(Kind::Service) });
}

/// A message that has no kind of its own.
pub(super) fn service(frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
    cx.emit(&of(Kind::Service, frame, json));
}

fn of<'a>(kind: Kind, frame: &'a Frame<'_>, json: &'a str) -> Event<'a> {
    Event { type_: frame.type_.as_str(), json, ..Event::new(kind) }
}

impl VoiceLive {
    /// Takes one message in.
    pub(super) fn message(&mut self, json: &str, cx: &mut Cx<'_>) {
        let frame = match frame::read(json) {
            Ok(frame) => frame,
            Err(why) => return unreadable(json.as_bytes(), &why, cx),
        };
        let Some(type_) = frame.type_.get() else {
            return unreadable(json.as_bytes(), "an object without a type that is a text", cx);
        };
        self.support.tell_once(cx);
        match Name::of(type_) {
            Name::AudioDelta => self.audio_delta(&frame, json, cx),
            Name::SpokenDelta => self.text_delta(&frame, json, true, cx),
            Name::TextDelta => self.text_delta(&frame, json, false, cx),
            Name::TextDone | Name::SpokenDone => {
                self.text_done(&frame, cx);
                service(&frame, json, cx);
            }
            Name::AudioDone => self.audio_done(&frame, json, cx),
            Name::Timestamp | Name::Viseme | Name::Blendshapes => cue(Name::of(type_), &frame, json, cx),
            Name::Error => self.error(&frame, json, cx),
            Name::Warning => fault(&frame, json, cx),
            Name::SessionCreated | Name::SessionUpdated => self.session(Name::of(type_), &frame, json, cx),
            Name::ItemCreated => self.item_created(&frame, json, cx),
            Name::ItemAdded => service(&frame, json, cx),
            Name::ItemDone => self.item_done(&frame, json, cx),
            Name::CallDone => self.call_done(&frame, json, cx),
            Name::Heard | Name::HeardDelta | Name::HeardFailed => self.heard(Name::of(type_), &frame, json, cx),
            Name::SpeechStarted | Name::SpeechStopped => self.activity(Name::of(type_), &frame, json, cx),
            Name::ResponseCreated => self.reply_started(&frame, json, cx),
            Name::ResponseDone => self.reply_ended(&frame, json, cx),
            Name::RateLimits => {
                if let Some(limits) = frame.rate_limits {
                    limits.get().clone_into(&mut self.rate_limits);
                    cx.mirror_changed();
                }
                service(&frame, json, cx);
            }
            name => {
                service(&frame, json, cx);
                self.answer(name, &frame, json, cx);
            }
        }
    }

    /// Ends the request that a message answers, if it answers one.
    fn answer(&mut self, name: Name, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let answer = match name {
            Name::ItemRetrieved => Answer::ItemRetrieved,
            Name::ItemTruncated => Answer::ItemTruncated,
            Name::ItemDeleted => Answer::ItemDeleted,
            Name::Committed => Answer::Committed,
            Name::Cleared => Answer::Cleared,
            Name::OutputCleared => Answer::OutputCleared,
            Name::AvatarConnecting => Answer::Avatar,
            _ => return,
        };
        let item = frame.item.map(Item::read).unwrap_or_default();
        let id = if name == Name::ItemRetrieved { item.id.as_str() } else { frame.item_id.as_str() };
        if let Some(pending) = self.desk.answered(answer, id) {
            finish(&pending, json, cx);
        }
    }

    fn session(&mut self, name: Name, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        if let Some(session) = frame.session {
            self.settings.told(session.get());
            cx.mirror_changed();
        }
        let body = frame.session.map_or("", |session| session.get());
        cx.emit(&Event { id: &self.settings.id, body, ..of(Kind::Service, frame, json) });
        if name == Name::SessionCreated {
            return self.session_created(cx);
        }
        let Some(pending) = self.desk.answered(Answer::Updated, "") else { return };
        if pending.request == 0 && self.link == Link::Restoring {
            return self.established(cx);
        }
        if let Some(patch) = self.updates.pop_front() {
            self.settings.confirmed(&patch);
        }
        finish(&pending, json, cx);
    }

    fn error(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let fault = frame.error.map(Fault::read).unwrap_or_default();
        let event_id = fault.event_id.as_str();
        let code = fault.word();
        if let Some(at) = self.replies.asked.iter().position(|(known, _)| known == event_id && !known.is_empty())
            && let Some((_, wanted)) = self.replies.asked.remove(at)
        {
            if code == "conversation_already_has_active_response" {
                // Another one has begun in between, of the service's own will; it is asked for when that is done.
                self.replies.waiting.push_front(wanted);
            } else {
                self.tools.followed();
                cx.finish(wanted.request, refusal(&fault, json));
            }
        }
        if code == "conversation_already_has_active_response"
            && let Some((_, wanted)) = self.replies.begun.take_if(|(known, _)| known == event_id)
        {
            // The reply that began was another one. The request has ended with it; what it asked for is still owed.
            self.replies.waiting.push_front(Wanted { request: 0, ..wanted });
        }
        let refused = self.desk.refused(event_id, fault.param.as_str());
        let request = refused.as_ref().map_or(0, |pending| pending.request);
        cx.emit(&Event {
            status: Status::Service,
            request,
            text: fault.message.as_str(),
            id: event_id,
            name: code,
            body: frame.error.map_or("", |error| error.get()),
            ..of(Kind::Service, frame, json)
        });
        let Some(pending) = refused else { return };
        match pending.awaits.answer {
            Answer::Updated if pending.request == 0 && self.link == Link::Restoring => {
                let why = format!("{} ({code})", fault.message.as_str());
                return self.not_restored(&why, cx);
            }
            Answer::Updated => drop(self.updates.pop_front()),
            Answer::ItemCreated => {
                self.tools.settled(&pending.awaits.item, false);
                self.replies.abandoned(request);
            }
            // There was nothing to cancel, which is what was wanted.
            Answer::ResponseDone if code == "response_cancel_not_active" => {
                return cx.finish(request, Outcome::ok());
            }
            _ => {}
        }
        cx.finish(request, refusal(&fault, json));
    }

    fn item_created(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let item = frame.item.map(Item::read).unwrap_or_default();
        let id = item.id.as_str();
        let said = item.said();
        let own = matches!(item.role.as_str(), "user" | "system");
        if item.type_.as_str() == "message" && own && !said.is_empty() {
            if !self.history.is_context(id) {
                self.history.said(item.role.as_str(), &said);
            }
            let body = frame.item.map_or("", |item| item.get());
            cx.emit(&Event { text: &said, id, role: item.role.as_str(), body, ..of(Kind::Message, frame, json) });
        } else {
            cx.emit(&Event { id, role: item.role.as_str(), ..of(Kind::Service, frame, json) });
        }
        self.tools.settled(id, true);
        if let Some(pending) = self.desk.answered(Answer::ItemCreated, id) {
            finish(&pending, json, cx);
        }
        self.pump(cx);
    }

    /// An item of a reply is whole.
    fn item_done(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let item = frame.item.map(Item::read).unwrap_or_default();
        let body = frame.item.map_or("", |item| item.get());
        let id = item.id.as_str();
        match item.type_.as_str() {
            "message" => {
                let said = item.said();
                self.history.said("assistant", &said);
                self.tools.mcp_called(false);
                cx.emit(&Event { text: &said, id, role: "assistant", body, ..of(Kind::Message, frame, json) });
            }
            "function_call"
                if self.tools.asked(item.call_id.as_str(), item.name.as_str(), item.arguments.as_str(), false) =>
            {
                let (id, name) = (item.call_id.as_str(), item.name.as_str());
                cx.emit(&Event { text: item.arguments.as_str(), id, name, body, ..of(Kind::ToolCall, frame, json) });
                cx.mirror_changed();
            }
            "mcp_approval_request" if self.tools.asked(id, item.name.as_str(), item.arguments.as_str(), true) => {
                let (name, role) = (item.name.as_str(), "mcp_approval");
                let text = item.arguments.as_str();
                cx.emit(&Event { text, id, name, role, body, ..of(Kind::ToolCall, frame, json) });
                cx.mirror_changed();
            }
            type_ => {
                // Voice Live waits to be asked for a reply about the result, as for one of the host's own tools.
                if type_ == "mcp_call" && self.endpoint.dialect == Dialect::Azure {
                    self.tools.mcp_called(true);
                }
                cx.emit(&Event { id, ..of(Kind::Service, frame, json) });
            }
        }
    }

    fn call_done(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let (id, name) = (frame.call_id.as_str(), frame.name.as_str());
        // Without the name of the tool it is told when its item is whole, which says both.
        if name.is_empty() || id.is_empty() || !self.tools.asked(id, name, frame.arguments.as_str(), false) {
            return service(frame, json, cx);
        }
        cx.emit(&Event { text: frame.arguments.as_str(), id, name, ..of(Kind::ToolCall, frame, json) });
        cx.mirror_changed();
    }

    fn heard(&mut self, name: Name, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let fault = frame.error.map(Fault::read).unwrap_or_default();
        let (status, flags, text) = match name {
            Name::Heard => (Status::Ok, flag::FINAL, frame.transcript.as_str()),
            Name::HeardFailed => (Status::Service, flag::FINAL, fault.message.as_str()),
            _ => (Status::Ok, 0, frame.delta.as_str()),
        };
        if name == Name::Heard {
            self.history.said("user", text);
        }
        let (id, role) = (frame.item_id.as_str(), "user");
        cx.emit(&Event { status, flags, text, id, role, ..of(Kind::Transcript, frame, json) });
    }

    fn activity(&mut self, name: Name, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        self.user_speaks = name == Name::SpeechStarted;
        cx.mirror_changed();
        let value = i64::from(self.user_speaks);
        cx.emit(&Event { value, id: frame.item_id.as_str(), role: "user", ..of(Kind::VoiceActivity, frame, json) });
        if self.user_speaks && self.settings.interrupts {
            self.barge_in(cx);
        }
    }

    fn reply_started(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let response = Response::read(frame.response);
        self.replies.begin(response.id.as_str());
        self.tools.followed();
        let body = frame.response.map_or("", |response| response.get());
        let (id, role) = (response.id.as_str(), "assistant");
        cx.emit(&Event { id, role, body, ..of(Kind::ReplyStarted, frame, json) });
        self.set_ai(1, cx);
        self.replies.begun = self.replies.asked.pop_front();
        if let Some((_, wanted)) = &self.replies.begun
            && wanted.request != 0
        {
            cx.finish(wanted.request, Outcome { json: json.to_owned(), ..Outcome::ok() });
        }
    }

    fn reply_ended(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let response = Response::read(frame.response);
        let id = response.id.as_str();
        let mut reply = self.replies.end(id);
        reply.splitter.finish(|sentence| {
            let (flags, role) = (flag::SYNTHETIC, "assistant");
            cx.emit(&Event { flags, text: sentence, id, role, ..Event::new(Kind::Sentence) });
        });
        if reply.speaks {
            cx.emit(&Event { flags: flag::SYNTHETIC, id, ..Event::new(Kind::AudioEnded) });
        }
        let (reason, message) = response.why();
        let word = response.status.as_str();
        let status = match word {
            "cancelled" => Status::Cancelled,
            "failed" => Status::Service,
            _ => Status::Ok,
        };
        let name = if reason.is_empty() { word } else { &reason };
        let text = if status == Status::Service { &message } else { &reply.text };
        let body = frame.response.map_or("", |response| response.get());
        cx.emit(&Event { status, text, id, name, role: "assistant", body, ..of(Kind::ReplyEnded, frame, json) });
        if !self.replies.busy() {
            self.set_ai(0, cx);
        }
        self.tools.replied(status == Status::Ok);
        if let Some(pending) = self.desk.answered(Answer::ResponseDone, "") {
            finish(&pending, json, cx);
        }
        cx.mirror_changed();
        self.pump(cx);
    }
}

/// Ends a request well, unless it waits for more.
fn finish(pending: &Pending, json: &str, cx: &mut Cx<'_>) {
    if !pending.quiet && pending.request != 0 {
        cx.finish(pending.request, Outcome { json: json.to_owned(), ..Outcome::ok() });
    }
}

fn refusal(fault: &Fault<'_>, json: &str) -> Outcome {
    let text = format!("the service refused it: {} ({})", fault.message.as_str(), fault.word());
    Outcome { json: json.to_owned(), ..Outcome::failed(Error::new(Status::Service, text)) }
}

fn fault(frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
    let fault = frame.warning.map(Fault::read).unwrap_or_default();
    let body = frame.warning.map_or("", |warning| warning.get());
    cx.emit(&Event { text: fault.message.as_str(), name: fault.word(), body, ..of(Kind::Service, frame, json) });
}

fn cue(name: Name, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
    let id = frame.response_id.as_str();
    let viseme = frame.viseme_id.map_or("", |raw| raw.get());
    let (value, name, text, body) = match name {
        Name::Viseme => (whole(frame.audio_offset_ms), "viseme", viseme, ""),
        Name::Blendshapes => {
            (whole(frame.frame_index), "blendshapes", "", frame.frames.map_or("", |frames| frames.get()))
        }
        _ => {
            let type_ = frame.timestamp_type.as_str();
            (whole(frame.audio_offset_ms), if type_.is_empty() { "word" } else { type_ }, frame.text.as_str(), "")
        }
    };
    cx.emit(&Event { value, text, id, name, body, ..of(Kind::Cue, frame, json) });
}
