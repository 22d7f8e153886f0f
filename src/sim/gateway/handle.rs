//! What a test can tell a running gateway simulator, in Rust or over `/sim/`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::scene::Gateway;
use super::world::Order;
use super::{Config, GatewaySim, Reply};
use crate::sim::server::{Answer, Sim};

impl Sim<Gateway> {
    /// Starts on the current tokio runtime.
    pub async fn start(config: Config) -> io::Result<GatewaySim> {
        let stage = config.stage.clone();
        Self::start_scene(Gateway::new(config), stage).await
    }

    /// Starts on a thread of its own, for callers without a runtime.
    pub fn spawn(config: Config) -> io::Result<GatewaySim> {
        let stage = config.stage.clone();
        Self::spawn_scene(Gateway::new(config), stage)
    }

    /// Broadcasts an event to whoever subscribed to it.
    pub fn broadcast(&self, event: &str, data: &Value) {
        self.scene.order(Order::Emit(event.to_owned(), data.to_string()));
    }

    /// A chat starts, with the characters of the configuration.
    pub fn start_chat(&self) {
        self.scene.order(Order::ChatStart(None));
    }

    /// A chat starts with these characters.
    pub fn start_chat_with(&self, characters: Vec<Value>) {
        self.scene.order(Order::ChatStart(Some(characters)));
    }

    /// The chat ends.
    pub fn close_chat(&self) {
        self.scene.order(Order::ChatClose);
    }

    /// The gateway's link to Voxta comes or goes. Losing it resets the state
    /// without a `chat_closed` and is repeated; when it is back, a chat that was there starts once more.
    pub fn set_voxta(&self, up: bool) {
        self.scene.order(Order::Voxta(up));
    }

    /// The AI is `idle`, `thinking` or `speaking` from now on; any other word is `idle`.
    pub fn set_ai(&self, state: &str) {
        self.scene.order(Order::Ai(known_state(state)));
    }

    /// The characters of the chat change.
    pub fn set_characters(&self, characters: Vec<Value>) {
        self.scene.order(Order::Characters(characters));
    }

    /// The AI triggers something in the app.
    pub fn trigger(&self, name: &str, arguments: &Value) {
        self.scene.order(Order::Trigger(name.to_owned(), arguments.clone()));
    }

    /// Replaces what the AI answers from now on.
    pub fn set_replies(&self, replies: Vec<Reply>) {
        *self.scene.replies.lock() = replies;
    }

    /// The AI answers as if it had heard this.
    pub fn prompt(&self, text: &str) {
        let _ = self.scene.heard.send(text.to_owned());
    }

    /// Waits until every order given so far is done; false after `limit`. Only for [`GatewaySim::spawn`]: on a
    /// shared thread it would keep the simulator from working.
    pub fn settle(&self, limit: Duration) -> bool {
        let (done, waiting) = std::sync::mpsc::channel();
        self.scene.order(Order::Done(done));
        waiting.recv_timeout(limit).is_ok()
    }

    /// The ids of the clients that are registered, as JSON text. A deaf socket is not among them.
    pub fn registered(&self) -> Vec<String> {
        self.scene.registry.keys()
    }
}

fn known_state(state: &str) -> &'static str {
    match state {
        "thinking" => "thinking",
        "speaking" => "speaking",
        _ => "idle",
    }
}

/// The gateway's own control paths.
pub(super) fn control(gateway: &Arc<Gateway>, name: &str, body: &Value) -> Option<Answer> {
    let text = |field: &str| body.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |field: &str| body.get(field).and_then(Value::as_array).cloned();
    let order = match name {
        "broadcast" if text("event").is_empty() => {
            return Some(Answer::json(400, &json!({"error": "give {\"event\": NAME, \"data\": {…}}"})));
        }
        "broadcast" => Order::Emit(text("event"), body.get("data").map_or_else(|| "{}".to_owned(), Value::to_string)),
        "start_chat" => Order::ChatStart(list("characters")),
        "close_chat" => Order::ChatClose,
        "voxta" => Order::Voxta(body.get("connected").and_then(Value::as_bool).unwrap_or(true)),
        "ai_state" => Order::Ai(known_state(&text("state"))),
        "characters" => Order::Characters(list("characters").unwrap_or_default()),
        "trigger" => Order::Trigger(text("name"), body.get("arguments").cloned().unwrap_or_else(|| json!({}))),
        "prompt" => {
            let _ = gateway.heard.send(text("text"));
            return Some(Answer::json(200, &json!({"ok": true})));
        }
        "replies" => {
            let lines = list("replies").unwrap_or_default();
            *gateway.replies.lock() = lines.iter().map(Reply::from_json).collect();
            return Some(Answer::json(200, &json!({"ok": true})));
        }
        _ => return None,
    };
    gateway.order(order);
    Some(Answer::json(200, &json!({"ok": true})))
}
