//! The binary `parlor-sim`: what a shell, a demo and another language's tests see of the simulators.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

mod sim_client;

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use sim_client::{Client, End, get, post};

struct Running {
    child: Child,
    addr: SocketAddr,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_parlor-sim"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim().strip_prefix("listening on http://").expect("the first line").parse().unwrap();
        Self { child, addr }
    }

    /// Ends it by a signal; its exit code and its log.
    fn end(&mut self, signal: &str) -> (Option<i32>, String) {
        let killed = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let code = self.child.wait().unwrap().code();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (code, log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The sentences and triggers of one line of the demo, until the AI is idle again or the connection ends.
fn turn(client: &mut Client, addr: SocketAddr) -> (Vec<String>, Option<End>) {
    post(addr, "/dialogue", r#"{"text":"go on"}"#);
    let mut seen = Vec::new();
    loop {
        let message = match client.read() {
            Ok(tokio_tungstenite::tungstenite::Message::Text(text)) => serde_json::from_str::<Value>(&text).unwrap(),
            Ok(tokio_tungstenite::tungstenite::Message::Close(frame)) => {
                let frame = frame.unwrap();
                return (seen, Some(End::Close(frame.code.into(), frame.reason.to_string())));
            }
            Ok(_) => continue,
            Err(error) => panic!("{error}"),
        };
        let data = &message["data"];
        match message["type"].as_str().unwrap() {
            "sentence_ready" => seen.push(data["text"].as_str().unwrap().to_owned()),
            "app_trigger" => seen.push(format!("*{}", data["name"].as_str().unwrap())),
            "external_speaker_started" => seen.push("*interrupted".to_owned()),
            // An interrupted reply is followed by the restart.
            "ai_state_changed" if data["new_state"] == "idle" && !seen.contains(&"*interrupted".to_owned()) => {
                return (seen, None);
            }
            _ => {}
        }
    }
}

#[test]
fn the_demo_is_the_same_every_time() {
    for _ in 0..2 {
        let mut sim = Running::start(&["gateway", "--script", "demo", "--speed", "20"]);
        let subscribe = r#"{"type":"subscribe","client_id":"demo"}"#;
        let mut client = Client::subscribed(sim.addr, subscribe);
        let (first, _) = turn(&mut client, sim.addr);
        assert_eq!(first.len(), 3);
        let (second, _) = turn(&mut client, sim.addr);
        assert_eq!(second.last().map(String::as_str), Some("*open_dome"));
        let (third, end) = turn(&mut client, sim.addr);
        assert_eq!(third.last().map(String::as_str), Some("*interrupted"));
        assert_eq!(end, Some(End::Close(1012, String::new())));
        drop(client);
        sim_client::eventually("it is back", || std::net::TcpStream::connect(sim.addr).is_ok());
        let mut client = Client::subscribed(sim.addr, subscribe);
        let (fourth, _) = turn(&mut client, sim.addr);
        assert!(fourth[0].starts_with("Sorry"));
        let (code, log) = sim.end("-INT");
        assert_eq!(code, Some(0));
        assert!(
            log.lines().any(|line| line.contains("-> ") && line.contains("sentence_ready  Hello, traveller!")),
            "{log}"
        );
    }
}

#[test]
fn quiet_control_and_sigterm() {
    let mut sim = Running::start(&["gateway", "--quiet", "--control"]);
    assert_eq!(get(sim.addr, "/sim/connections").body, "[]");
    let (code, log) = sim.end("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
    let mut voxta = Running::start(&["voxta", "--script", "demo"]);
    assert_eq!(get(voxta.addr, "/hub").status, 400);
    assert_eq!(get(voxta.addr, "/sim/connections").status, 404, "off unless asked for");
    assert_eq!(voxta.end("-INT").0, Some(0));
}

#[test]
fn a_flood_follows_the_snapshot() {
    let sim = Running::start(&["gateway", "--quiet", "--flood", "30"]);
    let mut client = Client::subscribed(sim.addr, r#"{"type":"subscribe","client_id":"a","events":["x"]}"#);
    assert_eq!(client.drain().len(), 30);
}

#[test]
fn a_taken_port_and_a_bad_speed_are_errors_with_a_text() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for arguments in [["gateway", "--port", port.as_str()], ["gateway", "--speed", "0"]] {
        let done = Command::new(env!("CARGO_BIN_EXE_parlor-sim")).args(arguments).output().unwrap();
        assert_eq!(done.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&done.stderr).starts_with("parlor-sim: "));
    }
}
