//! From a message of the server to events and the mirror.

use super::Voxta;
use super::frame::{self, Frame, Running, Scalar, arguments, role};
use super::link::Link;
use super::mirror::Ai;
use super::name::Name;
use super::pin::Found;
use crate::model::{Error, Event, Kind, Status, flag};
use crate::protocol::Cx;

impl Voxta {
    /// Takes one message in. False says that what was only guessed to be the message is no JSON.
    pub(super) fn message(&mut self, json: &str, guessed: bool, cx: &mut Cx<'_>) -> bool {
        if let Some(type_) = frame::peek(json) {
            let name = Name::of(type_);
            // What neither the client nor the host needs is not read any further.
            if !name.matters() && !cx.wants(Kind::Service) && !self.desk.awaits(type_) {
                return true;
            }
        }
        match frame::read(json) {
            Ok(frame) => self.decoded(&frame, json, cx),
            Err(_) if guessed => return false,
            Err(why) => invalid(json.as_bytes(), &why, cx),
        }
        true
    }

    fn decoded(&mut self, frame: &Frame<'_>, json: &str, cx: &mut Cx<'_>) {
        let Scalar::Text(type_) = &frame.type_ else { return untyped(json, cx) };
        let name = Name::of(type_);
        self.desk.answered(type_, json, cx);
        if self.link == Link::Introduced {
            match name {
                Name::Welcome => return self.welcomed(json, cx),
                Name::Error => return self.unwelcome(frame.message.as_str(), cx),
                _ => {}
            }
        }
        if name == Name::AuthenticationRequired {
            let text = "the server wants a key that it knows (option credential)";
            return self.refused(Error::new(Status::Unauthorized, text), cx);
        }
        let session = frame.session_id.as_str();
        if name.of_a_chat() && !session.is_empty() && !self.pinned(session) {
            // It belongs to a chat that this client takes no part in.
            return cx.emit(&Event { type_, json, id: session, ..Event::new(Kind::Service) });
        }
        match name {
            Name::ChatStarted => self.chat_started(frame, type_, json, cx),
            Name::ChatClosed => self.unpin(Some((type_, json)), cx),
            Name::ChatsSessionsUpdated | Name::ChatSessionsUpdated => {
                self.plain(frame, type_, json, cx);
                let running = frame.sessions.and_then(|raw| serde_json::from_str::<Vec<Running>>(raw.get()).ok());
                self.sessions(&running.unwrap_or_default(), type_, json, cx);
            }
            Name::ChatParticipantsUpdated => self.participants(frame, type_, json, cx),
            Name::ChatFlow => self.flow(frame, type_, json, cx),
            Name::ReplyGenerating | Name::ReplyStart => self.reply_begins(frame, type_, json, cx),
            Name::ReplyChunk => self.chunk(frame, type_, json, cx),
            Name::ReplyEnd => self.reply_ends(frame, type_, json, cx),
            Name::ReplyCancelled => self.reply_cancelled(frame, type_, json, cx),
            Name::ReplyThink | Name::ReplyThinking => {
                let sender = frame.sender_id.as_str();
                cx.emit(&Event {
                    type_,
                    json,
                    text: frame.text.as_str(),
                    id: frame.message_id.as_str(),
                    sender,
                    name: self.mirror.name_of(sender),
                    role: "assistant",
                    ..Event::new(Kind::Reasoning)
                });
            }
            Name::Update | Name::Updated | Name::Message => self.record_of_a_message(frame, type_, json, cx),
            Name::RecognitionStart | Name::RecognitionPartial | Name::RecognitionEnd => {
                self.recognized(name, frame, type_, json, cx);
            }
            Name::PlaybackStart => {
                self.plain(frame, type_, json, cx);
                self.set_ai(Ai::Speaking, type_, json, cx);
            }
            Name::PlaybackComplete => {
                self.plain(frame, type_, json, cx);
                self.set_ai(Ai::Idle, type_, json, cx);
            }
            Name::InterruptSpeech => {
                let id = frame.message_id.as_str();
                cx.emit(&Event { type_, json, id, status: Status::Cancelled, ..Event::new(Kind::AudioEnded) });
                self.cut((!id.is_empty()).then_some(id), cx);
                self.set_ai(Ai::Idle, type_, json, cx);
            }
            Name::RecordingRequest => {
                let wanted = frame.enabled.flag() == Some(true);
                cx.emit(&Event { type_, json, value: i64::from(wanted), ..Event::new(Kind::Microphone) });
                self.microphone_wanted(wanted, cx);
            }
            Name::Action | Name::AppTrigger => self.trigger(name, frame, type_, json, cx),
            Name::ContextUpdated => {
                self.plain(frame, type_, json, cx);
                if let Some(flags) = frame.flags {
                    self.mirror.flags = frame::flag_names(flags);
                    cx.mirror_changed();
                }
            }
            Name::Welcome => {
                self.mirror.connected = true;
                self.mirror.server_version = frame.voxta_server_version.as_str().to_owned();
                self.mirror.api_version = frame.api_version.as_str().to_owned();
                self.plain(frame, type_, json, cx);
                cx.mirror_changed();
            }
            _ => self.plain(frame, type_, json, cx),
        }
    }

    /// A message that has no kind of its own. The status says whether it reports an error.
    fn plain(&self, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let error = matches!(Name::of(type_), Name::Error | Name::ChatSessionError | Name::MissingResourcesError);
        let id =
            [&frame.message_id, &frame.request_id, &frame.vision_capture_request_id, &frame.chat_id, &frame.session_id]
                .into_iter()
                .map(Scalar::as_str)
                .find(|id| !id.is_empty())
                .unwrap_or_default();
        let text = match frame.message.as_str() {
            "" => frame.text.as_str(),
            message => message,
        };
        let flag = frame.paused.flag().or_else(|| frame.enabled.flag());
        cx.emit(&Event {
            type_,
            json,
            id,
            text,
            name: match frame.code.as_str() {
                "" => frame.name.as_str(),
                code => code,
            },
            sender: frame.sender_id.as_str(),
            value: i64::from(flag == Some(true)),
            status: if error { Status::Service } else { Status::Ok },
            ..Event::new(Kind::Service)
        });
    }

    fn chat_started(&mut self, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let session = frame.session_id.as_str();
        if session.is_empty() {
            return cx.emit(&Event { type_, json, status: Status::Protocol, ..Event::new(Kind::Service) });
        }
        let found = Found {
            session,
            chat: frame.chat_id.as_str(),
            characters: frame::characters(frame.characters).unwrap_or_default(),
            begun: true,
            type_,
            json,
            name: frame.title.as_str(),
        };
        self.begun(&found, cx);
    }

    fn participants(&mut self, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let list = frame::characters(frame.characters);
        let status = if list.is_some() { Status::Ok } else { Status::Protocol };
        if let Some(list) = list {
            self.mirror.characters = list;
            cx.mirror_changed();
        }
        let first = self.mirror.characters.first();
        cx.emit(&Event {
            type_,
            json,
            status,
            value: self.mirror.characters.len() as i64,
            sender: first.map_or("", |first| first.id.as_str()),
            name: first.map_or("", |first| first.name.as_str()),
            ..Event::new(Kind::Characters)
        });
    }

    fn flow(&mut self, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let word = frame.state.as_str();
        let ai = Ai::of_flow(word);
        // A chat that waits for the user while a reply is still being spoken does not stop speaking.
        let ai = if ai == Some(Ai::Idle) && self.mirror.ai_state == Ai::Speaking { Some(Ai::Speaking) } else { ai };
        if let Some(ai) = ai
            && ai != self.mirror.ai_state
        {
            self.mirror.ai_state = ai;
            cx.mirror_changed();
        }
        cx.emit(&Event {
            type_,
            json,
            text: word,
            name: word,
            value: ai.map_or(-1, |ai| ai as i64),
            status: if frame.state.no_text() { Status::Protocol } else { Status::Ok },
            ..Event::new(Kind::AiState)
        });
    }

    /// What the AI does has changed, as another message says.
    pub(super) fn set_ai(&mut self, ai: Ai, type_: &str, json: &str, cx: &mut Cx<'_>) {
        if self.mirror.ai_state == ai {
            return;
        }
        self.mirror.ai_state = ai;
        if ai == Ai::Idle {
            self.mirror.reply_id = None;
            self.mirror.current_speaker_id = None;
        }
        cx.mirror_changed();
        let (name, value) = (ai.name(), ai as i64);
        cx.emit(&Event { type_, json, name, text: name, value, flags: flag::SYNTHETIC, ..Event::new(Kind::AiState) });
    }

    /// A message as the chat keeps it. One without a text was deleted.
    fn record_of_a_message(&self, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let sender = match frame.sender_id.as_str() {
            "" => frame.character_id.as_str(),
            sender => sender,
        };
        let time = match &frame.timestamp {
            // Milliseconds, where the number is too large for seconds.
            Scalar::Number(time) if *time > 1e11 => time / 1000.0,
            Scalar::Number(time) => *time,
            _ => 0.0,
        };
        cx.emit(&Event {
            type_,
            json,
            text: frame.text.as_str(),
            id: frame.message_id.as_str(),
            sender,
            name: self.mirror.name_of(sender),
            role: &role(&frame.role),
            time,
            value: if matches!(frame.text, Scalar::Null | Scalar::Absent) { -1 } else { 0 },
            status: if frame.text.no_text() { Status::Protocol } else { Status::Ok },
            ..Event::new(Kind::Message)
        });
    }

    fn recognized(&mut self, name: Name, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let text = frame.text.as_str();
        let event = Event { type_, json, ..Event::new(Kind::VoiceActivity) };
        match name {
            Name::RecognitionStart => {
                cx.emit(&Event { value: 1, ..event });
                if self.settings.barge_in && self.mirror.ai_state != Ai::Idle {
                    self.interrupt(0, cx);
                }
            }
            Name::RecognitionPartial => cx.emit(&Event { kind: Kind::Transcript, text, role: "user", ..event }),
            _ => {
                cx.emit(&Event { flags: flag::SYNTHETIC, name: frame.reason.as_str(), ..event });
                // Without a text nothing was understood, or the user has changed their mind.
                if !text.is_empty() {
                    cx.emit(&Event { kind: Kind::Transcript, text, role: "user", flags: flag::FINAL, ..event });
                    if self.settings.send_transcript {
                        self.say_heard(text, cx);
                    }
                }
            }
        }
    }

    /// What the AI wants done. An app trigger with an id waits for its completion, so it is a call of a tool.
    fn trigger(&mut self, name: Name, frame: &Frame<'_>, type_: &str, json: &str, cx: &mut Cx<'_>) {
        let trigger = frame.trigger_id.as_str();
        let called = name == Name::AppTrigger && !trigger.is_empty();
        let what = if name == Name::Action { &frame.value } else { &frame.name };
        cx.emit(&Event {
            type_,
            json,
            text: &arguments(frame.arguments),
            id: if called { trigger } else { frame.message_id.as_str() },
            name: what.as_str(),
            sender: frame.sender_id.as_str(),
            role: &role(&frame.role),
            status: if what.as_str().is_empty() { Status::Protocol } else { Status::Ok },
            ..Event::new(if called { Kind::ToolCall } else { Kind::Trigger })
        });
        if called {
            self.triggers.push(trigger.to_owned());
        }
    }
}

/// JSON that is no message of this protocol. It is shown, and the link goes on.
fn untyped(json: &str, cx: &mut Cx<'_>) {
    let text = "the hub sent an object without a $type";
    cx.emit(&Event { status: Status::Protocol, text, json, ..Event::new(Kind::Service) });
}

/// A call of a method that this client does not know.
pub(super) fn unknown_target(target: &str, json: &str, cx: &mut Cx<'_>) {
    let text = format!("the hub called \"{target}\", which is not ReceiveMessage");
    cx.emit(&Event { type_: target, text: &text, json, status: Status::Protocol, ..Event::new(Kind::Service) });
}

/// Something that can not be read. It is shown as the bytes that it is, and the link goes on.
pub(super) fn invalid(data: &[u8], why: &str, cx: &mut Cx<'_>) {
    let text = format!("the hub sent something that can not be read: {why}");
    cx.emit(&Event { status: Status::Protocol, text: &text, data, ..Event::new(Kind::Service) });
}
