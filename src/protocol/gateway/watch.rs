//! Watches whether the gateway still sends events to this socket.
//!
//! A socket that took the name of one that was still registered is deaf, and nothing on the socket itself shows it:
//! pings are answered. The gateway's list of clients does. It is asked a few times after the snapshot, because the
//! gateway takes the name out of its list only when the older socket has ended. A name that only this client can have
//! used needs no watching.

use std::collections::BTreeMap;

use serde_json::Value;

use super::link::Link;
use super::{Gateway, SOCKET, WATCH};
use crate::model::{Nanos, millis};
use crate::protocol::{CallId, Cx, Failure, HttpAnswer, HttpCall, Method};

/// When to look, counted from the snapshot. On one machine the name was gone from the list 40 ms after the snapshot, with
/// an older socket that answers as well as with one that is dead; the later looks are for what stands in between.
const LOOKS: [Nanos; 3] = [millis(100), millis(1_000), millis(10_000)];
/// How long an answer may take; there is another look after it.
const TIMEOUT: Nanos = millis(10_000);

/// The looks at the gateway's list.
#[derive(Debug, Default)]
pub(super) struct Watch {
    since: Nanos,
    next: usize,
    call: Option<CallId>,
}

impl Watch {
    /// Whether an answer belongs to a look.
    pub(super) fn is(&self, call: CallId) -> bool {
        self.call == Some(call)
    }
}

impl Gateway {
    pub(super) fn start_watch(&mut self, cx: &mut Cx<'_>) {
        if !self.identity.fresh() {
            self.watch = Watch { since: cx.now, ..Watch::default() };
            self.next_look(cx);
        }
    }

    fn next_look(&self, cx: &mut Cx<'_>) {
        if let Some(look) = LOOKS.get(self.watch.next) {
            cx.timer(WATCH, (self.watch.since + look).max(cx.now));
        }
    }

    /// Asks the gateway for its list.
    pub(super) fn look(&mut self, cx: &mut Cx<'_>) {
        if self.link != Link::Up {
            return;
        }
        self.watch.next += 1;
        let call = self.desk.new_call();
        self.watch.call = Some(call);
        cx.http(
            call,
            HttpCall {
                method: Method::Get,
                url: format!("{}/debug/clients", self.endpoint.http),
                headers: Vec::new(),
                body: Vec::new(),
                idempotent: true,
                timeout: Some(TIMEOUT),
            },
        );
    }

    /// The list came, or something else. A gateway without such a list is taken at its word.
    pub(super) fn watched(&mut self, answer: &Result<HttpAnswer<'_>, &Failure>, cx: &mut Cx<'_>) {
        self.watch.call = None;
        if self.link != Link::Up {
            return;
        }
        let clients = match answer {
            Ok(answer) if answer.status == 200 => read_clients(answer.body),
            Ok(answer) if matches!(answer.status, 404 | 405) => return,
            _ => BTreeMap::new(),
        };
        if clients.get(&self.identity.name()) == Some(&false) {
            self.link = Link::Healing;
            self.identity.rest_taken(|name| clients.get(name) == Some(&true), cx.now);
            cx.close(SOCKET, 1000, "");
        } else {
            self.next_look(cx);
        }
    }
}

/// The names that the gateway knows, and whether it sends to them.
fn read_clients(body: &[u8]) -> BTreeMap<String, bool> {
    let Ok(Value::Object(clients)) = serde_json::from_slice(body) else { return BTreeMap::new() };
    let connected = |client: &Value| client.get("connected").and_then(Value::as_bool);
    clients.iter().filter_map(|(name, client)| Some((name.clone(), connected(client)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::read_clients;

    #[test]
    fn lists_of_clients() {
        let body = br#"{"a":{"connected":true},"b":{"connected":false,"x":1},"c":{},"d":{"connected":"no"},"e":1}"#;
        let clients = read_clients(body);
        assert_eq!(clients.into_iter().collect::<Vec<_>>(), [("a".to_owned(), true), ("b".to_owned(), false)]);
        for other in [&b"[]"[..], b"", b"null", b"<html>", b"\xff"] {
            assert!(read_clients(other).is_empty());
        }
    }
}
