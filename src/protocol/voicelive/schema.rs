//! What a value may be, as tables, and the sentence for a person where it is something else.
//!
//! Members that no table knows are let through: the service grows faster than a library, and it says itself what it
//! does not take.

use serde_json::{Map, Value};

/// What a member takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    Any,
    Text,
    Flag,
    /// A whole number in this range.
    Whole(i64, i64),
    Number(f64, f64),
    /// One of these words.
    Words(&'static [&'static str]),
    Object(&'static [Field]),
    List(&'static Takes),
    /// An object whose member `type` says which members it has.
    Tagged(&'static [(&'static str, &'static [Field])]),
    OneOf(&'static [Takes]),
    /// Base64 of at most so many bytes.
    Base64(usize),
    /// At most 16 texts by name.
    Metadata,
}

/// One member of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    required: bool,
    nullable: bool,
}

/// A member that must be there.
pub(super) const fn must(name: &'static str, takes: Takes) -> Field {
    Field { name, takes, required: true, nullable: false }
}

/// A member that may be left out.
pub(super) const fn may(name: &'static str, takes: Takes) -> Field {
    Field { name, takes, required: false, nullable: false }
}

/// A member that may be left out, or be null, which resets it.
pub(super) const fn reset(name: &'static str, takes: Takes) -> Field {
    Field { name, takes, required: false, nullable: true }
}

/// Checks the members of an object. `place` is how a person finds it.
pub(super) fn check_fields(place: &str, fields: &[Field], map: &Map<String, Value>) -> Result<(), String> {
    for field in fields {
        let here = || if place.is_empty() { field.name.to_owned() } else { format!("{place}.{}", field.name) };
        match map.get(field.name) {
            None if field.required => return Err(format!("{} is missing; it takes {}", here(), say(&field.takes))),
            None => {}
            Some(Value::Null) if field.nullable => {}
            Some(value) => check(&here(), &field.takes, value)?,
        }
    }
    Ok(())
}

/// Checks one value.
pub(super) fn check(place: &str, takes: &Takes, value: &Value) -> Result<(), String> {
    let wrong = || Err(format!("{place} is {}, but it takes {}", shown(value), say(takes)));
    match (takes, value) {
        (Takes::Any, _) | (Takes::Text, Value::String(_)) | (Takes::Flag, Value::Bool(_)) => Ok(()),
        (Takes::Whole(low, high), Value::Number(number)) => match number.as_i64() {
            Some(number) if (*low..=*high).contains(&number) => Ok(()),
            _ => wrong(),
        },
        (Takes::Number(low, high), Value::Number(number)) => match number.as_f64() {
            Some(number) if (*low..=*high).contains(&number) => Ok(()),
            _ => wrong(),
        },
        (Takes::Words(words), Value::String(word)) if words.contains(&word.as_str()) => Ok(()),
        (Takes::Object(fields), Value::Object(map)) => check_fields(place, fields, map),
        (Takes::List(takes), Value::Array(items)) => {
            items.iter().enumerate().try_for_each(|(at, item)| check(&format!("{place}[{at}]"), takes, item))
        }
        (Takes::Tagged(tags), Value::Object(map)) => match map.get("type").and_then(Value::as_str) {
            Some(tag) => match tags.iter().find(|(known, _)| *known == tag) {
                Some((_, fields)) => check_fields(place, fields, map),
                None => Err(format!("{place}.type is \"{tag}\", but it takes {}", tag_names(tags))),
            },
            None => Err(format!("{place}.type is missing; it takes {}", tag_names(tags))),
        },
        (Takes::OneOf(choices), value) => {
            let fits = |choice: &&Takes| same_shape(choice, value);
            // Of several choices the one of the same shape says best what is wrong.
            match choices.iter().find(fits) {
                Some(choice) => check(place, choice, value),
                None => wrong(),
            }
        }
        (Takes::Base64(most), Value::String(text)) => {
            let bytes = match base64_simd::STANDARD.decoded_length(text.as_bytes()) {
                Ok(bytes) if base64_simd::STANDARD.check(text.as_bytes()).is_ok() => bytes,
                _ => return Err(format!("{place} is not base64")),
            };
            if bytes > *most {
                return Err(format!("{place} holds {bytes} bytes, but at most {most} are taken; send it in pieces"));
            }
            Ok(())
        }
        (Takes::Metadata, Value::Object(map)) => check_metadata(place, map),
        _ => wrong(),
    }
}

fn same_shape(takes: &Takes, value: &Value) -> bool {
    match takes {
        Takes::Any => true,
        Takes::Text | Takes::Base64(_) | Takes::Words(_) => value.is_string(),
        Takes::Flag => value.is_boolean(),
        Takes::Whole(..) | Takes::Number(..) => value.is_number(),
        Takes::Object(_) | Takes::Tagged(_) | Takes::Metadata => value.is_object(),
        Takes::List(_) => value.is_array(),
        Takes::OneOf(choices) => choices.iter().any(|choice| same_shape(choice, value)),
    }
}

fn check_metadata(place: &str, map: &Map<String, Value>) -> Result<(), String> {
    if map.len() > 16 {
        return Err(format!("{place} holds {} pairs, but at most 16 are taken", map.len()));
    }
    for (name, value) in map {
        let Some(text) = value.as_str() else { return Err(format!("{place}.{name} must be a text")) };
        if name.chars().count() > 64 || text.chars().count() > 512 {
            return Err(format!("{place}.{name} is too long: names take 64 characters, values 512"));
        }
    }
    Ok(())
}

/// What a member takes, in words.
fn say(takes: &Takes) -> String {
    match takes {
        Takes::Any => "anything".to_owned(),
        Takes::Text => "a text".to_owned(),
        Takes::Flag => "true or false".to_owned(),
        Takes::Whole(low, i64::MAX) => format!("a whole number from {low} on"),
        Takes::Whole(low, high) => format!("a whole number from {low} to {high}"),
        Takes::Number(low, high) => format!("a number from {low} to {high}"),
        Takes::Words(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or "),
        Takes::Object(_) => "an object".to_owned(),
        Takes::List(takes) => format!("a list of {}", say(takes)),
        Takes::Tagged(tags) => format!("an object whose type is {}", tag_names(tags)),
        Takes::OneOf(choices) => choices.iter().map(say).collect::<Vec<_>>().join(", or "),
        Takes::Base64(_) => "bytes in base64".to_owned(),
        Takes::Metadata => "an object of at most 16 texts".to_owned(),
    }
}

fn tag_names(tags: &[(&str, &[Field])]) -> String {
    tags.iter().map(|(tag, _)| format!("\"{tag}\"")).collect::<Vec<_>>().join(" or ")
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
