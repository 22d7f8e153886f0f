//! From a message of the service to events, answers and the mirror.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::frame::{self, Frame, plain};
use super::reply::Of;
use super::{SOCKET, Toolchat, write};
use crate::model::{Error, Event, Kind, Status};
use crate::protocol::Cx;
use crate::protocol::peek::{Peeked, peek_type};

impl Toolchat {
    /// A message came as bytes: some services frame JSON so.
    pub(super) fn binary(&mut self, data: &[u8], cx: &mut Cx<'_>) {
        match std::str::from_utf8(data) {
            Ok(text) if text.trim_start().starts_with('{') => self.message(text, cx),
            _ => {
                self.unreadable += 1;
                cx.mirror_changed();
                cx.emit(&Event {
                    status: Status::Protocol,
                    text: "a binary message, which this service has no use for",
                    data,
                    ..Event::new(Kind::Service)
                });
            }
        }
    }

    /// What can not be read is shown as it is, and counted.
    fn fault(&mut self, json: &str, why: &str, cx: &mut Cx<'_>) {
        self.unreadable += 1;
        cx.mirror_changed();
        let text = format!("a message that can not be read: {why}");
        cx.emit(&Event { status: Status::Protocol, text: &text, data: json.as_bytes(), ..Event::new(Kind::Service) });
    }

    /// Takes one message in.
    pub(super) fn message(&mut self, json: &str, cx: &mut Cx<'_>) {
        let type_: Cow<'_, str> = match peek_type(json) {
            Peeked::Fast { name, .. } => Cow::Borrowed(name),
            Peeked::Slow(name) => name,
            Peeked::Untyped(what) => return self.fault(json, what, cx),
            Peeked::Invalid(why) => return self.fault(json, &why, cx),
        };
        if !KNOWN.contains(&&*type_) {
            return cx.emit(&Event { type_: &type_, json, ..Event::new(Kind::Service) });
        }
        let frame = match frame::read(json) {
            Ok(frame) => frame,
            Err(why) => return self.fault(json, &why, cx),
        };
        if frame.wrong || (frame.data.wrong && frame.type_.as_str() == "chat_event") {
            return self.fault(json, "its data is no object", cx);
        }
        // Of several types the last one counts.
        let type_ = frame.type_.as_str();
        let of = Of { type_, json, body: "" };
        match type_ {
            "chat_event" => self.chat_event(&frame, json, cx),
            "tool_call_request" => self.tool_call(&frame, of, cx),
            "heartbeat_ping" => {
                let raw = |raw: Option<&RawValue>| raw.map(|raw| raw.get().to_owned());
                let (timestamp, ping_time) = (raw(frame.timestamp), raw(frame.ping_time));
                cx.send_text(SOCKET, write::pong(cx.unix_ms(), timestamp.as_deref(), ping_time.as_deref()));
            }
            "heartbeat_ack" => {}
            "session_established" => {
                self.session = frame.session_id.as_str().to_owned();
                service(of, cx);
                self.session_established(cx);
            }
            "tools_configured" => {
                service(Of { body: frame::body(json), ..of }, cx);
                self.tools_configured(cx);
            }
            "authentication_error" => {
                let error = format!("the service refused the ticket: {} {}", frame.code.as_str(), frame.error.as_str());
                cx.emit(&Event {
                    status: Status::Unauthorized,
                    text: frame.error.as_str(),
                    name: frame.code.as_str(),
                    type_,
                    json,
                    ..Event::new(Kind::Service)
                });
                self.auth_failed(error.trim(), cx);
            }
            "chat_finished" => {
                self.remember(frame.uuid.as_str(), cx);
                self.reply.end(None, "", of, cx);
            }
            "chat_error" | "error" => self.failed(&frame, of, cx),
            "ui_component" => component(&frame, of, cx),
            "thread_created" => {
                self.remember(frame.data.provider_res_id.as_str(), cx);
                self.thread = frame.data.thread_id.as_str().to_owned();
                cx.mirror_changed();
                cx.emit(&Event {
                    id: frame.data.provider_res_id.as_str(),
                    name: frame.data.thread_id.as_str(),
                    type_,
                    json,
                    body: frame::body(json),
                    ..Event::new(Kind::ChatStarted)
                });
            }
            "messages_persisted" => {
                self.remember(frame.data.provider_res_id.as_str(), cx);
                cx.emit(&Event {
                    id: frame.data.thread_id.as_str(),
                    name: "persisted",
                    type_,
                    json,
                    body: frame::body(json),
                    ..Event::new(Kind::Receipt)
                });
            }
            _ => service(of, cx),
        }
    }

    fn remember(&mut self, conversation: &str, cx: &mut Cx<'_>) {
        if !conversation.is_empty() && self.conversation != conversation {
            self.conversation = conversation.to_owned();
            cx.mirror_changed();
        }
    }

    fn chat_event(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let data = &frame.data;
        let inner = data.type_.as_str();
        let of = Of { type_: if inner.is_empty() { frame.event.as_str() } else { inner }, json, body: "" };
        let id = data.id.get().unwrap_or("reasoning");
        match (frame.event.as_str(), inner) {
            // An empty piece says nothing; a piece that is no text is not taken for one.
            ("provider-event", "text-delta") => self.piece(data.text_delta.get(), of, cx),
            ("content-delta", _) => {
                let piece = data.delta.get();
                self.piece(piece, Of { type_: "content-delta", ..of }, cx);
            }
            ("provider-event", "reasoning-start") => self.reply.thought_begins(id, of, cx),
            ("provider-event", "reasoning-delta") => self.reply.thought_goes_on(id, data.text.as_str(), of, cx),
            ("provider-event", "reasoning-end") => self.reply.thought_ends(id, of, cx),
            ("provider-event" | "latitude-event", "tool-call" | "tool-result") => {
                self.reply.begin(cx);
                self.reply.whole(cx);
                let told = if inner == "tool-call" { data.args } else { data.result };
                cx.emit(&Event {
                    name: data.tool_name.as_str(),
                    id: data.tool_call_id.as_str(),
                    text: told.map_or("", RawValue::get),
                    type_: of.type_,
                    json,
                    body: frame::body(json),
                    ..Event::new(Kind::Service)
                });
            }
            ("latitude-event", "provider-completed" | "chain-completed") => {
                let response = frame::body(json);
                if let Some(reason) = data.finish_reason.get() {
                    self.reply.finish_reason = reason.to_owned();
                }
                cx.emit(&Event {
                    name: data.finish_reason.as_str(),
                    text: data.token_usage.map_or("", RawValue::get),
                    type_: of.type_,
                    json,
                    body: response,
                    ..Event::new(Kind::Service)
                });
            }
            ("latitude-event", "chain-error") => {
                let (text, code) = error_of(data.error);
                cx.emit(&Event {
                    status: Status::Service,
                    text: &text,
                    name: &code,
                    type_: of.type_,
                    json,
                    body: frame::body(json),
                    ..Event::new(Kind::Service)
                });
            }
            _ => service(Of { body: frame::body(json), ..of }, cx),
        }
    }

    fn piece(&mut self, piece: Option<&str>, of: Of<'_>, cx: &mut Cx<'_>) {
        match piece {
            Some("") => {}
            Some(piece) => self.reply.text(piece, of, cx),
            None => cx.emit(&Event {
                status: Status::Protocol,
                text: "a piece of text without its text",
                type_: of.type_,
                json: of.json,
                ..Event::new(Kind::Service)
            }),
        }
    }

    /// The run, or something else, has failed.
    fn failed(&mut self, frame: &Frame<'_>, of: Of<'_>, cx: &mut Cx<'_>) {
        let text = match frame.error.get() {
            Some(text) if !text.is_empty() => text,
            _ => "the service reports an error without saying which",
        };
        let of = Of { body: frame::body(of.json), ..of };
        let code = frame.data.error_code.get().unwrap_or(frame.code.as_str());
        if of.type_ == "chat_error" || !self.reply.id().is_empty() {
            return self.reply.end(Some(&Error::new(Status::Service, text)), code, of, cx);
        }
        cx.emit(&Event {
            status: Status::Service,
            text,
            name: code,
            type_: of.type_,
            json: of.json,
            body: of.body,
            ..Event::new(Kind::Service)
        });
    }
}

/// What this protocol has something to do with; the rest goes to the host as it is.
const KNOWN: [&str; 14] = [
    "chat_event",
    "tool_call_request",
    "heartbeat_ping",
    "heartbeat_ack",
    "session_established",
    "tools_configured",
    "authentication_error",
    "chat_finished",
    "chat_error",
    "error",
    "ui_component",
    "thread_created",
    "messages_persisted",
    "client_tools_updated",
];

fn service(of: Of<'_>, cx: &mut Cx<'_>) {
    cx.emit(&Event { type_: of.type_, json: of.json, body: of.body, ..Event::new(Kind::Service) });
}

/// A part of a page that the service wants shown.
fn component(frame: &Frame<'_>, of: Of<'_>, cx: &mut Cx<'_>) {
    let (id, name) = (frame.tool_call_id.as_str(), frame.component.as_str());
    cx.emit(&Event {
        status: if id.is_empty() || name.is_empty() { Status::Protocol } else { Status::Ok },
        id,
        name,
        role: frame.status.get().unwrap_or("complete"),
        text: frame.props.map_or("{}", RawValue::get),
        type_: of.type_,
        json: of.json,
        ..Event::new(if id.is_empty() || name.is_empty() { Kind::Service } else { Kind::Trigger })
    });
}

/// What `{"message":…,"code":…}` says, or a plain text.
fn error_of(raw: Option<&RawValue>) -> (String, String) {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Told<'a> {
        #[serde(borrow)]
        message: Option<&'a RawValue>,
        #[serde(borrow)]
        code: Option<&'a RawValue>,
    }
    let told = raw.and_then(|raw| serde_json::from_str::<Told<'_>>(raw.get()).ok());
    match told {
        Some(told) => (plain(told.message).into_owned(), plain(told.code).into_owned()),
        None => (plain(raw).into_owned(), String::new()),
    }
}
