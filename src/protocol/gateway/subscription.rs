//! What the host wants to hear, and what the gateway is asked for: that, and what the mirror is written from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::name::{MIRRORED, Name};
use crate::model::Error;
use crate::protocol::wire::push_json_str;

/// Everything the gateway has.
const ALL: &str = "all";

/// What the host wants to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subscription {
    all: bool,
    events: BTreeSet<String>,
    /// The same for the events that have a number, so that the way of an event compares no text.
    known: u32,
    filters: BTreeMap<String, Vec<String>>,
}

impl Subscription {
    fn new(events: BTreeSet<String>, filters: BTreeMap<String, Vec<String>>) -> Subscription {
        let known = events.iter().map(|event| Name::of(event)).filter(|name| *name != Name::Other);
        let known = known.fold(0, |bits, name| bits | 1 << name as u8);
        Subscription { all: events.contains(ALL), events, known, filters }
    }

    /// From the options `gateway.events` and `gateway.filters`.
    ///
    /// # Errors
    /// The filters are not an object of arrays of texts.
    pub(super) fn from_options(events: &str, filters: &str) -> Result<Subscription, Error> {
        let events = events.split(',').map(str::trim).filter(|event| !event.is_empty()).map(str::to_owned).collect();
        let filters = if filters.trim().is_empty() {
            BTreeMap::new()
        } else {
            let value = serde_json::from_str(filters)
                .map_err(|error| Error::invalid(format!("option gateway.filters is not JSON: {error}")))?;
            read_filters(&value, "option gateway.filters")?
        };
        Ok(Subscription::new(events, filters))
    }

    /// From the action `subscribe`: `{"events":[…],"filters":{…}}`. No `events` is all of them, an empty array none;
    /// no `filters` is no filter.
    ///
    /// # Errors
    /// Which member is not as it should be.
    pub(super) fn from_json(json: &str) -> Result<Subscription, Error> {
        let map = super::catalog::object("subscribe", json)?;
        let mut events = BTreeSet::from([ALL.to_owned()]);
        let mut filters = BTreeMap::new();
        for (key, value) in &map {
            match key.as_str() {
                "events" => {
                    events = texts(value).map(BTreeSet::from_iter).ok_or_else(|| {
                        Error::invalid("subscribe: \"events\" takes an array of event names, such as [\"all\"]")
                    })?;
                }
                "filters" if value.is_null() => {}
                "filters" => filters = read_filters(value, "subscribe: \"filters\"")?,
                _ => return Err(super::catalog::unknown("subscribe", key, &["events", "filters"])),
            }
        }
        Ok(Subscription::new(events, filters))
    }

    /// Whether the host wants to hear of it.
    pub(super) fn shows(&self, name: Name, type_: &str) -> bool {
        self.all
            || match name {
                Name::Other => self.events.contains(type_),
                name => name.is_answer() || self.known & (1 << name as u8) != 0,
            }
    }

    /// Whether a filter of the host lets an event of this source through. The gateway filters as well, but not the
    /// events that the mirror needs. As on the gateway, an empty source and an empty list let everything through.
    pub(super) fn passes(&self, type_: &str, source: &str) -> bool {
        if self.filters.is_empty() || source.is_empty() {
            return true;
        }
        self.filters.get(type_).is_none_or(|allowed| allowed.is_empty() || allowed.iter().any(|one| one == source))
    }

    /// The message that asks for it: the first one of a connection, which names the client, or a later one, which
    /// replaces what was asked before. It always holds a list that is not empty: in the first message an empty one
    /// would mean everything, in a later one nothing.
    pub(super) fn message(&self, client_id: Option<&str>) -> String {
        let mut out = String::from("{\"type\":\"subscribe\"");
        if let Some(id) = client_id {
            out.push_str(",\"client_id\":");
            push_json_str(&mut out, id);
        }
        out.push_str(",\"events\":");
        self.push_asked(&mut out);
        // Filters of events that the mirror needs stay at home, or the mirror would go blind. Without filters the
        // member stays out: in a later message that clears the ones before.
        let sent: Vec<_> = self.filters.iter().filter(|(event, _)| !Name::of(event).mirrored()).collect();
        if !sent.is_empty() {
            out.push_str(",\"filters\":{");
            for (at, (event, sources)) in sent.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                push_json_str(&mut out, event);
                out.push(':');
                push_list(&mut out, sources.iter().map(String::as_str));
            }
            out.push('}');
        }
        out.push('}');
        out
    }

    /// The list that the gateway is asked for.
    fn push_asked(&self, out: &mut String) {
        if self.all {
            push_list(out, [ALL]);
            return;
        }
        let host = self.events.iter().map(String::as_str).filter(|event| !Name::of(event).mirrored());
        push_list(out, MIRRORED.into_iter().chain(host));
    }

    /// What the host wants, as a JSON array.
    pub(super) fn push_wanted(&self, out: &mut String) {
        push_list(out, self.events.iter().map(String::as_str));
    }
}

fn push_list<'a>(out: &mut String, texts: impl IntoIterator<Item = &'a str>) {
    out.push('[');
    for (at, text) in texts.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_json_str(out, text);
    }
    out.push(']');
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn read_filters(value: &Value, what: &str) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let wrong = || {
        Error::invalid(format!(
            "{what} takes an object of event name to array of sources, such as {{\"dialogue_received\":[\"user\"]}}"
        ))
    };
    let map = value.as_object().ok_or_else(wrong)?;
    map.iter().map(|(event, sources)| texts(sources).map(|list| (event.clone(), list)).ok_or_else(wrong)).collect()
}

#[cfg(test)]
mod tests {
    use super::{MIRRORED, Name, Subscription};

    #[test]
    fn what_is_asked_is_what_the_host_wants_and_what_the_mirror_needs() {
        let some = Subscription::from_options("sentence_ready, chat_started,x\"y", "").expect("good");
        let message = some.message(Some("me"));
        assert!(
            message.starts_with(r#"{"type":"subscribe","client_id":"me","events":["voxta_connected","#),
            "{message}"
        );
        assert!(message.ends_with(r#","sentence_ready","x\"y"]}"#), "{message}");
        for event in MIRRORED {
            assert_eq!(message.matches(&format!("\"{event}\"")).count(), 1, "{event}");
        }
        assert!(some.shows(Name::SentenceReady, "sentence_ready") && some.shows(Name::Other, "x\"y"));
        assert!(!some.shows(Name::ChatClosed, "chat_closed") && !some.shows(Name::Other, "y"));
        let all = Subscription::from_options("all", "").expect("good");
        assert_eq!(all.message(None), r#"{"type":"subscribe","events":["all"]}"#);
        assert!(all.shows(Name::Other, "anything"));
    }

    #[test]
    fn the_list_is_never_empty() {
        for none in [Subscription::from_options("", ""), Subscription::from_json(r#"{"events":[]}"#)] {
            let none = none.expect("good");
            assert!(none.message(Some("a")).contains(r#""events":["voxta_connected""#));
            assert!(!none.shows(Name::ChatStarted, "chat_started") && none.shows(Name::Snapshot, "snapshot"));
        }
        assert_eq!(Subscription::from_json("").expect("good"), Subscription::from_options("all", "").expect("good"));
    }

    #[test]
    fn filters_of_mirrored_events_stay_at_home() {
        let filters = r#"{"dialogue_received":["user","game"],"external_speaker_started":["user"],"quiet":[]}"#;
        let subscription = Subscription::from_options("all", filters).expect("good");
        assert!(
            subscription.message(None).ends_with(r#""filters":{"dialogue_received":["user","game"],"quiet":[]}}"#),
            "{}",
            subscription.message(None)
        );
        assert!(subscription.passes("external_speaker_started", "user"));
        assert!(!subscription.passes("external_speaker_started", "npc"));
        assert!(subscription.passes("external_speaker_started", "") && subscription.passes("quiet", "x"));
        assert!(!subscription.passes("dialogue_received", "twitch") && subscription.passes("other", "twitch"));
    }

    #[test]
    fn odd_types_never_reach_the_wire() {
        for (json, expected) in [
            (r#"{"events":"all"}"#, "takes an array of event names"),
            (r#"{"events":null}"#, "takes an array of event names"),
            (r#"{"events":[1]}"#, "takes an array of event names"),
            (r#"{"filters":[]}"#, "takes an object of event name"),
            (r#"{"filters":{"a":"b"}}"#, "takes an object of event name"),
            (r#"{"filters":{"a":[null]}}"#, "takes an object of event name"),
            (r#"{"event":["all"]}"#, "did you mean \"events\""),
            ("[]", "a JSON object"),
            ("{", "JSON"),
        ] {
            let error = Subscription::from_json(json).expect_err(json);
            assert!(error.text.contains(expected), "{}", error.text);
        }
        assert!(Subscription::from_options("all", "[]").is_err() && Subscription::from_options("all", "{").is_err());
    }
}
