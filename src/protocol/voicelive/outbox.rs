//! From a plan to messages.

use serde_json::{Map, Value};

use super::catalog::{Answer, Operation};
use super::desk::{Await, Pending};
use super::history::message;
use super::link::Link;
use super::plan::Plan;
use super::replies::Wanted;
use super::{SOCKET, VoiceLive};
use crate::model::{Error, RequestId, Status};
use crate::protocol::wire::push_json_str;
use crate::protocol::{Cx, Outcome};

impl VoiceLive {
    /// Does what a request asks for.
    ///
    /// # Errors
    /// It can not be done now.
    pub(super) fn carry_out(&mut self, request: RequestId, plan: Plan, cx: &mut Cx<'_>) -> Result<(), Error> {
        match plan {
            Plan::Credential(value) => {
                self.credential = value;
                self.credential_fresh = true;
                cx.finish(request, Outcome::ok());
            }
            Plan::ToolResult { id, result, failed } => return self.tool_result(request, &id, &result, failed, cx),
            Plan::Session(session) => {
                let session = self.endpoint.dialect.session(session)?;
                self.change_session(request, session, cx);
            }
            _ if self.link != Link::Ready => return Err(Self::not_ready()),
            Plan::Say { text, role, item, after, respond, response } => {
                let response = match response {
                    Some(Value::Object(response)) => Some(Value::Object(self.endpoint.dialect.response(response)?)),
                    other => other,
                };
                let item = item.unwrap_or_else(|| self.item_id());
                let body = message(self.endpoint.dialect, &item, &role, &text);
                self.create_item(&body, after.as_ref(), request, respond, cx);
                if respond {
                    let rest = response.map_or(String::new(), |response| format!(",\"response\":{response}"));
                    self.want_reply(Wanted { request, rest }, cx);
                }
            }
            Plan::Interrupt => self.interrupt(request, cx),
            Plan::Context { key, text } => self.context(request, &key, &text, cx),
            Plan::Playback { started, id, played_ms } => {
                if started {
                    self.playback.started(&id, cx.now);
                } else {
                    for cut in self.playback.completed(&id, played_ms) {
                        self.truncate(&cut, cx);
                    }
                }
                cx.finish(request, Outcome::ok());
            }
            Plan::Message { operation, members } => self.send_message(request, operation, members, cx)?,
            Plan::Raw(members) => {
                let text = Value::Object(members).to_string();
                fits(&text)?;
                cx.send_text(SOCKET, text);
                cx.finish(request, Outcome::ok());
            }
        }
        Ok(())
    }

    /// A message of the catalog, with its type first and an id by which an error can name it.
    fn send_message(
        &mut self,
        request: RequestId,
        operation: &'static Operation,
        mut members: Map<String, Value>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Error> {
        if operation.answer == Answer::Updated
            && let Some(Value::Object(session)) = members.remove("session")
        {
            members.insert("session".to_owned(), Value::Object(self.endpoint.dialect.session(session)?));
        }
        if operation.answer == Answer::ResponseCreated
            && let Some(Value::Object(response)) = members.remove("response")
        {
            members.insert("response".to_owned(), Value::Object(self.endpoint.dialect.response(response)?));
        }
        let mut item = String::new();
        if let Some(Value::Object(given)) = members.get_mut("item") {
            // With an id of its own the answer can be told from others.
            let id = given.entry("id").or_insert_with(|| Value::from(self.item_id()));
            id.as_str().unwrap_or_default().clone_into(&mut item);
        } else if let Some(id) = members.get("item_id").and_then(Value::as_str) {
            id.clone_into(&mut item);
        }
        let event_id = match members.remove("event_id") {
            Some(Value::String(given)) => given,
            _ => self.desk.event_id(),
        };
        members.remove("type");
        let patch = members.get("session").and_then(Value::as_object).cloned();
        let mut text = head(operation.name, &event_id);
        for (name, value) in &members {
            push_member(&mut text, name, value);
        }
        text.push('}');
        fits(&text)?;
        cx.send_text(SOCKET, text);
        match operation.answer {
            Answer::Nothing => cx.finish(request, Outcome::ok()),
            Answer::ResponseCreated => {
                let mut rest = String::new();
                members.iter().for_each(|(name, value)| push_member(&mut rest, name, value));
                self.replies.asked.push_back((event_id, Wanted { request, rest }));
            }
            answer => {
                self.desk.wait(Pending { request, event_id, awaits: Await { answer, item }, quiet: false });
                self.updates.extend(patch.filter(|_| answer == Answer::Updated));
            }
        }
        Ok(())
    }

    /// A session that does not exist yet begins with what is wanted of it.
    fn change_session(&mut self, request: RequestId, session: Map<String, Value>, cx: &mut Cx<'_>) {
        if matches!(self.link, Link::Restoring | Link::Ready) {
            return self.update_session(request, session, cx);
        }
        self.settings.confirmed(&session);
        cx.finish(request, Outcome::ok());
    }

    fn update_session(&mut self, request: RequestId, session: Map<String, Value>, cx: &mut Cx<'_>) {
        let event_id = self.desk.event_id();
        let mut text = head("session.update", &event_id);
        self.updates.push_back(session.clone());
        push_member(&mut text, "session", &Value::Object(session));
        text.push('}');
        cx.send_text(SOCKET, text);
        let awaits = Await { answer: Answer::Updated, item: String::new() };
        self.desk.wait(Pending { request, event_id, awaits, quiet: false });
    }

    /// Puts an item into the conversation. `quiet`: its request waits for something else too.
    pub(super) fn create_item(
        &mut self,
        item: &Value,
        after: Option<&Value>,
        request: RequestId,
        quiet: bool,
        cx: &mut Cx<'_>,
    ) {
        let event_id = self.desk.event_id();
        let mut text = head("conversation.item.create", &event_id);
        if let Some(after) = after {
            push_member(&mut text, "previous_item_id", after);
        }
        push_member(&mut text, "item", item);
        text.push('}');
        cx.send_text(SOCKET, text);
        let id = item["id"].as_str().unwrap_or_default().to_owned();
        let awaits = Await { answer: Answer::ItemCreated, item: id };
        self.desk.wait(Pending { request, event_id, awaits, quiet });
    }

    /// Asks for a reply, now or when the one under way is done.
    pub(super) fn want_reply(&mut self, wanted: Wanted, cx: &mut Cx<'_>) {
        self.replies.waiting.push_back(wanted);
        self.pump(cx);
    }

    /// Asks for the next reply that is wanted, if none is under way.
    pub(super) fn pump(&mut self, cx: &mut Cx<'_>) {
        if self.link != Link::Ready || !self.replies.free() {
            return;
        }
        let next = self.replies.waiting.pop_front();
        let next = next.or_else(|| {
            let owed = self.tool_response && self.tools.owed();
            owed.then(|| Wanted { request: 0, rest: String::new() })
        });
        let Some(wanted) = next else { return };
        let event_id = self.desk.event_id();
        let mut text = head("response.create", &event_id);
        text.push_str(&wanted.rest);
        text.push('}');
        cx.send_text(SOCKET, text);
        self.replies.asked.push_back((event_id, wanted));
    }

    fn interrupt(&mut self, request: RequestId, cx: &mut Cx<'_>) {
        let busy = self.replies.busy() || !self.replies.asked.is_empty();
        self.barge_in(cx);
        if !busy {
            return cx.finish(request, Outcome::ok());
        }
        let event_id = self.desk.event_id();
        cx.send_text(SOCKET, head("response.cancel", &event_id) + "}");
        let awaits = Await { answer: Answer::ResponseDone, item: String::new() };
        self.desk.wait(Pending { request, event_id, awaits, quiet: false });
    }

    /// A context is a system message that is replaced by its key.
    fn context(&mut self, request: RequestId, key: &str, text: &str, cx: &mut Cx<'_>) {
        let item = self.item_id();
        let before = self.history.context(key, text, &item);
        if let Some(before) = &before {
            let event_id = self.desk.event_id();
            let mut message = head("conversation.item.delete", &event_id);
            push_member(&mut message, "item_id", &Value::from(before.as_str()));
            message.push('}');
            cx.send_text(SOCKET, message);
            let awaits = Await { answer: Answer::ItemDeleted, item: before.clone() };
            let request = if text.is_empty() { request } else { 0 };
            self.desk.wait(Pending { request, event_id, awaits, quiet: false });
        }
        match (text, before) {
            ("", None) => cx.finish(request, Outcome::ok()),
            ("", Some(_)) => {}
            (text, _) => {
                self.create_item(&message(self.endpoint.dialect, &item, "system", text), None, request, false, cx);
            }
        }
    }

    fn tool_result(
        &mut self,
        request: RequestId,
        id: &str,
        result: &str,
        failed: bool,
        cx: &mut Cx<'_>,
    ) -> Result<(), Error> {
        if !self.tools.given(id, result, failed, request) {
            let text = format!("tool_result: no call \"{id}\" waits for a result; it is answered already, or too old");
            return Err(Error::new(Status::NotFound, text));
        }
        cx.mirror_changed();
        self.send_results(cx);
        Ok(())
    }

    /// Sends every result that waits, if there is a session for it.
    pub(super) fn send_results(&mut self, cx: &mut Cx<'_>) {
        if self.link != Link::Ready {
            return;
        }
        let (items, run) = (&mut self.items, self.run);
        let results = self.tools.due(|| {
            *items += 1;
            format!("parlor_{run:08x}_{items}")
        });
        for (item, request) in results {
            self.create_item(&item, None, request, false, cx);
        }
        self.pump(cx);
    }

    /// Tells a new session what it should know of the old one.
    pub(super) fn tell_history(&mut self, cx: &mut Cx<'_>) {
        let (items, run) = (&mut self.items, self.run);
        let told = self.history.items(self.endpoint.dialect, || {
            *items += 1;
            format!("parlor_{run:08x}_{items}")
        });
        for item in told {
            self.create_item(&item, None, 0, false, cx);
        }
    }
}

/// The longest message that is sent: 15 MiB of audio in base64, and some more.
const MESSAGE_MAX: usize = 21 * 1024 * 1024;

fn fits(text: &str) -> Result<(), Error> {
    if text.len() <= MESSAGE_MAX {
        return Ok(());
    }
    let text = format!("a message of {} bytes is longer than the {MESSAGE_MAX} that are sent; divide it", text.len());
    Err(Error::new(Status::TooBig, text))
}

/// The begin of a message. The type stands first, where services look for it.
fn head(type_: &str, event_id: &str) -> String {
    let mut text = String::from("{\"type\":");
    push_json_str(&mut text, type_);
    text.push_str(",\"event_id\":");
    push_json_str(&mut text, event_id);
    text
}

fn push_member(text: &mut String, name: &str, value: &Value) {
    text.push(',');
    push_json_str(text, name);
    text.push(':');
    text.push_str(&value.to_string());
}
