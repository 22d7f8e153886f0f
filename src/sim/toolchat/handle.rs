//! What a test can tell a running simulator, in Rust or over `/sim/`.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde_json::{Value, json};

use super::scene::Service;
use super::{Config, Quirks, Run, Step, ToolchatSim};
use crate::sim::server::{Answer, Sim};

impl Sim<Service> {
    /// Starts on the current tokio runtime.
    pub async fn start(config: Config) -> io::Result<ToolchatSim> {
        let stage = config.stage.clone();
        Self::start_scene(Service::new(config), stage).await
    }

    /// Starts on a thread of its own, for callers without a runtime.
    pub fn spawn(config: Config) -> io::Result<ToolchatSim> {
        let stage = config.stage.clone();
        Self::spawn_scene(Service::new(config), stage)
    }

    /// Replaces what the service does wrong.
    pub fn set_quirks(&self, quirks: Quirks) {
        *self.scene.quirks.lock() = quirks;
    }

    /// Replaces what the model does from now on.
    pub fn set_runs(&self, runs: Vec<Run>) {
        *self.scene.runs.lock() = runs;
    }

    /// The service calls a tool; the id of the call. What is not answered is asked for again in the next session.
    pub fn call_tool(&self, name: &str, parameters: &Value) -> String {
        self.scene.call_tool(name, parameters)
    }

    /// Every answer to a tool call that has come so far, by the id of the call.
    pub fn answers(&self) -> BTreeMap<String, Vec<Value>> {
        self.scene.book.lock().answers.clone()
    }

    /// How many calls wait for their answer.
    pub fn open_calls(&self) -> usize {
        self.scene.book.lock().open.len()
    }

    /// How many sessions take part: established, and configured where they have tools.
    pub fn sessions(&self) -> usize {
        self.scene.book.lock().ready.len()
    }

    /// How many tickets were issued.
    pub fn tickets(&self) -> u32 {
        self.scene.tickets.lock().issued
    }

    /// No ticket that was issued so far is good any more.
    pub fn revoke_tickets(&self) {
        self.scene.tickets.lock().revoke_all();
    }

    /// Sends a message to every session that takes part.
    pub fn emit(&self, message: &Value) {
        self.scene.tell(&message.to_string());
    }

    /// Cuts every connection, without a close frame where the code is 1006.
    pub fn cut(&self, code: u16) {
        self.scene.cut(code);
    }
}

/// One step: `{"text"}`, `{"think", "id"}`, `{"tools": [{"name", "parameters"}]}`, `{"show", "props"}`, `{"raw"}`, `{"cut": code}`,
/// `{"await": true}`, `{"fail"}`.
fn step(json: &Value) -> Option<Step> {
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(text) = text("text") {
        return Some(Step::Text(text));
    }
    if let Some(thought) = text("think") {
        return Some(Step::Think(text("id").unwrap_or_else(|| "reasoning".to_owned()), thought));
    }
    if let Some(calls) = json.get("tools").and_then(Value::as_array) {
        let call = |call: &Value| {
            let parameters = call.get("parameters").cloned().unwrap_or_else(|| json!({}));
            Some((call.get("name")?.as_str()?.to_owned(), parameters))
        };
        return Some(Step::Tools(calls.iter().filter_map(call).collect()));
    }
    if let Some(name) = text("show") {
        return Some(Step::Show(name, json.get("props").cloned().unwrap_or_else(|| json!({}))));
    }
    if let Some(raw) = json.get("raw") {
        return Some(Step::Raw(raw.clone()));
    }
    if let Some(code) = json.get("cut").and_then(Value::as_u64) {
        return Some(Step::Cut(u16::try_from(code).unwrap_or(1006)));
    }
    if json.get("await").is_some() {
        return Some(Step::Await);
    }
    text("fail").map(Step::Fail)
}

fn wrong(what: &str) -> Answer {
    Answer::json(400, &json!({"error": what}))
}

/// The service's own control paths.
pub(super) fn control(service: &Arc<Service>, name: &str, body: &Value) -> Option<Answer> {
    let text = |field: &str| body.get(field).and_then(Value::as_str).unwrap_or_default();
    match name {
        "emit" => service.tell(&body.to_string()),
        "tool" => {
            let id = service.call_tool(text("name"), body.get("parameters").unwrap_or(&json!({})));
            return Some(Answer::json(200, &json!({"callId": id})));
        }
        "quirks" => match serde_json::from_value::<Quirks>(body.clone()) {
            Ok(quirks) => *service.quirks.lock() = quirks,
            Err(error) => return Some(wrong(&format!("no such quirks: {error}"))),
        },
        "answers" => return Some(Answer::json(200, &json!(service.book.lock().answers))),
        "revoke" => service.tickets.lock().revoke_all(),
        "cut" => service
            .cut(body.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok()).unwrap_or(1006)),
        "runs" => {
            let runs = body.get("runs").and_then(Value::as_array).cloned().unwrap_or_default();
            let mut all: Vec<Run> = Vec::new();
            for run in &runs {
                let mut steps = Run::new();
                for json in run.as_array().into_iter().flatten() {
                    match step(json) {
                        Some(step) => steps.push(step),
                        None => return Some(wrong(&format!("there is no such step: {json}"))),
                    }
                }
                all.push(steps);
            }
            *service.runs.lock() = all;
        }
        _ => return None,
    }
    Some(Answer::json(200, &json!({"ok": true})))
}
