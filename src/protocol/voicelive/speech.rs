//! What is spoken: pieces of speech, sentences, who speaks, and what happens when somebody cuts in.

use std::borrow::Cow;

use super::audio::decode;
use super::frame::{Frame, whole};
use super::playback::Cut;
use super::{AI_STATES, SOCKET, VoiceLive, inbox};
use crate::model::{Event, Kind, Status, flag};
use crate::protocol::Cx;
use crate::protocol::wire::{Text, push_json_str};

impl VoiceLive {
    /// A piece of speech.
    pub(super) fn audio_delta(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let id = frame.response_id.as_str();
        let reply = self.replies.of(id);
        if reply.muted {
            return;
        }
        let first = !std::mem::replace(&mut reply.speaks, true);
        let Some(base64) = frame.delta.get() else { return inbox::service(frame, json, cx) };
        if decode(base64, &mut self.pcm).is_err() {
            return inbox::unreadable(json.as_bytes(), "the audio of a message is not base64", cx);
        }
        let format = self.settings.output;
        let index = whole(frame.content_index);
        self.playback.received(id, frame.item_id.as_str(), index, format.lasts(self.pcm.len()));
        if first {
            self.set_ai(2, cx);
        }
        if !cx.wants(Kind::Audio) {
            return;
        }
        // The message without its speech, which stands in `data` already: everything else of it is kept.
        let json = match &frame.delta {
            Text::Is(Cow::Borrowed(delta)) => {
                let start = delta.as_ptr() as usize - json.as_ptr() as usize;
                self.shown.clear();
                self.shown.push_str(&json[..start]);
                self.shown.push_str(&json[start + delta.len()..]);
                self.shown.as_str()
            }
            _ => json,
        };
        cx.emit(&Event {
            value: i64::from(format.rate),
            type_: frame.type_.as_str(),
            id,
            name: format.name,
            role: "assistant",
            data: &self.pcm,
            json,
            ..Event::new(Kind::Audio)
        });
    }

    pub(super) fn audio_done(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let id = frame.response_id.as_str();
        let reply = self.replies.of(id);
        if reply.muted {
            return;
        }
        reply.speaks = false;
        cx.emit(&Event { type_: frame.type_.as_str(), id, json, ..Event::new(Kind::AudioEnded) });
    }

    /// A piece of text, written or spoken.
    pub(super) fn text_delta(&mut self, frame: &Frame<'_>, json: &str, spoken: bool, cx: &mut Cx<'_>) {
        let id = frame.response_id.as_str();
        let Some(delta) = frame.delta.get() else { return inbox::service(frame, json, cx) };
        let name = if spoken { "transcript" } else { "text" };
        let type_ = frame.type_.as_str();
        cx.emit(&Event { type_, text: delta, id, name, role: "assistant", json, ..Event::new(Kind::TextDelta) });
        let reply = self.replies.of(id);
        reply.text.push_str(delta);
        reply.splitter.push(delta, |sentence| cx.emit(&sentence_event(id, sentence)));
        if self.ai == 0 {
            self.set_ai(1, cx);
        }
    }

    /// A text is complete: what is left of it is a sentence.
    pub(super) fn text_done(&mut self, frame: &Frame<'_>, cx: &mut Cx<'_>) {
        let id = frame.response_id.as_str();
        let reply = self.replies.of(id);
        // A service that sends no pieces sends the whole.
        let whole = if frame.text.as_str().is_empty() { frame.transcript.as_str() } else { frame.text.as_str() };
        if reply.text.is_empty() && !whole.is_empty() {
            reply.text.push_str(whole);
            reply.splitter.push(whole, |sentence| cx.emit(&sentence_event(id, sentence)));
        }
        reply.splitter.finish(|sentence| cx.emit(&sentence_event(id, sentence)));
    }

    /// What the AI does is concluded from its messages.
    pub(super) fn set_ai(&mut self, state: i64, cx: &mut Cx<'_>) {
        if self.ai == state {
            return;
        }
        self.ai = state;
        let name = AI_STATES[usize::try_from(state).unwrap_or(0)];
        cx.emit(&Event { flags: flag::SYNTHETIC, value: state, text: name, name, ..Event::new(Kind::AiState) });
        cx.mirror_changed();
    }

    /// Somebody cuts in: what is spoken is not wanted any more, and the service learns how much of it was heard.
    pub(super) fn barge_in(&mut self, cx: &mut Cx<'_>) {
        // First of all, so that what is asked about next does not grow any more.
        cx.silence();
        let replies = &self.replies;
        let cuts = self.playback.interrupted(cx.now, |id| cx.heard(id), |id| replies.is_active(id));
        let heard = |id: &str| cuts.iter().find(|cut| cut.reply == id).map_or(0, |cut| cut.heard_ms);
        for reply in self.replies.each().filter(|reply| !reply.muted) {
            reply.muted = true;
            if std::mem::take(&mut reply.speaks) {
                cx.emit(&silenced(&reply.id, heard(&reply.id)));
            }
        }
        for (at, cut) in cuts.iter().enumerate() {
            // The reply is done, but the host still has some of it to play.
            if !self.replies.is_active(&cut.reply) && cuts[..at].iter().all(|other| other.reply != cut.reply) {
                cx.emit(&silenced(&cut.reply, cut.heard_ms));
            }
            self.truncate(cut, cx);
        }
    }

    /// Tells the service how much of an item was heard.
    pub(super) fn truncate(&mut self, cut: &Cut, cx: &mut Cx<'_>) {
        if !self.truncate || self.settings.truncates {
            return;
        }
        let event_id = self.desk.event_id();
        let mut item = String::new();
        push_json_str(&mut item, &cut.item);
        cx.send_text(
            SOCKET,
            format!(
                "{{\"type\":\"conversation.item.truncate\",\"event_id\":\"{event_id}\",\"item_id\":{item},\
                 \"content_index\":{},\"audio_end_ms\":{}}}",
                cut.content_index, cut.end_ms
            ),
        );
    }

    /// The replies that were under way when the link broke.
    pub(super) fn replies_lost(&mut self, cx: &mut Cx<'_>) {
        cx.silence();
        let unheard = self.playback.unheard(|id| cx.heard(id));
        let heard = |id: &str| unheard.iter().find(|(known, _)| known == id).map_or(0, |(_, ms)| *ms);
        for (id, ms) in &unheard {
            // What is done and waits for the audio thread is of the old conversation too.
            if !self.replies.is_active(id) {
                cx.emit(&silenced(id, *ms));
            }
        }
        for reply in self.replies.each() {
            if reply.speaks && !reply.muted {
                cx.emit(&silenced(&reply.id, heard(&reply.id)));
            }
            let text = std::mem::take(&mut reply.text);
            cx.emit(&Event {
                status: Status::LinkLost,
                flags: flag::SYNTHETIC,
                text: &text,
                id: &reply.id,
                name: "link_lost",
                role: "assistant",
                ..Event::new(Kind::ReplyEnded)
            });
        }
        self.set_ai(0, cx);
    }
}

/// The end of speech that nobody wants to hear any more: the host drops what it has not played.
fn silenced(id: &str, heard_ms: i64) -> Event<'_> {
    Event { flags: flag::SYNTHETIC, value: heard_ms, id, name: "interrupted", ..Event::new(Kind::AudioEnded) }
}

fn sentence_event<'a>(id: &'a str, sentence: &'a str) -> Event<'a> {
    Event { flags: flag::SYNTHETIC, text: sentence, id, role: "assistant", ..Event::new(Kind::Sentence) }
}
