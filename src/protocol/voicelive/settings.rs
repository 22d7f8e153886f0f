//! The session as state: what the service says that it is, and what is to be repeated to a new one.

use serde_json::{Map, Value};

use super::audio::Format;
use super::dialect::overlay;

/// The session of now, and the wishes that make it so.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The session as the service last told it, byte for byte; empty before the first.
    pub(super) current: String,
    pub(super) id: String,
    /// In unix seconds, or 0.
    pub(super) expires_at: f64,
    pub(super) input: Format,
    pub(super) output: Format,
    /// Two where the host sends along what it plays, for echo cancellation.
    pub(super) channels: u32,
    /// Whether the service itself cuts off what was not heard.
    pub(super) truncates: bool,
    /// Whether a user who speaks interrupts the reply.
    pub(super) interrupts: bool,
    /// What the host wants and the service has confirmed, or will be told first of all.
    pub(super) wanted: Map<String, Value>,
}

impl Settings {
    /// With the session that the host wants to begin with.
    pub(super) fn new(initial: Map<String, Value>) -> Settings {
        Settings { wanted: initial, channels: 1, interrupts: true, ..Settings::default() }
    }

    /// The service has told its session.
    pub(super) fn told(&mut self, raw: &str) {
        self.current.clear();
        self.current.push_str(raw);
        // It is JSON, since it is a part of a message that was read.
        let session: Value = serde_json::from_str(raw).unwrap_or_default();
        if let Some(id) = session["id"].as_str() {
            id.clone_into(&mut self.id);
        }
        self.expires_at = session["expires_at"].as_f64().unwrap_or(self.expires_at);
        self.input = Format::input(&session);
        self.output = Format::output(&session);
        self.channels = match session["input_audio_echo_cancellation"]["channels"].as_u64() {
            Some(2) => 2,
            _ => 1,
        };
        let detection = match &session["audio"]["input"]["turn_detection"] {
            Value::Null => &session["turn_detection"],
            nested => nested,
        };
        self.truncates = detection["auto_truncate"].as_bool().unwrap_or(false);
        self.interrupts = detection.is_object() && detection["interrupt_response"].as_bool().unwrap_or(true);
    }

    /// The service has confirmed a change.
    pub(super) fn confirmed(&mut self, patch: &Map<String, Value>) {
        overlay(&mut self.wanted, patch);
    }

    /// The link is gone. What is wanted stays.
    pub(super) fn link_lost(&mut self) {
        let wanted = std::mem::take(&mut self.wanted);
        *self = Settings::new(wanted);
    }
}
