//! The making of a reply, word by word, until it is done or somebody stops it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::Turn;
use super::audio::tone;
use super::conn::{Active, Conn};
use super::mcp;

/// Makes one reply.
pub(super) async fn make(conn: Arc<Mutex<Conn>>, turn: Turn, wanted: Value, pace: Duration, word_ms: u32) {
    let response = {
        let mut conn = conn.lock();
        let id = conn.id("resp");
        conn.active = Some(Active { id: id.clone(), cancelled: None });
        let metadata = wanted.get("metadata").cloned().unwrap_or(Value::Null);
        let response = json!({"id": id, "object": "realtime.response", "status": "in_progress", "status_details": null,
            "output": [], "usage": null, "metadata": metadata});
        conn.tell("response.created", json!({ "response": response }));
        response
    };
    let id = response["id"].as_str().unwrap_or_default().to_owned();
    match turn {
        Turn::Tool(name, arguments) => tool(&conn, &id, &name, &arguments),
        Turn::Approve(name, arguments) => approve(&conn, &id, &name, &arguments),
        Turn::Call(asked) => mcp::call(&conn, &id, &asked),
        Turn::Say(text) => say(&conn, &id, &text, &wanted, pace, word_ms, None).await,
        Turn::Cut(text, words) => say(&conn, &id, &text, &wanted, pace, word_ms, Some(words)).await,
    }
    let mut conn = conn.lock();
    let Some(active) = conn.active.take() else { return };
    let (status, details) = match active.cancelled {
        Some(reason) => ("cancelled", json!({"type": "cancelled", "reason": reason})),
        None => ("completed", Value::Null),
    };
    let output: Vec<Value> = conn.items.iter().filter(|item| item["response_id"] == id.as_str()).cloned().collect();
    let details_of = json!({"cached_tokens": 0, "text_tokens": 12, "audio_tokens": 0, "image_tokens": 0,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0}});
    let usage = json!({"total_tokens": 32, "input_tokens": 12, "output_tokens": 20, "input_token_details": details_of,
        "output_token_details": {"text_tokens": 20, "audio_tokens": 0, "reasoning_tokens": 0}});
    let done = json!({"id": id, "object": "realtime.response", "status": status, "status_details": details,
        "output": output, "usage": usage, "metadata": response["metadata"]});
    conn.tell("response.done", json!({ "response": done }));
}

fn stopped(conn: &Conn, id: &str) -> bool {
    conn.active.as_ref().is_none_or(|active| active.id != id || active.cancelled.is_some())
}

fn tool(conn: &Mutex<Conn>, id: &str, name: &str, arguments: &Value) {
    let mut conn = conn.lock();
    let (item_id, call_id) = (conn.id("item"), conn.id("call"));
    let item = |status: &str, arguments: &str| {
        json!({"id": item_id, "object": "realtime.item", "type": "function_call", "status": status, "name": name,
            "call_id": call_id, "arguments": arguments})
    };
    let begun = item("in_progress", "");
    conn.tell("response.output_item.added", json!({"response_id": id, "output_index": 0, "item": begun}));
    conn.add(begun, None);
    let text = arguments.to_string();
    let (head, tail) = text.split_at(text.len() / 2 - usize::from(!text.is_char_boundary(text.len() / 2)));
    for delta in [head, tail] {
        conn.tell(
            "response.function_call_arguments.delta",
            json!({"response_id": id, "item_id": item_id, "output_index": 0, "call_id": call_id, "delta": delta,
                "obfuscation": "x"}),
        );
    }
    conn.tell(
        "response.function_call_arguments.done",
        json!({"response_id": id, "item_id": item_id, "output_index": 0, "call_id": call_id, "name": name,
            "arguments": text}),
    );
    let done = item("completed", &text);
    conn.tell("response.output_item.done", json!({"response_id": id, "output_index": 0, "item": done}));
}

fn approve(conn: &Mutex<Conn>, id: &str, name: &str, arguments: &Value) {
    let mut conn = conn.lock();
    let item_id = conn.id("mcpr");
    let item = json!({"id": item_id, "type": "mcp_approval_request", "server_label": "tools", "name": name,
        "arguments": arguments.to_string()});
    conn.tell("response.output_item.added", json!({"response_id": id, "output_index": 0, "item": item}));
    conn.add(item.clone(), None);
    conn.tell("response.output_item.done", json!({"response_id": id, "output_index": 0, "item": item}));
}

async fn say(
    conn: &Mutex<Conn>,
    id: &str,
    text: &str,
    wanted: &Value,
    pace: Duration,
    word_ms: u32,
    cut: Option<usize>,
) {
    let (item_id, speaks, base) = {
        let mut conn = conn.lock();
        let item_id = conn.id("item");
        let modalities = wanted.get("modalities").or_else(|| wanted.get("output_modalities"));
        let speaks = match modalities.and_then(Value::as_array) {
            Some(list) => list.iter().any(|one| one == "audio"),
            None => conn.session.speaks(),
        };
        let begun = json!({"id": item_id, "object": "realtime.item", "type": "message", "status": "in_progress",
            "role": "assistant", "content": [], "response_id": id});
        conn.tell("response.output_item.added", json!({"response_id": id, "output_index": 0, "item": begun}));
        conn.add(begun, None);
        let base = json!({"response_id": id, "item_id": item_id, "output_index": 0, "content_index": 0});
        let part =
            if speaks { json!({"type": "audio", "transcript": ""}) } else { json!({"type": "text", "text": ""}) };
        conn.tell("response.content_part.added", with(&base, &[("part", part)]));
        (item_id, speaks, base)
    };
    let (mut said, mut bytes, mut words) = (String::new(), 0, 0);
    for word in text.split_inclusive(' ') {
        if !pace.is_zero() {
            tokio::time::sleep(pace).await;
        }
        let mut conn = conn.lock();
        if stopped(&conn, id) {
            break;
        }
        if cut == Some(words) {
            conn.active = None;
            return conn.peer.drop_link();
        }
        said.push_str(word);
        if speaks {
            let per_ms = conn.session.output_bytes_per_ms();
            let began = bytes / per_ms;
            let pcm = tone(bytes, per_ms * word_ms as usize);
            bytes += pcm.len();
            conn.tell("response.audio_transcript.delta", with(&base, &[("delta", Value::from(word))]));
            let audio = base64::engine::general_purpose::STANDARD.encode(pcm);
            conn.tell("response.audio.delta", with(&base, &[("delta", Value::from(audio))]));
            if conn.session.timestamps() {
                let members = [
                    ("audio_offset_ms", json!(began)),
                    ("audio_duration_ms", json!(word_ms)),
                    ("text", json!(word.trim())),
                    ("timestamp_type", json!("word")),
                ];
                conn.tell("response.audio_timestamp.delta", with(&base, &members));
            }
            if conn.session.blendshapes() {
                let members = [("frame_index", json!(words)), ("frames", json!([[0.1, 0.2], [0.3, 0.4]]))];
                conn.tell("response.animation_blendshapes.delta", with(&base, &members));
            }
            if conn.session.visemes() {
                let members = [("audio_offset_ms", json!(began)), ("viseme_id", json!(words % 22))];
                conn.tell("response.animation_viseme.delta", with(&base, &members));
            }
        } else {
            conn.tell("response.text.delta", with(&base, &[("delta", Value::from(word))]));
        }
        words += 1;
    }
    let mut conn = conn.lock();
    let whole = !stopped(&conn, id);
    let ms = bytes / conn.session.output_bytes_per_ms();
    let part = if speaks {
        if conn.session.timestamps() {
            conn.tell("response.audio_timestamp.done", base.clone());
        }
        if conn.session.blendshapes() {
            conn.tell("response.animation_blendshapes.done", base.clone());
        }
        if conn.session.visemes() {
            conn.tell("response.animation_viseme.done", base.clone());
        }
        conn.tell("response.audio.done", base.clone());
        conn.tell("response.audio_transcript.done", with(&base, &[("transcript", Value::from(said.as_str()))]));
        json!({"type": "audio", "transcript": said})
    } else {
        conn.tell("response.text.done", with(&base, &[("text", Value::from(said.as_str()))]));
        json!({"type": "text", "text": said})
    };
    conn.tell("response.content_part.done", with(&base, &[("part", part.clone())]));
    let status = if whole { "completed" } else { "incomplete" };
    let item = json!({"id": item_id, "object": "realtime.item", "type": "message", "status": status,
        "role": "assistant", "content": [part]});
    if let Some(kept) = conn.items.iter_mut().find(|kept| kept["id"] == item_id.as_str()) {
        *kept = item.clone();
        if speaks {
            kept["audio_ms"] = json!(ms);
        }
    }
    conn.tell("response.output_item.done", json!({"response_id": id, "output_index": 0, "item": item}));
}

fn with(base: &Value, members: &[(&str, Value)]) -> Value {
    let mut all = base.clone();
    for (name, value) in members {
        all[*name] = value.clone();
    }
    all
}
