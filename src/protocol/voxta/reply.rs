//! The reply that is being made: its pieces become deltas, sentences and speech.

use std::borrow::Cow;

use super::acks::Piece;
use super::frame::{Frame, role};
use super::mirror::Ai;
use super::settings::Acknowledge;
use super::speaker::{Clip, Item, Sound};
use super::{EAR, HUB, Voxta};
use crate::model::{Event, Kind, Nanos, Status, flag, millis};
use crate::protocol::Cx;
use crate::protocol::signalr::invocation;

/// How often it is looked at what an audio thread has heard.
const LISTEN: Nanos = millis(40);

/// The reply that the last message was about.
#[derive(Debug, Default)]
pub(super) struct Reply {
    id: String,
    sender: String,
    /// Where the text of the last chunk ended.
    end: f64,
    spaced: bool,
}

/// Who says it, for an event.
struct Voice<'a> {
    id: &'a str,
    sender: &'a str,
    name: &'a str,
}

impl Voxta {
    fn voice<'a>(&'a self, frame: &'a Frame<'_>) -> Voice<'a> {
        let sender = match frame.sender_id.as_str() {
            "" => self.reply.sender.as_str(),
            sender => sender,
        };
        Voice { id: frame.message_id.as_str(), sender, name: self.mirror.name_of(sender) }
    }

    /// A reply begins. Two messages say so, and either may be missing: the first that comes is the one that counts.
    pub(super) fn reply_begins(&mut self, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let id = frame.message_id.as_str();
        let news = self.reply.id != id || id.is_empty();
        if news {
            self.finish_sentence(cx);
            self.reply = Reply { id: id.to_owned(), sender: frame.sender_id.as_str().to_owned(), ..Reply::default() };
            self.mirror.reply_id = Some(id.to_owned());
            self.mirror.current_speaker_id = Some(frame.sender_id.as_str().to_owned());
            if !id.is_empty() {
                self.acks.begins(id);
            }
        }
        let voice = self.voice(frame);
        let part = match role(&frame.role) {
            part if part.is_empty() => Cow::Borrowed("assistant"),
            part => part,
        };
        cx.emit(&Event {
            type_,
            json,
            id: voice.id,
            sender: voice.sender,
            name: voice.name,
            role: &part,
            ..Event::new(if news { Kind::ReplyStarted } else { Kind::Service })
        });
        self.set_ai(Ai::Thinking, type_, json, cx);
        cx.mirror_changed();
    }

    pub(super) fn chunk(&mut self, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let id = frame.message_id.as_str();
        if self.reply.id != id {
            // Its beginning was never told.
            self.finish_sentence(cx);
            self.reply = Reply { id: id.to_owned(), sender: frame.sender_id.as_str().to_owned(), ..Reply::default() };
            self.mirror.reply_id = Some(id.to_owned());
            self.mirror.current_speaker_id = Some(frame.sender_id.as_str().to_owned());
            cx.mirror_changed();
        }
        let start = frame.start_index.number().unwrap_or(self.reply.end);
        let text = frame.text.as_str();
        // The server leaves the white space between two chunks out and counts it.
        let gap = start > self.reply.end && self.reply.end > 0.0;
        let glued = gap && !self.reply.spaced && !text.starts_with(char::is_whitespace);
        let text: Cow<'_, str> = if glued { Cow::Owned(format!(" {text}")) } else { Cow::Borrowed(text) };
        let end = frame.end_index.number().unwrap_or(start + text.chars().count() as f64);
        self.reply.end = end;
        self.reply.spaced = text.ends_with(char::is_whitespace);
        let voice = self.voice(frame);
        let faulty = frame.text.no_text() || frame.message_id.no_text();
        cx.emit(&Event {
            type_,
            json,
            text: &text,
            id: voice.id,
            sender: voice.sender,
            name: voice.name,
            role: "assistant",
            value: start as i64,
            status: if faulty { Status::Protocol } else { Status::Ok },
            ..Event::new(Kind::TextDelta)
        });
        self.sentences(&text, cx);
        let piece = Piece { start, end, narration: frame.is_narration.flag() == Some(true), ..Piece::default() };
        self.speaker.push(Item::Clip(Clip {
            reply: id.to_owned(),
            sender: self.reply.sender.clone(),
            json: json.to_owned(),
            piece,
            sound: self.speaker.sound(frame.audio_url.as_str()),
        }));
        self.play(cx);
    }

    fn sentences(&mut self, text: &str, cx: &mut Cx<'_>) {
        let mut splitter = std::mem::take(&mut self.splitter);
        splitter.push(text, |sentence| self.sentence(sentence, cx));
        self.splitter = splitter;
    }

    /// What is left of a reply's text is its last sentence.
    fn finish_sentence(&mut self, cx: &mut Cx<'_>) {
        let mut splitter = std::mem::take(&mut self.splitter);
        splitter.finish(|sentence| self.sentence(sentence, cx));
        self.splitter = splitter;
    }

    fn sentence(&self, text: &str, cx: &mut Cx<'_>) {
        let sender = self.reply.sender.as_str();
        cx.emit(&Event {
            text,
            id: &self.reply.id,
            sender,
            name: self.mirror.name_of(sender),
            role: "assistant",
            flags: flag::SYNTHETIC,
            ..Event::new(Kind::Sentence)
        });
    }

    pub(super) fn reply_ends(&mut self, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let id = frame.message_id.as_str().to_owned();
        if self.reply.id == id {
            self.finish_sentence(cx);
        }
        let voice = self.voice(frame);
        cx.emit(&Event {
            type_,
            json,
            id: voice.id,
            sender: voice.sender,
            name: "end",
            role: "assistant",
            ..Event::new(Kind::ReplyEnded)
        });
        self.speaker.push(Item::End(id));
        self.play(cx);
    }

    pub(super) fn reply_cancelled(&mut self, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let id = frame.message_id.as_str();
        if self.reply.id == id {
            // What was not a whole sentence is never said.
            self.splitter = Default::default();
        }
        cx.emit(&Event {
            type_,
            json,
            id,
            sender: &self.reply.sender,
            name: "cancelled",
            role: "assistant",
            status: Status::Cancelled,
            ..Event::new(Kind::ReplyEnded)
        });
        self.cut(Some(id), cx);
        self.set_ai(Ai::Idle, type_, json, cx);
    }

    /// The chat that the reply belongs to is gone.
    pub(super) fn reply_over(&mut self, cx: &mut Cx<'_>) {
        self.finish_sentence(cx);
        if !self.reply.id.is_empty() && self.speaker.cut(None) {
            let id = std::mem::take(&mut self.reply.id);
            cx.emit(&Event {
                id: &id,
                status: Status::Cancelled,
                flags: flag::SYNTHETIC,
                ..Event::new(Kind::AudioEnded)
            });
        }
        self.reply = Reply::default();
    }

    /// Hands out what can be heard now, in its order, and fetches what comes next.
    pub(super) fn play(&mut self, cx: &mut Cx<'_>) {
        let headers = self.key_headers();
        self.speaker.fetch(&self.endpoint, &headers, cx);
        let session = self.mirror.session_id.clone().unwrap_or_default();
        let own = self.settings.acknowledge == Acknowledge::Library;
        let ear = self.settings.acknowledge == Acknowledge::Ear && cx.listened();
        let heard = self.settings.speech != super::settings::Speech::None;
        let mut acks = Vec::new();
        while let Some(item) = self.speaker.next() {
            match item {
                Item::Clip(mut clip) => {
                    self.heard_clip(&clip, cx);
                    if ear {
                        // What the library has not decoded no audio thread can hear.
                        clip.piece.voiced &= matches!(clip.sound, Sound::Pcm(_));
                        self.acks.listened(&clip.reply);
                    }
                    self.acks.piece(&session, &clip.reply, clip.piece, own, &mut acks);
                }
                Item::End(id) => {
                    if heard {
                        cx.emit(&Event { id: &id, flags: flag::SYNTHETIC, ..Event::new(Kind::AudioEnded) });
                    }
                    self.acks.whole(&session, &id, own, heard, &mut acks);
                }
            }
            self.speaker.fetch(&self.endpoint, &headers, cx);
        }
        self.acknowledge(acks, cx);
        if ear {
            self.listen(cx);
        }
    }

    /// Reports what an audio thread has heard since the last look, and looks again in a while.
    pub(super) fn listen(&mut self, cx: &mut Cx<'_>) {
        let unheard = self.acks.unheard();
        if unheard.is_empty() {
            return;
        }
        let session = self.mirror.session_id.clone().unwrap_or_default();
        let mut acks = Vec::new();
        if cx.listened() {
            for id in unheard {
                let heard = cx.heard(&id).map(|heard| (heard.ms, heard.whole));
                self.acks.heard(&session, &id, heard, &mut acks);
            }
            cx.timer(EAR, cx.now.saturating_add(LISTEN));
        } else {
            // The ear is gone, and nobody will hear the rest.
            for id in unheard {
                self.acks.cut(&session, Some(&id), &mut acks);
            }
        }
        self.acknowledge(acks, cx);
    }

    fn heard_clip(&self, clip: &Clip, cx: &mut Cx<'_>) {
        let event = Event {
            type_: "replyChunk",
            id: &clip.reply,
            sender: &clip.sender,
            role: "assistant",
            json: &clip.json,
            ..Event::new(Kind::Audio)
        };
        match &clip.sound {
            Sound::Pcm(pcm) => {
                cx.emit(&Event { name: "pcm16", value: i64::from(pcm.rate), data: &pcm.data, ..event });
            }
            Sound::Encoded(name, data) => cx.emit(&Event { name, data, ..event }),
            Sound::Failed(error) => cx.emit(&Event { status: error.status, text: &error.text, ..event }),
            Sound::Nothing | Sound::Url(_) | Sound::Fetching(_) => {}
        }
    }

    /// Sends acknowledgements. They are the library's own and nobody waits for their completion.
    pub(super) fn acknowledge(&mut self, acks: Vec<String>, cx: &mut Cx<'_>) {
        for ack in acks {
            cx.send_text(HUB, invocation(None, "SendMessage", &ack));
        }
    }

    /// Whether an audio thread has something of a reply still to hear; without an id, of any.
    pub(super) fn sounding(&self, id: Option<&str>, cx: &Cx<'_>) -> bool {
        match id {
            Some(id) => cx.heard(id).is_some_and(|heard| !heard.whole),
            None => cx.listened(),
        }
    }

    /// A reply is broken off; without an id, all are: what is to be heard of it is dropped, and the server is told that
    /// nobody waits for it any more.
    pub(super) fn cut(&mut self, id: Option<&str>, cx: &mut Cx<'_>) {
        let Some(session) = self.mirror.session_id.clone() else { return };
        self.speaker.cut(id);
        if self.sounding(id, cx) {
            cx.silence();
        }
        let mut acks = Vec::new();
        self.acks.cut(&session, id, &mut acks);
        self.acknowledge(acks, cx);
    }
}
