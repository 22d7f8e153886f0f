//! What the simulators can do wrong on purpose, and how fast they can do it right.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

mod sim_client;

use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlor::sim::gateway::{Config, GatewaySim};
use parlor::sim::{Faults, FloodPlan, Frame, Refusal, Seen, StageConfig};
use serde_json::{Value, json};
use sim_client::{Client, End, QUIET, SOON, dial, eventually, get, post, try_http};
use tokio_tungstenite::tungstenite::{self, Error, Message};

const NARROW: &str = r#"{"type":"subscribe","client_id":"a","events":["x"]}"#;

fn sim() -> GatewaySim {
    GatewaySim::spawn(Config::default()).unwrap()
}

fn refused(sim: &GatewaySim) -> http::Response<Option<Vec<u8>>> {
    match dial(sim.addr(), "/ws") {
        Err(Error::Http(response)) => *response,
        other => panic!("a refusal expected, got {other:?}"),
    }
}

#[test]
fn upgrades_are_refused_with_status_headers_and_body() {
    let sim = sim();
    for status in [401, 403, 502] {
        sim.set_faults(Faults { refuse_upgrade: Some(Refusal::status(status)), ..Faults::default() });
        assert_eq!(refused(&sim).status(), status);
    }
    let later = Refusal::status(429).header("Retry-After", "3").times(1);
    sim.set_faults(Faults { refuse_upgrade: Some(later), ..Faults::default() });
    assert_eq!(refused(&sim).headers()["retry-after"], "3");
    assert!(dial(sim.addr(), "/ws").is_ok(), "one refusal was ordered, not two");
    let away = Refusal::status(302).header("Location", "ws://127.0.0.1:1/ws");
    sim.set_faults(Faults { refuse_upgrade: Some(away), ..Faults::default() });
    assert_eq!(refused(&sim).headers()["location"], "ws://127.0.0.1:1/ws");
    assert_eq!(get(sim.addr(), "/health").status, 200, "plain HTTP is another fault");
    sim.set_faults(Faults { refuse_http: Some(Refusal::status(503)), ..Faults::default() });
    assert_eq!(get(sim.addr(), "/health").status, 503);
}

#[test]
fn stalled_requests_are_answered_when_the_stall_ends() {
    let sim = sim();
    sim.set_faults(Faults { stall_upgrade: true, stall_http: true, ..Faults::default() });
    assert!(try_http(sim.addr(), "GET", "/health", "", "", QUIET).is_none());
    let addr = sim.addr();
    let waiting = std::thread::spawn(move || dial(addr, "/ws").is_ok());
    assert!(sim.record().wait(SOON, |entry| matches!(entry.seen, Seen::Upgrade { .. })).is_some());
    assert!(!waiting.is_finished());
    sim.set_faults(Faults::default());
    assert!(waiting.join().unwrap());
}

#[test]
fn messages_come_in_fragments_and_in_small_segments() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), NARROW);
    sim.set_faults(Faults { fragments: 5, segment: 3, ..Faults::default() });
    sim.broadcast("x", &json!({"text": "Grüße, 世界"}));
    assert_eq!(client.next()["data"]["text"], "Grüße, 世界");
    sim.set_faults(Faults::default());
    sim.peers()[0].send_split(r#"{"type":"y"}"#, 4, 1);
    assert_eq!(client.kind(), "y");
}

#[test]
fn frames_can_be_late() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), NARROW);
    sim.set_faults(Faults { frame_delay_ms: 80, ..Faults::default() });
    let start = Instant::now();
    sim.broadcast("x", &json!({}));
    client.until("x");
    assert!(start.elapsed() >= Duration::from_millis(80));
}

#[test]
fn connections_end_in_every_way() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), NARROW);
    sim.close_all(4321, "because");
    assert_eq!(client.end(), End::Close(4321, "because".to_owned()));
    let mut client = Client::subscribed(sim.addr(), NARROW);
    sim.each(|peer| peer.drop_link());
    assert_eq!(client.end(), End::Abrupt);
    let mut client = Client::subscribed(sim.addr(), NARROW);
    sim.reset_all();
    assert_eq!(client.end(), End::Reset);
}

#[test]
fn a_half_open_connection_neither_hears_nor_answers() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), NARROW);
    sim.freeze_all();
    client.send(r#"{"type":"ping"}"#);
    sim.broadcast("x", &json!({}));
    assert!(client.drain().is_empty());
    assert_eq!(sim.peers().len(), 1, "the socket is still there");
}

#[test]
fn pings_can_go_unanswered() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), NARROW);
    client.ws.send(Message::Ping(vec![1].into())).unwrap();
    assert!(matches!(client.read().unwrap(), Message::Pong(payload) if payload[..] == [1]));
    sim.set_faults(Faults { mute_pings: true, ..Faults::default() });
    client.ws.send(Message::Ping(vec![2].into())).unwrap();
    client.send(r#"{"type":"ping"}"#);
    assert!(matches!(client.read().unwrap(), Message::Text(text) if text.contains("pong")));
}

#[test]
fn raw_bytes_need_not_be_a_frame() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), NARROW);
    sim.peers()[0].send_raw(vec![0xf3, 0x00]);
    assert!(matches!(client.read(), Err(Error::Protocol(_))));
}

#[test]
fn a_restart_closes_with_1012_and_comes_back_on_the_same_port() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), NARROW);
    sim.restart(Duration::from_millis(200));
    assert_eq!(client.end(), End::Close(1012, String::new()));
    eventually("connections are refused", || TcpStream::connect(sim.addr()).is_err());
    eventually("it is back", || TcpStream::connect(sim.addr()).is_ok());
    Client::subscribed(sim.addr(), NARROW);
}

#[test]
fn dropping_the_handle_frees_the_port() {
    let sim = sim();
    let addr = sim.addr();
    let mut client = Client::subscribed(addr, NARROW);
    drop(sim);
    assert!(TcpStream::connect(addr).is_err());
    assert_ne!(client.end(), End::Close(1000, String::new()));
}

#[test]
fn everything_received_is_on_record() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), NARROW);
    client.ping();
    post(sim.addr(), "/context", r#"{"key":"k","content":"c"}"#);
    let entry = sim.record().wait_http(SOON, "POST", "/context").unwrap();
    assert_eq!(entry.http().unwrap().2, r#"{"key":"k","content":"c"}"#);
    assert!(sim.record().wait_text(SOON, "subscribe").is_some());
    client.close();
    let closed = sim.record().wait(SOON, |entry| matches!(entry.seen, Seen::Frame(Frame::Close(..))));
    assert!(closed.is_some());
    sim.record().clear();
    assert!(sim.record().entries().is_empty());
}

#[test]
fn the_control_paths_do_the_same_from_outside() {
    let closed = sim();
    assert_eq!(get(closed.addr(), "/sim/record").status, 404, "off unless it is asked for");

    let config = Config { stage: StageConfig { control: true, ..StageConfig::default() }, ..Config::default() };
    let sim = GatewaySim::spawn(config).unwrap();
    let at = sim.addr();
    let mut client = Client::subscribed(at, r#"{"type":"subscribe","client_id":"a"}"#);
    let ok = |path: &str, body: &str| {
        let answer = post(at, path, body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    };
    ok("/sim/broadcast", r#"{"event":"custom","data":{"n":1}}"#);
    assert_eq!(client.next()["data"]["n"], 1);
    ok("/sim/send_text", r#"{"text":"{\"type\":\"raw\"}"}"#);
    assert_eq!(client.kind(), "raw");
    ok("/sim/send_split", r#"{"text":"{\"type\":\"split\"}","fragments":3,"segment":2}"#);
    assert_eq!(client.kind(), "split");
    ok("/sim/ai_state", r#"{"state":"thinking"}"#);
    assert_eq!(client.kind(), "ai_state_changed");
    ok("/sim/trigger", r#"{"name":"t","arguments":{}}"#);
    assert_eq!(client.kind(), "app_trigger");
    ok("/sim/replies", r#"{"replies":[["A."]]}"#);
    ok("/sim/prompt", r#"{"text":"x"}"#);
    assert_eq!(client.until("sentence_ready")["data"]["text"], "A.");
    ok("/sim/close_chat", "");
    assert_eq!(client.kind(), "chat_closed");
    ok("/sim/start_chat", "");
    client.until("characters_updated");
    ok("/sim/voxta", r#"{"connected":false}"#);
    assert_eq!(client.kind(), "voxta_disconnected");
    ok("/sim/flood", r#"{"count":7}"#);
    for _ in 0..7 {
        client.next();
    }
    ok("/sim/faults", r#"{"http_delay_ms":1}"#);
    assert_eq!(get(at, "/sim/faults").json()["http_delay_ms"], 1);
    let record = get(at, "/sim/record").json();
    assert!(record.as_array().unwrap().iter().any(|entry| entry["kind"] == "text"));
    for (path, body) in [("/sim/faults", r#"{"nonsense":1}"#), ("/sim/broadcast", "{}"), ("/sim/close", "{bad")] {
        let answer = post(at, path, body);
        assert!(answer.status == 400 && answer.json()["error"].is_string(), "{path}");
    }
    assert_eq!(post(at, "/sim/nonsense", "").status, 404);
    ok("/sim/close", r#"{"code":4001,"reason":"bye"}"#);
    assert_eq!(client.end(), End::Close(4001, "bye".to_owned()));
}

#[test]
fn a_flood_is_whole_and_fast() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), NARROW);
    let plan = FloodPlan::of(20_000);
    sim.flood(&plan);
    let start = Instant::now();
    for number in 0..20_000_u64 {
        let Message::Text(text) = client.read().unwrap() else { panic!("text expected") };
        if number < 50 {
            assert_eq!(text.as_str(), plan.event(number));
        }
    }
    println!("20,000 events in {:?}", start.elapsed());
    assert_eq!(client.drain(), Vec::<Value>::new());
    sim.flood(&FloodPlan { count: 5, per_second: 100, ..FloodPlan::default() });
    let start = Instant::now();
    for _ in 0..5 {
        client.next();
    }
    assert!(start.elapsed() >= Duration::from_millis(35));
}

#[test]
fn it_serves_tls() {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let stage = StageConfig { tls: Some(Arc::new(server)), ..StageConfig::default() };
    let sim = GatewaySim::spawn(Config { stage, ..Config::default() }).unwrap();
    assert!(sim.ws_url().starts_with("wss://"));

    let mut roots = rustls::RootCertStore::empty();
    roots.add(certified.cert.der().clone()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tls = rustls::ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let stream = rustls::StreamOwned::new(tls, TcpStream::connect(sim.addr()).unwrap());
    let (mut ws, _) = tungstenite::client(format!("wss://localhost:{}/ws", sim.addr().port()), stream).unwrap();
    ws.send(Message::text(NARROW)).unwrap();
    assert!(ws.read().unwrap().into_text().unwrap().contains("snapshot"));
}
