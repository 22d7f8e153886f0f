//! What is known of the gateway's state, and the snapshot that it starts from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::subscription::Subscription;
use crate::protocol::wire::{Text, push_json_str};

/// The states of the AI, by their number in events.
const AI_STATES: [&str; 3] = ["idle", "thinking", "speaking"];

/// The number of an AI state: 0 idle, 1 thinking, 2 speaking, -1 one that this library does not know.
pub(super) fn ai_number(state: &str) -> i64 {
    match state {
        "idle" => 0,
        "thinking" => 1,
        "speaking" => 2,
        _ => -1,
    }
}

/// A state as the mirror keeps it: the known ones cost no memory of their own.
fn ai_state(state: &str) -> Cow<'static, str> {
    match usize::try_from(ai_number(state)) {
        Ok(known) => Cow::Borrowed(AI_STATES[known]),
        Err(_) => Cow::Owned(state.to_owned()),
    }
}

/// The characters of a chat: their names for events, and the service's own list for the mirror.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Characters {
    raw: String,
    list: Vec<(String, String)>,
}

impl Characters {
    /// Reads the service's list. A member that is no character is passed over; what is no list at all is `None`.
    pub(super) fn read(raw: &RawValue) -> Option<Characters> {
        #[derive(serde::Deserialize)]
        struct Lenient<'a> {
            #[serde(borrow, default)]
            id: Text<'a>,
            #[serde(borrow, default)]
            name: Text<'a>,
        }
        let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
        if items.is_empty() {
            return Some(Characters::default());
        }
        let list = items.iter().filter_map(|item| {
            let one: Lenient<'_> = serde_json::from_str(item.get()).ok()?;
            Some((one.id.get()?.to_owned(), one.name.as_str().to_owned()))
        });
        Some(Characters { list: list.collect(), raw: raw.get().to_owned() })
    }

    /// The name of a character, or empty.
    pub(super) fn name_of(&self, id: &str) -> &str {
        self.list.iter().find(|(known, _)| known == id).map_or("", |(_, name)| name)
    }

    /// Id and name of the first one.
    pub(super) fn first(&self) -> Option<(&str, &str)> {
        self.list.first().map(|(id, name)| (id.as_str(), name.as_str()))
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.list.len()
    }
}

/// The state of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mirror {
    /// Whether the gateway has its own connection to Voxta.
    pub(super) voxta: bool,
    pub(super) chat: bool,
    pub(super) ai_state: Cow<'static, str>,
    /// Who speaks now.
    pub(super) speaker: Option<String>,
    /// Who spoke the last sentence.
    pub(super) last_speaker: Option<String>,
    pub(super) external: bool,
    pub(super) external_source: Option<String>,
    pub(super) characters: Characters,
}

impl Default for Mirror {
    fn default() -> Mirror {
        Mirror {
            voxta: false,
            chat: false,
            ai_state: Cow::Borrowed(AI_STATES[0]),
            speaker: None,
            last_speaker: None,
            external: false,
            external_source: None,
            characters: Characters::default(),
        }
    }
}

impl Mirror {
    /// Takes a new state of the AI in; whether it is another one.
    pub(super) fn take_ai_state(&mut self, state: &str) -> bool {
        if state == "idle" {
            self.speaker = None;
        }
        let changed = *self.ai_state != *state;
        if changed {
            // In place and by kind: a value that a function hands back is written twice and waited for between.
            match AI_STATES.iter().find(|known| **known == state) {
                Some(known) => self.ai_state = Cow::Borrowed(known),
                None => self.ai_state = Cow::Owned(state.to_owned()),
            }
        }
        changed
    }

    /// Whether the service takes part in a conversation now.
    pub(super) const fn ready(&self) -> bool {
        self.voxta && self.chat
    }

    /// The character that a report about the loudspeaker is about when the host does not say.
    pub(super) fn likely_speaker(&self) -> Option<&str> {
        let known = self.speaker.as_deref().or(self.last_speaker.as_deref());
        known.or_else(|| self.characters.first().map(|(id, _)| id))
    }

    /// Writes it as one JSON object.
    pub(super) fn write(&self, client_id: &str, subscription: &Subscription, queued: usize, out: &mut String) {
        fn flag(out: &mut String, name: &str, value: bool) {
            out.push_str(name);
            out.push_str(if value { "true" } else { "false" });
        }
        fn text(out: &mut String, name: &str, value: Option<&str>) {
            out.push_str(name);
            match value {
                Some(value) => push_json_str(out, value),
                None => out.push_str("null"),
            }
        }
        out.push_str("{\"protocol\":\"gateway\"");
        flag(out, ",\"connected\":", self.voxta);
        flag(out, ",\"chat_active\":", self.chat);
        text(out, ",\"ai_state\":", Some(self.ai_state.as_ref()));
        text(out, ",\"current_speaker_id\":", self.speaker.as_deref());
        flag(out, ",\"external_speaker_active\":", self.external);
        text(out, ",\"external_speaker_source\":", self.external_source.as_deref());
        out.push_str(",\"characters\":");
        out.push_str(if self.characters.raw.is_empty() { "[]" } else { &self.characters.raw });
        text(out, ",\"client_id\":", Some(client_id));
        out.push_str(",\"events\":");
        subscription.push_wanted(out);
        out.push_str(",\"queued\":");
        // Writing into memory has nothing that can fail.
        let _ = write!(out, "{queued}");
        out.push('}');
    }
}

/// What a snapshot holds.
#[derive(Debug)]
pub(super) struct Snapshot<'a> {
    pub(super) mirror: Mirror,
    /// The object `state`, as it stands in the message.
    pub(super) body: &'a str,
    /// Whether some member was not as it should be.
    pub(super) faulty: bool,
}

/// Reads a snapshot message. What can not be read has its value of rest.
pub(super) fn read_snapshot(json: &str) -> Snapshot<'_> {
    #[derive(serde::Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        state: &'a RawValue,
    }
    let nothing = |body| Snapshot { mirror: Mirror::default(), body, faulty: true };
    let Ok(Envelope { state }) = serde_json::from_str::<Envelope<'_>>(json) else { return nothing("") };
    let Ok(members) = serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(state.get()) else {
        return nothing("");
    };
    let body = state.get();
    let mut faulty = false;
    let mut flag = |name: &str, default: bool| match members.get(name).map(|value| value.get()) {
        Some("true") => true,
        Some("false") => false,
        None | Some("null") => default,
        Some(_) => {
            faulty = true;
            default
        }
    };
    // A snapshot that does not speak of Voxta is not one that says that Voxta is gone.
    let voxta = flag("connected", true);
    let chat = flag("chat_active", false);
    let external = flag("external_speaker_active", false);
    let mut text = |name: &str| {
        let value = members.get(name)?;
        match serde_json::from_str::<Text<'_>>(value.get()) {
            Ok(Text::Is(text)) => Some(text.into_owned()),
            Ok(Text::Absent) => None,
            Ok(Text::Wrong) | Err(_) => {
                faulty = true;
                None
            }
        }
    };
    let state = text("ai_state");
    let speaker = text("current_speaker_id");
    let external_source = text("external_speaker_source");
    let characters = match members.get("characters") {
        Some(raw) if raw.get() != "null" => Characters::read(raw).unwrap_or_else(|| {
            faulty = true;
            Characters::default()
        }),
        _ => Characters::default(),
    };
    let mut mirror = Mirror { voxta, external, external_source, ..Mirror::default() };
    // Without Voxta there is no chat, whatever the gateway still remembers of one.
    if voxta {
        mirror.chat = chat;
        if let Some(state) = state {
            mirror.ai_state = ai_state(&state);
        }
        mirror.speaker = speaker;
        mirror.characters = characters;
    }
    Snapshot { mirror, body, faulty }
}

#[cfg(test)]
mod tests {
    use super::{Subscription, read_snapshot};

    #[test]
    fn a_snapshot_is_read_and_shown() {
        let json = r#"{"type":"snapshot","state":{"connected":true,"chat_active":true,"ai_state":"speaking",
            "current_speaker_id":"c1","external_speaker_active":false,"external_speaker_source":null,
            "characters":[{"id":"c1","name":"Ann","creator_notes":"x"},7,{"name":"no id"}]}}"#;
        let snapshot = read_snapshot(json);
        assert!(!snapshot.faulty && snapshot.mirror.ready() && snapshot.body.starts_with("{\"connected\":true"));
        assert_eq!(snapshot.mirror.characters.name_of("c1"), "Ann");
        assert_eq!(snapshot.mirror.likely_speaker(), Some("c1"));
        let mut out = String::new();
        let all = Subscription::from_options("all", "").expect("good");
        snapshot.mirror.write("me\"", &all, 2, &mut out);
        let shown: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(shown["characters"][0]["creator_notes"], "x");
        assert_eq!((shown["client_id"].as_str(), shown["queued"].as_i64()), (Some("me\""), Some(2)));
    }

    #[test]
    fn a_faulty_snapshot_is_read_as_far_as_it_goes() {
        let snapshot = read_snapshot(r#"{"state":{"connected":1,"chat_active":true,"ai_state":5,"characters":{}}}"#);
        assert!(snapshot.faulty && snapshot.mirror.ready() && snapshot.mirror.ai_state == "idle");
        for json in [r#"{"type":"snapshot"}"#, r#"{"state":null}"#, r#"{"state":[]}"#, "", r#"{"state":{},"state":{}}"#]
        {
            let snapshot = read_snapshot(json);
            assert!(snapshot.faulty && !snapshot.mirror.chat, "{json}");
        }
    }

    #[test]
    fn without_voxta_there_is_no_chat() {
        let json =
            r#"{"state":{"connected":false,"chat_active":true,"ai_state":"thinking","characters":[{"id":"a"}]}}"#;
        let snapshot = read_snapshot(json);
        assert!(!snapshot.mirror.chat && snapshot.mirror.ai_state == "idle" && snapshot.mirror.characters.len() == 0);
    }
}
