//! What a new session can be told of the conversation so far: its text, and what the host has set as context.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::dialect::Dialect;

/// How many messages, and bytes of them, are remembered.
const MESSAGES: usize = 200;
const BYTES: usize = 256 * 1024;

/// The texts.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Whether the host wants it at all.
    on: bool,
    messages: VecDeque<(String, String)>,
    bytes: usize,
    contexts: BTreeMap<String, (String, String)>,
}

impl History {
    pub(super) fn new(on: bool) -> History {
        History { on, ..History::default() }
    }

    /// Somebody has said something.
    pub(super) fn said(&mut self, role: &str, text: &str) {
        if !self.on || text.is_empty() || text.len() > BYTES {
            return;
        }
        self.bytes += text.len();
        self.messages.push_back((role.to_owned(), text.to_owned()));
        while self.messages.len() > MESSAGES || self.bytes > BYTES {
            match self.messages.pop_front() {
                Some((_, text)) => self.bytes -= text.len(),
                None => self.bytes = 0,
            }
        }
    }

    /// The host sets a context, or takes it back with an empty text. Gives the item that has to go.
    pub(super) fn context(&mut self, key: &str, text: &str, item: &str) -> Option<String> {
        let before = match text {
            "" => self.contexts.remove(key),
            text => self.contexts.insert(key.to_owned(), (item.to_owned(), text.to_owned())),
        };
        before.map(|(item, _)| item)
    }

    /// Whether an item is a context of the host.
    pub(super) fn is_context(&self, item: &str) -> bool {
        self.contexts.values().any(|(known, _)| known == item)
    }

    /// Everything that a new session is to be told, as items in their order. Their ids are new.
    pub(super) fn items(&mut self, dialect: Dialect, mut fresh_id: impl FnMut() -> String) -> Vec<Value> {
        let mut items = Vec::new();
        for (item, text) in self.contexts.values_mut() {
            *item = fresh_id();
            items.push(message(dialect, item, "system", text));
        }
        for (role, text) in &self.messages {
            items.push(message(dialect, &fresh_id(), role, text));
        }
        items
    }

    /// Whether there is a conversation to be told.
    pub(super) fn holds_messages(&self) -> bool {
        !self.messages.is_empty()
    }

    /// The host has closed: the next connection is another conversation.
    pub(super) fn forget_messages(&mut self) {
        self.messages.clear();
        self.bytes = 0;
    }
}

/// A message as an item.
pub(super) fn message(dialect: Dialect, id: &str, role: &str, text: &str) -> Value {
    let part = if role == "assistant" { dialect.assistant_text() } else { "input_text" };
    json!({"id": id, "type": "message", "role": role, "content": [{"type": part, "text": text}]})
}

#[cfg(test)]
mod tests {
    use super::{BYTES, History, MESSAGES};
    use crate::protocol::voicelive::dialect::Dialect;

    #[test]
    fn the_newest_are_kept() {
        let mut history = History::new(true);
        for n in 0..MESSAGES + 5 {
            history.said("user", &n.to_string());
        }
        history.context("place", "a cave", "x");
        assert_eq!(history.context("place", "a house", "y").as_deref(), Some("x"));
        let mut n = 0;
        let items = history.items(Dialect::Azure, || {
            n += 1;
            format!("i{n}")
        });
        assert_eq!(items.len(), MESSAGES + 1);
        assert_eq!((items[0]["content"][0]["text"].as_str(), items[0]["id"].as_str()), (Some("a house"), Some("i1")));
        assert_eq!(items[1]["content"][0]["text"], "5");
        assert_eq!(history.context("place", "", "").as_deref(), Some("i1"));
        history.said("user", &"x".repeat(BYTES));
        assert_eq!(history.items(Dialect::Azure, String::new).len(), 1);
        history.forget_messages();
        assert!(!history.holds_messages());
    }
}
