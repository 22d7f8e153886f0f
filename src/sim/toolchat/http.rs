//! The HTTP side: tickets, messages, threads, agent configuration, uploads, translations.

use serde_json::{Value, json};

use super::scene::Service;
use super::{Config, Generation};
use crate::sim::fault::Refusal;
use crate::sim::server::{Answer, Request};

/// The names of the two headers, and what stands in front of the token.
fn headers(generation: Generation) -> (&'static str, &'static str, &'static str) {
    match generation {
        Generation::Current => ("x-oddle-mp-auth-token", "", "x-oddle-chat-server-key"),
        Generation::Documented => ("authorization", "Bearer ", "x-chat-server-key"),
    }
}

fn refuse(status: u16, code: &str, error: &str) -> Answer {
    Answer::json(status, &json!({"success": false, "error": error, "code": code}))
}

/// Who asks must say so.
fn allowed(config: &Config, request: &Request) -> Result<(), Answer> {
    let (token, prefix, key) = headers(config.generation);
    let given = request.header(token).and_then(|given| given.strip_prefix(prefix)).unwrap_or_default();
    if given.is_empty() {
        return Err(refuse(401, "AUTH_MISSING", "Authentication token required"));
    }
    if !config.token.is_empty() && given != config.token {
        return Err(refuse(401, "AUTH_INVALID", "Invalid authentication token"));
    }
    if !config.server_key.is_empty() && request.header(key) != Some(config.server_key.as_str()) {
        return Err(refuse(401, "SERVER_KEY_INVALID", "Invalid chat server key"));
    }
    Ok(())
}

/// A refusal that is on, used up by one.
fn quirk(slot: &mut Option<Refusal>) -> Option<Answer> {
    let refusal = slot.as_mut()?;
    let mut answer = Answer::text(refusal.status, &refusal.body);
    answer.headers.extend(refusal.headers.iter().cloned());
    match refusal.times {
        0 => {}
        1 => *slot = None,
        _ => refusal.times -= 1,
    }
    Some(answer)
}

pub(super) fn answer(service: &Service, request: &Request) -> Answer {
    let config = &service.config;
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let current = config.generation == Generation::Current;
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/api/v1/tickets") => {
            if let Some(answer) = quirk(&mut service.quirks.lock().ticket) {
                return answer;
            }
            if let Err(answer) = allowed(config, request) {
                return answer;
            }
            let mut tickets = service.tickets.lock();
            if let Err(wait) = tickets.allow(config.ticket_limit, config.ticket_window, std::time::Instant::now()) {
                let seconds = wait.as_millis().div_ceil(1000).to_string();
                return refuse(429, "RATE_LIMITED", "Too many requests").header("retry-after", &seconds);
            }
            if body.get("clientInfo").is_none() {
                return refuse(400, "BAD_REQUEST", "clientInfo is missing");
            }
            let (ticket, ends) = tickets.issue(config.ticket_life);
            Answer::json(200, &json!({"success": true, "ticket": ticket, "expiresAt": ends}))
        }
        ("POST", "/api/v1/tickets/validate") if current => {
            if let Some(answer) = quirk(&mut service.quirks.lock().validate) {
                return answer;
            }
            if let Err(answer) = allowed(config, request) {
                return answer;
            }
            match service.tickets.lock().check(text("ticket"), config.single_use) {
                Ok(()) => Answer::json(200, &json!({"valid": true})),
                Err(bad) => Answer::json(200, &json!({"valid": false, "code": bad.code(), "retryable": false})),
            }
        }
        _ => match allowed(config, request) {
            Ok(()) => operation(request, &body, current),
            Err(answer) => answer,
        },
    }
}

fn operation(request: &Request, body: &Value, current: bool) -> Answer {
    let path = request.path.as_str();
    let messages = json!({"messages": [{"id": "m1", "role": "assistant", "content": "Hello!",
        "timestamp": "2025-11-03T12:00:00.000Z"}], "providerResId": "conv_1", "threadId": "thread_1"});
    match (request.method.as_str(), path) {
        ("GET", "/api/v1/messages/query") if current => Answer::json(200, &messages),
        ("PATCH", _) if current && path.starts_with("/api/v1/threads/") => match path.ends_with("/missing") {
            true => Answer::json(404, &json!({"success": false, "error": "Thread not found"})),
            false => Answer::json(200, &json!({"success": true, "data": {"id": "thread_1", "title": body["title"]}})),
        },
        ("GET", "/api/v1/agent-configuration") if current => {
            Answer::json(200, &json!({"success": true, "configuration": {"app": "demo", "promptPath": "p"}}))
        }
        ("PUT", "/api/v1/agent-configuration") if current => {
            Answer::json(200, &json!({"success": true, "configuration": body}))
        }
        ("GET", "/api/v1/translations/en") if current => Answer::json(
            200,
            &json!({"success": true, "language": "en", "resolvedLanguage": "en", "translations": {"send": "Send"}}),
        ),
        ("POST", "/api/v1/upload") => {
            let type_ = request.header("content-type").unwrap_or_default();
            let form = String::from_utf8_lossy(&request.body);
            if !type_.starts_with("multipart/form-data; boundary=") {
                return Answer::json(400, &json!({"success": false, "error": "not a form"}));
            }
            let name = form.split("filename=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            Answer::json(200, &json!({"url": format!("http://files/{name}"), "cdnUrl": format!("http://cdn/{name}")}))
        }
        ("GET", "/api/v1/agent-configurations") if !current => {
            Answer::json(200, &json!({"success": true, "configurations": []}))
        }
        ("GET", _) if !current && path.starts_with("/api/v1/messages/") => Answer::json(200, &messages),
        ("GET", _) if !current && path.starts_with("/api/v1/threads/") => Answer::json(200, &json!({"threads": []})),
        ("POST", "/api/v1/threads") if !current => Answer::json(200, &json!({"success": true, "data": body})),
        _ => Answer::json(404, &json!({"success": false, "error": "Not found"})),
    }
}
