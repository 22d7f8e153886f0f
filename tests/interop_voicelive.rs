//! Voice Live and OpenAI Realtime against the services' own programs, from the package index: each official client
//! holds a conversation with the simulator, our client holds the same one, and what both have sent is compared.
//!
//! Prints `SKIPPED` and the reason where the packages can not be had.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

#[path = "voicelive/host.rs"]
#[allow(dead_code, reason = "this file uses its own part of it")]
mod host;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use parlor::model::{Kind, Status};
use parlor::sim::voicelive::{Turn, VoiceLiveSim};
use serde_json::{Value, json};

use host::{Host, sim};

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

/// What was sent, without what is drawn anew each time: ids of messages and of calls.
fn frames(sim: &VoiceLiveSim) -> Vec<Value> {
    let mut frames = host::sent(sim);
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

fn query_of(sim: &VoiceLiveSim) -> Vec<String> {
    let entries = sim.record().entries();
    let target = entries.iter().find_map(|entry| match &entry.seen {
        parlor::sim::Seen::Upgrade { target, .. } => Some(target.clone()),
        _ => None,
    });
    let target = target.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut parts: Vec<String> =
        query.split('&').filter(|part| !part.starts_with("x-ms-client-sdk=")).map(str::to_owned).collect();
    parts.sort();
    parts.insert(0, path.to_owned());
    parts
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
    assert_eq!(query_of(&mine), query_of(&theirs), "the address, without the official client's own name in it");
    let (mine, theirs) = (frames(&mine), frames(&theirs));
    println!("{name}: frame, equal to the official client's");
    for (mine, theirs) in mine.iter().zip(&theirs) {
        println!(
            "  {:<32} {}",
            mine["type"].as_str().unwrap_or_default(),
            if mine == theirs { "equal" } else { "DIFFERENT" }
        );
    }
    assert_eq!(mine, theirs);
}

#[test]
fn the_voice_live_client_and_ours_send_the_same() {
    compare("azure", true);
}

#[test]
fn the_openai_client_and_ours_send_the_same() {
    compare("openai", false);
}
