//! What the service says, as events: messages, receipts, typing, unread counts. Each message is told once, whichever way
//! it comes: by push, as the answer to a post, or out of the store.

use std::collections::{HashSet, VecDeque};

use serde::Deserialize;

use super::time;
use crate::model::{Event, Kind, Status, flag};
use crate::protocol::Cx;
use crate::protocol::wire::Text;

/// How many messages are remembered, so that none is told twice. The service itself keeps a tenth of it.
const REMEMBERED: usize = 8192;

/// Everything that an object of the service may hold; which it is shows in what it has.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow, rename = "type")]
    type_: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    from_user_id: Text<'a>,
    #[serde(borrow)]
    from_username: Text<'a>,
    #[serde(borrow)]
    content: Text<'a>,
    #[serde(borrow)]
    message_type: Text<'a>,
    #[serde(borrow)]
    to_username: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    #[serde(borrow)]
    message_id: Text<'a>,
    #[serde(borrow)]
    read_by: Text<'a>,
    #[serde(borrow)]
    username: Text<'a>,
    total_unread: i64,
}

/// Reads an object of the service; `None` where it is none.
#[inline(never)]
fn wire(data: &str) -> Option<Wire<'_>> {
    if data.trim_start().starts_with('{') { serde_json::from_str(data).ok() } else { None }
}

/// The id of an object of the service, and its moment where it has one.
pub(super) fn stamp(data: &str) -> (String, Option<i64>) {
    wire(data).map_or_else(Default::default, |wire| (wire.id.as_str().to_owned(), time::parse(wire.timestamp.as_str())))
}

/// Which way something came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By push: what came before it has been heard.
    Pushed,
    /// By push, brought back by the service itself.
    Recovered,
    /// As the answer to what this client said.
    Answer,
    /// Out of the store.
    Store,
}

/// What has been told so far.
#[derive(Debug, Default)]
pub(super) struct Chat {
    /// Who this client is, where the service says so.
    pub(super) me: String,
    known: HashSet<String>,
    order: VecDeque<String>,
    /// The youngest message up to which everything was heard: its moment and its id.
    pub(super) last: Option<(i64, String)>,
    /// How many messages were told.
    pub(super) told: u64,
    pub(super) unread: Option<i64>,
}

impl Chat {
    /// Whether a message was told already.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    /// Notes that the message was told; `false` where it had been before.
    fn first_time(&mut self, id: &str) -> bool {
        if id.is_empty() {
            return true;
        }
        if !self.known.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// Whether this is the youngest message up to which everything was heard.
    pub(super) fn is_last(&self, id: &str) -> bool {
        self.last.as_ref().is_some_and(|(_, last)| last == id)
    }

    /// Everything up to this message was heard.
    pub(super) fn stands_at(&mut self, micros: i64, id: &str) {
        if self.last.as_ref().is_none_or(|(last, _)| *last <= micros) {
            self.last = Some((micros, id.to_owned()));
        }
    }

    /// Tells one object of the service. `json` is the whole of what came, `data` the part of it that is the object.
    pub(super) fn tell(&mut self, data: &str, json: &str, way: Way, cx: &mut Cx<'_>) {
        let Some(wire) = wire(data) else {
            return fault(data, json, "it is not an object of this service", cx);
        };
        let flags = if matches!(way, Way::Recovered | Way::Store) { flag::SNAPSHOT } else { 0 };
        let base = Event { json, body: data, flags, ..Event::new(Kind::Service) };
        match wire.type_.as_str() {
            "" | "message" => self.message(&wire, &base, way, cx),
            "read_receipt" => cx.emit(&Event {
                kind: Kind::Receipt,
                type_: "read_receipt",
                id: wire.message_id.as_str(),
                sender: wire.read_by.as_str(),
                name: "read",
                ..base
            }),
            "typing" => cx.emit(&Event {
                kind: Kind::Typing,
                type_: "typing",
                value: 1,
                sender: wire.username.as_str(),
                name: wire.username.as_str(),
                role: if wire.to_username.as_str().is_empty() { "room" } else { "direct" },
                ..base
            }),
            "unread_count" => {
                self.unread = Some(wire.total_unread);
                cx.mirror_changed();
                cx.emit(&Event { kind: Kind::Unread, type_: "unread_count", value: wire.total_unread, ..base });
            }
            other => cx.emit(&Event { type_: other, ..base }),
        }
    }

    fn message(&mut self, wire: &Wire<'_>, base: &Event<'_>, way: Way, cx: &mut Cx<'_>) {
        let (Some(content), Some(author)) = (wire.content.get(), wire.from_username.get()) else {
            return fault(base.body, base.json, "a message without content or sender", cx);
        };
        let id = wire.id.as_str();
        let micros = time::parse(wire.timestamp.as_str());
        if way != Way::Answer
            && let Some(micros) = micros
        {
            self.stands_at(micros, id);
        }
        if !self.first_time(id) {
            return;
        }
        if way == Way::Answer && self.me != author {
            // Generation A says nowhere else who this user is.
            author.clone_into(&mut self.me);
            cx.mirror_changed();
        }
        self.told += 1;
        cx.emit(&Event {
            kind: Kind::Message,
            type_: "message",
            text: content,
            id,
            // A message of this client's own user.
            value: i64::from(!self.me.is_empty() && author == self.me),
            name: author,
            sender: wire.from_user_id.as_str(),
            role: wire.message_type.get().unwrap_or(if wire.to_username.get().is_some() { "direct" } else { "room" }),
            time: micros.map_or(0.0, |micros| micros as f64 / 1e6),
            ..*base
        });
    }
}

/// What can not be read is told as it is, with what is wrong with it.
pub(super) fn fault(data: &str, json: &str, what: &str, cx: &mut Cx<'_>) {
    let text = format!("what came can not be understood: {what}");
    cx.emit(&Event { status: Status::Protocol, text: &text, json, body: data, ..Event::new(Kind::Service) });
}
