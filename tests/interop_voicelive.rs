//! Voice Live and OpenAI Realtime against the services' own programs, from the package index: each official client
//! holds a conversation with the simulator, our client holds the same one, and what both have sent is compared.
//!
//! Prints `SKIPPED` and the reason where the packages can not be had.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

#[path = "voicelive/host.rs"]
#[allow(dead_code, reason = "this file uses its own part of it")]
mod host;
#[path = "voicelive_tables/mod.rs"]
mod tables;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use parlor::model::{Kind, Status};
use parlor::sim::voicelive::{Turn, VoiceLiveSim};
use serde_json::{Value, json};

use host::{Host, sim};
use tables::{CLIENT, EVENTS, message, openai_table, session_table};

const PACKAGES: [&str; 3] = ["azure-ai-voicelive==1.3.1", "aiohttp", "openai[realtime]==3.52.0"];

/// The Python of an environment with the official packages, or `None` after saying why not.
fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = root.join("target/venv-voicelive");
    let done = Command::new(root.join("scripts/venv.sh")).arg(&dir).args(PACKAGES).output().unwrap();
    if done.status.code() == Some(77) {
        print!("{}", String::from_utf8_lossy(&done.stdout));
        return None;
    }
    assert!(done.status.success(), "scripts/venv.sh: {}", String::from_utf8_lossy(&done.stderr));
    Some(dir.join("bin/python"))
}

fn simulator() -> VoiceLiveSim {
    sim(|config| {
        config.credential = Some("secret".into());
        config.pace = Duration::from_millis(2);
        config.turns = vec![
            Turn::Tool("look".into(), json!({"at": "sea"})),
            Turn::Say("The sea is calm.".into()),
            Turn::Say("la ".repeat(500)),
        ];
    })
}

/// The same conversation with our client.
fn ours(sim: &VoiceLiveSim, azure: bool) {
    let url = if azure { sim.http_url() } else { format!("{}/v1", sim.http_url()) };
    let dialect = if azure { "azure" } else { "openai" };
    let set = [("credential", "secret"), ("voicelive.dialect", dialect), ("voicelive.tool_response", "0")];
    let mut host = Host::ready(&url, &set);
    let good = |host: &mut Host, name: &str, json: Value| {
        let request = host.call(name, &json.to_string());
        let done = host.done(request);
        assert_eq!(done.status, Status::Ok, "{name}: {}", done.text);
    };
    let tool = json!({"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}});
    // One flat session serves both dialects.
    let mut first = json!({"instructions": "Be short.", "turn_detection": null, "tools": [tool]});
    if azure {
        first["modalities"] = json!(["text", "audio"]);
        first["voice"] = json!({"type": "azure-standard", "name": "en-US-AvaNeural", "rate": "1.1"});
    } else {
        first["voice"] = json!("marin");
    }
    good(&mut host, "session.update", json!({ "session": first }));
    let vad = json!({"turn_detection": {"type": "server_vad", "threshold": 0.6}});
    good(&mut host, "session.update", json!({ "session": vad }));
    let text = json!([{"type": "input_text", "text": "Look!"}]);
    let message = json!({"id": "msg1", "type": "message", "role": "user", "content": text});
    good(&mut host, "conversation.item.create", json!({ "item": message }));
    host.call("response.create", "{}");
    let call = host.until(Kind::ToolCall);
    host.until(Kind::ReplyEnded);
    let output = json!({"id": "out1", "type": "function_call_output", "call_id": call.id, "output": "calm"});
    good(&mut host, "conversation.item.create", json!({ "item": output }));
    host.call("response.create", "{}");
    assert_eq!(host.until(Kind::Audio).data.len(), 4800);
    host.until(Kind::ReplyEnded);
    for _ in 0..3 {
        host.client.send_audio(&[0; 960]).unwrap();
    }
    good(&mut host, "input_audio_buffer.clear", json!({}));
    good(&mut host, "conversation.item.retrieve", json!({"item_id": "msg1"}));
    good(&mut host, "conversation.item.truncate", json!({"item_id": "msg1", "content_index": 0, "audio_end_ms": 0}));
    good(&mut host, "conversation.item.delete", json!({"item_id": "msg1"}));
    let request = host.call("conversation.item.delete", r#"{"item_id":"msg1"}"#);
    assert_eq!(host.done(request).status, Status::Service);
    good(&mut host, "response.create", json!({}));
    good(&mut host, "response.cancel", json!({}));
}

/// What was sent, without what is drawn anew each time: ids of messages and of calls. Speech in a row is one piece, since
/// how it is cut is a matter of the moment.
fn frames(sim: &VoiceLiveSim) -> Vec<Value> {
    let mut frames: Vec<Value> = Vec::new();
    for frame in host::sent(sim) {
        match frames.last_mut() {
            Some(last) if frame["type"] == "input_audio_buffer.append" && last["type"] == frame["type"] => {
                let sound = |frame: &Value| STANDARD.decode(frame["audio"].as_str().unwrap()).unwrap();
                last["audio"] = json!(STANDARD.encode([sound(last), sound(&frame)].concat()));
            }
            _ => frames.push(frame),
        }
    }
    for frame in &mut frames {
        if let Some(map) = frame.as_object_mut() {
            map.remove("event_id");
        }
        if let Some(call) = frame.pointer_mut("/item/call_id") {
            *call = json!("CALL");
        }
    }
    frames
}

fn compare(name: &str, azure: bool) {
    let Some(python) = python() else { return };
    let theirs = simulator();
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/voicelive_client.py");
    let done = Command::new(python).arg(driver).arg(name).arg(theirs.http_url()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(said.lines().filter(|line| line.starts_with("ok")).count(), 19, "{said}");

    let mine = simulator();
    ours(&mine, azure);
    handshake(name, &mine, &theirs);
    let (mine, theirs) = (frames(&mine), frames(&theirs));
    print(name, &mine, &theirs);
    assert_eq!(mine, theirs);
}

fn print(name: &str, mine: &[Value], theirs: &[Value]) {
    println!("{name}: frame, equal to the official client's");
    for (mine, theirs) in mine.iter().zip(theirs) {
        let session = mine["session"].as_object().map(|session| session.keys().cloned().collect::<Vec<_>>().join(", "));
        println!(
            "  {:<32} {:<60} {}",
            mine["type"].as_str().unwrap_or_default(),
            session.unwrap_or_default(),
            if mine == theirs { "equal" } else { "DIFFERENT" }
        );
    }
}

/// Where the two upgrades differ, and why. Whatever is not in this list must be the same.
const DIFFERENT: &[(&str, &str)] = &[
    ("user-agent", "each client says its own name"),
    ("?x-ms-client-sdk", "the official client's name once more"),
    ("x-ms-client-request-id", "ours gives each connection an id that the service's support can look up"),
    ("accept", "a habit of the official client's HTTP library; an upgrade has no content"),
    ("accept-encoding", "the same"),
    ("sec-websocket-extensions", "ours offers no compression: speech in base64 is not worth its memory"),
    ("sec-websocket-key", "drawn for each connection"),
    ("host", "each has a simulator of its own"),
    ("content-type", "the same"),
    ("x-stainless-", "what the official client says of itself and its machine"),
    ("openai-", "the same"),
    ("cache-control", "a habit of the official client's HTTP library"),
    ("pragma", "the same"),
];

/// The path, each parameter of the query and each header of the upgrade.
fn upgrade(sim: &VoiceLiveSim) -> BTreeMap<String, String> {
    let entries = sim.record().entries();
    let asked = entries.iter().find_map(|entry| match &entry.seen {
        parlor::sim::Seen::Upgrade { target, headers } => Some((target.clone(), headers.clone())),
        _ => None,
    });
    let (target, headers) = asked.unwrap();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut all = BTreeMap::from([("path".to_owned(), path.to_owned())]);
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        all.insert(format!("?{name}"), value.to_owned());
    }
    all.extend(headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)));
    all
}

fn handshake(name: &str, mine: &VoiceLiveSim, theirs: &VoiceLiveSim) {
    let (mine, theirs) = (upgrade(mine), upgrade(theirs));
    let names: BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
    println!("{name}: part of the upgrade, ours and the official client's");
    for part in names {
        let (ours, theirs) = (mine.get(part), theirs.get(part));
        let why = DIFFERENT.iter().find(|(known, _)| part.starts_with(known)).map(|(_, why)| *why);
        let same = match (ours, theirs) {
            (Some(ours), Some(theirs)) => ours.eq_ignore_ascii_case(theirs),
            _ => false,
        };
        println!("  {part:<26} {}", if same { "equal" } else { why.unwrap_or("DIFFERENT") });
        assert!(same || why.is_some(), "{part}: {ours:?}, but {theirs:?}");
    }
}

/// Names of messages that one of the two official clients has no type for, and where they come from.
const UNTYPED: &[(&str, &str)] = &[
    ("rate_limits.updated", "documented for Voice Live, in no list of its client"),
    ("response.foundry_agent_call", "documented for Voice Live, in no list of its client"),
    ("rtc.call.", "a preview"),
    ("next_year.", "nobody knows it yet"),
    ("output_audio_buffer.started", "OpenAI's over WebRTC, a preview of Voice Live"),
    ("output_audio_buffer.stopped", "OpenAI's over WebRTC, a preview of Voice Live"),
    ("conversation.item.done", "OpenAI's; seen from Voice Live"),
    ("conversation.item.added", "OpenAI's"),
    ("conversation.created", "OpenAI's"),
    ("conversation.item.input_audio_transcription.segment", "OpenAI's"),
    ("input_audio_buffer.timeout_triggered", "OpenAI's"),
    ("input_audio_buffer.dtmf_event_received", "OpenAI's, of telephone calls"),
    ("response.output_text.", "OpenAI's spelling"),
    ("response.output_audio", "OpenAI's spelling"),
    ("output_audio_buffer.cleared", "Voice Live's, with an avatar"),
    ("warning", "Voice Live's"),
    ("session.avatar.", "Voice Live's"),
    ("response.text.", "Voice Live's spelling"),
    ("response.audio", "Voice Live's spelling, or its words and annotations"),
    ("response.animation_", "Voice Live's"),
    ("response.video.", "Voice Live's"),
    ("response.invocation.", "Voice Live's"),
    ("response.web_search_call.", "Voice Live's"),
    ("response.file_search_call.", "Voice Live's"),
];

/// Every row of the tables, sent by the official client and by ours, and the service's messages read by it.
fn compare_tables(name: &str, azure: bool) {
    let Some(python) = python() else { return };
    let rows = if azure { session_table() } else { openai_table() };
    let session: Vec<(&str, Value)> = rows
        .into_iter()
        .filter(|(name, ..)| *name != "model")
        .flat_map(|(name, values, _)| values.into_iter().map(move |value| (name, value)))
        .collect();
    // The OpenAI client has eleven of the messages, and sends each of those that it is given.
    let openai_has = |name: &str| {
        !matches!(name.split('.').next(), Some("input_audio" | "input_text" | "rtc" | "transcription_session"))
            && !matches!(name, "session.avatar.connect" | "mcp_approval_response")
    };
    let client: Vec<(&str, Value)> = CLIENT
        .iter()
        .filter(|(name, ..)| *name != "session.update" && (azure || openai_has(name)))
        .map(|(name, json, _)| (*name, serde_json::from_str(if json.is_empty() { "{}" } else { json }).unwrap()))
        .map(|(name, members)| (name, if azure { members } else { for_openai(name, members) }))
        .collect();
    let events: Vec<String> = EVENTS.iter().map(|(type_, members, _)| message(type_, members, false)).collect();
    let tables = json!({"session": session, "client": client, "events": events});
    let file = std::env::temp_dir().join(format!("parlor-tables-{name}-{}.json", std::process::id()));
    std::fs::write(&file, tables.to_string()).unwrap();

    let theirs = sim(|config| config.stage.control = true);
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/voicelive_tables.py");
    let done = Command::new(python).arg(driver).arg(name).arg(theirs.http_url()).arg(&file).output().unwrap();
    let _ = std::fs::remove_file(&file);
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));

    let mine = sim(|_| {});
    let url = if azure { mine.http_url() } else { format!("{}/v1", mine.http_url()) };
    let mut host = Host::ready(&url, &[("credential", "secret"), ("voicelive.dialect", name)]);
    for (name, value) in &session {
        let request = host.call("session.update", &json!({"session": {*name: value}}).to_string());
        assert_eq!(host.done(request).status, Status::Ok, "{name} = {value}");
    }
    for (name, members) in &client {
        let request = host.call(name, &members.to_string());
        host.done(request);
    }
    let all = client.len() + session.len();
    for sim in [&mine, &theirs] {
        let deadline = std::time::Instant::now() + host::PATIENCE;
        while host::sent(sim).len() < all && std::time::Instant::now() < deadline {
            std::thread::yield_now();
        }
    }
    let (mine, theirs) = (frames(&mine), frames(&theirs));
    print(name, &mine, &theirs);
    assert_eq!(mine, theirs);
    println!("{name}: {} sessions and {} messages of the client, equal", session.len(), client.len());

    println!("{name}: message of the service, what the official client makes of it");
    let (mut typed, mut untyped) = (0, 0);
    for line in said.lines().filter_map(|line| line.strip_prefix("event ")) {
        let mut words = line.splitn(3, ' ');
        let (type_, class, verdict) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let why = UNTYPED.iter().find(|(known, _)| type_.starts_with(known)).map(|(_, why)| *why);
        println!("  {type_:<56} {class:<58} {}", if verdict == "untyped" { why.unwrap_or(verdict) } else { verdict });
        assert!(verdict == "equal" || (verdict == "untyped" && why.is_some()), "{line}");
        typed += usize::from(verdict == "equal");
        untyped += usize::from(verdict == "untyped");
    }
    assert_eq!(typed + untyped, EVENTS.len(), "{said}");
    println!("{name}: {typed} read as their type, with every member; {untyped} without a type, each explained");
}

/// A message of the table in OpenAI's shape, as both clients are to send it.
fn for_openai(name: &str, mut members: Value) -> Value {
    if name == "response.create" {
        members = json!({"response": {"output_modalities": ["text"], "conversation": "none", "metadata": {"a": "b"}}});
    }
    members
}

#[test]
fn the_tables_through_the_voice_live_client() {
    compare_tables("azure", true);
}

#[test]
fn the_tables_through_the_openai_client() {
    compare_tables("openai", false);
}

#[test]
fn the_voice_live_client_and_ours_send_the_same() {
    compare("azure", true);
}

#[test]
fn the_openai_client_and_ours_send_the_same() {
    compare("openai", false);
}
