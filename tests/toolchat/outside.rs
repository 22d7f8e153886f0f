//! The simulator, told what to do over HTTP, as tests in other languages do.

use std::io::{Read, Write};
use std::net::TcpStream;

use parlor::sim::toolchat::ToolchatSim;
use serde_json::{Value, json};

use crate::host::{Host, sim};

/// Status and body of `POST /sim/NAME`.
fn post(sim: &ToolchatSim, name: &str, body: &Value) -> (u16, Value) {
    let mut stream = TcpStream::connect(sim.addr()).expect("it listens");
    let body = body.to_string();
    let head = format!(
        "POST /sim/{name} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[test]
fn runs_tools_quirks_and_cuts_come_over_http_too() {
    let sim = sim(|config| config.stage.control = true);
    let runs = json!({"runs": [[{"think": "hm", "id": "r"}, {"tools": [{"name": "add", "parameters": {"x": 1}}]},
        {"show": "Card", "props": {"a": 1}}, {"text": "Done."}, {"raw": {"type": "brand_new"}}]]});
    assert_eq!(post(&sim, "runs", &runs).0, 200);
    let mut host = Host::ready(&sim.http_url(), &[]);
    host.say("go");
    host.until("REASONING");
    let call = host.until("TOOL_CALL");
    host.result(&call.id, "2", false);
    host.until("TRIGGER");
    assert_eq!(host.until("MESSAGE").text, "Done.");
    assert_eq!(post(&sim, "answers", &json!({})).1[&call.id][0]["result"], 2);
    // One that is refused, and the rest as before.
    let quirks = json!({"ticket": {"status": 503, "times": 1}});
    assert_eq!(post(&sim, "quirks", &quirks).0, 200);
    assert_eq!(post(&sim, "cut", &json!({"code": 1012})).0, 200);
    host.until("RECONNECTING:SERVICE_CLOSED");
    host.until("RECONNECTING:SERVER_ERROR");
    host.until("READY");
    for (name, body, expected) in [
        ("quirks", json!({"tickets": 1}), "no such quirks: unknown field `tickets`"),
        ("runs", json!({"runs": [[{"sing": "la"}]]}), "there is no such step: {\"sing\":\"la\"}"),
    ] {
        let (status, answer) = post(&sim, name, &body);
        assert!(status == 400 && answer["error"].as_str().is_some_and(|why| why.starts_with(expected)), "{answer}");
    }
}
