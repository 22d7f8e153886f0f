//! What a `subscribe` frame means: exactly what the Python of voxta-gateway 0.1.0 makes of odd types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Names, or for a string its letters: what `set(value)` gives in Python.
pub(super) type Names = BTreeSet<String>;

/// Event names, and for each the `source` values that pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wants {
    pub(super) events: Names,
    pub(super) filters: BTreeMap<String, Names>,
}

/// A first frame that the gateway's handler survives.
#[derive(Debug, PartialEq)]
pub(super) struct First {
    pub(super) client_id: Option<Value>,
    pub(super) wants: Wants,
}

/// The value made the gateway's handler raise.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Crash;

impl Wants {
    /// Whether an event with this `source` (if it carries one) goes to this client.
    pub(super) fn takes(&self, event: &str, source: Option<&str>) -> bool {
        if !self.events.contains("all") && !self.events.contains(event) {
            return false;
        }
        match (self.filters.get(event), source) {
            (Some(allowed), Some(source)) if !allowed.is_empty() && !source.is_empty() => allowed.contains(source),
            _ => true,
        }
    }

    /// A later `subscribe`: no acknowledgement, and what could not be used stays as it was.
    pub(super) fn replace(&mut self, message: &Map<String, Value>) {
        self.events = match message.get("events") {
            None => all(),
            Some(value) => match names(value) {
                Ok(names) => names,
                Err(Crash) => return,
            },
        };
        match message.get("filters") {
            None => self.filters.clear(),
            Some(Value::Null) => {}
            Some(value) => {
                if let Ok(filters) = filters(value) {
                    self.filters = filters;
                }
            }
        }
    }
}

/// Reads the first frame, whose type is known to be `subscribe`.
pub(super) fn first(message: &Map<String, Value>) -> Result<First, Crash> {
    let client_id = message.get("client_id").cloned();
    if matches!(client_id, Some(Value::Array(_) | Value::Object(_))) {
        return Err(Crash);
    }
    let events = match message.get("events") {
        Some(value) if truthy(value) => names(value)?,
        _ => all(),
    };
    let filters = match message.get("filters") {
        Some(value) if truthy(value) => filters(value)?,
        _ => BTreeMap::new(),
    };
    Ok(First { client_id, wants: Wants { events, filters } })
}

fn all() -> Names {
    Names::from(["all".to_owned()])
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

fn names(value: &Value) -> Result<Names, Crash> {
    match value {
        Value::String(text) => Ok(text.chars().map(String::from).collect()),
        Value::Object(fields) => Ok(fields.keys().cloned().collect()),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::String(name) => Ok(name.clone()),
                Value::Array(_) | Value::Object(_) => Err(Crash),
                // Numbers and the like are members too, but no event has such a name.
                other => Ok(format!("\u{0}{other}")),
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Err(Crash),
    }
}

fn filters(value: &Value) -> Result<BTreeMap<String, Names>, Crash> {
    let Value::Object(fields) = value else { return Err(Crash) };
    fields.iter().map(|(event, sources)| Ok((event.clone(), names(sources)?))).collect()
}

/// A set as a JSON array for the debug endpoints.
pub(super) fn listed(names: &Names) -> Vec<&str> {
    names.iter().map(|name| name.trim_start_matches('\u{0}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wants(message: Value) -> Result<Wants, Crash> {
        first(message.as_object().unwrap()).map(|first| first.wants)
    }

    #[test]
    fn falsy_events_mean_all_in_a_first_frame() {
        for events in [json!(null), json!([]), json!(0), json!(false), json!("")] {
            assert_eq!(wants(json!({"events": events})).unwrap().events, all());
        }
        assert_eq!(wants(json!({})).unwrap().events, all());
    }

    #[test]
    fn a_bare_string_becomes_its_letters() {
        assert!(!wants(json!({"events": "all"})).unwrap().takes("chat_started", None));
    }

    #[test]
    fn what_python_cannot_iterate_or_hash_crashes() {
        for message in [
            json!({"events": [["a"]]}),
            json!({"events": 5}),
            json!({"events": true}),
            json!({"client_id": []}),
            json!({"filters": [1]}),
            json!({"filters": {"dialogue_received": null}}),
            json!({"filters": {"dialogue_received": 5}}),
        ] {
            assert_eq!(first(message.as_object().unwrap()), Err(Crash), "{message}");
        }
    }

    #[test]
    fn a_filter_applies_only_where_the_event_has_a_source() {
        let wants = wants(json!({"filters": {"dialogue_received": ["user"], "x": []}})).unwrap();
        assert!(wants.takes("dialogue_received", Some("user")));
        assert!(!wants.takes("dialogue_received", Some("game")));
        assert!(wants.takes("dialogue_received", None));
        assert!(wants.takes("x", Some("game")));
    }

    #[test]
    fn a_later_frame_clears_absent_filters_and_keeps_null_ones() {
        let mut wants = wants(json!({"filters": {"dialogue_received": ["user"]}})).unwrap();
        wants.replace(json!({"events": [], "filters": null}).as_object().unwrap());
        assert!(wants.events.is_empty() && wants.filters.len() == 1);
        wants.replace(json!({"events": null}).as_object().unwrap());
        assert!(wants.events.is_empty(), "null events change nothing at all");
        assert_eq!(wants.filters.len(), 1);
        wants.replace(json!({}).as_object().unwrap());
        assert_eq!(wants, Wants { events: all(), filters: BTreeMap::new() });
    }
}
