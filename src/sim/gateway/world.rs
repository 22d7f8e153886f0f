//! The world in place of Voxta: a chat, an AI that answers in sentences, and a link that can be lost.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::registry::{SizeChanged, now};
use super::scene::Gateway;
use super::{Config, Playback, Reply};
use crate::sim::json::fields;

/// How many hub messages are kept for `/debug/voxta/history`.
const VOXTA_HISTORY: usize = 500;

/// The state that the snapshot shows, and a little more.
#[derive(Debug)]
pub(super) struct World {
    pub(super) voxta: bool,
    pub(super) chat: bool,
    /// Voxta has a chat, also while the link to it is lost.
    upstream: bool,
    pub(super) ai_state: &'static str,
    pub(super) speaker: Option<String>,
    /// The source of the external speaker that is active.
    pub(super) external: Option<String>,
    pub(super) characters: Vec<Value>,
    pub(super) last_message: Option<String>,
    /// Rises with every interruption: a reply of an older number falls silent.
    pub(super) cut: u64,
    messages: u64,
    replies: usize,
    log: VecDeque<String>,
}

/// What the hub side is asked to do, one after the other.
pub(super) enum Order {
    Emit(String, String),
    ChatStart(Option<Vec<Value>>),
    ChatClose,
    Voxta(bool),
    Ai(&'static str),
    Characters(Vec<Value>),
    Trigger(String, Value),
    /// Answered when everything before it is done.
    Done(std::sync::mpsc::Sender<()>),
}

impl World {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            voxta: config.voxta,
            chat: config.chat && config.voxta,
            upstream: config.chat,
            ai_state: "idle",
            speaker: None,
            external: None,
            characters: if config.chat && config.voxta { config.characters.clone() } else { Vec::new() },
            last_message: None,
            cut: 0,
            messages: 0,
            replies: 0,
            log: VecDeque::new(),
        }
    }

    /// The snapshot's `state`; `/state` leaves the current speaker out.
    pub(super) fn state(&self, with_speaker: bool) -> String {
        let mut parts = vec![
            ("connected", json!(self.voxta)),
            ("chat_active", json!(self.chat)),
            ("ai_state", json!(self.ai_state)),
        ];
        if with_speaker {
            parts.push(("current_speaker_id", json!(self.speaker)));
        }
        parts.push(("external_speaker_active", json!(self.external.is_some())));
        parts.push(("external_speaker_source", json!(self.external)));
        parts.push(("characters", json!(self.characters)));
        fields(&parts)
    }

    /// Without a chat the state starts anew; nobody is told that the AI is idle.
    fn forget_chat(&mut self) {
        self.chat = false;
        self.ai_state = "idle";
        self.speaker = None;
        self.characters.clear();
        self.cut += 1;
    }

    /// Notes a hub message for `/debug/voxta/history`.
    pub(super) fn note(&mut self, direction: &str, kind: &str, data: &Value) {
        if self.log.len() == VOXTA_HISTORY {
            self.log.pop_front();
        }
        self.log.push_back(fields(&[
            ("direction", json!(direction)),
            ("type", json!(kind)),
            ("data", data.clone()),
            ("timestamp", json!(now())),
        ]));
    }

    pub(super) fn history(&self) -> String {
        format!("[{}]", self.log.iter().cloned().collect::<Vec<_>>().join(","))
    }

    pub(super) fn first_character(&self) -> Option<String> {
        self.characters.first().and_then(|c| c.get("id")).and_then(Value::as_str).map(str::to_owned)
    }
}

impl Gateway {
    /// Sets the AI's state and tells everybody, if it is another one.
    pub(super) async fn set_ai(&self, state: &'static str) -> Result<(), SizeChanged> {
        let old = std::mem::replace(&mut self.world.lock().ai_state, state);
        if old == state {
            return Ok(());
        }
        let data = fields(&[("old_state", json!(old)), ("new_state", json!(state))]);
        self.registry.broadcast("ai_state_changed", &data).await
    }

    /// The hub side of the gateway: one order after the other, and the complaint while Voxta is away.
    pub(super) async fn hub(&self, mut orders: tokio::sync::mpsc::UnboundedReceiver<Order>) {
        loop {
            let order = match tokio::time::timeout(self.config.voxta_retry, orders.recv()).await {
                Ok(Some(order)) => order,
                Ok(None) => return,
                Err(_) => {
                    let away = !self.world.lock().voxta;
                    if away {
                        self.tell("voxta_disconnected", "{}").await;
                    }
                    continue;
                }
            };
            self.obey(order).await;
        }
    }

    /// A broadcast on the hub side: where the gateway would log an exception, nothing is left to do.
    async fn tell(&self, event: &str, data: &str) {
        let _ = self.registry.broadcast(event, data).await;
    }

    async fn obey(&self, order: Order) {
        match order {
            Order::Emit(event, data) => self.tell(&event, &data).await,
            Order::ChatStart(characters) => {
                self.open_chat(characters).await;
            }
            Order::ChatClose => {
                {
                    let mut world = self.world.lock();
                    world.upstream = false;
                    world.forget_chat();
                    world.note("IN", "chatClosed", &json!({}));
                }
                self.tell("chat_closed", "{}").await;
            }
            Order::Voxta(up) => {
                let chat = {
                    let mut world = self.world.lock();
                    world.voxta = up;
                    if !up {
                        world.forget_chat();
                    }
                    up && world.upstream
                };
                self.tell(if up { "voxta_connected" } else { "voxta_disconnected" }, "{}").await;
                if chat {
                    self.open_chat(None).await;
                }
            }
            Order::Ai(state) => drop(self.set_ai(state).await),
            Order::Characters(list) => {
                self.world.lock().characters.clone_from(&list);
                self.tell("characters_updated", &fields(&[("characters", json!(list))])).await;
            }
            Order::Trigger(name, arguments) => self.trigger(&name, &arguments).await,
            Order::Done(done) => drop(done.send(())),
        }
    }

    async fn open_chat(&self, characters: Option<Vec<Value>>) {
        let list = {
            let mut world = self.world.lock();
            (world.chat, world.upstream) = (true, true);
            world.characters = characters.unwrap_or_else(|| self.config.characters.clone());
            let list = world.characters.clone();
            world.note("IN", "chatStarted", &json!({"context": {"characters": list}}));
            list
        };
        let data = fields(&[("characters", json!(list))]);
        self.tell("chat_started", &data).await;
        self.tell("characters_updated", &data).await;
    }

    async fn trigger(&self, name: &str, arguments: &Value) {
        let character = {
            let mut world = self.world.lock();
            world.note("IN", "action", &json!({"value": name, "arguments": arguments}));
            world.first_character()
        };
        let data =
            fields(&[("name", json!(name)), ("arguments", arguments.clone()), ("character_id", json!(character))]);
        self.tell("app_trigger", &data).await;
    }

    /// The AI: answers one line after the other.
    pub(super) async fn answer(&self, mut heard: tokio::sync::mpsc::UnboundedReceiver<String>) {
        while let Some(text) = heard.recv().await {
            let reply = {
                let mut world = self.world.lock();
                if !(world.voxta && world.chat) {
                    continue;
                }
                let replies = self.replies.lock();
                world.replies += 1;
                match replies.len() {
                    0 if text.is_empty() => Reply::say(&["Yes?"]),
                    0 => Reply::say(&[&format!("You said: {text}"), "Tell me more."]),
                    count => replies[(world.replies - 1) % count].clone(),
                }
            };
            self.speak(&reply).await;
        }
    }

    async fn speak(&self, reply: &Reply) {
        let (cut, message, character) = {
            let mut world = self.world.lock();
            world.messages += 1;
            let message = format!("00000000-0000-4000-8000-{:012}", world.messages);
            world.last_message = Some(message.clone());
            world.note("IN", "replyGenerating", &json!({"messageId": message}));
            (world.cut, message, world.first_character())
        };
        let silenced = || self.world.lock().cut != cut;
        drop(self.set_ai("thinking").await);
        for (index, sentence) in reply.sentences.iter().enumerate() {
            tokio::time::sleep(self.config.pace).await;
            if silenced() {
                // The hub reports the cancelled reply, and with it the AI is idle.
                return drop(self.set_ai("idle").await);
            }
            if let Some((_, source)) = reply.interruption.as_ref().filter(|(after, _)| *after == index) {
                self.cut_in(source).await;
                break;
            }
            let data = fields(&[
                ("text", json!(sentence)),
                ("character_id", json!(character)),
                ("message_id", json!(message)),
            ]);
            self.tell("sentence_ready", &data).await;
        }
        if let Some((name, arguments)) = reply.trigger.as_ref().filter(|_| !silenced()) {
            self.trigger(name, arguments).await;
        }
        if let Playback::Auto(length) = self.config.playback
            && !silenced()
        {
            tokio::time::sleep(self.config.pace).await;
            drop(self.set_ai("speaking").await);
            tokio::time::sleep(length).await;
            drop(self.set_ai("idle").await);
        }
        if let Some(down) = reply.restart {
            tokio::time::sleep(self.config.pace * 4).await;
            self.restart(down);
        }
    }

    /// Somebody else talks for a moment: the AI falls silent.
    async fn cut_in(&self, source: &str) {
        {
            let mut world = self.world.lock();
            world.external = Some(source.to_owned());
            world.cut += 1;
        }
        let data = fields(&[("source", json!(source)), ("reason", json!("scripted"))]);
        self.tell("external_speaker_started", &data).await;
        drop(self.set_ai("idle").await);
        tokio::time::sleep(self.config.pace.max(Duration::from_millis(1)) * 4).await;
        self.world.lock().external = None;
        self.tell("external_speaker_stopped", &fields(&[("source", json!(source))])).await;
    }
}
