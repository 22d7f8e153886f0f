//! The official Python client as the judge: it works against the simulator, and this client sends what it sends.
//!
//! Prints `SKIPPED` and its reason where the package can not be had.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use parlor::model::Action;
use parlor::sim::voxta::{Config, VoxtaSim};
use serde_json::{Map, Value};

use crate::conversation::ready;
use crate::host::Host;

const CHARACTER: &str = "c0ffee00-0000-4000-8000-000000000001";

/// Where the two differ on purpose: message, member, and why.
const REASONS: &[(&str, &str, &str)] = &[
    ("authenticate", "client", "each introduces itself"),
    ("authenticate", "clientVersion", "each has its own"),
    ("authenticate", "scope", "first-party clients ask for role:app only; option voxta.scope asks for more"),
    ("authenticate", "capabilities", "only what the options switch on is announced"),
    ("registerApp", "clientVersion", "each has its own"),
    ("registerApp", "label", "each has its own"),
    ("subscribeToChat", "chatId", "other sources give the sessionId alone"),
    ("send", "doUserActionInference", "left to the server's default"),
    ("send", "doCharacterActionInference", "left to the server's default"),
    ("startChat", "contexts", "an empty list is left out"),
    ("stopChat", "chatId", "the server's own clients name the session"),
    ("stopChat", "sessionId", "the server's own clients name the session"),
    ("triggerAction", "messageId", "it is an existing message, not a new id"),
    ("triggerAction", "arguments", "it is a list of names and values"),
    ("inspectAudioInput", "sessionId", "recorded traffic has audioFrames, speechToText, culture"),
    ("inspectAudioInput", "enabled", "recorded traffic has audioFrames, speechToText, culture"),
    ("inspectAudioInput", "audioFrames", "recorded traffic has audioFrames, speechToText, culture"),
    ("speechPlaybackStart", "startIndex", "the chunk's own, not 0"),
    ("speechPlaybackStart", "endIndex", "the chunk's own, not 0"),
    ("speechPlaybackStart", "duration", "in seconds, the chunk's own"),
    ("speechPlaybackStart", "isNarration", "the chunk's own, not left out"),
    ("speechPlaybackStart", "messageId", "another reply"),
    ("speechPlaybackComplete", "messageId", "another reply"),
];

/// The payloads of a client, the first of each name.
fn payloads(sim: &VoxtaSim) -> Vec<(String, Map<String, Value>)> {
    let mut all: Vec<(String, Map<String, Value>)> = Vec::new();
    for entry in sim.record().entries() {
        for record in entry.text().unwrap_or_default().split('\u{1e}').filter(|record| record.contains("SendMessage")) {
            let value: Value = serde_json::from_str(record).unwrap();
            assert!(
                record.contains("\"arguments\":[{\"$type\"") || record.contains("\"arguments\": [{\"$type\""),
                "{record}"
            );
            let Some(Value::Object(map)) = value.pointer("/arguments/0").cloned() else { panic!("{record}") };
            let name = map["$type"].as_str().unwrap().to_owned();
            if all.iter().all(|(known, _)| *known != name) {
                all.push((name, map));
            }
        }
    }
    all
}

#[test]
fn this_client_sends_what_the_official_one_sends_where_that_is_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = root.join("target/venv-voxta-client");
    let made = Command::new(root.join("scripts/venv.sh")).arg(&dir).arg("voxta-client==0.2.0").output().unwrap();
    if made.status.code() == Some(77) {
        return print!("{}", String::from_utf8_lossy(&made.stdout));
    }
    assert!(made.status.success(), "scripts/venv.sh: {}", String::from_utf8_lossy(&made.stderr));
    let sim = VoxtaSim::spawn(Config::default()).unwrap();
    let driver = root.join("tests/interop/voxta_driver.py");
    let done = Command::new(dir.join("bin/python")).arg(driver).arg(sim.http_url()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    assert!(sim.record().wait_text(Duration::from_secs(10), "deleteMessage").is_some());
    let theirs = payloads(&sim);
    let ours = ours();
    let mut unexplained = Vec::new();
    println!("{:<26} {:<28} why it differs", "message", "member");
    for (name, theirs) in &theirs {
        let Some((_, ours)) = ours.iter().find(|(known, _)| known == name) else {
            unexplained.push(format!("{name} was not sent"));
            continue;
        };
        let mut members: Vec<&String> = theirs.keys().chain(ours.keys()).collect();
        members.sort();
        members.dedup();
        let mut same = true;
        for member in members {
            if theirs.get(member) == ours.get(member) {
                continue;
            }
            same = false;
            match REASONS.iter().find(|(message, known, _)| message == name && known == member) {
                Some((.., why)) => println!("{name:<26} {member:<28} {why}"),
                None => {
                    unexplained.push(format!("{name}.{member}: {:?} and {:?}", theirs.get(member), ours.get(member)))
                }
            }
        }
        if same {
            println!("{name:<26} {:<28} it does not", "-");
        }
    }
    assert_eq!(theirs.len(), 28, "every message that it can send");
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
}

/// The same, by this client.
fn ours() -> Vec<(String, Map<String, Value>)> {
    let sim = VoxtaSim::spawn(Config::default()).unwrap();
    let mut host = ready(&sim, &[("voxta.app_label", "Test")]);
    host.say("Hello");
    let reply = host.until("REPLY_ENDED");
    let message = serde_json::from_str::<Value>(&reply.json).unwrap()["messageId"].as_str().unwrap().to_owned();
    host.until_any("the end of the turn", |told| told.word() == "AI_STATE" && told.name == "WaitingForUserInput");
    let act = |host: &mut Host, action: Action| {
        let request = host.client.act(action, 0).unwrap();
        assert_eq!(host.done(request).text, "");
    };
    let context = r#"{"name":"Location","setFlags":["rain"]}"#;
    act(&mut host, Action::SetContext { key: "game".into(), text: "A forest.".into(), json: context.into() });
    let about = format!(r#"{{"messageId":"{message}""#);
    for (name, json) in [
        ("loadCharactersList", String::new()),
        ("loadScenariosList", String::new()),
        ("loadChatsList", format!(r#"{{"characterId":"{CHARACTER}"}}"#)),
        ("addChatParticipant", r#"{"characterId":"guest"}"#.into()),
        ("removeChatParticipant", r#"{"characterId":"guest"}"#.into()),
        ("requestSuggestions", String::new()),
        ("pauseChat", r#"{"pause":true}"#.into()),
        ("triggerAction", format!(r#"{about},"value":"wave","arguments":[{{"name":"hand","value":"left"}}]}}"#)),
        ("update", format!(r#"{about},"text":"changed"}}"#)),
        ("deleteMessage", format!("{about}}}")),
        ("revert", String::new()),
        ("retry", String::new()),
        ("typingStart", String::new()),
        ("typingEnd", r#"{"sent":true}"#.into()),
        ("inspect", r#"{"enabled":true}"#.into()),
        ("inspectAudioInput", r#"{"audioFrames":true}"#.into()),
        ("characterSpeechRequest", format!(r#"{{"characterId":"{CHARACTER}","text":"Hi."}}"#)),
    ] {
        act(&mut host, Action::Call { name: name.into(), json });
    }
    act(&mut host, Action::Interrupt { json: String::new() });
    act(&mut host, Action::Call { name: "startChat".into(), json: format!(r#"{{"characterId":"{CHARACTER}"}}"#) });
    act(&mut host, Action::Call { name: "resumeChat".into(), json: r#"{"chatId":"c4a70000"}"#.into() });
    host.until("READY");
    act(&mut host, Action::Call { name: "stopChat".into(), json: String::new() });
    assert!(sim.record().wait_text(Duration::from_secs(10), "stopChat").is_some());
    payloads(&sim)
}
