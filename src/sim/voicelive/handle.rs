//! What a test can tell a running simulator, in Rust or over `/sim/`.

use std::io;
use std::sync::Arc;

use serde_json::{Value, json};

use super::scene::VoiceLive;
use super::{Config, Turn, VoiceLiveSim};
use crate::sim::server::{Answer, Sim, Stage};

impl Sim<VoiceLive> {
    /// Starts on the current tokio runtime.
    pub async fn start(config: Config) -> io::Result<VoiceLiveSim> {
        let stage = config.stage.clone();
        Self::start_scene(VoiceLive::new(config), stage).await
    }

    /// Starts on a thread of its own, for callers without a runtime.
    pub fn spawn(config: Config) -> io::Result<VoiceLiveSim> {
        let stage = config.stage.clone();
        Self::spawn_scene(VoiceLive::new(config), stage)
    }

    /// Replaces what is answered from now on.
    pub fn set_turns(&self, turns: Vec<Turn>) {
        *self.scene.turns.lock() = turns.into();
    }

    /// Sends an event of this type with these members into every connection.
    pub fn tell(&self, type_: &str, members: &Value) {
        for (_, conn) in self.scene.conns.lock().iter() {
            conn.lock().tell(type_, members.clone());
        }
    }

    /// The items of the newest session's conversation.
    pub fn items(&self) -> Vec<Value> {
        self.scene.conns.lock().last().map_or_else(Vec::new, |(_, conn)| conn.lock().items.clone())
    }

    /// The newest session.
    pub fn session(&self) -> Value {
        let conns = self.scene.conns.lock();
        conns.last().map_or(Value::Null, |(_, conn)| Value::Object(conn.lock().session.value.clone()))
    }
}

fn turn(line: &Value) -> Turn {
    let call = |name: &Value| (name.as_str().unwrap_or_default().to_owned(), line["arguments"].clone());
    let text = |text: &Value| text.as_str().unwrap_or_default().to_owned();
    match line {
        Value::Object(map) if map.contains_key("tool") => {
            let (name, arguments) = call(&line["tool"]);
            Turn::Tool(name, arguments)
        }
        Value::Object(map) if map.contains_key("approve") => {
            let (name, arguments) = call(&line["approve"]);
            Turn::Approve(name, arguments)
        }
        Value::Object(map) if map.contains_key("cut") => {
            Turn::Cut(text(&line["text"]), line["cut"].as_u64().unwrap_or(1) as usize)
        }
        line => Turn::Say(text(line)),
    }
}

/// The simulator's own control paths: `turns` replaces what is answered (a list of texts, `{"tool", "arguments"}`,
/// `{"approve", "arguments"}`, `{"text", "cut"}`), `tell` sends an event (`type`, `members`).
pub(super) fn control(scene: &Arc<VoiceLive>, _stage: &Arc<Stage>, name: &str, body: &Value) -> Option<Answer> {
    match name {
        "turns" => {
            let lines = body["turns"].as_array().cloned().unwrap_or_default();
            *scene.turns.lock() = lines.iter().map(turn).collect();
        }
        "tell" => {
            for (_, conn) in scene.conns.lock().iter() {
                conn.lock().tell(body["type"].as_str().unwrap_or_default(), body["members"].clone());
            }
        }
        _ => return None,
    }
    Some(Answer::json(200, &json!({"ok": true})))
}
