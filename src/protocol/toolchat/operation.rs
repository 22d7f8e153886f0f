//! The HTTP operations of a profile, written as one line each:
//!
//! `PATCH /api/v1/threads/{providerResId} title tag? metadata:object?`
//!
//! Method and path, then the members: `name` in the body, `?name` in the query, with `:type` (text unless said: flag,
//! number, object, array, any), `=value` for what is sent when the host says nothing, `!` for one that must be there and
//! a trailing `?` for one that may be null. `multipart` stands for a body of files. `else:slot=value` is what is asked for
//! instead when the service knows nothing (404) of what the slot of the path was filled with.

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use crate::model::Error;
use crate::protocol::Method;

/// What a member takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Text,
    Flag,
    Number,
    Object,
    Array,
    Any,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    takes: Takes,
    query: bool,
    required: bool,
    nullable: bool,
    default: Option<String>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    /// `PATCH /api/v1/threads/{providerResId}`: the name by which the host calls it.
    pub(super) name: String,
    pub(super) method: Method,
    path: String,
    fields: Vec<Field>,
    /// Its body is files.
    pub(super) multipart: bool,
    /// A slot of the path and what to put there when the answer is 404.
    otherwise: Option<(String, String)>,
}

/// An operation with its parameters in their places.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filled {
    /// The path with its query.
    pub(super) target: String,
    /// The same, for when the answer to that is 404.
    pub(super) otherwise: Option<String>,
    /// The body, or empty.
    pub(super) body: Vec<u8>,
}

impl Field {
    /// Reads `name:type=value!` and the like.
    pub(super) fn parse(text: &str) -> Result<Field, String> {
        let (query, rest) = text.strip_prefix('?').map_or((false, text), |rest| (true, rest));
        let (rest, nullable) = rest.strip_suffix('?').map_or((rest, false), |rest| (rest, true));
        let (rest, required) = rest.strip_suffix('!').map_or((rest, false), |rest| (rest, true));
        let (rest, default) = rest.split_once('=').map_or((rest, None), |(rest, value)| (rest, Some(value.to_owned())));
        let (name, takes) = rest.split_once(':').unwrap_or((rest, "text"));
        let takes = match takes {
            "text" => Takes::Text,
            "flag" => Takes::Flag,
            "number" => Takes::Number,
            "object" => Takes::Object,
            "array" => Takes::Array,
            "any" => Takes::Any,
            other => return Err(format!("\"{text}\": there is no type \"{other}\"")),
        };
        if name.is_empty() {
            return Err(format!("\"{text}\" has no name"));
        }
        Ok(Field { name: name.to_owned(), takes, query, required, nullable, default })
    }

    /// Whether a value fits; else what it should be.
    pub(super) fn check(&self, what: &str, value: &Value) -> Result<(), Error> {
        let (fits, wanted) = match self.takes {
            Takes::Text => (value.is_string(), "a text"),
            Takes::Flag => (value.is_boolean(), "true or false"),
            Takes::Number => (value.is_number(), "a number"),
            Takes::Object => (value.is_object(), "an object"),
            Takes::Array => (value.is_array(), "an array"),
            Takes::Any => (true, ""),
        };
        if fits || (self.nullable && value.is_null()) {
            return Ok(());
        }
        Err(Error::invalid(format!("{what}: \"{}\" is {}, but it takes {wanted}", self.name, short(value))))
    }
}

fn short(value: &Value) -> String {
    let mut text: String = value.to_string();
    if let Some((end, _)) = text.char_indices().nth(60) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

impl Operation {
    /// Reads one line.
    pub(super) fn parse(line: &str) -> Result<Operation, String> {
        let mut words = line.split_whitespace();
        let method = match words.next().unwrap_or_default() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            other => return Err(format!("operation \"{line}\": there is no method \"{other}\"")),
        };
        let path = words.next().filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| format!("operation \"{line}\": a path begins with a /"))?.to_owned();
        let mut fields = Vec::new();
        let mut multipart = false;
        let mut otherwise = None;
        for word in words {
            if word == "multipart" {
                multipart = true;
            } else if let Some(rest) = word.strip_prefix("else:") {
                let (slot, value) = rest.split_once('=').unwrap_or((rest, ""));
                if value.is_empty() || !path.split('/').any(|part| part.strip_prefix('{') == Some(&format!("{slot}}}")))
                {
                    return Err(format!(
                        "operation \"{line}\": \"{word}\" names no slot of the path and a value for it"
                    ));
                }
                otherwise = Some((slot.to_owned(), segment(value)));
            } else {
                fields.push(Field::parse(word).map_err(|why| format!("operation \"{line}\": {why}"))?);
            }
        }
        let name = format!("{} {path}", line.split_whitespace().next().unwrap_or_default());
        Ok(Operation { name, method, path, fields, multipart, otherwise })
    }

    /// Whether the host means this one: by its name, or with the slots of the path filled in already.
    pub(super) fn is(&self, name: &str) -> bool {
        let name = name.trim();
        if self.name == name {
            return true;
        }
        let (mut mine, mut given) = (self.name.split('/'), name.split('/'));
        loop {
            match (mine.next(), given.next()) {
                (None, None) => return true,
                (Some(mine), Some(given)) if mine == given || (mine.starts_with('{') && !given.is_empty()) => {}
                _ => return false,
            }
        }
    }

    /// Whether it may be sent again when nobody knows if the first one arrived.
    pub(super) const fn idempotent(&self) -> bool {
        matches!(self.method, Method::Get | Method::Put | Method::Delete)
    }

    /// Puts the parameters in their places.
    ///
    /// # Errors
    /// One that is missing, unknown or of another type.
    pub(super) fn fill(&self, called: &str, mut given: Map<String, Value>) -> Result<Filled, Error> {
        let what = format!("call \"{}\"", self.name);
        let (mut target, mut otherwise) = (String::new(), String::new());
        for (mine, called) in self.path.split('/').zip(slots(&self.path, called)).skip(1) {
            target.push('/');
            otherwise.push('/');
            let Some(slot) = mine.strip_prefix('{').and_then(|slot| slot.strip_suffix('}')) else {
                target.push_str(mine);
                otherwise.push_str(mine);
                continue;
            };
            let value = match (called, given.remove(slot)) {
                (Some(called), None) => called.to_owned(),
                (_, Some(Value::String(text))) if !text.is_empty() => segment(&text),
                (_, Some(Value::Number(number))) => number.to_string(),
                _ => return Err(Error::invalid(format!("{what}: \"{slot}\" is missing; it is a part of the path"))),
            };
            if matches!(value.as_str(), "." | "..") {
                return Err(Error::invalid(format!("{what}: \"{slot}\" can not be \"{value}\"")));
            }
            target.push_str(&value);
            otherwise.push_str(match &self.otherwise {
                Some((of, instead)) if of == slot => instead,
                _ => &value,
            });
        }
        let path = target.len();
        let mut separator = '?';
        let mut body = Map::new();
        for field in &self.fields {
            let value = match (given.remove(&field.name), &field.default) {
                (Some(value), _) => value,
                (None, Some(default)) => Value::String(default.clone()),
                (None, None) if field.required => {
                    return Err(Error::invalid(format!("{what}: \"{}\" is missing", field.name)));
                }
                (None, None) => continue,
            };
            field.check(&what, &value)?;
            if field.query {
                target.push(separator);
                separator = '&';
                target.push_str(&segment(&field.name));
                target.push('=');
                target.push_str(&segment(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str()));
            } else {
                body.insert(field.name.clone(), value);
            }
        }
        if let Some(unknown) = given.keys().next().filter(|_| !self.multipart) {
            let known: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
            return Err(Error::invalid(format!("{what}: there is no \"{unknown}\"; it takes {}", known.join(", "))));
        }
        let has_body = self.fields.iter().any(|field| !field.query);
        let body = if has_body { Value::Object(body).to_string().into_bytes() } else { Vec::new() };
        let otherwise = (target[..path] != otherwise).then(|| otherwise + &target[path..]);
        Ok(Filled { target, otherwise, body })
    }
}

/// For each segment of the path, what the host has written in its place, if it has filled it in.
fn slots<'a>(path: &'a str, called: &'a str) -> impl Iterator<Item = Option<&'a str>> {
    let given = called.trim().split_once(' ').map_or("", |(_, path)| path.trim());
    path.split('/').zip(given.split('/').map(Some).chain(std::iter::repeat(None))).map(|(mine, given)| {
        given.filter(|given| mine.starts_with('{') && !given.starts_with('{') && !given.is_empty())
    })
}

/// A text as a part of a URL.
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Field, D::Error> {
        let text = String::deserialize(deserializer)?;
        Field::parse(&text).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Operation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Operation, D::Error> {
        let line = String::deserialize(deserializer)?;
        Operation::parse(&line).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::Operation;

    fn fill(line: &str, called: &str, json: &str) -> Result<(String, String), String> {
        let operation = Operation::parse(line).expect("a good line");
        let given: Map<String, Value> = serde_json::from_str(json).expect("an object");
        let filled = operation.fill(called, given).map_err(|error| error.text)?;
        Ok((filled.target, String::from_utf8(filled.body).expect("UTF-8")))
    }

    const PATCH: &str = "PATCH /api/v1/threads/{id} title tag? metadata:object?";
    const QUERY: &str = "GET /q ?format=client ?limit:number! ?metadata:any";

    #[test]
    fn parameters_find_their_places() {
        for (line, called, json, target, body) in [
            (
                PATCH,
                "PATCH /api/v1/threads/{id}",
                r#"{"id":"a/b","tag":null}"#,
                "/api/v1/threads/a%2Fb",
                r#"{"tag":null}"#,
            ),
            (PATCH, "PATCH /api/v1/threads/x1", r#"{"title":"t"}"#, "/api/v1/threads/x1", r#"{"title":"t"}"#),
            (QUERY, "GET /q", r#"{"limit":5}"#, "/q?format=client&limit=5", ""),
            (
                QUERY,
                "GET /q",
                r#"{"limit":5,"metadata":{"a":"ü"},"format":"raw"}"#,
                "/q?format=raw&limit=5&metadata=%7B%22a%22%3A%22%C3%BC%22%7D",
                "",
            ),
        ] {
            assert_eq!(fill(line, called, json), Ok((target.to_owned(), body.to_owned())), "{json}");
        }
    }

    #[test]
    fn what_is_not_there_has_something_in_its_place() {
        let operation = Operation::parse("GET /t/{locale}/x ?a else:locale=en").expect("a good line");
        for (json, expected) in
            [(r#"{"locale":"de","a":"1"}"#, Some("/t/en/x?a=1")), (r#"{"locale":"en","a":"1"}"#, None)]
        {
            let given: Map<String, Value> = serde_json::from_str(json).expect("an object");
            let filled = operation.fill("GET /t/{locale}/x", given).expect("it fits");
            assert_eq!(filled.otherwise.as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn slips_are_named() {
        for (line, json, expected) in [
            (PATCH, r#"{"title":"x"}"#, "\"id\" is missing"),
            (PATCH, r#"{"id":".."}"#, "can not be \"..\""),
            (PATCH, r#"{"id":"1","title":5}"#, "\"title\" is 5, but it takes a text"),
            (PATCH, r#"{"id":"1","titel":"x"}"#, "there is no \"titel\""),
            (QUERY, "{}", "\"limit\" is missing"),
        ] {
            let called = line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
            let error = fill(line, &called, json).expect_err(json);
            assert!(error.contains(expected), "{error}");
        }
        for line in ["", "GET", "GET x", "LIST /x", "GET /x a:word", "GET /{a} else:b=c", "GET /{a} else:a"] {
            assert!(Operation::parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn names_are_known_with_and_without_their_slots() {
        let operation = Operation::parse(PATCH).expect("a good line");
        assert!(operation.is("PATCH /api/v1/threads/{id}") && operation.is(" PATCH /api/v1/threads/17"));
        assert!(!operation.is("GET /api/v1/threads/17") && !operation.is("PATCH /api/v1/threads"));
        assert!(!operation.is("PATCH /api/v1/threads/") && !operation.is("PATCH /api/v1/threads/1/2"));
    }
}
