//! From a call with its parameters to a request that the service will understand; or what is wrong with it.

use serde_json::{Map, Value};
use url::Url;

use super::catalog::{self, Field, Place, ROWS, Row, Takes, method_name};
use crate::model::Error;

/// A checked REST call.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    pub(super) row: &'static Row,
    /// Path and query, behind the base of the service.
    pub(super) target: String,
    /// The query without paging, for the pages of a list.
    pub(super) body: String,
    /// Whether every page is wanted.
    pub(super) all: bool,
}

/// Reads the JSON of an action: an object, or nothing, which is an empty one.
///
/// # Errors
/// It is something else; `what` names the action.
pub(super) fn object(what: &str, json: &str) -> Result<Map<String, Value>, Error> {
    if json.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(json) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Error::invalid(format!("{what}: the parameters must be a JSON object"))),
        Err(error) => Err(Error::invalid(format!("{what}: the parameters are not JSON: {error}"))),
    }
}

/// Checks a call by name.
///
/// # Errors
/// There is no such operation, or which field is missing, unknown or not as it should be.
pub(super) fn call(name: &str, json: &str) -> Result<Rest, Error> {
    let what = format!("call \"{name}\"");
    let Some((row, in_path)) = catalog::find(name) else {
        let known: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        return Err(Error::invalid(format!("{what}: the service has no such thing; it has {}", known.join(", "))));
    };
    let mut map = object(&what, json)?;
    for (field, value) in in_path {
        map.insert(field.to_owned(), Value::String(value));
    }
    rest(&what, row, map)
}

/// Checks an operation with its fields.
///
/// # Errors
/// As [`call`].
pub(super) fn rest(what: &str, row: &'static Row, mut map: Map<String, Value>) -> Result<Rest, Error> {
    let all = match map.remove("all") {
        None | Some(Value::Bool(false)) => false,
        Some(Value::Bool(true)) if !row.list.is_empty() => true,
        Some(_) => return Err(Error::invalid(format!("{what}: \"all\" takes true or false, and only for lists"))),
    };
    // To leave a field out is how the service is told to clear it, so null means the same here.
    map.retain(|_, value| !value.is_null());
    for (key, value) in &map {
        let Some(field) = row.fields.iter().find(|field| field.name == key) else {
            let known: Vec<&str> = row.fields.iter().map(|field| field.name).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            return Err(Error::invalid(format!("{what}: there is no field \"{key}\"; it takes {known}")));
        };
        check(what, field, value)?;
    }
    if let Some(field) = row.fields.iter().find(|field| field.required && !map.contains_key(field.name)) {
        return Err(Error::invalid(format!("{what}: \"{}\" is missing", field.name)));
    }
    let mut target = row.path.to_owned();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let (mut asked, mut body) = (false, Map::new());
    for (key, value) in map {
        let Some(field) = row.fields.iter().find(|field| field.name == key) else { continue };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match field.place {
            Place::Path => target = target.replace(&format!("{{{key}}}"), &text),
            Place::Query => {
                query.append_pair(&key, &text);
                asked = true;
            }
            Place::Body => drop(body.insert(key, value)),
        }
    }
    if asked {
        target = format!("{target}?{}", query.finish());
    }
    let has_body = row.fields.iter().any(|field| field.place == Place::Body);
    let body = if has_body { Value::Object(body).to_string() } else { String::new() };
    Ok(Rest { row, target, body, all })
}

/// A text of the conversation: what is said, or to whom.
///
/// # Errors
/// It is too short or too long.
pub(super) fn length(what: &str, name: &str, text: &str, least: usize, most: usize) -> Result<(), Error> {
    let count = text.chars().count();
    if (least..=most).contains(&count) {
        return Ok(());
    }
    let bounds = if most == usize::MAX { format!("at least {least}") } else { format!("{least} to {most}") };
    Err(Error::invalid(format!("{what}: \"{name}\" takes {bounds} characters, not {count}")))
}

fn check(what: &str, field: &Field, value: &Value) -> Result<(), Error> {
    let name = field.name;
    let wrong = |takes: &str| Err(Error::invalid(format!("{what}: \"{name}\" takes {takes}")));
    match (field.takes, value) {
        (Takes::Text(least, most), Value::String(text)) => length(what, name, text, least, most),
        (Takes::Text(..), _) => wrong("a text"),
        (Takes::Url, Value::String(text)) => {
            let good = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            if good && text.chars().count() <= 2083 {
                return Ok(());
            }
            wrong("an http or https address of at most 2083 characters")
        }
        (Takes::Uuid, Value::String(text)) if is_uuid(text) => Ok(()),
        (Takes::Uuid, _) => wrong("a UUID, such as 123e4567-e89b-42d3-a456-426614174000"),
        (Takes::Role, Value::String(role)) if matches!(role.as_str(), "admin" | "member" | "viewer" | "bot") => Ok(()),
        (Takes::Role, _) => wrong("admin, member, viewer or bot"),
        (Takes::Flag, Value::Bool(_)) => Ok(()),
        (Takes::Flag, _) => wrong("true or false"),
        (Takes::Number(low, high), _) => match value.as_i64() {
            Some(number) if (low..=high).contains(&number) => Ok(()),
            _ if high == i64::MAX => wrong(&format!("a whole number from {low} on")),
            _ => wrong(&format!("a whole number from {low} to {high}")),
        },
        (Takes::Time, Value::String(text)) if super::time::parse(text).is_some() => Ok(()),
        (Takes::Time, _) => wrong("a moment such as 2025-11-07T12:00:00+00:00"),
        (Takes::Texts, Value::Array(items)) if items.iter().all(Value::is_string) => Ok(()),
        (Takes::Texts, _) => wrong("an array of texts"),
        (Takes::Url, _) => wrong("a text"),
    }
}

/// Whether a text is a UUID, with or without its hyphens.
pub(super) fn is_uuid(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != '-').collect();
    let placed =
        text.len() == 32 || (text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text.as_bytes()[*at] == b'-'));
    placed && plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// As it is called in an error text.
pub(super) fn shown(rest: &Rest) -> String {
    format!("{} {}", method_name(rest.row.method), rest.row.path)
}

#[cfg(test)]
mod tests {
    use super::call;

    const ID: &str = "123e4567-e89b-42d3-a456-426614174000";

    #[test]
    fn calls_become_requests_or_clear_errors() {
        let good = |name: &str, json: &str| {
            let rest = call(name, json).expect(name);
            format!("{} {}", rest.target, rest.body).trim_end().to_owned()
        };
        assert_eq!(good("send_message", r#"{"content":"Hi"}"#), r#"/messages {"content":"Hi"}"#);
        assert_eq!(
            good("GET /messages", r#"{"since":"2025-11-07T12:00:00+00:00","limit":5}"#),
            "/messages?limit=5&since=2025-11-07T12%3A00%3A00%2B00%3A00"
        );
        assert_eq!(good("typing", r#"{"to_username":"a & b"}"#), "/typing?to_username=a+%26+b");
        assert_eq!(good(&format!("POST /messages/{ID}/read"), ""), format!("/messages/{ID}/read"));
        assert_eq!(good("update_my_logo", r#"{"logo":null}"#), "/users/me/logo {}");
        assert_eq!(good("get_users", ""), "/users");
        let long = |n: usize| format!("{{\"content\":\"{}\"}}", "é".repeat(n));
        assert!(call("send_message", &long(10_000)).is_ok(), "code points, not bytes");
        for (name, json, said) in [
            ("send_message", long(10_001).as_str(), "takes 1 to 10000 characters, not 10001"),
            ("send_message", r#"{"content":""}"#, "takes 1 to 10000 characters, not 0"),
            ("send_message", r#"{"content":1}"#, "takes a text"),
            ("send_message", "{}", "\"content\" is missing"),
            ("send_message", r#"{"content":"a","to":"b"}"#, "there is no field \"to\"; it takes content, to_username"),
            ("register", &format!("{{\"username\":\"{}\"}}", "x".repeat(51)), "takes 1 to 50 characters"),
            ("update_my_webhook", r#"{"webhook_url":"ftp://x"}"#, "an http or https address"),
            ("get_user_profile", r#"{"user_id":"bob"}"#, "takes a UUID"),
            (
                "admin_assign_role",
                &format!("{{\"user_id\":\"{ID}\",\"role\":\"king\"}}"),
                "admin, member, viewer or bot",
            ),
            ("get_conversations", r#"{"limit":101}"#, "from 1 to 100"),
            ("get_messages", r#"{"since":"yesterday"}"#, "takes a moment"),
            ("get_users", r#"{"all":true}"#, "only for lists"),
            ("nope", "", "has no such thing"),
            ("GET /nope", "", "has no such thing"),
            ("get_users", "[", "not JSON"),
        ] {
            let error = call(name, json).expect_err(said);
            assert!(error.text.contains(said), "{}", error.text);
        }
    }
}
