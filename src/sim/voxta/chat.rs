//! The one chat: it starts, hears, answers in chunks, and ends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::codec::message;
use super::hub::Hub;
use super::{Config, Reply};

/// The user of the simulated server.
const USER: &str = "5eed0000-0000-4000-8000-000000000000";

/// What the AI is asked to do, one after the other.
pub(super) enum Turn {
    /// Answer what was said.
    Answer(String),
    /// Say exactly this.
    Say(String),
    /// Answered when everything before it is done.
    Done(std::sync::mpsc::Sender<()>),
}

/// The state of the chat.
pub(super) struct Chat {
    pub(super) open: bool,
    pub(super) session: String,
    pub(super) id: String,
    pub(super) characters: Vec<Value>,
    /// The message that is being said or was said last.
    pub(super) message: Option<String>,
    /// Rises with every interruption.
    pub(super) cut: u64,
    /// Audio that waits to be fetched.
    pub(super) voices: BTreeMap<String, usize>,
    spoken: usize,
    /// Lines of the microphone that were understood.
    pub(super) lines: usize,
    /// Pictures that were asked for and have not come.
    pub(super) pictures: BTreeSet<String>,
    started: u64,
    pub(super) messages: u64,
    turns: usize,
}

fn guid(group: u32, number: u64) -> String {
    format!("{group:08x}-0000-4000-8000-{number:012}")
}

fn timestamp() -> Value {
    json!(SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_millis() as u64).unwrap_or_default())
}

impl Chat {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            open: config.chat,
            session: guid(0x5e55, 1),
            id: guid(0xc4a7, 1),
            characters: config.characters.clone(),
            message: None,
            cut: 0,
            voices: BTreeMap::new(),
            spoken: 0,
            lines: 0,
            pictures: BTreeSet::new(),
            started: 1,
            messages: 0,
            turns: 0,
        }
    }

    pub(super) fn next_message(&mut self) -> String {
        self.messages += 1;
        guid(0x3e55, self.messages)
    }

    fn first_character(&self) -> Value {
        self.characters.first().and_then(|character| character.get("id")).cloned().unwrap_or(Value::Null)
    }

    pub(super) fn sessions(&self) -> String {
        let session = json!({"sessionId": self.session, "chatId": self.id, "user": {"id": USER, "name": "You"},
                             "characters": self.characters});
        let sessions = if self.open { vec![session] } else { Vec::new() };
        message("chatsSessionsUpdated", &[("sessions", json!(sessions))])
    }

    pub(super) fn started_message(&self) -> String {
        message(
            "chatStarted",
            &[
                ("sessionId", json!(self.session)),
                ("chatId", json!(self.id)),
                ("user", json!({"id": USER, "name": "You"})),
                ("characters", json!(self.characters)),
                ("services", json!({})),
                ("augmentations", json!([])),
                ("messages", json!([])),
                ("context", json!({"flags": [], "characters": self.characters, "roles": {}})),
            ],
        )
    }
}

impl Hub {
    /// Opens a chat; `id` resumes one.
    pub(super) fn open_chat(&self, characters: Option<Vec<Value>>, id: Option<String>) {
        let mut chat = self.chat.lock();
        chat.started += 1;
        chat.open = true;
        chat.session = guid(0x5e55, chat.started);
        chat.id = id.unwrap_or_else(|| guid(0xc4a7, chat.started));
        chat.characters = characters.unwrap_or_else(|| self.config.characters.clone());
        chat.message = None;
        for member in self.members.lock().values_mut() {
            member.subscribed = false;
        }
    }

    /// Ends the chat, and says so to those who took part and to everybody.
    pub(super) fn end_chat(&self) {
        let (closed, sessions) = {
            let mut chat = self.chat.lock();
            if !chat.open {
                return;
            }
            chat.open = false;
            chat.cut += 1;
            let closed = message("chatClosed", &[("sessionId", json!(chat.session)), ("chatId", json!(chat.id))]);
            (closed, chat.sessions())
        };
        self.tell_chat(&closed);
        self.tell_all(&sessions);
        for member in self.members.lock().values_mut() {
            member.subscribed = false;
        }
    }

    pub(super) fn session(&self) -> Value {
        json!(self.chat.lock().session)
    }

    pub(super) fn flow(&self, state: &str) {
        self.tell_chat(&message("chatFlow", &[("sessionId", self.session()), ("state", json!(state))]));
    }

    /// The committed record of a message.
    pub(super) fn commit(&self, id: &str, sender: &Value, role: &str, text: Option<&str>) {
        let (session, index) = {
            let chat = self.chat.lock();
            (chat.session.clone(), chat.messages)
        };
        // A deleted message has a null text, which is the one null that is sent.
        let record = message(
            "update",
            &[
                ("sessionId", json!(session)),
                ("messageId", json!(id)),
                ("senderId", sender.clone()),
                ("role", json!(role)),
                ("timestamp", timestamp()),
                ("index", json!(index)),
                ("conversationIndex", json!(index)),
                ("chatTime", json!(0)),
            ],
        );
        let text = text.map_or(Value::Null, |text| json!(text));
        self.tell_chat(&format!("{},\"text\":{text}}}", record.trim_end_matches('}')));
    }

    /// What a user said becomes part of the chat.
    pub(super) fn said(&self, text: &str) {
        let id = self.chat.lock().next_message();
        self.commit(&id, &json!(USER), "User", Some(text));
    }

    /// Whoever speaks falls silent.
    pub(super) fn interrupt(&self) {
        let (session, message_id) = {
            let mut chat = self.chat.lock();
            chat.cut += 1;
            (json!(chat.session), json!(chat.message))
        };
        self.tell_chat(&message("interruptSpeech", &[("sessionId", session), ("messageId", message_id)]));
    }

    /// An app trigger, and the action that comes with it: the gateway forwards only the action.
    pub(super) fn act(&self, name: &str, arguments: &Value) {
        let (session, character, number) = {
            let chat = self.chat.lock();
            (json!(chat.session), chat.first_character(), chat.messages)
        };
        let list: Vec<Value> = match arguments {
            Value::Object(members) => {
                members.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
            }
            Value::Array(items) => items.clone(),
            _ => Vec::new(),
        };
        let values: Vec<Value> = list.iter().map(|item| item.get("value").unwrap_or(item).clone()).collect();
        self.tell_chat(&message(
            "action",
            &[
                ("sessionId", session.clone()),
                ("contextKey", json!("Main")),
                ("layer", json!("default")),
                ("value", json!(name)),
                ("role", json!("Assistant")),
                ("senderId", character.clone()),
                ("arguments", json!(list)),
            ],
        ));
        self.tell_chat(&message(
            "appTrigger",
            &[
                ("sessionId", session),
                ("triggerId", json!(guid(0x7419, number))),
                ("name", json!(name)),
                ("arguments", json!(values)),
                ("senderId", character),
            ],
        ));
    }

    /// The AI: one turn after the other.
    pub(super) async fn take_turns(&self, mut queue: mpsc::UnboundedReceiver<Turn>) {
        while let Some(turn) = queue.recv().await {
            let reply = match turn {
                Turn::Done(done) => {
                    // Whoever asked may have stopped waiting.
                    let _ = done.send(());
                    continue;
                }
                Turn::Say(text) => Reply::say(&[&text]),
                Turn::Answer(text) => {
                    let turn = {
                        let mut chat = self.chat.lock();
                        chat.turns += 1;
                        chat.turns - 1
                    };
                    let replies = self.replies.lock();
                    match replies.len() {
                        0 if text.is_empty() => Reply::say(&["Yes?"]),
                        0 => Reply::say(&[&format!("You said: {text}"), "Tell me more."]),
                        count => replies[turn % count].clone(),
                    }
                }
            };
            if self.chat.lock().open {
                self.reply(&reply).await;
            }
        }
    }

    async fn reply(&self, reply: &Reply) {
        let (cut, id, session, character) = {
            let mut chat = self.chat.lock();
            let id = chat.next_message();
            chat.message = Some(id.clone());
            (chat.cut, id, json!(chat.session), chat.first_character())
        };
        let silenced = || self.chat.lock().cut != cut;
        let about = [("sessionId", session), ("messageId", json!(id)), ("senderId", character.clone())];
        let cancel = || self.tell_chat(&message("replyCancelled", &about[..2]));
        self.flow("ProcessingAssistantReply");
        let role = [("role", json!("Assistant")), ("isNarration", json!(false))];
        self.tell_chat(&message("replyGenerating", &[&about[..], &role[..]].concat()));
        tokio::time::sleep(self.config.pace).await;
        if silenced() {
            return cancel();
        }
        self.tell_chat(&message("replyStart", &about));
        let (mut whole, mut start) = (String::new(), 0);
        for (index, sentence) in reply.sentences.iter().enumerate() {
            tokio::time::sleep(self.config.pace).await;
            if reply.interruption.as_ref().is_some_and(|(after, _)| *after == index) {
                self.interrupt();
            }
            if silenced() {
                cancel();
                break;
            }
            let last = index + 1 == reply.sentences.len();
            let text = if last { sentence.clone() } else { format!("{sentence} ") };
            let end = start + text.chars().count();
            self.tell_chat(&message("replyChunk", &[&about[..], &self.chunk(&id, start, end, &text)].concat()));
            whole.push_str(&text);
            start = end;
        }
        if !silenced() {
            self.tell_chat(&message("replyEnd", &[&about[..], &[("tokens", json!(start / 4))]].concat()));
            if let Some((name, arguments)) = &reply.trigger {
                self.act(name, arguments);
            }
        }
        self.commit(&id, &character, "Assistant", Some(&whole));
        self.flow("WaitingForUserInput");
        if let Some(down) = reply.restart {
            tokio::time::sleep(self.config.pace * 4).await;
            self.restart(down);
        }
    }

    fn chunk(&self, id: &str, start: usize, end: usize, text: &str) -> [(&'static str, Value); 5] {
        let audio = match self.config.speech {
            true => {
                let path = format!("/api/tts/gens/{id}-{start}");
                let mut chat = self.chat.lock();
                let clip = chat.spoken;
                chat.spoken += 1;
                chat.voices.insert(path.clone(), clip);
                path
            }
            false => String::new(),
        };
        [
            ("startIndex", json!(start)),
            ("endIndex", json!(end)),
            ("text", json!(text)),
            ("audioUrl", json!(audio)),
            ("isNarration", json!(false)),
        ]
    }
}
