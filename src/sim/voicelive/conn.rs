//! One connection: its session, its conversation, and what each message of the client does.

use std::sync::Arc;

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::ear::{Ear, Noticed};
use super::session::Session;
use crate::sim::peer::Peer;

/// A reply under way.
pub(super) struct Active {
    pub(super) id: String,
    /// Why it is to stop, once it is.
    pub(super) cancelled: Option<&'static str>,
}

/// The state of one connection.
pub(super) struct Conn {
    pub(super) peer: Arc<Peer>,
    pub(super) session: Session,
    pub(super) items: Vec<Value>,
    pub(super) active: Option<Active>,
    number: u64,
    run: u32,
    pub(super) ear: Ear,
    /// The item of what is being said.
    speech: Option<String>,
    /// What was said last, in words.
    pub(super) understood: String,
    /// The MCP servers whose tools were listed.
    pub(super) listed: Vec<String>,
}

/// What a message of the client asks for beyond an answer at once.
#[derive(Debug, PartialEq)]
pub(super) enum Then {
    Nothing,
    /// Make a reply, as this object asks for it.
    Respond(Value),
    /// Call the tool that was approved; its request's item.
    Approved(Value),
}

impl Conn {
    pub(super) fn new(peer: Arc<Peer>, session: Session) -> Self {
        Self {
            peer,
            session,
            items: Vec::new(),
            active: None,
            number: 0,
            run: fastrand::u32(..),
            ear: Ear::default(),
            speech: None,
            understood: String::new(),
            listed: Vec::new(),
        }
    }

    pub(super) fn id(&mut self, what: &str) -> String {
        self.number += 1;
        format!("{what}_{:08x}{:06}", self.run, self.number)
    }

    /// Sends an event: its type first, then its id, as the services write it. OpenAI's spelling where it has one.
    pub(super) fn tell(&mut self, type_: &str, members: Value) {
        let type_ = if self.session.openai { openai(type_) } else { type_ };
        let mut text = format!("{{\"type\":\"{type_}\",\"event_id\":\"{}\"", self.id("event"));
        for (name, value) in members.as_object().into_iter().flatten() {
            text.push_str(&format!(",{}:{value}", Value::from(name.as_str())));
        }
        text.push('}');
        self.peer.send_text(&text);
    }

    pub(super) fn error(&mut self, message: &Map<String, Value>, code: &str, text: &str, param: &str) {
        let event_id = message.get("event_id").cloned().unwrap_or(Value::Null);
        let param = if param.is_empty() { Value::Null } else { Value::from(param) };
        self.tell(
            "error",
            json!({"error": {"type": "invalid_request_error", "code": code, "message": text, "param": param,
                "event_id": event_id}}),
        );
    }

    /// An item joins the conversation.
    pub(super) fn add(&mut self, item: Value, after: Option<&str>) {
        let last = self.items.last().map_or(Value::Null, |item| item["id"].clone());
        let previous = after.map_or(last, Value::from);
        self.items.push(item.clone());
        self.tell("conversation.item.created", json!({"previous_item_id": previous, "item": item}));
        if self.session.openai {
            self.tell("conversation.item.done", json!({"previous_item_id": previous, "item": item}));
        }
    }

    /// What one message of the client does.
    pub(super) fn hear(&mut self, message: &Map<String, Value>) -> Then {
        let text = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "session.update" => self.update(message),
            "input_audio_buffer.append" => return self.append(message),
            "input_audio_buffer.commit" => {
                if self.ear.buffered == 0 {
                    let text = "Error committing input audio buffer: buffer too small.";
                    self.error(message, "input_audio_buffer_commit_empty", text, "");
                } else {
                    let item = self.id("item");
                    let bytes = std::mem::take(&mut self.ear.buffered);
                    self.commit(&item, bytes);
                }
            }
            "input_audio_buffer.clear" => {
                self.ear.buffered = 0;
                self.tell("input_audio_buffer.cleared", json!({}));
            }
            "conversation.item.create" => return self.create(message),
            "conversation.item.retrieve" | "conversation.item.delete" | "conversation.item.truncate" => {
                self.item_operation(message);
            }
            "response.create" if self.active.is_some() => {
                let text = "Conversation already has an active response in progress.";
                self.error(message, "conversation_already_has_active_response", text, "");
            }
            "response.create" => {
                return Then::Respond(message.get("response").cloned().unwrap_or_else(|| json!({})));
            }
            "response.cancel" => match &mut self.active {
                Some(active) => active.cancelled = Some("client_cancelled"),
                None => {
                    let text = "Cancellation failed: no active response found.";
                    self.error(message, "response_cancel_not_active", text, "");
                }
            },
            "output_audio_buffer.clear" => {
                let text = "output_audio_buffer.clear is for sessions with an avatar.";
                self.error(message, "invalid_event", text, "output_audio_buffer.clear");
            }
            "session.avatar.connect" => {
                self.tell("session.avatar.connecting", json!({"server_sdp": "djE9MA=="}));
            }
            "input_audio.turn.start"
            | "input_audio.turn.append"
            | "input_audio.turn.end"
            | "input_audio.turn.cancel"
            | "input_audio.clear"
            | "input_text.delta"
            | "input_text.done"
            | "mcp_approval_response"
            | "transcription_session.update" => {}
            other => {
                let text = format!("Invalid value: '{other}'.");
                self.error(message, "invalid_value", &text, "type");
            }
        }
        Then::Nothing
    }

    fn update(&mut self, message: &Map<String, Value>) {
        let Some(change) = message.get("session").and_then(Value::as_object) else {
            return self.error(
                message,
                "missing_required_parameter",
                "Missing required parameter: 'session'.",
                "session",
            );
        };
        match self.session.update(change) {
            Ok(()) => {
                let session = Value::Object(self.session.value.clone());
                self.tell("session.updated", json!({"session": session}));
                super::mcp::list_tools(self, change);
            }
            Err((param, text)) => self.error(message, "invalid_value", &text, &param),
        }
    }

    fn create(&mut self, message: &Map<String, Value>) -> Then {
        let Some(Value::Object(given)) = message.get("item") else {
            self.error(message, "missing_required_parameter", "Missing required parameter: 'item'.", "item");
            return Then::Nothing;
        };
        let mut item = given.clone();
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let known = |type_: &str, name: &str, id: &str| {
            self.items.iter().find(|item| item["type"] == type_ && item[name] == id).cloned()
        };
        let mut then = Then::Nothing;
        match text("type").as_str() {
            "function_call_output" if known("function_call", "call_id", &text("call_id")).is_none() => {
                let text = format!("Tool call ID '{}' not found in conversation.", text("call_id"));
                self.error(message, "invalid_tool_call_id", &text, "item.call_id");
                return then;
            }
            "mcp_approval_response" => {
                let Some(asked) = known("mcp_approval_request", "id", &text("approval_request_id")) else {
                    let text = format!("Approval request '{}' not found.", text("approval_request_id"));
                    self.error(message, "invalid_value", &text, "item.approval_request_id");
                    return then;
                };
                if item.get("approve").is_some_and(|approve| approve == true) {
                    then = Then::Approved(asked);
                }
            }
            _ => {}
        }
        if !item.contains_key("id") {
            let id = self.id("item");
            item.insert("id".to_owned(), Value::from(id));
        }
        item.entry("object").or_insert_with(|| json!("realtime.item"));
        item.entry("status").or_insert_with(|| json!("completed"));
        let after = message.get("previous_item_id").and_then(Value::as_str).map(str::to_owned);
        self.add(Value::Object(item), after.as_deref());
        then
    }

    fn item_operation(&mut self, message: &Map<String, Value>) {
        let text = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = text("item_id").to_owned();
        let Some(at) = self.items.iter().position(|item| item["id"] == id.as_str()) else {
            let text = format!("Item with item_id '{id}' not found.");
            return self.error(message, "item_not_found", &text, "item_id");
        };
        match text("type") {
            "conversation.item.retrieve" => {
                let item = self.items[at].clone();
                self.tell("conversation.item.retrieved", json!({ "item": item }));
            }
            "conversation.item.delete" => {
                self.items.remove(at);
                self.tell("conversation.item.deleted", json!({ "item_id": id }));
            }
            _ => {
                let end = message.get("audio_end_ms").and_then(Value::as_i64).unwrap_or(0);
                let has = self.items[at]["audio_ms"].as_i64().unwrap_or(i64::MAX);
                if end > has {
                    let text = format!("Audio content of {has}ms is already shorter than {end}ms");
                    return self.error(message, "invalid_value", &text, "audio_end_ms");
                }
                let index = message.get("content_index").cloned().unwrap_or(json!(0));
                let members = json!({"item_id": id, "content_index": index, "audio_end_ms": end});
                self.tell("conversation.item.truncated", members);
            }
        }
    }

    /// Audio of the client: it is listened to, where the session wants that.
    fn append(&mut self, message: &Map<String, Value>) -> Then {
        let audio = message.get("audio").and_then(Value::as_str).unwrap_or_default();
        let Ok(pcm) = base64::engine::general_purpose::STANDARD.decode(audio) else {
            self.error(message, "invalid_value", "Invalid 'audio'. Expected base64-encoded audio bytes.", "audio");
            return Then::Nothing;
        };
        let per_ms = self.session.input_bytes_per_ms();
        let detection = self.session.turn_detection().clone();
        let mut then = Then::Nothing;
        for noticed in self.ear.listen(&pcm, &self.session.input_format(), per_ms, &detection) {
            match noticed {
                Noticed::Started { ms } => {
                    let item = self.id("item");
                    self.tell("input_audio_buffer.speech_started", json!({"audio_start_ms": ms, "item_id": item}));
                    self.speech = Some(item);
                    if detection["interrupt_response"] != false
                        && let Some(active) = &mut self.active
                    {
                        active.cancelled = Some("turn_detected");
                    }
                }
                Noticed::Stopped { ms, bytes } => {
                    let Some(item) = self.speech.take() else { continue };
                    self.tell("input_audio_buffer.speech_stopped", json!({"audio_end_ms": ms, "item_id": item}));
                    self.commit(&item, bytes);
                    if detection["create_response"] != false {
                        // Of several turns in one piece the last one is answered.
                        then = Then::Respond(json!({}));
                    }
                }
            }
        }
        then
    }

    /// Audio of so many bytes becomes an item.
    fn commit(&mut self, item: &str, bytes: usize) {
        let last = self.items.last().map_or(Value::Null, |item| item["id"].clone());
        self.tell("input_audio_buffer.committed", json!({"previous_item_id": last, "item_id": item}));
        let ms = bytes / self.session.input_bytes_per_ms();
        self.understood = self.ear.caption.take().unwrap_or_else(|| format!("{ms} milliseconds of speech."));
        let content = json!([{"type": "input_audio", "transcript": null}]);
        let user = json!({"id": item, "object": "realtime.item", "type": "message", "status": "completed",
            "role": "user", "content": content});
        self.add(user, None);
        if self.session.transcribes() {
            let said = self.understood.clone();
            let (head, tail) = said.split_at(said.find(' ').unwrap_or(0));
            for delta in [head, tail] {
                self.tell(
                    "conversation.item.input_audio_transcription.delta",
                    json!({"item_id": item, "content_index": 0, "delta": delta}),
                );
            }
            self.tell(
                "conversation.item.input_audio_transcription.completed",
                json!({"item_id": item, "content_index": 0, "transcript": said}),
            );
        }
    }

    /// What the last thing was that somebody said or a tool answered.
    pub(super) fn last_words(&self) -> String {
        for item in self.items.iter().rev() {
            if item["type"] == "function_call_output" || item["type"] == "mcp_call" {
                return format!("The tool says {}.", item["output"].as_str().unwrap_or_default());
            }
            if item["role"] == "user" {
                return match item["content"][0]["text"].as_str() {
                    Some(text) => format!("You said: {text}"),
                    None => "I have heard you.".to_owned(),
                };
            }
        }
        "Hello there.".to_owned()
    }
}

/// OpenAI's name of an event.
fn openai(type_: &str) -> &str {
    match type_ {
        "response.text.delta" => "response.output_text.delta",
        "response.text.done" => "response.output_text.done",
        "response.audio.delta" => "response.output_audio.delta",
        "response.audio.done" => "response.output_audio.done",
        "response.audio_transcript.delta" => "response.output_audio_transcript.delta",
        "response.audio_transcript.done" => "response.output_audio_transcript.done",
        "conversation.item.created" => "conversation.item.added",
        other => other,
    }
}
