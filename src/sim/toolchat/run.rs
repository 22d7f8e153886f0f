//! What the model does about a message, step by step.

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::scene::Service;
use super::{Generation, Step};
use crate::sim::json::fields;

/// A message of the model's stream.
fn event(event: &str, data: &Value) -> String {
    fields(&[("type", json!("chat_event")), ("event", json!(event)), ("data", data.clone())])
}

impl Service {
    /// Answers one message after the other.
    pub(super) async fn answer(&self, mut heard: mpsc::UnboundedReceiver<String>) {
        let mut turn = 0;
        while let Some(content) = heard.recv().await {
            let current = self.config.generation == Generation::Current;
            if current && turn == 0 {
                self.tell(&fields(&[
                    ("type", json!("thread_created")),
                    (
                        "data",
                        json!({"providerResId": "conv_1", "threadId": "thread_1", "canUpdateMetadata": true,
                            "updateEndpoint": "/api/v1/threads/conv_1"}),
                    ),
                ]));
            }
            let run = {
                let runs = self.runs.lock();
                match runs.len() {
                    0 => vec![Step::Text(content)],
                    count => runs[turn % count].clone(),
                }
            };
            turn += 1;
            let stops = self.book.lock().stops;
            let mut failed = None;
            for step in run {
                if self.book.lock().stops != stops {
                    failed = Some("stopped".to_owned());
                    break;
                }
                if let Step::Fail(error) = step {
                    failed = Some(error);
                    break;
                }
                self.step(step, stops).await;
            }
            match failed {
                Some(error) => self.tell(&fields(&[
                    ("type", json!("chat_error")),
                    ("error", json!(error)),
                    ("data", json!({"errorCode": "RUN_FAILED"})),
                ])),
                None => {
                    let usage = json!({"type": "chain-completed", "finishReason": "stop",
                        "tokenUsage": {"promptTokens": 12, "completionTokens": 34, "totalTokens": 46}});
                    self.tell(&event("latitude-event", &usage));
                    self.tell(&fields(&[
                        ("type", json!("chat_finished")),
                        ("uuid", json!("conv_1")),
                        ("data", json!({"conversationId": "conv_1", "messageCount": 2})),
                    ]));
                    if current {
                        let data = json!({"threadId": "thread_1", "providerResId": "conv_1"});
                        self.tell(&fields(&[("type", json!("messages_persisted")), ("data", data)]));
                    }
                }
            }
        }
    }

    async fn step(&self, step: Step, stops: u64) {
        match step {
            Step::Text(text) => {
                for word in text.split_inclusive(' ') {
                    self.tell(&event("provider-event", &json!({"type": "text-delta", "textDelta": word})));
                    tokio::time::sleep(self.config.pace).await;
                }
            }
            Step::Think(id, text) => {
                self.tell(&event("provider-event", &json!({"type": "reasoning-start", "id": id})));
                for word in text.split_inclusive(' ') {
                    self.tell(&event("provider-event", &json!({"type": "reasoning-delta", "id": id, "text": word})));
                    tokio::time::sleep(self.config.pace).await;
                }
                self.tell(&event("provider-event", &json!({"type": "reasoning-end", "id": id})));
            }
            Step::Tools(calls) => {
                let ids: Vec<String> =
                    calls.iter().map(|(name, parameters)| self.call_tool(name, parameters)).collect();
                self.until(|book| book.stops != stops || ids.iter().all(|id| !book.open.contains_key(id))).await;
            }
            Step::Show(name, props) => {
                let id = {
                    let mut book = self.book.lock();
                    book.last_call += 1;
                    format!("call_{}", book.last_call)
                };
                for (props, status) in [(json!({}), "streaming"), (props, "complete")] {
                    self.tell(&fields(&[
                        ("type", json!("ui_component")),
                        ("toolCallId", json!(id)),
                        ("componentName", json!(name)),
                        ("props", props),
                        ("status", json!(status)),
                    ]));
                }
            }
            Step::Raw(message) => self.tell(&message.to_string()),
            Step::Cut(code) => self.cut(code),
            Step::Await => self.until(|book| !book.ready.is_empty()).await,
            Step::Fail(_) => {}
        }
    }

    /// Asks for a call of a tool; its id.
    pub(super) fn call_tool(&self, name: &str, parameters: &Value) -> String {
        let (id, request) = {
            let mut book = self.book.lock();
            book.last_call += 1;
            let id = format!("call_{}", book.last_call);
            let request = fields(&[
                ("type", json!("tool_call_request")),
                ("callId", json!(id)),
                ("toolName", json!(name)),
                ("parameters", parameters.clone()),
            ]);
            book.open.insert(id.clone(), request.clone());
            (id, request)
        };
        self.tell(&request);
        id
    }

    /// Cuts every connection.
    pub(super) fn cut(&self, code: u16) {
        let Some(stage) = self.stage.get().and_then(std::sync::Weak::upgrade) else { return };
        self.book.lock().ready.clear();
        for peer in stage.peers() {
            if code == 1006 {
                peer.drop_link();
            } else {
                peer.close(code, "");
            }
        }
    }

    /// Waits until the book is so.
    async fn until(&self, so: impl Fn(&super::scene::Book) -> bool) {
        let mut turned = self.turned.subscribe();
        loop {
            if so(&self.book.lock()) {
                return;
            }
            if turned.changed().await.is_err() {
                return;
            }
        }
    }
}
