//! The request bodies and the 422 answers of FastAPI 0.165 with pydantic 2.14, as far as clients can see them.

use serde_json::{Map, Value, json};

use super::super::server::{Answer, Request};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bool,
}

/// One field of a request model.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) nullable: bool,
}

const fn field(name: &'static str, kind: Kind, required: bool, nullable: bool) -> Field {
    Field { name, kind, required, nullable }
}

pub(super) const DIALOGUE: &[Field] = &[
    field("text", Kind::Text, true, false),
    field("source", Kind::Text, false, false),
    field("author", Kind::Text, false, true),
    field("immediate_reply", Kind::Bool, false, true),
];
pub(super) const CONTEXT: &[Field] = &[
    field("key", Kind::Text, true, false),
    field("content", Kind::Text, true, false),
    field("description", Kind::Text, false, true),
];
pub(super) const SPEAKER_START: &[Field] =
    &[field("source", Kind::Text, true, false), field("reason", Kind::Text, false, true)];
pub(super) const SPEAKER_STOP: &[Field] = &[field("trigger_response", Kind::Bool, false, false)];
pub(super) const PLAYBACK: &[Field] =
    &[field("character_id", Kind::Text, true, false), field("message_id", Kind::Text, false, true)];

/// A body that passed: texts as they came, booleans read.
pub(super) struct Body(Map<String, Value>);

impl Body {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }
}

/// Reads a body against a model. `optional` is a body that may be absent or null.
pub(super) fn read(request: &Request, model: &[Field], optional: bool) -> Result<Body, Answer> {
    if request.body.is_empty() {
        return match optional {
            true => Ok(Body(Map::new())),
            false => Err(refuse(vec![problem("missing", json!(["body"]), "Field required", Value::Null)])),
        };
    }
    if !is_json(request.header("content-type").unwrap_or_default()) {
        return Err(not_an_object(json!(String::from_utf8_lossy(&request.body))));
    }
    let value: Value = serde_json::from_slice(&request.body).map_err(|error| invalid_json(&request.body, &error))?;
    let object = match value {
        Value::Object(object) => object,
        Value::Null if optional => Map::new(),
        other => return Err(not_an_object(other)),
    };
    let mut read = Map::new();
    let mut problems = Vec::new();
    for field in model {
        let place = json!(["body", field.name]);
        match object.get(field.name) {
            None if field.required => {
                problems.push(problem("missing", place, "Field required", Value::Object(object.clone())));
            }
            None => {}
            Some(Value::Null) if field.nullable => {}
            Some(value) => match (field.kind, value) {
                (Kind::Text, Value::String(_)) => drop(read.insert(field.name.to_owned(), value.clone())),
                (Kind::Text, _) => {
                    problems.push(problem("string_type", place, "Input should be a valid string", value.clone()));
                }
                (Kind::Bool, _) => match boolean(value) {
                    Ok(flag) => drop(read.insert(field.name.to_owned(), Value::Bool(flag))),
                    Err((kind, message)) => problems.push(problem(kind, place, message, value.clone())),
                },
            },
        }
    }
    if problems.is_empty() { Ok(Body(read)) } else { Err(refuse(problems)) }
}

/// What pydantic takes for a boolean in its lax mode.
fn boolean(value: &Value) -> Result<bool, (&'static str, &'static str)> {
    let unreadable = ("bool_parsing", "Input should be a valid boolean, unable to interpret input");
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Number(number) => match number.as_f64() {
            Some(0.0) => Ok(false),
            Some(1.0) => Ok(true),
            _ => Err(unreadable),
        },
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Ok(false),
            "1" | "on" | "t" | "true" | "y" | "yes" => Ok(true),
            _ => Err(unreadable),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => Err(("bool_type", "Input should be a valid boolean")),
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn problem(kind: &str, place: Value, message: &str, input: Value) -> Value {
    json!({"type": kind, "loc": place, "msg": message, "input": input})
}

fn not_an_object(input: Value) -> Answer {
    let message = "Input should be a valid dictionary or object to extract fields from";
    refuse(vec![problem("model_attributes_type", json!(["body"]), message, input)])
}

/// Python's JSON reader and ours agree on what is broken, not on the words: the three usual ones are Python's.
fn invalid_json(body: &[u8], error: &serde_json::Error) -> Answer {
    let text = String::from_utf8_lossy(body);
    let lines_before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let words = error.to_string();
    let (reason, back) = match () {
        () if words.starts_with("key must be") => ("Expecting property name enclosed in double quotes", 1),
        () if words.starts_with("trailing comma") => ("Expecting property name enclosed in double quotes", 1),
        () if words.starts_with("EOF while parsing an object") => ("Expecting ',' delimiter", 0),
        () => ("Expecting value", 1),
    };
    let at = (lines_before + error.column()).saturating_sub(back);
    let mut entry = problem("json_invalid", json!(["body", at]), "JSON decode error", json!({}));
    entry["ctx"] = json!({"error": reason});
    refuse(vec![entry])
}

fn refuse(problems: Vec<Value>) -> Answer {
    Answer::json(422, &json!({"detail": problems}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(content_type: &str, body: &str) -> Value {
        let request = Request {
            method: "POST".to_owned(),
            path: "/dialogue".to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.as_bytes().to_vec(),
        };
        match read(&request, DIALOGUE, false) {
            Ok(_) => Value::Null,
            Err(answer) => serde_json::from_slice(&answer.body).unwrap(),
        }
    }

    #[test]
    fn the_answers_are_those_of_the_real_gateway() {
        let json = "application/json";
        for (kind, body, expected) in [
            (json, "", r#"[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]"#),
            (json, "{}", r#"[{"type":"missing","loc":["body","text"],"msg":"Field required","input":{}}]"#),
            (
                "text/plain",
                r#"{"text":"a"}"#,
                r#"[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":"{\"text\":\"a\"}"}]"#,
            ),
            (
                json,
                r#"{"text":"a","immediate_reply":2}"#,
                r#"[{"type":"bool_parsing","loc":["body","immediate_reply"],"msg":"Input should be a valid boolean, unable to interpret input","input":2}]"#,
            ),
            (
                json,
                "{bad",
                r#"[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting property name enclosed in double quotes"}}]"#,
            ),
            (
                json,
                r#"{"text":"a""#,
                r#"[{"type":"json_invalid","loc":["body",11],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting ',' delimiter"}}]"#,
            ),
        ] {
            let expected: Value = serde_json::from_str(expected).unwrap();
            assert_eq!(answer(kind, body)["detail"], expected, "{body}");
        }
    }

    #[test]
    fn extra_fields_and_empty_texts_pass() {
        assert_eq!(answer("application/json; charset=utf-8", r#"{"text":"","more":1,"author":null}"#), Value::Null);
    }
}
