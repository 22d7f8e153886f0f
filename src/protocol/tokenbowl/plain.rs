//! Generation A: one JSON object in each frame of a plain WebSocket. There are no request numbers, so requests are sent
//! one at a time, and an answer is told by its type.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Face;
use super::chat::{Way, fault};
use crate::model::{Error, Nanos, RequestId, Status};
use crate::protocol::wire::Text;
use crate::protocol::{Cx, Loss, Outcome, SocketId, TimerId};

/// Notices that the server has forgotten this connection.
pub(super) const SILENCE: TimerId = 3;

/// What can be asked over the socket: our name, the type that is sent, the type of the answer, the fields.
pub(super) const ASKS: &[(&str, &str, &str, &[&str])] = &[
    ("ws:mark_read", "mark_read", "marked_read", &["message_id"]),
    ("ws:mark_all_read", "mark_all_read", "marked_all_read", &[]),
    ("ws:mark_room_read", "mark_room_read", "marked_read", &[]),
    ("ws:mark_direct_read", "mark_direct_read", "marked_read", &["from_username"]),
    ("ws:get_unread_count", "get_unread_count", "unread_count", &[]),
    ("ws:typing", "typing", "", &["to_username"]),
    ("ws:get_messages", "get_messages", "messages", &["limit", "offset", "since"]),
    ("ws:get_direct_messages", "get_direct_messages", "direct_messages", &["limit", "offset", "since"]),
    ("ws:get_unread_messages", "get_unread_messages", "unread_messages", &["limit", "offset"]),
    ("ws:get_unread_direct_messages", "get_unread_direct_messages", "unread_direct_messages", &["limit", "offset"]),
    ("ws:get_users", "get_users", "users", &[]),
    ("ws:get_online_users", "get_online_users", "online_users", &[]),
    ("ws:get_user_profile", "get_user_profile", "user_profile", &["username"]),
    ("ws:create_conversation", "create_conversation", "conversation_created", &["title", "description", "message_ids"]),
    ("ws:get_conversations", "get_conversations", "conversations", &["limit", "offset"]),
    ("ws:get_conversation", "get_conversation", "conversation", &["conversation_id"]),
    (
        "ws:update_conversation",
        "update_conversation",
        "conversation_updated",
        &["conversation_id", "title", "description", "message_ids"],
    ),
    ("ws:delete_conversation", "delete_conversation", "conversation_deleted", &["conversation_id"]),
    ("ws:delete_message", "delete_message", "message_deleted", &["message_id"]),
];

/// The answer to something said.
pub(super) const SENT: &str = "message_sent";

/// A request that waits for its turn or for its answer.
#[derive(Debug)]
struct Ask {
    request: Option<RequestId>,
    frame: String,
    /// The type of its answer; empty where none comes.
    answer: &'static str,
}

/// The requests of one link.
#[derive(Debug, Default)]
pub(super) struct Plain {
    asks: VecDeque<Ask>,
    /// Whether the server has ever pinged: those before 1.1.0 do not.
    pings: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Head<'a> {
    #[serde(borrow, rename = "type")]
    type_: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    error: Text<'a>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

impl Plain {
    /// Queues a request, and sends it if nothing is before it.
    pub(super) fn ask(
        &mut self,
        request: RequestId,
        frame: String,
        answer: &'static str,
        socket: SocketId,
        cx: &mut Cx<'_>,
    ) {
        if answer.is_empty() {
            cx.send_text(socket, frame);
            return cx.finish(request, Outcome::ok());
        }
        self.asks.push_back(Ask { request: Some(request), frame, answer });
        if self.asks.len() == 1 {
            self.send(socket, cx);
        }
    }

    fn send(&self, socket: SocketId, cx: &mut Cx<'_>) {
        if let Some(first) = self.asks.front() {
            cx.send_text(socket, first.frame.clone());
        }
    }

    fn finish(&mut self, outcome: Outcome, socket: SocketId, cx: &mut Cx<'_>) {
        if let Some(ask) = self.asks.pop_front()
            && let Some(request) = ask.request
        {
            cx.finish(request, outcome);
        }
        self.send(socket, cx);
    }

    /// One object has come. What is said by others is handed to the chat.
    pub(super) fn text(&mut self, json: &str, silence: Nanos, socket: SocketId, face: &mut Face, cx: &mut Cx<'_>) {
        let object = json.trim_start().starts_with('{');
        let Some(head) = serde_json::from_str::<Head<'_>>(json).ok().filter(|_| object) else {
            return fault("", json, "it is not an object", cx);
        };
        let type_ = head.type_.as_str();
        if type_ == "ping" {
            self.pings = true;
            cx.send_text(socket, r#"{"type":"pong"}"#.to_owned());
            return cx.timer(SILENCE, cx.now.saturating_add(silence));
        }
        let untyped = head.type_.get().is_none();
        if type_ == "error" || (untyped && head.error.get().is_some()) {
            let text = format!("the service answered: {}", head.error.as_str());
            if self.asks.is_empty() {
                return fault("", json, head.error.as_str(), cx);
            }
            let outcome = Outcome { json: json.to_owned(), ..Outcome::failed(Error::new(Status::Service, text)) };
            return self.finish(outcome, socket, cx);
        }
        // The answers of the oldest servers have no type, and some of the newest do not either.
        let kind = match (untyped, head.status.as_str(), head.message) {
            (true, "sent", Some(_)) => SENT,
            (true, "marked_read", _) => "marked_read",
            _ => type_,
        };
        if kind == SENT
            && let Some(message) = head.message
        {
            // What was said is told here, since the server does not send it to the sender.
            face.tell(message.get(), json, Way::Answer, cx);
        }
        let awaited = self.asks.front().is_some_and(|ask| ask.answer == kind);
        if awaited {
            self.finish(Outcome { json: json.to_owned(), ..Outcome::ok() }, socket, cx);
        }
        if !awaited && kind != SENT || kind == "unread_count" {
            face.tell(json, json, Way::Pushed, cx);
        }
    }

    /// The host does not wait for this any more; its answer is still awaited, so that it is not taken for another's.
    pub(super) fn abandoned(&mut self, request: RequestId) {
        let sent = self.asks.front().is_some_and(|ask| ask.request == Some(request));
        if sent {
            if let Some(ask) = self.asks.front_mut() {
                ask.request = None;
            }
        } else {
            self.asks.retain(|ask| ask.request != Some(request));
        }
    }

    /// Nothing has pinged for too long: the server has forgotten this connection without closing it.
    pub(super) fn silent(&self, cx: &mut Cx<'_>) {
        let text = "the server has not pinged for too long: it has forgotten this connection; connecting again";
        cx.lost(Loss::Retry { error: Error::new(Status::IdleTimeout, text), after: None });
    }

    /// The link is gone.
    pub(super) fn end(&mut self, cx: &mut Cx<'_>) {
        for ask in std::mem::take(&mut self.asks) {
            if let Some(request) = ask.request {
                cx.finish(request, Outcome::failed(Status::LinkLost.into()));
            }
        }
        self.pings = false;
    }

    pub(super) fn pending(&self) -> usize {
        self.asks.len()
    }
}
