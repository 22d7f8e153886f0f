//! What the service says in one run: text in pieces, sentences, whole messages, and what it thinks.
//!
//! The service sends pieces only. A message is whole when the run ends, or when a thought or a tool comes between.

use std::collections::BTreeMap;

use crate::model::{Error, Event, Kind, Nanos, Status, flag, millis};
use crate::protocol::Cx;
use crate::protocol::sentence::Splitter;

/// The longest text of one message; a longer one is told in parts.
const TEXT_MAX: usize = 4 * 1024 * 1024;
/// How many thoughts may be under way at once.
const THOUGHTS_MAX: usize = 64;

#[derive(Debug, Default)]
struct Thought {
    started: Option<Nanos>,
    text: String,
}

/// The run that is under way, if there is one.
#[derive(Debug, Default)]
pub(super) struct Reply {
    active: bool,
    count: u64,
    id: String,
    text: String,
    splitter: Splitter,
    thoughts: BTreeMap<String, Thought>,
    /// Why the model stopped, where it has said so.
    pub(super) finish_reason: String,
}

/// The message that an event comes from.
#[derive(Clone, Copy, Default)]
pub(super) struct Of<'a> {
    pub(super) type_: &'a str,
    pub(super) json: &'a str,
    pub(super) body: &'a str,
}

impl Reply {
    /// The id of the run under way, or empty.
    pub(super) fn id(&self) -> &str {
        if self.active { &self.id } else { "" }
    }

    /// A run is under way from now on, if none was.
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>) {
        if !self.active {
            self.active = true;
            self.count += 1;
            self.id = format!("reply-{}", self.count);
            self.finish_reason.clear();
            let event =
                Event { id: &self.id, flags: flag::SYNTHETIC, role: "assistant", ..Event::new(Kind::ReplyStarted) };
            cx.emit(&event);
            cx.mirror_changed();
        }
    }

    /// A piece of text.
    pub(super) fn text(&mut self, piece: &str, of: Of<'_>, cx: &mut Cx<'_>) {
        self.begin(cx);
        cx.emit(&Event {
            text: piece,
            id: &self.id,
            role: "assistant",
            type_: of.type_,
            json: of.json,
            body: of.body,
            ..Event::new(Kind::TextDelta)
        });
        if cx.wants(Kind::Message) || cx.wants(Kind::Sentence) {
            self.text.push_str(piece);
            let id = &self.id;
            self.splitter.push(piece, |sentence| emit_text(Kind::Sentence, sentence, id, cx));
            if self.text.len() > TEXT_MAX {
                self.whole(cx);
            }
        }
    }

    /// The message so far is whole.
    pub(super) fn whole(&mut self, cx: &mut Cx<'_>) {
        let id = &self.id;
        self.splitter.finish(|sentence| emit_text(Kind::Sentence, sentence, id, cx));
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            emit_text(Kind::Message, &text, id, cx);
        }
    }

    /// The run is over.
    pub(super) fn end(&mut self, error: Option<&Error>, name: &str, of: Of<'_>, cx: &mut Cx<'_>) {
        self.begin(cx);
        self.whole(cx);
        let reason = std::mem::take(&mut self.finish_reason);
        cx.emit(&Event {
            status: error.map_or(Status::Ok, |error| error.status),
            text: error.map_or("", |error| error.text.as_str()),
            name: if name.is_empty() { &reason } else { name },
            id: &self.id,
            role: "assistant",
            type_: of.type_,
            json: of.json,
            body: of.body,
            ..Event::new(Kind::ReplyEnded)
        });
        self.clear();
        cx.mirror_changed();
    }

    /// The link is gone: what was said so far is handed over with the news that it is not all.
    pub(super) fn cut(&mut self, cx: &mut Cx<'_>) {
        if self.active {
            cx.emit(&Event {
                status: Status::LinkLost,
                flags: flag::SYNTHETIC,
                text: &self.text,
                id: &self.id,
                role: "assistant",
                ..Event::new(Kind::ReplyEnded)
            });
        }
        self.clear();
    }

    fn clear(&mut self) {
        self.active = false;
        self.text.clear();
        self.splitter = Splitter::default();
        self.thoughts.clear();
    }

    /// A thought begins.
    pub(super) fn thought_begins(&mut self, id: &str, of: Of<'_>, cx: &mut Cx<'_>) {
        self.begin(cx);
        self.whole(cx);
        let room = self.thoughts.len() < THOUGHTS_MAX || self.thoughts.contains_key(id);
        if room {
            self.thoughts.insert(id.to_owned(), Thought { started: Some(cx.now), text: String::new() });
        }
        emit_thought("start", id, "", 0, of, cx);
    }

    /// A further piece of a thought; its beginning may have been missed.
    pub(super) fn thought_goes_on(&mut self, id: &str, piece: &str, of: Of<'_>, cx: &mut Cx<'_>) {
        self.begin(cx);
        if self.thoughts.len() < THOUGHTS_MAX || self.thoughts.contains_key(id) {
            let thought = self.thoughts.entry(id.to_owned()).or_default();
            if thought.text.len() + piece.len() <= TEXT_MAX {
                thought.text.push_str(piece);
            }
        }
        emit_thought("delta", id, piece, 0, of, cx);
    }

    /// A thought is over: all of it, and how long it took.
    pub(super) fn thought_ends(&mut self, id: &str, of: Of<'_>, cx: &mut Cx<'_>) {
        self.begin(cx);
        let thought = self.thoughts.remove(id).unwrap_or_default();
        let took = thought.started.map_or(0, |started| cx.now.saturating_sub(started) / millis(1));
        emit_thought("end", id, &thought.text, took as i64, of, cx);
    }
}

fn emit_text(kind: Kind, text: &str, id: &str, cx: &mut Cx<'_>) {
    cx.emit(&Event { text, id, role: "assistant", flags: flag::SYNTHETIC, ..Event::new(kind) });
}

fn emit_thought(name: &str, id: &str, text: &str, ms: i64, of: Of<'_>, cx: &mut Cx<'_>) {
    cx.emit(&Event {
        name,
        id,
        text,
        value: ms,
        flags: if name == "end" { flag::FINAL } else { 0 },
        role: "assistant",
        type_: of.type_,
        json: of.json,
        body: of.body,
        ..Event::new(Kind::Reasoning)
    });
}
