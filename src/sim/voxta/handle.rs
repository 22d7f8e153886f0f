//! What a test can tell a running Voxta simulator, in Rust or over `/sim/`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::chat::Turn;
use super::codec::{self, message};
use super::hub::Hub;
use super::{Config, Reply, VoxtaSim};
use crate::sim::server::{Answer, Sim};

impl Sim<Hub> {
    /// Starts on the current tokio runtime.
    pub async fn start(config: Config) -> io::Result<VoxtaSim> {
        let stage = config.stage.clone();
        Self::start_scene(Hub::new(config), stage).await
    }

    /// Starts on a thread of its own, for callers without a runtime.
    pub fn spawn(config: Config) -> io::Result<VoxtaSim> {
        let stage = config.stage.clone();
        Self::spawn_scene(Hub::new(config), stage)
    }

    /// Somebody starts a chat in Voxta's own window: clients hear of it by `chatsSessionsUpdated`.
    pub fn start_chat(&self) {
        self.scene.begin(None);
    }

    /// The chat ends.
    pub fn close_chat(&self) {
        self.scene.end_chat();
    }

    /// The session id of the chat.
    pub fn session_id(&self) -> String {
        self.scene.chat.lock().session.clone()
    }

    /// Sends a hub message (an object with `$type`) to every client that was welcomed.
    pub fn emit(&self, message: &Value) {
        self.scene.emit(message);
    }

    /// Sends a record as it is, without the 0x1e that ends one.
    pub fn emit_raw(&self, record: &str) {
        self.send_text(record);
    }

    /// An action with these arguments, and the app trigger of the same name.
    pub fn trigger(&self, name: &str, arguments: &Value) {
        self.scene.act(name, arguments);
    }

    /// Somebody speaks into the microphone: what the server recognised.
    pub fn transcribe(&self, text: &str) {
        self.scene.transcribe(text);
    }

    /// The server wants the microphone on or off.
    pub fn request_recording(&self, enabled: bool) {
        self.scene.recording(enabled);
    }

    /// The server wants to see something; gives the id of the request.
    pub fn request_vision(&self, source: &str) -> String {
        self.scene.look(source)
    }

    /// The AI answers as if it had heard this.
    pub fn prompt(&self, text: &str) {
        // The queue is read as long as the simulator runs.
        let _ = self.scene.turns.send(Turn::Answer(text.to_owned()));
    }

    /// Whoever speaks falls silent.
    pub fn interrupt(&self) {
        self.scene.interrupt();
    }

    /// Replaces what the AI answers from now on.
    pub fn set_replies(&self, replies: Vec<Reply>) {
        *self.scene.replies.lock() = replies;
    }

    /// The key that clients must bring from now on. Those that are connected are asked for it.
    pub fn set_api_key(&self, key: Option<&str>) {
        self.scene.rekey(key);
    }

    /// Ends every connection with a SignalR close record.
    pub fn close_hub(&self, error: Option<&str>, allow_reconnect: bool) {
        let record = codec::close(error, allow_reconnect);
        self.each(|peer| {
            peer.send_text(&record);
            peer.close(1000, "");
        });
    }

    /// Waits until every reply asked for so far is said; false after `limit`. Only for [`VoxtaSim::spawn`].
    pub fn settle(&self, limit: Duration) -> bool {
        let (done, waiting) = std::sync::mpsc::channel();
        let _ = self.scene.turns.send(Turn::Done(done));
        waiting.recv_timeout(limit).is_ok()
    }
}

impl Hub {
    fn begin(&self, characters: Option<Vec<Value>>) {
        self.end_chat();
        self.open_chat(characters, None);
        let sessions = self.chat.lock().sessions();
        self.tell_all(&sessions);
    }

    fn emit(&self, body: &Value) {
        let mut members: Vec<(&str, Value)> = Vec::new();
        for (name, value) in body.as_object().into_iter().flatten().filter(|(name, _)| *name != "$type") {
            members.push((name, value.clone()));
        }
        self.tell_all(&message(body.get("$type").and_then(Value::as_str).unwrap_or_default(), &members));
    }

    pub(super) fn transcribe(&self, text: &str) {
        self.tell_all(&message("speechRecognitionStart", &[]));
        self.tell_all(&message("speechRecognitionPartial", &[("text", json!(text))]));
        self.tell_all(&message("speechRecognitionEnd", &[("text", json!(text))]));
    }

    fn rekey(&self, key: Option<&str>) {
        *self.key.lock() = key.map(str::to_owned);
        self.tell_all(&message("authenticationRequired", &[]));
    }

    fn look(&self, source: &str) -> String {
        let id = {
            let mut chat = self.chat.lock();
            let id = format!("0c0ffee0-0000-4000-8000-{:012}", chat.pictures.len() + 1);
            chat.pictures.insert(id.clone());
            id
        };
        let members = [("sessionId", self.session()), ("visionCaptureRequestId", json!(id)), ("source", json!(source))];
        self.tell_chat(&message("visionCaptureRequest", &members));
        id
    }

    fn recording(&self, enabled: bool) {
        let members = [("sessionId", self.session()), ("enabled", json!(enabled))];
        self.tell_all(&message("recordingRequest", &members));
    }
}

/// The hub's own control paths.
pub(super) fn control(hub: &Arc<Hub>, name: &str, body: &Value) -> Option<Answer> {
    let text = |field: &str| body.get(field).and_then(Value::as_str).unwrap_or_default();
    match name {
        "start_chat" => hub.begin(body.get("characters").and_then(Value::as_array).cloned()),
        "close_chat" => hub.end_chat(),
        "emit" if body.get("$type").is_none() => {
            return Some(Answer::json(400, &json!({"error": "give a message with a \"$type\""})));
        }
        "emit" => hub.emit(body),
        "trigger" => hub.act(text("name"), body.get("arguments").unwrap_or(&Value::Null)),
        "transcribe" => hub.transcribe(text("text")),
        "recording" => hub.recording(body.get("enabled").and_then(Value::as_bool).unwrap_or(true)),
        "interrupt" => hub.interrupt(),
        "key" => hub.rekey(body.get("key").and_then(Value::as_str)),
        "vision" => drop(hub.look(text("source"))),
        "prompt" => drop(hub.turns.send(Turn::Answer(text("text").to_owned()))),
        "replies" => {
            let lines = body.get("replies").and_then(Value::as_array).cloned().unwrap_or_default();
            *hub.replies.lock() = lines.iter().map(Reply::from_json).collect();
        }
        _ => return None,
    }
    Some(Answer::json(200, &json!({"ok": true})))
}
