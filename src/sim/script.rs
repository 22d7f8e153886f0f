//! What the AI answers, and what happens to the conversation meanwhile.

use std::time::Duration;

use serde_json::{Value, json};

/// One answer of the AI.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    pub(crate) sentences: Vec<String>,
    pub(crate) trigger: Option<(String, Value)>,
    pub(crate) interruption: Option<(usize, String)>,
    pub(crate) restart: Option<Duration>,
}

impl Reply {
    /// These sentences, each an event of its own.
    pub fn say(sentences: &[&str]) -> Self {
        Self { sentences: sentences.iter().map(|&text| text.to_owned()).collect(), ..Self::default() }
    }

    /// And this app trigger behind them.
    pub fn trigger(mut self, name: &str, arguments: Value) -> Self {
        self.trigger = Some((name.to_owned(), arguments));
        self
    }

    /// But an external speaker cuts in after so many sentences, and the rest is never said.
    pub fn interrupted(mut self, after: usize, source: &str) -> Self {
        self.interruption = Some((after, source.to_owned()));
        self
    }

    /// And then the gateway restarts and is away this long.
    pub fn then_restart(mut self, down: Duration) -> Self {
        self.restart = Some(down);
        self
    }

    /// `["a", "b"]`, or `{"sentences": […], "trigger": {"name", "arguments"}, "interrupted": {"after", "source"},
    /// "restart_ms": 400}`.
    pub(crate) fn from_json(line: &Value) -> Self {
        let sentences = line.get("sentences").unwrap_or(line).as_array().cloned().unwrap_or_default();
        let sentences: Vec<&str> = sentences.iter().filter_map(Value::as_str).collect();
        let mut reply = Self::say(&sentences);
        if let Some(trigger) = line.get("trigger") {
            let name = trigger.get("name").and_then(Value::as_str).unwrap_or_default();
            reply = reply.trigger(name, trigger.get("arguments").cloned().unwrap_or_else(|| json!({})));
        }
        if let Some(interruption) = line.get("interrupted") {
            let after = interruption.get("after").and_then(Value::as_u64).unwrap_or(1) as usize;
            let source = interruption.get("source").and_then(Value::as_str).unwrap_or("user");
            reply = reply.interrupted(after, source);
        }
        if let Some(down) = line.get("restart_ms").and_then(Value::as_u64) {
            reply = reply.then_restart(Duration::from_millis(down));
        }
        reply
    }
}

/// The conversation that the demo holds: one line of the host drives one step, so that it is the same every time.
pub fn demo() -> Vec<Reply> {
    vec![
        Reply::say(&["Hello, traveller!", "I am Mira, and this is the observatory.", "What brings you here?"]),
        Reply::say(&["You would like to see the stars?", "Then let me open the dome."])
            .trigger("open_dome", json!({"speed": "slow", "lights": false})),
        Reply::say(&[
            "That bright one over there is Vega.",
            "Its light left twenty-five years ago…",
            "Imagine that: back then",
        ])
        .interrupted(2, "narrator")
        .then_restart(Duration::from_millis(400)),
        Reply::say(&["Sorry, I lost the thread for a moment.", "Where were we? Ah, Vega."]),
        Reply::say(&["Come back on any clear night.", "Goodbye!"]),
    ]
}
