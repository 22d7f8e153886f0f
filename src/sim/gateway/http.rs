//! The gateway's HTTP endpoints.

use serde_json::{Value, json};

use super::registry::SizeChanged;
use super::scene::Gateway;
use super::validate::{self, Body};
use crate::sim::json::fields;
use crate::sim::server::{Answer, Request};

/// Every path with its one method. `{id}` stands for one path segment.
const ROUTES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/state"),
    ("POST", "/dialogue"),
    ("POST", "/context"),
    ("POST", "/external_speaker_start"),
    ("POST", "/external_speaker_stop"),
    ("POST", "/tts_playback_start"),
    ("POST", "/tts_playback_complete"),
    ("GET", "/debug/clients"),
    ("GET", "/debug/clients/{id}/history"),
    ("POST", "/debug/clients/{id}/clear"),
    ("GET", "/debug/voxta/history"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
];

/// The route that a path fits, and what stands for `{id}`.
fn route(path: &str) -> Option<(&'static str, &'static str, String)> {
    ROUTES.iter().find_map(|&(method, pattern)| {
        let (mut id, mut given, mut wanted) = (String::new(), path.split('/'), pattern.split('/'));
        loop {
            match (given.next(), wanted.next()) {
                (None, None) => return Some((method, pattern, id)),
                (Some(part), Some("{id}")) if !part.is_empty() => id = percent_decode(part),
                (Some(part), Some(fixed)) if part == fixed => {}
                _ => return None,
            }
        }
    })
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = bytes.get(index + 1..index + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| bytes[index] == b'%') {
            Some(byte) => {
                out.push(byte);
                index += 3;
            }
            None => {
                out.push(bytes[index]);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub(super) async fn answer(gateway: &Gateway, request: &Request) -> Answer {
    let path = request.path.as_str();
    let Some((method, pattern, id)) = route(path) else {
        let other = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
        if path != "/" && route(&other).is_some() {
            let host = request.header("host").unwrap_or("127.0.0.1");
            return Answer::text(307, "").header("location", &format!("http://{host}{other}"));
        }
        return detail(404, "Not Found");
    };
    if method != request.method {
        return detail(405, "Method Not Allowed").header("allow", method);
    }
    match run(gateway, pattern, &id, request).await {
        Ok(answer) => answer,
        // What the server makes of an exception in a handler.
        Err(SizeChanged) => Answer::text(500, "Internal Server Error").header("content-type", "text/plain"),
    }
}

async fn run(gateway: &Gateway, pattern: &str, id: &str, request: &Request) -> Result<Answer, SizeChanged> {
    let model = match pattern {
        "/dialogue" => validate::DIALOGUE,
        "/context" => validate::CONTEXT,
        "/external_speaker_start" => validate::SPEAKER_START,
        "/external_speaker_stop" => validate::SPEAKER_STOP,
        "/tts_playback_start" | "/tts_playback_complete" => validate::PLAYBACK,
        _ => return Ok(look(gateway, pattern, id)),
    };
    let body = match validate::read(request, model, pattern == "/external_speaker_stop") {
        Ok(body) => body,
        Err(answer) => return Ok(answer),
    };
    match pattern {
        "/dialogue" => dialogue(gateway, &body).await?,
        "/context" => context(gateway, &body),
        "/external_speaker_start" => speaker_start(gateway, &body).await?,
        "/external_speaker_stop" => speaker_stop(gateway, &body).await?,
        "/tts_playback_start" => playback_start(gateway, &body).await?,
        _ => playback_complete(gateway, &body).await?,
    }
    Ok(Answer::json(200, &json!({"status": "ok"})))
}

/// Everything that only looks, and `clear`.
fn look(gateway: &Gateway, pattern: &str, id: &str) -> Answer {
    match pattern {
        "/" => raw("{\"message\":\"Voxta Gateway API\",\"docs\":\"/docs\"}".to_owned()),
        "/health" => raw(fields(&[("status", json!("ok")), ("voxta_connected", json!(gateway.world.lock().voxta))])),
        "/state" => raw(gateway.world.lock().state(false)),
        "/debug/clients" => Answer::json(200, &gateway.registry.describe()),
        "/debug/clients/{id}/history" => match gateway.registry.history(id) {
            Some(history) => raw(history),
            None => detail(404, "Client not found"),
        },
        "/debug/clients/{id}/clear" => {
            gateway.registry.clear(id);
            Answer::json(200, &json!({"status": "ok"}))
        }
        "/debug/voxta/history" => raw(gateway.world.lock().history()),
        "/docs" => Answer::text(200, "<!doctype html><title>Voxta Gateway - Swagger UI</title>")
            .header("content-type", "text/html; charset=utf-8"),
        _ => Answer::json(200, &openapi()),
    }
}

fn openapi() -> Value {
    let paths: serde_json::Map<String, Value> = ROUTES
        .iter()
        .filter(|(_, path)| !matches!(*path, "/docs" | "/openapi.json"))
        .map(|(method, path)| ((*path).to_owned(), json!({method.to_ascii_lowercase(): {}})))
        .collect();
    json!({"openapi": "3.1.0", "info": {"title": "Voxta Gateway", "version": "0.1.0"}, "paths": paths})
}

fn raw(body: String) -> Answer {
    let mut answer = Answer::text(200, "").header("content-type", "application/json");
    answer.body = body.into_bytes();
    answer
}

fn detail(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"detail": text}))
}

async fn dialogue(gateway: &Gateway, body: &Body) -> Result<(), SizeChanged> {
    let text = body.text("text").unwrap_or_default();
    let source = body.text("source").unwrap_or("user");
    let author = body.text("author");
    let reply = body.flag("immediate_reply").unwrap_or(source == "user");
    let spoken = match (source, author) {
        ("user", _) => text.to_owned(),
        ("game" | "twitch", Some(author)) if !author.is_empty() => {
            format!("[{}] {author}: {text}", source.to_uppercase())
        }
        _ => format!("[{}] {text}", source.to_uppercase()),
    };
    let heard = {
        let mut world = gateway.world.lock();
        let open = world.voxta && world.chat;
        if open {
            let message = json!({"text": spoken, "doReply": reply, "doUserActionInference": source == "user",
                                 "doCharacterActionInference": reply});
            world.note("OUT", "send", &message);
        }
        open && reply
    };
    // The event goes out whether or not anybody upstream was there to hear.
    let data = fields(&[
        ("text", json!(text)),
        ("source", json!(source)),
        ("author", json!(author)),
        ("character_id", Value::Null),
    ]);
    gateway.registry.broadcast("dialogue_received", &data).await?;
    if heard {
        let _ = gateway.heard.send(spoken);
    }
    Ok(())
}

fn context(gateway: &Gateway, body: &Body) {
    let (key, content) = (body.text("key").unwrap_or_default(), body.text("content").unwrap_or_default());
    let mut world = gateway.world.lock();
    if world.voxta && world.chat {
        world.note("OUT", "updateContext", &json!({"contextKey": key, "contexts": [{"text": content}]}));
        if let Some(description) = body.text("description").filter(|text| !text.is_empty()) {
            let text = format!("[CONTEXT UPDATE - {key}] {description}");
            world.note("OUT", "send", &json!({"text": text, "doReply": false}));
        }
    }
}

async fn speaker_start(gateway: &Gateway, body: &Body) -> Result<(), SizeChanged> {
    let source = body.text("source").unwrap_or_default();
    let (busy, playing) = {
        let mut world = gateway.world.lock();
        if world.external.is_some() {
            return Ok(());
        }
        world.external = Some(source.to_owned());
        let open = world.voxta && world.chat;
        let busy = world.ai_state != "idle" && open;
        if busy {
            world.cut += 1;
            world.note("OUT", "interrupt", &json!({}));
        }
        let playing = world.last_message.clone().filter(|_| open);
        if let Some(message) = &playing {
            world.note("OUT", "speechPlaybackStart", &json!({"messageId": message}));
        }
        (busy, playing.is_some())
    };
    let data = fields(&[("source", json!(source)), ("reason", json!(body.text("reason")))]);
    gateway.registry.broadcast("external_speaker_started", &data).await?;
    // What the hub echoes: the interruption, and then the playback that holds the AI back.
    if busy {
        gateway.set_ai("idle").await?;
    }
    if playing {
        gateway.set_ai("speaking").await?;
    }
    Ok(())
}

async fn speaker_stop(gateway: &Gateway, body: &Body) -> Result<(), SizeChanged> {
    let trigger = body.flag("trigger_response").unwrap_or(true);
    let (source, open, playing) = {
        let mut world = gateway.world.lock();
        let Some(source) = world.external.take() else { return Ok(()) };
        let open = world.voxta && world.chat;
        let playing = world.last_message.clone().filter(|_| open);
        if let Some(message) = &playing {
            world.note("OUT", "speechPlaybackComplete", &json!({"messageId": message}));
        }
        if trigger && open {
            let character = world.first_character();
            world.note("OUT", "characterSpeechRequest", &json!({"characterId": character, "text": ""}));
        }
        (source, open, playing.is_some())
    };
    gateway.registry.broadcast("external_speaker_stopped", &fields(&[("source", json!(source))])).await?;
    if playing {
        gateway.set_ai("idle").await?;
    }
    if trigger && open {
        let _ = gateway.heard.send(String::new());
    }
    Ok(())
}

async fn playback_start(gateway: &Gateway, body: &Body) -> Result<(), SizeChanged> {
    {
        let mut world = gateway.world.lock();
        world.speaker = body.text("character_id").map(str::to_owned);
        let message = body.text("message_id").map(str::to_owned).or_else(|| world.last_message.clone());
        if world.voxta && world.chat {
            let ack = json!({"messageId": message, "startIndex": 0, "endIndex": 0, "duration": 0});
            world.note("OUT", "speechPlaybackStart", &ack);
        }
    }
    gateway.set_ai("speaking").await
}

async fn playback_complete(gateway: &Gateway, body: &Body) -> Result<(), SizeChanged> {
    {
        let mut world = gateway.world.lock();
        if world.external.is_some() {
            return Ok(());
        }
        world.speaker = None;
        let message = body.text("message_id").map(str::to_owned).or_else(|| world.last_message.clone());
        if world.voxta && world.chat {
            world.note("OUT", "speechPlaybackComplete", &json!({"messageId": message}));
        }
    }
    gateway.set_ai("idle").await
}
