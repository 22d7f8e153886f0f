//! What clients say to the hub, message by message.

use std::sync::Arc;

use serde_json::{Value, json};

use super::chat::Turn;
use super::codec::{invocation, message};
use super::hub::Hub;
use crate::sim::peer::Peer;

/// Messages that are taken without an answer.
const SILENT: &[&str] = &[
    "registerApp",
    "typingStart",
    "typingEnd",
    "inspect",
    "inspectAudioInput",
    "appTriggerComplete",
    "speak",
    "revert",
    "deployResource",
    "updateDocument",
    "fulfillUserInteractionRequest",
    "runScript",
    "triggerScriptEvent",
    "deleteChat",
];

/// Takes `true`, `"true"` and `"True"`: some clients send booleans as text.
fn flag(body: &Value, name: &str, default: bool) -> bool {
    match body.get(name) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => default,
    }
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Hub {
    /// One message. `Err` is the text of a completion with an error.
    pub(super) fn hear(&self, peer: &Arc<Peer>, allowed: bool, body: &Value) -> Result<(), String> {
        let kind = text(body, "$type");
        if kind == "authenticate" {
            self.authenticate(peer, allowed);
            return Ok(());
        }
        let tell = |text: String| peer.send_text(&invocation(&text));
        if !self.members.lock().get(&peer.id()).is_some_and(|member| member.welcome) {
            tell(message("authenticationRequired", &[]));
            return Ok(());
        }
        let needs_chat = matches!(
            kind,
            "send"
                | "interrupt"
                | "characterSpeechRequest"
                | "speechPlaybackStart"
                | "speechPlaybackComplete"
                | "updateContext"
                | "triggerAction"
                | "retry"
                | "pauseChat"
                | "subscribeToChat"
                | "addChatParticipant"
                | "removeChatParticipant"
                | "update"
                | "deleteMessage"
        );
        let (open, session) = {
            let chat = self.chat.lock();
            (chat.open, chat.session.clone())
        };
        if needs_chat && !(open && text(body, "sessionId") == session) {
            let session = text(body, "sessionId");
            let words = format!("Chat session {session} was not found.");
            tell(message(
                "chatSessionError",
                &[("sessionId", json!(session)), ("message", json!(words)), ("retry", json!(false))],
            ));
            return Ok(());
        }
        match kind {
            "startChat" | "resumeChat" => self.start_for(peer, body),
            "stopChat" => self.end_chat(),
            "subscribeToChat" => self.subscribe(peer),
            "unsubscribeFromChat" => {
                if let Some(member) = self.members.lock().get_mut(&peer.id()) {
                    member.subscribed = false;
                }
            }
            "pauseChat" => self.tell_chat(&message(
                "chatPaused",
                &[("sessionId", json!(session)), ("paused", json!(flag(body, "pause", true)))],
            )),
            "send" => self.sent(body),
            "characterSpeechRequest" | "retry" => {
                let words = text(body, "text").to_owned();
                let turn = if words.is_empty() { Turn::Answer(words) } else { Turn::Say(words) };
                // The queue is read as long as the simulator runs.
                let _ = self.turns.send(turn);
            }
            "interrupt" => self.interrupt(),
            "speechPlaybackStart" | "speechPlaybackComplete" => self.echo(kind, body),
            "updateContext" => self.context(body),
            "triggerAction" => self.act(text(body, "value"), body.get("arguments").unwrap_or(&Value::Null)),
            "update" => self.commit(text(body, "messageId"), &Value::Null, "Assistant", Some(text(body, "text"))),
            "deleteMessage" => self.commit(text(body, "messageId"), &Value::Null, "Assistant", None),
            "addChatParticipant" | "removeChatParticipant" => self.participants(kind, text(body, "characterId")),
            "loadCharactersList" => {
                tell(message("charactersListLoaded", &[("characters", json!(self.config.characters))]));
            }
            "loadScenariosList" => tell(message("scenariosListLoaded", &[("scenarios", json!([]))])),
            "loadChatsList" => {
                let id = self.chat.lock().id.clone();
                let chats = json!([{"id": id, "created": "2026-01-01T00:00:00Z"}]);
                tell(message("chatsListLoaded", &[("chats", chats)]));
            }
            "listResources" => tell(message("listResourcesResult", &[("resources", json!([]))])),
            "requestSuggestions" => tell(message(
                "suggestions",
                &[("sessionId", json!(session)), ("suggestions", json!(["Go on.", "Why?"]))],
            )),
            "updateChat" => {
                let id = self.chat.lock().id.clone();
                tell(message(
                    "chatUpdated",
                    &[
                        ("sessionId", json!(session)),
                        ("chatId", json!(id)),
                        ("title", body.get("title").cloned().unwrap_or_default()),
                    ],
                ));
            }
            silent if SILENT.contains(&silent) => {}
            other => {
                let words = format!("The message type '{other}' is not known.");
                tell(message("error", &[("message", json!(words))]));
                return Err(words);
            }
        }
        Ok(())
    }

    fn authenticate(&self, peer: &Arc<Peer>, allowed: bool) {
        let tell = |text: String| peer.send_text(&invocation(&text));
        if !allowed {
            return tell(message("authenticationRequired", &[]));
        }
        if let Some(member) = self.members.lock().get_mut(&peer.id()) {
            member.welcome = true;
        }
        tell(message(
            "welcome",
            &[
                ("voxtaServerVersion", json!("1.0.0-sim")),
                ("apiVersion", json!(self.config.api_version)),
                ("user", json!({"id": "5eed0000-0000-4000-8000-000000000000", "name": "You"})),
                ("assistant", self.config.characters.first().cloned().unwrap_or_default()),
            ],
        ));
        tell(message("moduleRuntimeInstances", &[("instances", json!([]))]));
        let rest = [("configurations", json!([])), ("services", json!({})), ("featureFlags", json!([]))];
        tell(message("configuration", &rest));
        let chat = self.chat.lock();
        if chat.open {
            tell(chat.sessions());
        }
    }

    fn start_for(&self, peer: &Arc<Peer>, body: &Value) {
        let ids = match body.get("characterIds").and_then(Value::as_array) {
            Some(ids) => ids.clone(),
            None => body.get("characterId").cloned().into_iter().collect(),
        };
        let known = |id: &Value| self.config.characters.iter().find(|character| character.get("id") == Some(id));
        let characters: Vec<Value> =
            ids.iter().map(|id| known(id).cloned().unwrap_or_else(|| json!({"id": id, "name": "Nobody"}))).collect();
        let id = body.get("chatId").and_then(Value::as_str).map(str::to_owned);
        self.end_chat();
        self.open_chat((!characters.is_empty()).then_some(characters), id);
        let (session, id, sessions) = {
            let chat = self.chat.lock();
            (json!(chat.session), json!(chat.id), chat.sessions())
        };
        peer.send_text(&invocation(&message("chatStarting", &[("sessionId", session), ("chatId", id)])));
        self.subscribe(peer);
        self.tell_all(&sessions);
    }

    /// A client takes part from now on; once is enough.
    pub(super) fn subscribe(&self, peer: &Arc<Peer>) {
        match self.members.lock().get_mut(&peer.id()) {
            Some(member) if !member.subscribed => member.subscribed = true,
            _ => return,
        }
        let started = self.chat.lock().started_message();
        peer.send_text(&invocation(&started));
        let flow = [("sessionId", self.session()), ("state", json!("WaitingForUserInput"))];
        peer.send_text(&invocation(&message("chatFlow", &flow)));
    }

    fn sent(&self, body: &Value) {
        let words = text(body, "text");
        self.said(words);
        if flag(body, "doReply", true) {
            self.flow("ProcessingUserMessage");
            let _ = self.turns.send(Turn::Answer(words.to_owned()));
        }
    }

    /// Playback is told to everybody in the chat, the teller included.
    fn echo(&self, kind: &str, body: &Value) {
        let names = ["sessionId", "messageId", "startIndex", "endIndex", "duration", "isNarration"];
        let members: Vec<(&str, Value)> =
            names.iter().filter_map(|name| body.get(*name).map(|value| (*name, value.clone()))).collect();
        self.tell_chat(&message(kind, &members));
    }

    fn context(&self, body: &Value) {
        let characters = self.chat.lock().characters.clone();
        let list = |name: &str| body.get(name).cloned().unwrap_or_else(|| json!([]));
        let flags: Vec<Value> =
            list("setFlags").as_array().into_iter().flatten().map(|name| json!({"name": name})).collect();
        self.tell_chat(&message(
            "contextUpdated",
            &[
                ("sessionId", self.session()),
                ("flags", json!(flags)),
                ("contexts", list("contexts")),
                ("actions", list("actions")),
                ("characters", json!(characters)),
                ("roles", json!({})),
            ],
        ));
    }

    fn participants(&self, kind: &str, id: &str) {
        let list = {
            let mut chat = self.chat.lock();
            chat.characters.retain(|character| character.get("id").and_then(Value::as_str) != Some(id));
            if kind == "addChatParticipant" {
                chat.characters.push(json!({"id": id, "name": "Guest"}));
            }
            json!(chat.characters)
        };
        self.tell_chat(&message("chatParticipantsUpdated", &[("sessionId", self.session()), ("characters", list)]));
    }
}
