//! The client against the real Voxta Gateway from the package index, which talks to a simulated Voxta: every event, every
//! action, a restart, a lost Voxta, a name that is taken, and the example program.
//!
//! Each test prints `SKIPPED` and its reason where the package can not be had.

#![cfg(all(target_os = "linux", feature = "sim"))]
#![allow(clippy::unwrap_used, reason = "a test may fall over")]

#[path = "faults/kit/mod.rs"]
mod kit;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use parlor::model::{Action, Kind, Playback, PlaybackPhase, State, Status};
use parlor::sim::voxta::{Config, Reply, VoxtaSim};
use serde_json::{Value, json};

use kit::host::{Host, PATIENCE, Told};
use kit::programs::{Program, compile, file};

/// The Python of an environment with the gateway, or `None` after saying why not.
fn python() -> Option<PathBuf> {
    let folder = file("target/venv-gateway");
    let done = Command::new(file("scripts/venv.sh")).arg(&folder).arg("voxta-gateway==0.1.0").output().unwrap();
    if done.status.code() == Some(77) {
        print!("{}", String::from_utf8_lossy(&done.stdout));
        return None;
    }
    assert!(done.status.success(), "scripts/venv.sh: {}", String::from_utf8_lossy(&done.stderr));
    Some(folder.join("bin/python"))
}

/// A gateway that runs, and is ended when this is dropped.
struct Gateway {
    program: Program,
    port: u16,
}

impl Gateway {
    /// Starts it at this port; 0 takes a free one.
    fn start(python: &Path, hub: &VoxtaSim, port: u16) -> Gateway {
        let serve = "exec \"$0\" -m uvicorn voxta_gateway.main:app --host 127.0.0.1 --port \"$1\" \
                     --timeout-graceful-shutdown 2 2>&1";
        let mut command = Command::new("sh");
        command.args(["-c", serve]).arg(python).arg(port.to_string());
        command.env("VOXTA_URL", hub.http_url()).env("PYTHONUNBUFFERED", "1");
        let mut program = Program::start(&mut command);
        let line = program.wait_line("INFO:     Uvicorn running on http://127.0.0.1:");
        let port = line.rsplit("127.0.0.1:").next().and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
        Gateway { program, port }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks it to end, and waits for that.
    fn stop(self) {
        let asked = Command::new("kill").arg("-TERM").arg(self.program.id().to_string()).status().unwrap();
        assert!(asked.success());
        self.program.finish(2 * PATIENCE);
    }
}

fn hub() -> VoxtaSim {
    let hub = VoxtaSim::spawn(Config::default()).unwrap();
    hub.set_replies(vec![Reply::say(&["Good evening.", "Grüß Gott, \"friend\"!"])]);
    hub
}

/// A client that is READY; before that it may have to wait for the gateway to find its Voxta.
fn ready(gateway: &Gateway, more: &[(&str, &str)]) -> Host {
    Host::ready(&gateway.url(), &[&[("events.kinds", "all,-FRAME")], more].concat())
}

/// Waits for an event of this kind and the service's own name for it.
#[track_caller]
fn told(host: &mut Host, kind: Kind, type_: &str) -> Told {
    host.until_any(type_, |told| told.kind == kind && told.type_ == type_)
}

#[track_caller]
fn ai(host: &mut Host, state: &str) {
    host.until_any(state, |told| told.kind == Kind::AiState && told.text == state);
}

fn playback(host: &mut Host, phase: PlaybackPhase, heard: &Told) {
    let message: Value = serde_json::from_str(&heard.json).unwrap();
    let field = |name: &str| message["data"][name].as_str().unwrap_or_default().to_owned();
    let report = Playback { phase, id: field("message_id"), sender: field("character_id"), json: String::new() };
    let request = host.client.act(Action::Playback(report), 0).unwrap();
    assert_eq!(host.done(request).word(), "DONE");
}

#[test]
fn every_event_arrives() {
    let Some(python) = python() else { return };
    let hub = hub();
    let gateway = Gateway::start(&python, &hub, 0);
    let mut host = Host::connecting(&gateway.url(), &[("events.kinds", "all,-FRAME"), ("gateway.client_id", "first")]);
    let mut seen = BTreeSet::new();
    let mut note = |told: Told| {
        assert_eq!(told.status, Status::Ok, "{} {}", told.word(), told.json);
        seen.insert(told.type_.clone());
        told
    };
    // Its own coming is told before the snapshot.
    let own = note(told(&mut host, Kind::Presence, "client_connected"));
    assert!(own.json.contains("\"first\""), "{}", own.json);
    note(told(&mut host, Kind::Service, "snapshot"));
    host.until("READY");
    let mut mirror: Value = serde_json::from_str(&host.client.mirror()).unwrap();
    assert_eq!((&mirror["chat_active"], &mirror["characters"][0]["name"]), (&json!(true), &json!("Mira")));

    let other = ready(&gateway, &[("gateway.client_id", "second")]);
    assert_eq!(note(told(&mut host, Kind::Presence, "client_connected")).value, 1);
    drop(other);
    assert_eq!(note(told(&mut host, Kind::Presence, "client_disconnected")).value, 0);

    let request = host.say("Hello é?");
    let message = note(told(&mut host, Kind::Message, "dialogue_received"));
    assert_eq!(message.text, "Hello é?");
    note(host.until_any("thinking", |told| told.kind == Kind::AiState && told.text == "thinking"));
    let first = note(told(&mut host, Kind::Sentence, "sentence_ready"));
    assert_eq!((first.text.as_str(), first.name.as_str()), ("Good evening.", "Mira"));
    let second = note(told(&mut host, Kind::Sentence, "sentence_ready"));
    assert_eq!(second.text, "Grüß Gott, \"friend\"!");
    playback(&mut host, PlaybackPhase::Started, &first);
    ai(&mut host, "speaking");
    playback(&mut host, PlaybackPhase::Completed, &second);
    ai(&mut host, "idle");
    assert!(request > 0);

    hub.trigger("wave", &json!({"hand": "left"}));
    assert_eq!(note(told(&mut host, Kind::Trigger, "app_trigger")).name, "wave");
    let spoken = json!({"$type": "message", "messageId": "m1", "senderId": "c1", "text": "A record.", "role": "Assistant",
                        "sessionId": hub.session_id(), "timestamp": "2026-01-01T00:00:00Z"});
    hub.emit(&spoken);
    assert_eq!(note(told(&mut host, Kind::Message, "dialogue_received")).text, "A record.");

    let start = host.call("external_speaker_start", r#"{"source":"narrator","reason":"a test"}"#);
    let speaker = note(told(&mut host, Kind::Speaker, "external_speaker_started"));
    assert_eq!((speaker.name.as_str(), speaker.text.as_str(), speaker.value), ("narrator", "a test", 1));
    host.call("external_speaker_stop", r#"{"trigger_response":false}"#);
    assert_eq!(note(told(&mut host, Kind::Speaker, "external_speaker_stopped")).value, 0);
    assert!(start > 0);

    hub.close_chat();
    note(told(&mut host, Kind::ChatClosed, "chat_closed"));
    host.until("CONNECTED");
    hub.start_chat();
    note(told(&mut host, Kind::ChatStarted, "chat_started"));
    host.until("READY");
    note(told(&mut host, Kind::Characters, "characters_updated"));

    hub.each(|peer| peer.drop_link());
    note(told(&mut host, Kind::Service, "voxta_disconnected"));
    host.until("CHAT_CLOSED");
    host.until("CONNECTED");
    mirror = serde_json::from_str(&host.client.mirror()).unwrap();
    assert_eq!(mirror["chat_active"], false);
    note(told(&mut host, Kind::Service, "voxta_connected"));
    note(told(&mut host, Kind::ChatStarted, "chat_started"));
    host.until("READY");
    assert_eq!(host.state(), State::Ready);

    let all = [
        "ai_state_changed",
        "app_trigger",
        "characters_updated",
        "chat_closed",
        "chat_started",
        "client_connected",
        "client_disconnected",
        "dialogue_received",
        "external_speaker_started",
        "external_speaker_stopped",
        "sentence_ready",
        "snapshot",
        "voxta_connected",
        "voxta_disconnected",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), all, "every event that the gateway has");
}

#[test]
fn every_action_is_taken() {
    let Some(python) = python() else { return };
    let hub = hub();
    let gateway = Gateway::start(&python, &hub, 0);
    let mut host = ready(&gateway, &[("gateway.client_id", "actor")]);
    let reached = |part: &str| {
        assert!(hub.record().wait_text(PATIENCE, part).is_some(), "{part} did not reach the hub");
        hub.record().clear();
    };
    let taken = |host: &mut Host, name: &str, json: &str| -> Value {
        let request = host.call(name, json);
        let done = host.done(request);
        assert_eq!((done.status, done.value), (Status::Ok, 200), "{name} {json}: {} {}", done.text, done.json);
        serde_json::from_str(&done.json).unwrap_or_else(|error| panic!("{name}: {error}: {}", done.json))
    };
    let fine = json!({"status": "ok"});
    hub.record().clear();
    assert_eq!(
        taken(&mut host, "dialogue", r#"{"text":"A line.","source":"game","author":"Bob","immediate_reply":false}"#),
        fine
    );
    reached("[GAME] Bob: A line.");
    assert_eq!(taken(&mut host, "context", r#"{"key":"place","content":"A harbour."}"#), fine);
    reached("A harbour.");
    assert_eq!(
        taken(&mut host, "context", r#"{"key":"place","content":"A mill.","description":"It has moved."}"#),
        fine
    );
    reached("It has moved.");
    assert_eq!(taken(&mut host, "POST /tts_playback_start", r#"{"character_id":"c1","message_id":"m1"}"#), fine);
    reached("speechPlaybackStart");
    assert_eq!(taken(&mut host, "POST /tts_playback_complete", r#"{"character_id":"c1","message_id":"m1"}"#), fine);
    reached("speechPlaybackComplete");
    assert_eq!(taken(&mut host, "external_speaker_start", r#"{"source":"game"}"#), fine);
    host.until("SPEAKER");
    assert_eq!(taken(&mut host, "external_speaker_stop", "{}"), fine);
    reached("characterSpeechRequest");

    assert_eq!(taken(&mut host, "health", "")["voxta_connected"], true);
    assert_eq!(taken(&mut host, "state", "")["chat_active"], true);
    assert_eq!(taken(&mut host, "debug/clients", "")["actor"]["connected"], true);
    let history = taken(&mut host, "debug/clients/actor/history", "");
    assert!(history.as_array().is_some_and(|frames| !frames.is_empty()), "{history}");
    taken(&mut host, "debug/clients/clear", r#"{"client_id":"actor"}"#);
    assert!(taken(&mut host, "debug/voxta/history", "").as_array().is_some_and(|list| !list.is_empty()));
    assert_eq!(taken(&mut host, "root", "")["docs"], "/docs");
    assert!(taken(&mut host, "docs", "").as_str().is_some_and(|page| page.contains("<html")));
    assert!(taken(&mut host, "openapi.json", "")["paths"]["/dialogue"].is_object());
    let request = host.call("ping", "");
    assert_eq!(host.done(request).json, r#"{"type":"pong"}"#);
    let request = host.call("debug/clients/nobody/history", "");
    let done = host.done(request);
    assert_eq!((done.status, done.value), (Status::HttpNotFound, 404), "{}", done.text);
    assert!(done.text.contains("Client not found"), "{}", done.text);

    // The verbs.
    hub.record().clear();
    let request = host.say("And now?");
    assert_eq!(host.done(request).word(), "DONE");
    reached("And now?");
    host.until("SENTENCE");
    let request = host.client.act(Action::Interrupt { json: String::new() }, 0).unwrap();
    assert_eq!(host.done(request).word(), "DONE");
    reached("\"interrupt\"");
    let context = Action::SetContext { key: "time".into(), text: "Night.".into(), json: String::new() };
    let request = host.client.act(context, 0).unwrap();
    assert_eq!(host.done(request).word(), "DONE");
    reached("Night.");
    let subscribe = Action::Subscribe { json: r#"{"events":["app_trigger"]}"#.into() };
    let request = host.client.act(subscribe, 0).unwrap();
    assert_eq!(host.done(request).word(), "DONE");
    // A pong tells that the gateway has read the new subscription, which it does not answer.
    assert!(hub.settle(PATIENCE));
    let request = host.call("ping", "");
    host.done(request);
    host.forget();
    hub.prompt("Say something.");
    assert!(hub.settle(PATIENCE));
    hub.trigger("nod", &json!({}));
    let next = host.until_any("TRIGGER", |told| matches!(told.kind, Kind::Trigger | Kind::Sentence));
    assert_eq!(next.word(), "TRIGGER", "sentences are not asked for any more");
}

#[test]
fn a_restart_of_the_gateway_is_survived() {
    let Some(python) = python() else { return };
    let hub = hub();
    let gateway = Gateway::start(&python, &hub, 0);
    let port = gateway.port;
    let mut host = ready(&gateway, &[]);
    gateway.stop();
    host.until("CHAT_CLOSED");
    let lost = host.until("RECONNECTING:SERVICE_CLOSED");
    assert!(lost.text.contains("1012"), "{}", lost.text);
    host.until("RECONNECTING:REFUSED");
    let gateway = Gateway::start(&python, &hub, port);
    host.until("CONNECTED");
    assert!(host.until("GAP").value > 0);
    host.until("READY");
    host.say("Back again?");
    assert_eq!(host.until("SENTENCE").text, "Good evening.");
    // And once more, without a goodbye.
    drop(gateway);
    host.until_any("the loss", |told| told.word().starts_with("RECONNECTING"));
    let _gateway = Gateway::start(&python, &hub, port);
    host.until("GAP");
    host.until("READY");
    host.say("And again?");
    assert_eq!(host.until("SENTENCE").text, "Good evening.");
}

#[test]
fn a_lost_voxta_is_told_and_found_again() {
    let Some(python) = python() else { return };
    let hub = hub();
    let gateway = Gateway::start(&python, &hub, 0);
    // Whatever it has subscribed to, the mirror is right.
    let mut host = ready(&gateway, &[("gateway.events", "sentence_ready")]);
    hub.restart(Duration::from_millis(1500));
    host.until("CONNECTED");
    let mirror: Value = serde_json::from_str(&host.client.mirror()).unwrap();
    assert_eq!((&mirror["chat_active"], &mirror["ai_state"]), (&json!(false), &json!("idle")));
    let refused = host.say("Anybody?");
    assert_eq!(host.done(refused).status, Status::WrongState, "there is no chat to say it into");
    host.until("READY");
    host.say("Hello again.");
    assert_eq!(host.until("SENTENCE").text, "Good evening.");
}

#[test]
fn a_name_that_is_taken_makes_nobody_deaf() {
    let Some(python) = python() else { return };
    let hub = hub();
    let gateway = Gateway::start(&python, &hub, 0);
    let mut first = ready(&gateway, &[("gateway.client_id", "twin")]);
    let mut second = ready(&gateway, &[("gateway.client_id", "twin")]);
    let replaced = first.until("RECONNECTING:REPLACED");
    assert!(replaced.text.contains("\"twin\""), "{}", replaced.text);
    let deaf = second.until("RECONNECTING:REPLACED");
    assert!(deaf.text.contains("sent no events to this one"), "{}", deaf.text);
    first.until("READY");
    second.until("READY");
    hub.trigger("wave", &json!({}));
    for host in [&mut first, &mut second] {
        assert_eq!(host.until("TRIGGER").name, "wave");
    }
    assert_eq!((first.state(), second.state()), (State::Ready, State::Ready));

    // The same with an older socket that is dead: it answers nothing, not even a close.
    let mut ghost = TcpStream::connect(("127.0.0.1", gateway.port)).unwrap();
    let upgrade = "GET /ws HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    ghost.write_all(upgrade.as_bytes()).unwrap();
    assert!(kit::server::head(&mut ghost).contains(" 101 "));
    // A client's frame is masked, here with zeros.
    let subscribe = br#"{"type":"subscribe","client_id":"ghost"}"#;
    ghost.write_all(&[&[0x81, 0x80 | subscribe.len() as u8, 0, 0, 0, 0], &subscribe[..]].concat()).unwrap();
    ghost.read_exact(&mut [0; 2]).unwrap();
    let mut host = ready(&gateway, &[("gateway.client_id", "ghost")]);
    let deadline = std::time::Instant::now() + 3 * PATIENCE;
    while !host.next(deadline).expect("the deaf link is healed").word().starts_with("RECONNECTING:REPLACED") {}
    host.until("READY");
    hub.trigger("nod", &json!({}));
    assert_eq!(host.until("TRIGGER").name, "nod");
}

#[test]
fn the_example_program_holds_a_conversation() {
    let Some(python) = python() else { return };
    let program = compile("examples/c/chat.c", &[]);
    let hub = hub();
    let gateway = Gateway::start(&python, &hub, 0);
    let mut chat = Program::start(Command::new(program).env("PARLOR_URL", gateway.url()).env("NO_PROXY", "*"));
    let mut stdin = chat.stdin();
    chat.wait_line("* READY");
    writeln!(stdin, "Hello é?").unwrap();
    chat.wait_line("Mira: Good evening.");
    chat.wait_line("Mira: Grüß Gott, \"friend\"!");
    drop(stdin);
    chat.wait_line("* CLOSED");
    let said = chat.heard().join("\n");
    assert!(said.contains("Hello é?") && said.contains("[thinking]"), "{said}");
    let (status, _, errors) = chat.finish(PATIENCE);
    assert!(status.success(), "{status}\n{errors}");
}
