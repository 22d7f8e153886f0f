//! Everything a simulator received, in order, for tests to look at.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};

use super::ws::Frame;

/// Which way a message went, seen from the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    In,
    /// To the client.
    Out,
}

/// One thing received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A plain HTTP request.
    Http {
        /// `GET`, `POST` and so on.
        method: String,
        /// Path and query as the client wrote them.
        target: String,
        /// Names in lower case.
        headers: Vec<(String, String)>,
        /// The whole body.
        body: Vec<u8>,
    },
    /// A WebSocket upgrade.
    Upgrade {
        /// Path and query as the client wrote them.
        target: String,
        /// Names in lower case.
        headers: Vec<(String, String)>,
    },
    /// A message or control frame.
    Frame(Frame),
    /// The client's socket ended without a close frame.
    Gone,
}

/// One thing received, when, and on which connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Since the simulator started.
    pub at: Duration,
    /// Counts TCP connections from 1.
    pub connection: u64,
    /// What came.
    pub seen: Seen,
}

impl Entry {
    /// The text, where this is a text message.
    pub fn text(&self) -> Option<&str> {
        match &self.seen {
            Seen::Frame(Frame::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Method, target and body as text, where this is a plain HTTP request.
    pub fn http(&self) -> Option<(&str, &str, &str)> {
        match &self.seen {
            Seen::Http { method, target, body, .. } => {
                Some((method, target, std::str::from_utf8(body).unwrap_or_default()))
            }
            _ => None,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut value = match &self.seen {
            Seen::Http { method, target, headers, body } => {
                json!({"kind": "http", "method": method, "target": target, "headers": headers,
                       "body": String::from_utf8_lossy(body)})
            }
            Seen::Upgrade { target, headers } => json!({"kind": "upgrade", "target": target, "headers": headers}),
            Seen::Frame(Frame::Text(text)) => json!({"kind": "text", "text": text}),
            Seen::Frame(Frame::Binary(bytes)) => json!({"kind": "binary", "bytes": bytes}),
            Seen::Frame(Frame::Ping(bytes)) => json!({"kind": "ping", "bytes": bytes}),
            Seen::Frame(Frame::Pong(bytes)) => json!({"kind": "pong", "bytes": bytes}),
            Seen::Frame(Frame::Close(code, reason)) => json!({"kind": "close", "code": code, "reason": reason}),
            Seen::Gone => json!({"kind": "gone"}),
        };
        value["at_ms"] = json!(self.at.as_millis() as u64);
        value["connection"] = json!(self.connection);
        value
    }
}

/// The list of everything received. Waiting blocks the calling thread; inside an async test that shares its thread
/// with the simulator, use [`Sim::spawn`](super::Sim::spawn), which has a thread of its own.
pub struct Record {
    started: Instant,
    entries: Mutex<Vec<Entry>>,
    grown: Condvar,
}

impl Record {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), entries: Mutex::default(), grown: Condvar::new() }
    }

    pub(crate) fn push(&self, connection: u64, seen: Seen) {
        self.entries.lock().push(Entry { at: self.started.elapsed(), connection, seen });
        self.grown.notify_all();
    }

    /// A copy of everything so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().clone()
    }

    /// Forgets everything so far.
    pub fn clear(&self) {
        self.entries.lock().clear();
    }

    /// Everything so far, which is forgotten here.
    pub fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.entries.lock())
    }

    /// The first entry that fits, waiting up to `limit` for it.
    pub fn wait(&self, limit: Duration, mut fits: impl FnMut(&Entry) -> bool) -> Option<Entry> {
        let deadline = Instant::now() + limit;
        let mut entries = self.entries.lock();
        let mut looked = 0;
        loop {
            // After a clear the list is shorter than what was looked at.
            looked = looked.min(entries.len());
            if let Some(found) = entries[looked..].iter().find(|entry| fits(entry)) {
                return Some(found.clone());
            }
            looked = entries.len();
            if self.grown.wait_until(&mut entries, deadline).timed_out() {
                return entries[looked.min(entries.len())..].iter().find(|entry| fits(entry)).cloned();
            }
        }
    }

    /// The first plain HTTP request of this method and path, waiting up to `limit` for it.
    pub fn wait_http(&self, limit: Duration, method: &str, path: &str) -> Option<Entry> {
        self.wait(limit, |entry| {
            entry.http().is_some_and(|(m, target, _)| m == method && target.split('?').next() == Some(path))
        })
    }

    /// The first text message that contains `part`, waiting up to `limit` for it.
    pub fn wait_text(&self, limit: Duration, part: &str) -> Option<Entry> {
        self.wait(limit, |entry| entry.text().is_some_and(|text| text.contains(part)))
    }
}
