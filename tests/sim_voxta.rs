//! The Voxta simulator: the hub's handshake, framing and order of messages.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

mod sim_client;

use std::time::Duration;

use parlor::sim::voxta::{Config, Reply, VoxtaSim};
use serde_json::{Value, json};
use sim_client::{Client, End, SOON, dial, get, http, post};
use tokio_tungstenite::tungstenite::{Error, Message};

/// A SignalR client on top of the plain one.
struct Hub {
    client: Client,
    pending: Vec<String>,
}

impl Hub {
    fn shaken(sim: &VoxtaSim) -> Self {
        let mut hub = Self { client: Client::open(sim.addr(), "/hub"), pending: Vec::new() };
        hub.client.send("{\"protocol\":\"json\",\"version\":1}\u{1e}");
        assert_eq!(hub.record(), json!({}));
        hub
    }

    fn welcomed(sim: &VoxtaSim) -> Self {
        let mut hub = Self::shaken(sim);
        hub.say(json!({"$type": "authenticate", "client": "test", "scope": ["role:app"], "capabilities": {}}));
        hub.until("welcome");
        hub
    }

    fn record(&mut self) -> Value {
        while self.pending.is_empty() {
            if let Message::Text(text) = self.client.read().unwrap() {
                assert!(text.ends_with('\u{1e}'));
                self.pending.extend(text.split('\u{1e}').filter(|r| !r.is_empty()).map(str::to_owned));
            }
        }
        serde_json::from_str(&self.pending.remove(0)).unwrap()
    }

    fn say(&mut self, message: Value) {
        let record = json!({"type": 1, "target": "SendMessage", "arguments": [message]});
        self.client.send(&format!("{record}\u{1e}"));
    }

    /// The next hub message.
    fn next(&mut self) -> Value {
        loop {
            let record = self.record();
            if record["type"] == 1 {
                assert_eq!(record["target"], "ReceiveMessage");
                return record["arguments"][0].clone();
            }
        }
    }

    fn until(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next();
            if message["$type"] == kind {
                return message;
            }
        }
    }

    /// Takes part in the chat that is there.
    fn join(&mut self, sim: &VoxtaSim) {
        self.say(json!({"$type": "subscribeToChat", "sessionId": sim.session_id()}));
        self.until("chatFlow");
    }
}

fn sim() -> VoxtaSim {
    VoxtaSim::spawn(Config::default()).unwrap()
}

#[test]
fn negotiation_gives_a_token_that_one_socket_can_use() {
    let sim = sim();
    let answer = http(sim.addr(), "POST", "/hub/negotiate?negotiateVersion=1", "", "");
    assert!(answer.head.contains("set-cookie: "));
    let token = answer.json()["connectionToken"].as_str().unwrap().to_owned();
    assert_eq!(answer.json()["availableTransports"][0]["transport"], "WebSockets");
    assert!(token.contains('/') && token.contains('+'));
    let status = |result| match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        Ok(_) => 101,
        Err(error) => panic!("{error}"),
    };
    let id: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    assert_eq!(status(dial(sim.addr(), &format!("/hub?id={}", id.replace("%2F", "/")))), 101);
    assert_eq!(status(dial(sim.addr(), &format!("/hub?id={id}"))), 409);
    assert_eq!(status(dial(sim.addr(), "/hub?id=unknown")), 404);
    assert_eq!(status(dial(sim.addr(), "/hub")), 101);
    let old = http(sim.addr(), "POST", "/hub/negotiate", "", "").json();
    assert!(old.get("connectionToken").is_none() && old["connectionId"].is_string());
}

#[test]
fn another_protocol_is_refused_in_the_handshake() {
    let sim = sim();
    let mut client = Client::open(sim.addr(), "/hub");
    client.send("{\"protocol\":\"messagepack\",\"version\":1}\u{1e}");
    let Message::Text(text) = client.read().unwrap() else { panic!("text expected") };
    assert_eq!(text.as_str(), "{\"error\":\"The protocol 'messagepack' is not supported.\"}\u{1e}");
    assert_eq!(client.end(), End::Close(1000, String::new()));
}

#[test]
fn records_may_be_split_over_messages_and_ids_get_completions() {
    let sim = sim();
    let mut hub = Hub::shaken(&sim);
    hub.client.send("{\"type\":6}\u{1e}{\"type\":1,\"target\":\"SendMessage\",\"invocationId\":\"7\",");
    hub.client.send("\"arguments\":[{\"$type\":\"authenticate\"}]}\u{1e}");
    assert_eq!(hub.next()["$type"], "welcome");
    let done = loop {
        let record = hub.record();
        if record["type"] == 3 {
            break record;
        }
    };
    assert_eq!(done, json!({"type": 3, "invocationId": "7", "result": null}));
    hub.client.send("{\"type\":1,\"target\":\"Nonsense\",\"invocationId\":\"8\",\"arguments\":[]}\u{1e}");
    let failed = hub.record();
    assert!(failed["error"].as_str().unwrap().contains("Nonsense"), "{failed}");
    hub.client.send("{\"type\":99}\u{1e}");
    hub.client.send("no json\u{1e}");
    assert_eq!(hub.record()["type"], 7);
}

#[test]
fn a_chat_that_is_there_is_told_and_joined() {
    let sim = sim();
    let mut hub = Hub::welcomed(&sim);
    assert_eq!([hub.next(), hub.next()].map(|m| m["$type"].clone()), ["moduleRuntimeInstances", "configuration"]);
    assert_eq!(hub.next()["sessions"][0]["sessionId"], sim.session_id());
    hub.say(json!({"$type": "subscribeToChat", "sessionId": sim.session_id()}));
    let started = hub.next();
    assert_eq!(
        (&started["$type"], &started["context"]["characters"][0]["name"]),
        (&json!("chatStarted"), &json!("Mira"))
    );
    assert_eq!(hub.next()["state"], "WaitingForUserInput");
}

#[test]
fn a_line_is_committed_answered_in_chunks_and_committed() {
    let sim = sim();
    sim.set_replies(vec![Reply::say(&["Ä one.", "Two."]).trigger("wave", json!({"hand": "left"}))]);
    let mut hub = Hub::welcomed(&sim);
    hub.join(&sim);
    hub.say(json!({"$type": "send", "sessionId": sim.session_id(), "text": "hi"}));
    let mut kinds = Vec::new();
    let mut text = String::new();
    loop {
        let message = hub.next();
        let kind = message["$type"].as_str().unwrap().to_owned();
        if kind == "replyChunk" {
            assert_eq!(message["startIndex"], json!(text.chars().count()));
            text.push_str(message["text"].as_str().unwrap());
            assert_eq!(message["endIndex"], json!(text.chars().count()));
        }
        if kind == "action" {
            assert_eq!(message["arguments"], json!([{"name": "hand", "value": "left"}]));
        }
        let last = message["state"] == "WaitingForUserInput";
        kinds.push(kind);
        if last {
            break;
        }
    }
    assert_eq!(text, "Ä one. Two.");
    assert_eq!(
        kinds,
        [
            "update",
            "chatFlow",
            "chatFlow",
            "replyGenerating",
            "replyStart",
            "replyChunk",
            "replyChunk",
            "replyEnd",
            "action",
            "appTrigger",
            "update",
            "chatFlow"
        ]
    );
}

#[test]
fn playback_is_echoed_and_an_interruption_cancels() {
    let sim = VoxtaSim::spawn(Config { pace: Duration::from_millis(40), ..Config::default() }).unwrap();
    let mut hub = Hub::welcomed(&sim);
    hub.join(&sim);
    let session = sim.session_id();
    hub.say(json!({"$type": "speechPlaybackStart", "sessionId": session, "messageId": "m", "startIndex": 0,
                   "endIndex": 1, "duration": 0.5}));
    assert_eq!(hub.until("speechPlaybackStart")["duration"], 0.5);
    hub.say(json!({"$type": "characterSpeechRequest", "sessionId": session, "text": "Exactly this."}));
    hub.until("replyStart");
    hub.say(json!({"$type": "interrupt", "sessionId": session}));
    hub.until("interruptSpeech");
    hub.until("replyCancelled");
    hub.say(json!({"$type": "characterSpeechRequest", "sessionId": session, "text": "Exactly this."}));
    assert_eq!(hub.until("replyChunk")["text"], "Exactly this.");
}

#[test]
fn chats_are_started_stopped_and_addressed_by_session() {
    let sim = VoxtaSim::spawn(Config { chat: false, ..Config::default() }).unwrap();
    let mut hub = Hub::welcomed(&sim);
    hub.say(json!({"$type": "startChat", "characterId": "x", "chatId": "resumed"}));
    assert_eq!(hub.until("chatStarted")["chatId"], "resumed");
    hub.say(json!({"$type": "send", "sessionId": "other", "text": "hi"}));
    assert_eq!(hub.until("chatSessionError")["sessionId"], "other");
    hub.say(json!({"$type": "updateContext", "sessionId": sim.session_id(), "setFlags": ["f"], "contexts": []}));
    assert_eq!(hub.until("contextUpdated")["flags"], json!([{"name": "f"}]));
    hub.say(json!({"$type": "stopChat"}));
    assert_eq!(hub.until("chatClosed")["chatId"], "resumed");
    assert_eq!(hub.until("chatsSessionsUpdated")["sessions"], json!([]));
    hub.say(json!({"$type": "noSuchThing"}));
    assert!(hub.until("error")["message"].as_str().unwrap().contains("noSuchThing"));
    sim.start_chat();
    assert_eq!(hub.until("chatsSessionsUpdated")["sessions"][0]["sessionId"], sim.session_id());
}

#[test]
fn a_key_is_asked_for_where_one_is_set() {
    let sim = VoxtaSim::spawn(Config { api_key: Some("k".to_owned()), ..Config::default() }).unwrap();
    let mut hub = Hub::shaken(&sim);
    hub.say(json!({"$type": "authenticate"}));
    assert_eq!(hub.next()["$type"], "authenticationRequired");
    let mut hub = Hub { client: Client::open(sim.addr(), "/hub?access_token=k"), pending: Vec::new() };
    hub.client.send("{\"protocol\":\"json\",\"version\":1}\u{1e}");
    hub.say(json!({"$type": "authenticate"}));
    assert_eq!(hub.next()["$type"], "welcome");
    assert_eq!(post(sim.addr(), "/api/auth/test", "{}").status, 401);
    assert_eq!(post(sim.addr(), "/api/device/poll", r#"{"device_code":"simulated-device"}"#).json()["token"], "k");
}

#[test]
fn speech_can_be_fetched_once() {
    let sim = VoxtaSim::spawn(Config { speech: true, ..Config::default() }).unwrap();
    let mut hub = Hub::welcomed(&sim);
    hub.join(&sim);
    hub.say(json!({"$type": "send", "sessionId": sim.session_id(), "text": "hi"}));
    let path = hub.until("replyChunk")["audioUrl"].as_str().unwrap().to_owned();
    // The body is not text, so only the head is looked at.
    let fetch = |path: &str| {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(sim.addr()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    };
    let wav = fetch(&path);
    assert!(wav.starts_with(b"HTTP/1.1 200") && wav.windows(4).any(|four| four == b"RIFF"));
    assert!(fetch(&path).starts_with(b"HTTP/1.1 404"));
}

#[test]
fn the_hub_pings_and_gives_up_the_silent_when_told_to() {
    let config = Config {
        ping: Duration::from_millis(10),
        client_timeout: Some(Duration::from_millis(80)),
        ..Config::default()
    };
    let sim = VoxtaSim::spawn(config).unwrap();
    let mut hub = Hub::shaken(&sim);
    assert_eq!(hub.record(), json!({"type": 6}));
    let close = loop {
        let record = hub.record();
        if record["type"] == 7 {
            break record;
        }
    };
    assert_eq!(close["allowReconnect"], true);
    assert_eq!(hub.client.end(), End::Close(1000, String::new()));
}

#[test]
fn the_first_records_can_share_a_message_and_big_ones_can_be_refused() {
    let config = Config { join_first_records: true, max_message: Some(1000), ..Config::default() };
    let sim = VoxtaSim::spawn(config).unwrap();
    let mut client = Client::open(sim.addr(), "/hub");
    client.send("{\"protocol\":\"json\",\"version\":1}\u{1e}");
    let Message::Text(text) = client.read().unwrap() else { panic!("text expected") };
    assert_eq!(text.as_str(), "{}\u{1e}{\"type\":6}\u{1e}");
    client.send(&format!("{{\"type\":1,\"target\":\"SendMessage\",\"arguments\":[\"{}\"]}}\u{1e}", "x".repeat(2000)));
    let Message::Text(text) = client.read().unwrap() else { panic!("text expected") };
    assert!(text.contains("\"type\":7") && text.contains("maximum message size"));
}

#[test]
fn a_microphone_is_recorded_and_transcripts_are_told() {
    let sim = sim();
    let mut microphone = Client::open(sim.addr(), "/ws/audio/input/stream?sessionId=s");
    microphone.send(r#"{"contentType":"audio/wav","sampleRate":16000}"#);
    microphone.ws.send(Message::binary(vec![7; 960])).unwrap();
    let audio = sim.record().wait(SOON, |entry| {
        matches!(&entry.seen, parlor::sim::Seen::Frame(parlor::sim::Frame::Binary(bytes)) if bytes.len() == 960)
    });
    assert!(audio.is_some());
    let mut hub = Hub::welcomed(&sim);
    sim.transcribe("good day");
    assert_eq!(hub.until("speechRecognitionEnd")["text"], "good day");
    assert_eq!(get(sim.addr(), "/nothing").status, 404);
}
