//! Who is connected, what was sent to whom, and the broadcast with its measured weaknesses.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::super::peer::Peer;
use super::subscribe::{Wants, listed};

/// How many frames are kept per client id.
const HISTORY: usize = 100;

struct Client {
    /// The id as JSON text, so that 5 and "5" differ.
    key: String,
    peer: Arc<Peer>,
    wants: Wants,
    since: f64,
    last: Option<f64>,
}

#[derive(Default)]
struct Book {
    /// In the order of joining, as a Python dict iterates.
    clients: Vec<Client>,
    /// Kept for ever, also for ids that never come back.
    history: BTreeMap<String, VecDeque<String>>,
}

/// The set of clients changed while a broadcast waited for a slow one: Python raises, and the rest gets nothing.
#[derive(Debug)]
pub(super) struct SizeChanged;

#[derive(Default)]
pub(super) struct Registry {
    book: Mutex<Book>,
}

/// Seconds since 1970 as Python's `time.time()` gives them.
pub(super) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs_f64()).unwrap_or_default()
}

/// One event frame.
pub(super) fn event_frame(event: &str, data: &str, at: f64) -> String {
    format!("{{\"type\":{},\"data\":{data},\"timestamp\":{at}}}", json!(event))
}

impl Book {
    fn remember(&mut self, key: &str, frame: String) {
        let history = self.history.entry(key.to_owned()).or_default();
        if history.len() == HISTORY {
            history.pop_front();
        }
        history.push_back(frame);
    }

    fn find(&mut self, key: &str) -> Option<&mut Client> {
        self.clients.iter_mut().find(|client| client.key == key)
    }
}

impl Registry {
    /// Sends an event to everybody who wants it, one after the other, waiting for whoever is slow.
    pub(super) async fn broadcast(&self, event: &str, data: &str) -> Result<(), SizeChanged> {
        let at = now();
        let frame = event_frame(event, data, at);
        let source = serde_json::from_str::<Value>(data)
            .ok()
            .and_then(|data| data.get("source").and_then(Value::as_str).map(str::to_owned));
        let size = self.book.lock().clients.len();
        for index in 0.. {
            let peer = {
                let mut book = self.book.lock();
                if book.clients.len() != size {
                    return Err(SizeChanged);
                }
                let Some(client) = book.clients.get_mut(index) else { break };
                if !client.wants.takes(event, source.as_deref()) {
                    continue;
                }
                client.last = Some(at);
                let (key, peer) = (client.key.clone(), Arc::clone(&client.peer));
                book.remember(&key, frame.clone());
                peer
            };
            peer.send_text(&frame);
            peer.room().await;
        }
        Ok(())
    }

    /// Takes an id out, whoever holds it now; the peer that held it.
    pub(super) fn remove(&self, key: &str) -> Option<Arc<Peer>> {
        let mut book = self.book.lock();
        let index = book.clients.iter().position(|client| client.key == key)?;
        let client = book.clients.remove(index);
        book.remember(key, event_frame("client_disconnected", &format!("{{\"client_id\":{key}}}"), now()));
        Some(client.peer)
    }

    pub(super) fn insert(&self, key: &str, peer: &Arc<Peer>, wants: Wants) {
        let mut book = self.book.lock();
        let since = now();
        book.clients.push(Client { key: key.to_owned(), peer: Arc::clone(peer), wants, since, last: None });
        book.remember(key, event_frame("client_connected", &format!("{{\"client_id\":{key}}}"), since));
    }

    /// A later `subscribe`: meaningless where the id is no longer registered.
    pub(super) fn resubscribe(&self, key: &str, message: &serde_json::Map<String, Value>) {
        if let Some(client) = self.book.lock().find(key) {
            client.wants.replace(message);
        }
    }

    /// The ids that are registered, as JSON text.
    pub(super) fn keys(&self) -> Vec<String> {
        self.book.lock().clients.iter().map(|client| client.key.clone()).collect()
    }

    /// `GET /debug/clients`.
    pub(super) fn describe(&self) -> Value {
        let book = self.book.lock();
        let mut all = serde_json::Map::new();
        for (key, history) in &book.history {
            let id: Value = serde_json::from_str(key).unwrap_or(Value::Null);
            let name = id.as_str().map_or_else(|| key.clone(), str::to_owned);
            let entry = match book.clients.iter().find(|client| client.key == *key) {
                None => json!({"client_id": id, "connected": false, "message_count": history.len(),
                               "subscribed_events": []}),
                Some(client) => {
                    let filters: serde_json::Map<String, Value> = client
                        .wants
                        .filters
                        .iter()
                        .map(|(event, sources)| (event.clone(), json!(listed(sources))))
                        .collect();
                    json!({"client_id": id, "subscribed_events": listed(&client.wants.events),
                           "source_filters": filters, "message_count": history.len(),
                           "connected_at": client.since, "last_message_at": client.last, "connected": true})
                }
            };
            all.insert(name, entry);
        }
        Value::Object(all)
    }

    /// `GET /debug/clients/{id}/history`: a JSON array, or `None` for an unknown id.
    pub(super) fn history(&self, id: &str) -> Option<String> {
        let book = self.book.lock();
        let history = book.history.get(&json!(id).to_string())?;
        Some(format!("[{}]", history.iter().cloned().collect::<Vec<_>>().join(",")))
    }

    /// `POST /debug/clients/{id}/clear`.
    pub(super) fn clear(&self, id: &str) {
        if let Some(history) = self.book.lock().history.get_mut(&json!(id).to_string()) {
            history.clear();
        }
    }
}
