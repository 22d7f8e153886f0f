//! The simulators against the real thing: the official gateway and its official client, from the package index.
//!
//! Each test prints `SKIPPED` and its reason where the packages can not be had.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

mod sim_client;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use parlor::sim::StageConfig;
use parlor::sim::gateway::{self, GatewaySim};
use parlor::sim::voxta::{self, Reply, VoxtaSim};
use serde_json::{Value, json};
use sim_client::{Client, SOON, eventually, get, http, post};

/// The Python of an environment with the official packages, or `None` after saying why not.
fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = root.join("target/venv-gateway");
    let done = Command::new(root.join("scripts/venv.sh")).arg(&dir).arg("voxta-gateway==0.1.0").output().unwrap();
    if done.status.code() == Some(77) {
        print!("{}", String::from_utf8_lossy(&done.stdout));
        return None;
    }
    assert!(done.status.success(), "scripts/venv.sh: {}", String::from_utf8_lossy(&done.stderr));
    Some(dir.join("bin/python"))
}

/// The real gateway, stopped when dropped.
struct RealGateway {
    child: Child,
    addr: SocketAddr,
}

impl RealGateway {
    fn start(python: &Path, voxta: &str) -> Self {
        let mut child = Command::new(python)
            .args(["-m", "uvicorn", "voxta_gateway.main:app", "--host", "127.0.0.1", "--port", "0"])
            .env("VOXTA_URL", voxta)
            .env("PYTHONUNBUFFERED", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains("Uvicorn running on"))
            .expect("uvicorn says where it listens");
        let port = line.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        let addr = format!("127.0.0.1:{port}").parse().unwrap();
        // A full pipe would stop the gateway.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, addr }
    }
}

impl Drop for RealGateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_real_gateway_holds_a_chat_through_the_voxta_simulator() {
    let Some(python) = python() else { return };
    let hub = VoxtaSim::spawn(voxta::Config::default()).unwrap();
    hub.set_replies(vec![Reply::say(&["Good evening.", "Grüß Gott, \"friend\"!", "What now?"])]);
    let gateway = RealGateway::start(&python, &hub.http_url());
    let at = gateway.addr;
    eventually("the gateway has found the chat", || get(at, "/state").json()["chat_active"] == true);
    assert!(hub.record().wait_text(SOON, "authenticate").is_some());
    assert!(hub.record().wait_text(SOON, "registerApp").is_some());
    assert!(hub.record().wait_text(SOON, "subscribeToChat").is_some());

    let mut client = Client::first(at, r#"{"type":"subscribe","client_id":"interop"}"#);
    let snapshot = client.until("snapshot");
    assert_eq!(snapshot["state"]["characters"][0]["name"], "Mira");
    post(at, "/dialogue", r#"{"text":"hello é"}"#);
    assert!(hub.record().wait_text(SOON, "\"send\"").is_some());
    assert_eq!(client.until("ai_state_changed")["data"]["new_state"], "thinking");
    let said: Vec<Value> = (0..3).map(|_| client.until("sentence_ready")["data"]["text"].clone()).collect();
    assert_eq!(said, ["Good evening.", "Grüß Gott, \"friend\"!", "What now?"]);
    post(at, "/tts_playback_start", r#"{"character_id":"c"}"#);
    assert_eq!(client.until("ai_state_changed")["data"]["new_state"], "speaking");
    post(at, "/tts_playback_complete", r#"{"character_id":"c"}"#);
    assert_eq!(client.until("ai_state_changed")["data"]["new_state"], "idle");
    post(at, "/context", r#"{"key":"k","content":"c"}"#);
    assert!(hub.record().wait_text(SOON, "updateContext").is_some());
    hub.trigger("wave", &json!({"hand": "left"}));
    assert_eq!(client.until("app_trigger")["data"]["name"], "wave");

    hub.close_chat();
    client.until("chat_closed");
    hub.start_chat();
    client.until("chat_started");
    hub.each(|peer| peer.drop_link());
    client.until("voxta_disconnected");
    let back: Vec<String> = (0..3).map(|_| client.kind()).collect();
    assert_eq!(back, ["voxta_connected", "chat_started", "characters_updated"]);
    assert_eq!(get(at, "/health").json()["voxta_connected"], true);
}

#[test]
fn the_official_client_works_against_the_gateway_simulator() {
    let Some(python) = python() else { return };
    let stage = StageConfig { control: true, ..StageConfig::default() };
    let config = gateway::Config { stage, pace: Duration::from_millis(10), ..gateway::Config::default() };
    let sim = GatewaySim::spawn(config).unwrap();
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/gateway_client.py");
    let done = Command::new(python).arg(driver).arg(sim.http_url()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    assert!(said.lines().filter(|line| line.starts_with("ok")).count() >= 31, "{said}");
}

/// What a gateway makes of a first frame: the types that come, or how the connection ends; then the same for a line.
fn reaction(at: SocketAddr, frame: &str) -> Vec<String> {
    let mut client = Client::first(at, frame);
    client.ws.get_ref().set_read_timeout(Some(Duration::from_millis(120))).unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        loop {
            match client.read() {
                Ok(message) => seen.push(message),
                Err(tokio_tungstenite::tungstenite::Error::Io(error))
                    if error.kind() == std::io::ErrorKind::WouldBlock =>
                {
                    break;
                }
                Err(_) => return seen.iter().map(plain).chain(["end".to_owned()]).collect(),
            }
        }
        post(at, "/dialogue", r#"{"text":"x","source":"game"}"#);
    }
    // The link to Voxta is down on purpose, and its complaint comes at any time.
    seen.iter().map(plain).filter(|line| !line.contains("voxta_disconnected")).collect()
}

/// A frame without its time and without a random name.
fn plain(message: &tokio_tungstenite::tungstenite::Message) -> String {
    let text = message.to_string();
    let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return format!("{message:?}") };
    if let Some(object) = value.as_object_mut() {
        object.remove("timestamp");
    }
    let text = value.to_string();
    match text.find("anon-") {
        Some(at) => format!("{}anon{}", &text[..at], &text[at + 13..]),
        None => text,
    }
}

#[test]
fn the_gateway_simulator_reacts_as_the_real_gateway_does() {
    let Some(python) = python() else { return };
    let real = RealGateway::start(&python, "http://127.0.0.1:1");
    let config = gateway::Config { voxta: false, chat: false, ..gateway::Config::default() };
    let sim = GatewaySim::spawn(config).unwrap();
    for frame in [
        r#"{"type":"subscribe"}"#,
        r#"{"type":"subscribe","client_id":"a","events":["all"]}"#,
        r#"{"type":"subscribe","client_id":null,"events":["dialogue_received"],"filters":{"dialogue_received":["user"]}}"#,
        r#"{"type":"subscribe","client_id":5,"events":{"all":1}}"#,
        r#"{"type":"subscribe","client_id":"","events":"all"}"#,
        r#"{"type":"subscribe","client_id":"b","events":[["a"]]}"#,
        r#"{"type":"subscribe","client_id":"c","events":5}"#,
        r#"{"type":"subscribe","client_id":"d","events":[1,null,true,"all"]}"#,
        r#"{"type":"subscribe","client_id":"e","filters":[]}"#,
        r#"{"type":"subscribe","client_id":"f","filters":[1]}"#,
        r#"{"type":"subscribe","client_id":"g","filters":{"dialogue_received":null}}"#,
        r#"{"type":"subscribe","client_id":"h","filters":{"dialogue_received":"game"}}"#,
        r#"{"type":"subscribe","client_id":"i","filters":{"dialogue_received":{"game":1}}}"#,
        r#"{"type":"subscribe","client_id":"j","filters":{"dialogue_received":[]}}"#,
        r#"{"type":"subscribe","client_id":false}"#,
        r#"{"type":"subscribe","client_id":[]}"#,
        r#"{"type":"ping"}"#,
        r#"{"type":["subscribe"]}"#,
        "[]",
        "null",
        "nope",
        "",
    ] {
        assert_eq!(reaction(sim.addr(), frame), reaction(real.addr, frame), "{frame}");
    }
    let json = "application/json";
    for (method, path, kind, body) in [
        ("GET", "/", "", ""),
        ("GET", "/health", "", ""),
        ("GET", "/state", "", ""),
        ("GET", "/nope", "", ""),
        ("POST", "/health", "", ""),
        ("OPTIONS", "/dialogue", "", ""),
        ("GET", "/health/", "", ""),
        ("POST", "/dialogue", json, ""),
        ("POST", "/dialogue", "", r#"{"text":"a"}"#),
        ("POST", "/dialogue", "text/plain", r#"{"text":"a"}"#),
        ("POST", "/dialogue", json, "{}"),
        ("POST", "/dialogue", json, "null"),
        ("POST", "/dialogue", json, "{bad"),
        ("POST", "/dialogue", json, r#"{"text":"a""#),
        ("POST", "/dialogue", json, r#"{"text":1,"source":null,"author":3,"immediate_reply":"maybe"}"#),
        ("POST", "/dialogue", json, r#"{"text":"a","immediate_reply":[]}"#),
        ("POST", "/context", json, r#"{"key":1}"#),
        ("POST", "/tts_playback_start", json, r#"{"message_id":1}"#),
        ("POST", "/tts_playback_start", json, r#"{"character_id":"c"}"#),
        ("POST", "/external_speaker_start", json, r#"{"source":"s"}"#),
        ("GET", "/state", "", ""),
        ("POST", "/external_speaker_stop", json, "[]"),
        ("POST", "/external_speaker_stop", json, "null"),
        ("POST", "/external_speaker_stop", "", ""),
        ("GET", "/state", "", ""),
        ("GET", "/debug/clients/nobody/history", "", ""),
        ("POST", "/debug/clients/nobody/clear", "", ""),
    ] {
        let (ours, theirs) = (http(sim.addr(), method, path, kind, body), http(real.addr, method, path, kind, body));
        assert_eq!(ours.status, theirs.status, "{method} {path} {body}");
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        assert_eq!(read(&ours.body), read(&theirs.body), "{method} {path} {body}");
    }
}
