//! Which chat this client takes part in: by the policy of the options, and never away from one that lives unless the host
//! asks for it.

use super::frame::{Character, Running};
use super::link::Link;
use super::plan::payload;
use super::settings::Policy;
use super::{HUB, RESUME, Voxta};
use crate::model::{Event, Kind, flag};
use crate::protocol::Cx;
use crate::protocol::signalr::invocation;
use crate::protocol::wire::push_json_str;

/// How the server was found to run a chat.
pub(super) struct Found<'a> {
    pub(super) session: &'a str,
    pub(super) chat: &'a str,
    pub(super) characters: Vec<Character>,
    /// The server has told this client of its beginning, so that it takes part already.
    pub(super) begun: bool,
    pub(super) type_: &'a str,
    pub(super) json: &'a str,
    pub(super) name: &'a str,
}

impl Voxta {
    pub(super) fn pinned(&self, session: &str) -> bool {
        self.mirror.session_id.as_deref() == Some(session)
    }

    /// The server says which chats run.
    pub(super) fn sessions(&mut self, running: &[Running], type_: &str, json: &str, cx: &mut Cx<'_>) {
        if let Some(pinned) = self.mirror.session_id.clone() {
            // A list that does not hold the pinned chat any more says that it is over.
            if !running.iter().any(|one| one.session_id == pinned) {
                self.unpin(Some((type_, json)), cx);
            }
            return;
        }
        let again = running.iter().find(|one| !self.last_chat.is_empty() && one.chat_id == self.last_chat);
        let found = again.or_else(|| match &self.settings.policy {
            Policy::First => running.iter().find(|one| !one.session_id.is_empty()),
            Policy::Own => None,
            Policy::Chat(chat) => running.iter().find(|one| one.chat_id == *chat),
        });
        if let Some(one) = found {
            let found = Found {
                session: &one.session_id,
                chat: &one.chat_id,
                characters: one.characters.clone(),
                begun: false,
                type_,
                json,
                name: "",
            };
            self.pin(&found, cx);
        }
    }

    /// A chat has begun, and the server tells this client.
    pub(super) fn begun(&mut self, found: &Found<'_>, cx: &mut Cx<'_>) {
        let wanted = self.own_start
            || self.pinned(found.session)
            || (!found.chat.is_empty() && found.chat == self.last_chat)
            || match &self.settings.policy {
                Policy::First => self.mirror.session_id.is_none(),
                Policy::Own => false,
                Policy::Chat(chat) => chat == found.chat,
            };
        if !wanted {
            return cx.emit(&Event {
                type_: found.type_,
                json: found.json,
                id: found.session,
                ..Event::new(Kind::Service)
            });
        }
        if !self.pinned(found.session) {
            self.unpin(None, cx);
        }
        self.own_start = false;
        self.pin(found, cx);
    }

    fn pin(&mut self, found: &Found<'_>, cx: &mut Cx<'_>) {
        let news = !self.pinned(found.session);
        cx.cancel_timer(RESUME);
        found.chat.clone_into(&mut self.last_chat);
        self.mirror.chat_active = true;
        self.mirror.session_id = Some(found.session.to_owned());
        self.mirror.chat_id = Some(found.chat.to_owned());
        self.mirror.characters.clone_from(&found.characters);
        let first = found.characters.first();
        let count = found.characters.len() as i64;
        let origin = Event { type_: found.type_, json: found.json, ..Event::new(Kind::ChatStarted) };
        cx.emit(&Event {
            id: found.chat,
            name: match (found.name, first) {
                ("", Some(first)) => &first.name,
                (name, _) => name,
            },
            sender: first.map_or("", |first| first.id.as_str()),
            value: count,
            flags: if found.begun { 0 } else { flag::SNAPSHOT },
            ..origin
        });
        if news {
            cx.emit(&Event {
                kind: Kind::Characters,
                value: count,
                sender: first.map_or("", |first| first.id.as_str()),
                name: first.map_or("", |first| first.name.as_str()),
                flags: flag::SYNTHETIC,
                ..origin
            });
            if !found.begun {
                let payload = payload("subscribeToChat", Some(found.session), "");
                let id = self.desk.send(0, None);
                cx.send_text(HUB, invocation(Some(id), "SendMessage", &payload));
            }
            self.restore(found.session, cx);
        }
        self.settle(cx);
    }

    /// What was set before is set again, and what waited for a chat is sent.
    fn restore(&mut self, session: &str, cx: &mut Cx<'_>) {
        let text = |map: &serde_json::Map<String, serde_json::Value>| {
            let members: Vec<String> = map.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            members.join(",")
        };
        let contexts: Vec<String> =
            self.contexts.iter().map(|(key, fields)| context(session, key, &text(fields))).collect();
        for payload in contexts {
            let id = self.desk.send(0, None);
            cx.send_text(HUB, invocation(Some(id), "SendMessage", &payload));
        }
        for waiting in self.desk.take_waiting() {
            if let Some(timeout) = self.settings.request_timeout {
                cx.deadline(waiting.request, Some(cx.now.saturating_add(timeout)));
            }
            let payload = payload(waiting.name, Some(session), &waiting.fields);
            let id = self.desk.send(waiting.request, None);
            cx.send_text(HUB, invocation(Some(id), "SendMessage", &payload));
        }
        self.arm(cx);
    }

    /// The pinned chat is over. Without a message of the server the library concludes it.
    pub(super) fn unpin(&mut self, origin: Option<(&str, &str)>, cx: &mut Cx<'_>) {
        if self.mirror.session_id.is_none() {
            return;
        }
        self.reply_over(cx);
        let chat = self.mirror.chat_id.take().unwrap_or_default();
        let (type_, json) = origin.unwrap_or_default();
        let flags = if origin.is_some_and(|(type_, _)| type_ == "chatClosed") { 0 } else { flag::SYNTHETIC };
        cx.emit(&Event { id: &chat, type_, json, flags, ..Event::new(Kind::ChatClosed) });
        self.set_ai(super::mirror::Ai::Idle, type_, json, cx);
        self.mirror.chat_over();
        self.speaker.cut(None);
        self.acks = super::acks::Acks::default();
        self.triggers.clear();
        self.microphone_wanted(false, cx);
        if origin.is_some() {
            // It is over and not only lost, so that it is not looked for again.
            self.last_chat.clear();
        }
        self.settle(cx);
    }

    /// Whether a conversation can be held has changed, or has not.
    pub(super) fn settle(&mut self, cx: &mut Cx<'_>) {
        cx.mirror_changed();
        let ready = self.mirror.session_id.is_some() && self.link == Link::Up;
        if ready != self.ready {
            self.ready = ready;
            cx.ready(ready);
        }
    }

    /// The server has not shown the chat of before, so it is asked to go on with it.
    pub(super) fn resume(&mut self, cx: &mut Cx<'_>) {
        if self.link != Link::Up || self.mirror.session_id.is_some() || self.last_chat.is_empty() {
            return;
        }
        self.own_start = true;
        let mut fields = String::from("\"chatId\":");
        push_json_str(&mut fields, &self.last_chat);
        let id = self.desk.send(0, None);
        cx.send_text(HUB, invocation(Some(id), "SendMessage", &payload("resumeChat", None, &fields)));
    }
}

/// The message that sets something under a key.
pub(super) fn context(session: &str, key: &str, fields: &str) -> String {
    let mut all = String::from("\"contextKey\":");
    push_json_str(&mut all, key);
    if !fields.is_empty() {
        all.push(',');
        all.push_str(fields);
    }
    payload("updateContext", Some(session), &all)
}
