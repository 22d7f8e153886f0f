//! From a message of the gateway to events and the mirror.

use std::borrow::Cow;

use super::Gateway;
use super::frame::{self, Frame, Shape};
use super::mirror::{Characters, Mirror, ai_number, read_snapshot};
use super::name::Name;
use super::scan::scan_state;
use crate::model::{Event, Kind, Status, flag};
use crate::protocol::Cx;
use crate::protocol::peek::{Peeked, peek_type};
use crate::protocol::wire::Text;

impl Gateway {
    /// Takes one message in: the mirror first, then the host.
    pub(super) fn message(&mut self, json: &str, cx: &mut Cx<'_>) {
        let lazy = cx.lazy();
        let peeked = peek_type(json);
        if let Peeked::Fast { name: name @ "ai_state_changed", after } = peeked
            && lazy
            && let Some(state) = scan_state(json, after)
        {
            return self.state_changed(name, state, json, cx);
        }
        let (type_, first) = match peeked {
            Peeked::Fast { name, after } => (Cow::Borrowed(name), Some((name, after))),
            Peeked::Slow(name) => (name, None),
            Peeked::Untyped(what) => return untyped(json, what, cx),
            Peeked::Invalid(why) => return invalid(json.as_bytes(), &why, cx),
        };
        let name = Name::of(&type_);
        let shown = self.subscription.shows(name, &type_);
        // What neither the mirror nor the host needs is not read any further.
        if name.mirrored() || name.is_answer() || (!lazy && shown && cx.wants(name.kind())) {
            let mut frame = Frame::default();
            match frame::fill(json, first, &mut frame) {
                Ok(()) => self.decoded(&frame, json, cx),
                Err(why) => invalid(json.as_bytes(), &why, cx),
            }
        } else if lazy && shown {
            cx.emit_undecoded(name.kind(), &type_, json);
        }
    }

    /// A new state of the AI, of which the host wants the JSON only.
    fn state_changed(&mut self, type_: &str, state: &str, json: &str, cx: &mut Cx<'_>) {
        if self.subscription.shows(Name::AiStateChanged, type_) {
            cx.emit_undecoded(Kind::AiState, type_, json);
        }
        if self.mirror.take_ai_state(state) {
            cx.mirror_changed();
            self.settle(cx);
        }
    }

    /// A message that has been read.
    fn decoded<'a>(&mut self, frame: &Frame<'a>, json: &'a str, cx: &mut Cx<'_>) {
        // Not what the peek has found: of several types the last one counts.
        let Some(type_) = frame.type_.get() else { return untyped(json, "an object whose type is not a text", cx) };
        let name = Name::of(type_);
        match name {
            Name::Snapshot => return self.snapshot(json, cx),
            Name::Pong if self.desk.ponged(json, cx) => return,
            _ => {}
        }
        // The gateway says every five seconds that Voxta is still away; once is enough.
        let repeated = name == Name::VoxtaDisconnected && std::mem::replace(&mut self.told_down, true);
        let reflected = self.reflect(name, frame);
        let source = frame.data.source.as_str();
        let shown = !repeated && self.subscription.shows(name, type_) && self.subscription.passes(type_, source);
        if shown && cx.wants(name.kind()) {
            self.emit(name, type_, frame, json, cx);
        }
        match reflected {
            Reflected::Same => return,
            Reflected::Changed => {}
            Reflected::Reset(before) => {
                self.announce(&before, &Origin { flags: flag::SYNTHETIC, ..Origin::default() }, cx);
            }
        }
        cx.mirror_changed();
        self.settle(cx);
    }

    /// Writes the mirror from an event.
    fn reflect(&mut self, name: Name, frame: &Frame<'_>) -> Reflected {
        let data = &frame.data;
        let mirror = &mut self.mirror;
        let changed = match name {
            Name::VoxtaConnected => {
                self.told_down = false;
                replace(&mut mirror.voxta, true)
            }
            Name::VoxtaDisconnected => {
                // No chat survives it, although the gateway does not say so.
                let before = std::mem::take(mirror);
                return if before == *mirror { Reflected::Same } else { Reflected::Reset(Box::new(before)) };
            }
            Name::ChatStarted => {
                // It can come without a word about the end of the chat before, and only Voxta can have sent it.
                self.told_down = false;
                mirror.characters = data.characters.and_then(Characters::read).unwrap_or_default();
                mirror.voxta = true;
                mirror.chat = true;
                true
            }
            Name::ChatClosed => {
                mirror.chat = false;
                mirror.speaker = None;
                mirror.last_speaker = None;
                mirror.characters = Characters::default();
                true
            }
            Name::CharactersUpdated => match data.characters.and_then(Characters::read) {
                Some(characters) => replace(&mut mirror.characters, characters),
                None => false,
            },
            Name::AiStateChanged => match data.new_state.get() {
                Some(state) => mirror.take_ai_state(state),
                None => false,
            },
            Name::SpeakerStarted => {
                mirror.external = true;
                mirror.external_source = data.source.get().map(str::to_owned);
                true
            }
            Name::SpeakerStopped => {
                mirror.external_source = None;
                replace(&mut mirror.external, false)
            }
            _ => false,
        };
        if changed { Reflected::Changed } else { Reflected::Same }
    }

    /// Tells the host of one event.
    fn emit<'a>(&mut self, name: Name, type_: &str, frame: &Frame<'a>, json: &'a str, cx: &mut Cx<'_>) {
        let data = &frame.data;
        let mut event = Event { type_, json, time: frame.time, body: frame.body(json), ..Event::new(name.kind()) };
        let mut faulty = frame.time_wrong || frame.shape == Shape::Wrong;
        let missing = |text: &Text<'_>| text.get().is_none();
        match name {
            Name::ClientConnected | Name::ClientDisconnected => {
                event.id = data.client_id.as_str();
                event.sender = event.id;
                event.value = i64::from(name == Name::ClientConnected);
                event.name = if event.value == 1 { "connected" } else { "disconnected" };
                // Anonymous clients can name themselves with null.
                faulty |= data.client_id.is_wrong();
            }
            Name::VoxtaConnected | Name::VoxtaDisconnected => {
                event.value = i64::from(name == Name::VoxtaConnected);
            }
            Name::ChatStarted | Name::CharactersUpdated => {
                faulty |= data.characters.is_some_and(|raw| Characters::read(raw).is_none());
                describe_characters(&self.mirror.characters, &mut event);
            }
            Name::AiStateChanged => {
                event.text = data.new_state.as_str();
                event.name = event.text;
                event.value = ai_number(event.text);
                faulty |= missing(&data.new_state);
            }
            Name::DialogueReceived => {
                event.text = data.text.as_str();
                event.id = data.message_id.as_str();
                event.sender = data.character_id.as_str();
                event.role = match data.source.as_str() {
                    "ai" => "assistant",
                    source => source,
                };
                event.name = match data.author.as_str() {
                    "" => self.mirror.characters.name_of(event.sender),
                    author => author,
                };
                faulty |= missing(&data.text)
                    || [&data.message_id, &data.character_id, &data.source, &data.author].iter().any(|t| t.is_wrong());
            }
            Name::SentenceReady => {
                event.text = data.text.as_str();
                event.id = data.message_id.as_str();
                event.sender = data.character_id.as_str();
                event.role = "assistant";
                faulty |= missing(&data.text) || data.message_id.is_wrong() || data.character_id.is_wrong();
                if let Some(id) = data.character_id.get()
                    && self.mirror.last_speaker.as_deref() != Some(id)
                {
                    self.mirror.last_speaker = Some(id.to_owned());
                }
                event.name = self.mirror.characters.name_of(event.sender);
            }
            Name::AppTrigger => {
                event.name = data.name.as_str();
                event.text = data.arguments.map_or("", |arguments| arguments.get());
                event.sender = data.character_id.as_str();
                faulty |= missing(&data.name) || data.character_id.is_wrong();
            }
            Name::SpeakerStarted | Name::SpeakerStopped => {
                event.name = data.source.as_str();
                event.sender = event.name;
                event.role = event.name;
                event.text = data.reason.as_str();
                event.value = i64::from(name == Name::SpeakerStarted);
                faulty |= missing(&data.source) || data.reason.is_wrong();
            }
            // Nothing is known of their members.
            Name::ChatClosed | Name::Snapshot | Name::Pong | Name::Other => {}
        }
        if faulty {
            event.status = Status::Protocol;
        }
        cx.emit(&event);
    }

    /// A snapshot: it replaces the mirror, and what it changes in it is told.
    pub(super) fn snapshot(&mut self, json: &str, cx: &mut Cx<'_>) {
        let snapshot = read_snapshot(json);
        let last_speaker = self.mirror.last_speaker.take();
        let before = std::mem::replace(&mut self.mirror, Mirror { last_speaker, ..snapshot.mirror });
        self.told_down = false;
        cx.emit(&Event {
            type_: "snapshot",
            json,
            body: snapshot.body,
            value: i64::from(self.mirror.voxta),
            flags: flag::SNAPSHOT,
            status: if snapshot.faulty { Status::Protocol } else { Status::Ok },
            ..Event::new(Kind::Service)
        });
        let origin = Origin { flags: flag::SNAPSHOT, type_: "snapshot", json, body: snapshot.body };
        self.announce(&before, &origin, cx);
        cx.mirror_changed();
        self.settle(cx);
    }

    /// Tells how the mirror differs from what it was before.
    pub(super) fn announce(&self, before: &Mirror, origin: &Origin<'_>, cx: &mut Cx<'_>) {
        let now = &self.mirror;
        let told = |name: Name, type_: &str| self.subscription.shows(name, type_);
        let event = |name: Name| Event {
            flags: origin.flags,
            type_: origin.type_,
            json: origin.json,
            body: origin.body,
            ..Event::new(name.kind())
        };
        if before.chat && !now.chat && told(Name::ChatClosed, "chat_closed") {
            cx.emit(&event(Name::ChatClosed));
        }
        if now.chat && !before.chat && told(Name::ChatStarted, "chat_started") {
            let mut event = event(Name::ChatStarted);
            describe_characters(&now.characters, &mut event);
            cx.emit(&event);
        }
        if now.chat && now.characters != before.characters && told(Name::CharactersUpdated, "characters_updated") {
            let mut event = event(Name::CharactersUpdated);
            describe_characters(&now.characters, &mut event);
            cx.emit(&event);
        }
        if now.ai_state != before.ai_state && told(Name::AiStateChanged, "ai_state_changed") {
            let state = &now.ai_state;
            let event = event(Name::AiStateChanged);
            cx.emit(&Event { text: state, name: state, value: ai_number(state), ..event });
        }
        if now.external != before.external {
            let (name, type_) = if now.external {
                (Name::SpeakerStarted, "external_speaker_started")
            } else {
                (Name::SpeakerStopped, "external_speaker_stopped")
            };
            let source = if now.external { &now.external_source } else { &before.external_source };
            let source = source.as_deref().unwrap_or_default();
            if told(name, type_) && self.subscription.passes(type_, source) {
                let value = i64::from(now.external);
                cx.emit(&Event { name: source, sender: source, role: source, value, ..event(name) });
            }
        }
    }
}

/// What an event has done to the mirror.
enum Reflected {
    Same,
    Changed,
    /// Everything went back to nothing; this is what it was.
    Reset(Box<Mirror>),
}

/// Puts a value in place; whether it is another one.
fn replace<T: PartialEq>(place: &mut T, value: T) -> bool {
    let changed = *place != value;
    *place = value;
    changed
}

/// Where a piece of news comes from that has no message of its own.
#[derive(Default)]
pub(super) struct Origin<'a> {
    pub(super) flags: u32,
    pub(super) type_: &'a str,
    pub(super) json: &'a str,
    pub(super) body: &'a str,
}

/// How many characters there are, and who is the first.
fn describe_characters<'a>(characters: &'a Characters, event: &mut Event<'a>) {
    event.value = characters.len() as i64;
    if let Some((id, name)) = characters.first() {
        event.sender = id;
        event.name = name;
    }
}

/// JSON that is no message of this protocol. It is shown, and the link goes on.
fn untyped(json: &str, what: &str, cx: &mut Cx<'_>) {
    let text = format!("the gateway sent {what}");
    cx.emit(&Event { status: Status::Protocol, text: &text, json, ..Event::new(Kind::Service) });
}

/// Something that is not JSON. It is shown as the bytes that it is, and the link goes on.
pub(super) fn invalid(data: &[u8], why: &str, cx: &mut Cx<'_>) {
    let text = format!("the gateway sent something that is not JSON: {why}");
    cx.emit(&Event { status: Status::Protocol, text: &text, data, ..Event::new(Kind::Service) });
}
