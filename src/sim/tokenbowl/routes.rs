//! Which request goes where, and how its fields must look.

use serde_json::{Map, Value, json};

use crate::sim::server::{Answer, Request};

/// Every path with its methods. `{id}` stands for one segment.
const ROUTES: &[(&str, &[&str])] = &[
    ("/register", &["POST"]),
    ("/auth/magic-link/send", &["POST"]),
    ("/auth/magic-link/authenticate", &["POST"]),
    ("/messages", &["GET", "POST"]),
    ("/messages/direct", &["GET"]),
    ("/messages/unread", &["GET"]),
    ("/messages/direct/unread", &["GET"]),
    ("/messages/unread/count", &["GET"]),
    ("/messages/mark-all-read", &["POST"]),
    ("/messages/{id}/read", &["POST"]),
    ("/messages/{id}", &["GET"]),
    ("/typing", &["POST"]),
    ("/users", &["GET"]),
    ("/users/online", &["GET"]),
    ("/users/me", &["GET"]),
    ("/users/me/username", &["PATCH"]),
    ("/users/me/webhook", &["PATCH"]),
    ("/users/me/logo", &["PATCH"]),
    ("/users/me/regenerate-api-key", &["POST"]),
    ("/users/{id}", &["GET"]),
    ("/logos", &["GET"]),
    ("/admin/users", &["GET"]),
    ("/admin/users/{id}", &["GET", "PATCH", "DELETE"]),
    ("/admin/users/{id}/role", &["PATCH"]),
    ("/admin/users/{id}/regenerate-api-key", &["POST"]),
    ("/admin/messages/{id}", &["GET", "PATCH", "DELETE"]),
    ("/admin/invite", &["POST"]),
    ("/admin/conversations/{id}", &["DELETE"]),
    ("/admin/websocket/connections", &["GET"]),
    ("/bots", &["POST"]),
    ("/bots/me", &["GET"]),
    ("/bots/{id}", &["PATCH", "DELETE"]),
    ("/bots/{id}/regenerate-api-key", &["POST"]),
    ("/conversations", &["GET", "POST"]),
    ("/conversations/{id}", &["GET", "PATCH", "DELETE"]),
    ("/centrifugo/connection-token", &["GET"]),
    ("/health", &["GET"]),
];

/// A request that has found its place.
pub(super) struct Routed {
    pub(super) pattern: &'static str,
    pub(super) id: String,
    pub(super) body: Map<String, Value>,
    query: Vec<(String, String)>,
}

impl Routed {
    /// Finds the place of a request and reads its body.
    pub(super) fn find(request: &Request) -> Result<Routed, Answer> {
        let found = ROUTES
            .iter()
            .filter_map(|(pattern, methods)| fits(pattern, &request.path).map(|id| (pattern, methods, id)));
        // A fixed path wins over one with an id.
        let Some((pattern, methods, id)) = found.min_by_key(|(_, _, id)| id.len()) else {
            return Err(detail(404, "Not Found"));
        };
        if !methods.contains(&request.method.as_str()) {
            return Err(detail(405, "Method Not Allowed").header("allow", &methods.join(", ")));
        }
        let body = if request.body.is_empty() {
            Map::new()
        } else {
            match serde_json::from_slice(&request.body) {
                Ok(Value::Object(body)) => body,
                _ => return Err(fault("body", "JSON decode error")),
            }
        };
        let query = url::form_urlencoded::parse(request.query.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Ok(Routed { pattern, id, body, query })
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, name: &str, otherwise: usize, most: usize) -> Result<usize, Answer> {
        match self.query(name) {
            None => Ok(otherwise),
            Some(given) => match given.parse::<usize>() {
                Ok(number) if number <= most => Ok(number),
                _ => Err(fault(name, "Input should be a valid integer in range")),
            },
        }
    }

    /// A text of the body within these bounds.
    pub(super) fn text(&self, name: &str, least: usize, most: usize, required: bool) -> Result<Option<&str>, Answer> {
        match self.body.get(name) {
            None | Some(Value::Null) if required => Err(fault(name, "Field required")),
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => {
                let count = text.chars().count();
                if count < least {
                    Err(fault(name, &format!("String should have at least {least} character")))
                } else if count > most {
                    Err(fault(name, &format!("String should have at most {most} characters")))
                } else {
                    Ok(Some(text))
                }
            }
            Some(_) => Err(fault(name, "Input should be a valid string")),
        }
    }
}

fn fits(pattern: &str, path: &str) -> Option<String> {
    let mut id = String::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(id),
            (Some("{id}"), Some(part)) if !part.is_empty() => part.clone_into(&mut id),
            (Some(fixed), Some(part)) if fixed == part => {}
            _ => return None,
        }
    }
}

/// A refusal in the service's words.
pub(super) fn detail(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"detail": text}))
}

/// What the service says about a field.
pub(super) fn fault(name: &str, text: &str) -> Answer {
    Answer::json(422, &json!({"detail": [{"type": "value_error", "loc": ["body", name], "msg": text, "input": null}]}))
}
