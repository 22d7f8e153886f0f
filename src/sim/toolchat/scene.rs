//! The service's side of the socket: who may come in, the session, and what the client says in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use once_cell::sync::OnceCell;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::tickets::Tickets;
use super::{Config, Generation, Quirks, Run, handle, http};
use crate::sim::json::fields;
use crate::sim::peer::{Peer, Talk};
use crate::sim::server::{Answer, Request, Scene, Stage};
use crate::sim::ws::Frame;

/// The conversation behind the sockets.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// Calls that no answer has come to: the message that asks for each.
    pub(super) open: BTreeMap<String, String>,
    /// Every answer that has come, in order.
    pub(super) answers: BTreeMap<String, Vec<Value>>,
    /// The sessions that take part: established, and configured where they have tools.
    pub(super) ready: Vec<u64>,
    pub(super) last_call: u64,
    pub(super) last_session: u64,
    /// Rises with every stop, so that a run knows it was stopped.
    pub(super) stops: u64,
}

/// The service's state. [`ToolchatSim`](super::ToolchatSim) runs it.
pub struct Service {
    pub(super) config: Config,
    pub(super) quirks: Mutex<Quirks>,
    pub(super) runs: Mutex<Vec<Run>>,
    pub(super) tickets: Mutex<Tickets>,
    pub(super) book: Mutex<Book>,
    /// Rises whenever something in the book has changed.
    pub(super) turned: watch::Sender<u64>,
    pub(super) heard: mpsc::UnboundedSender<String>,
    queue: Mutex<Option<mpsc::UnboundedReceiver<String>>>,
    pub(super) stage: OnceCell<std::sync::Weak<Stage>>,
}

impl Service {
    pub(super) fn new(config: Config) -> Self {
        let (heard, queue) = mpsc::unbounded_channel();
        Self {
            quirks: Mutex::new(config.quirks.clone()),
            runs: Mutex::new(config.runs.clone()),
            config,
            tickets: Mutex::default(),
            book: Mutex::default(),
            turned: watch::Sender::new(0),
            heard,
            queue: Mutex::new(Some(queue)),
            stage: OnceCell::new(),
        }
    }

    pub(super) fn turn(&self) {
        self.turned.send_modify(|count| *count += 1);
    }

    /// Sends a message to every session that takes part; what nobody takes is lost.
    pub(super) fn tell(&self, text: &str) {
        let Some(stage) = self.stage.get().and_then(std::sync::Weak::upgrade) else { return };
        let ready = self.book.lock().ready.clone();
        for peer in stage.peers().iter().filter(|peer| ready.contains(&peer.id())) {
            peer.send_text(text);
        }
    }

    async fn converse(&self, talk: &mut Talk) {
        let peer = Arc::clone(&talk.peer);
        let quirks = self.quirks.lock().clone();
        if let Some(code) = quirks.close_at_once {
            return peer.close(code, "authentication failed");
        }
        if let Some(code) = quirks.auth_error {
            peer.send_text(&fields(&[
                ("type", json!("authentication_error")),
                ("error", json!("The ticket is not valid")),
                ("code", json!(code)),
            ]));
        } else if !quirks.mute_session {
            let session = {
                let mut book = self.book.lock();
                book.last_session += 1;
                format!("session_{}", book.last_session)
            };
            let established = match self.config.generation {
                Generation::Current => fields(&[("type", json!("session_established"))]),
                Generation::Documented => {
                    fields(&[("type", json!("session_established")), ("sessionId", json!(session))])
                }
            };
            peer.send_text(&established);
        }
        while let Some(frame) = talk.next().await {
            let Frame::Text(text) = frame else { continue };
            if let Ok(message) = serde_json::from_str::<Value>(&text) {
                self.hear(&peer, &message);
            }
        }
        self.book.lock().ready.retain(|id| *id != peer.id());
    }

    /// A session takes part from now on: what is still open is asked for again.
    fn admit_to_talk(&self, peer: &Peer) {
        let mut book = self.book.lock();
        if !book.ready.contains(&peer.id()) {
            book.ready.push(peer.id());
            for request in book.open.values() {
                peer.send_text(request);
            }
        }
        drop(book);
        self.turn();
    }

    fn hear(&self, peer: &Peer, message: &Value) {
        let text = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            type_ @ ("configure_tools" | "update_tools") => {
                let schemas = message.get("toolSchemas").and_then(Value::as_array).cloned().unwrap_or_default();
                let names: Vec<&Value> = schemas.iter().map(|tool| &tool["name"]).collect();
                let answer = if type_ == "configure_tools" { "tools_configured" } else { "client_tools_updated" };
                let data = json!({"toolCount": names.len(), "toolNames": names});
                if !self.quirks.lock().mute_tools {
                    peer.send_text(&fields(&[("type", json!(answer)), ("data", data)]));
                    self.admit_to_talk(peer);
                }
            }
            "chat_message" => {
                self.admit_to_talk(peer);
                // The queue is read as long as the simulator runs.
                let _ = self.heard.send(text("content").to_owned());
            }
            "tool_call_response" => {
                let mut book = self.book.lock();
                book.open.remove(text("callId"));
                book.answers.entry(text("callId").to_owned()).or_default().push(message.clone());
                drop(book);
                self.turn();
            }
            "stop_run" => {
                let mut book = self.book.lock();
                book.stops += 1;
                book.open.clear();
                drop(book);
                self.turn();
            }
            "heartbeat_ping" => {
                let original = message.get("timestamp").cloned().unwrap_or(Value::Null);
                peer.send_text(&fields(&[("type", json!("heartbeat_ack")), ("originalTimestamp", original)]));
            }
            _ => {}
        }
    }
}

impl Scene for Service {
    fn opened(self: &Arc<Self>, stage: &Arc<Stage>) {
        // Set once: a scene is raised once.
        let _ = self.stage.set(Arc::downgrade(stage));
        if let Some(queue) = self.queue.lock().take() {
            let service = Arc::clone(self);
            stage.spawn(async move { service.answer(queue).await });
        }
    }

    fn http(self: Arc<Self>, _: Arc<Stage>, request: Request) -> BoxFuture<'static, Answer> {
        async move { http::answer(&self, &request) }.boxed()
    }

    fn admit(&self, request: &Request) -> Result<Vec<(String, String)>, Answer> {
        if request.path != "/ws" {
            return Err(Answer::text(404, ""));
        }
        if let Some(status) = self.quirks.lock().refuse_tickets {
            return Err(Answer::text(status, "{\"code\":\"TICKET_INVALID\"}"));
        }
        let ticket = url::form_urlencoded::parse(request.query.replace('+', "%2B").as_bytes())
            .find(|(name, _)| name == "ticket")
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default();
        match self.tickets.lock().redeem(&ticket, self.config.single_use) {
            Ok(()) => Ok(Vec::new()),
            Err(bad) => Err(Answer::json(401, &json!({"success": false, "code": bad.code()}))),
        }
    }

    fn socket(self: Arc<Self>, _: Arc<Stage>, _: Request, mut talk: Talk) -> BoxFuture<'static, Talk> {
        async move {
            self.converse(&mut talk).await;
            talk
        }
        .boxed()
    }

    fn control(self: &Arc<Self>, _: &Arc<Stage>, name: &str, body: &Value) -> Option<Answer> {
        handle::control(self, name, body)
    }
}
