//! Input that no service should send, through a real socket into a live client: nothing panics, nothing is passed over
//! in silence, and the next good message is handled.

#![cfg(all(target_os = "linux", feature = "sim"))]
#![allow(clippy::unwrap_used, reason = "a test may fall over")]

#[path = "faults/kit/mod.rs"]
mod kit;

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex};

use parlor::core::{Counter, Counters};
use parlor::model::{Kind, State, Status};
use parlor::sim::gateway::{Config, GatewaySim};

use kit::host::Host;
use kit::server::{body, gateway, sentence};

/// Messages that are no message of the gateway, or hardly one.
const LISTED: &[&str] = &[
    "",
    " ",
    "\t\r\n",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1e400",
    "\"\"",
    "\"chat_closed\"",
    "[]",
    "[[[[]]]]",
    "{}",
    "[{\"type\":\"pong\"}]",
    "{",
    "}",
    "[",
    "]",
    "{{}}",
    "{[]}",
    "{\"",
    "{\"type",
    "{\"type\"",
    "{\"type\":",
    "{\"type\":}",
    "{\"type\":\"",
    "{\"type\":\"sentence_ready",
    "{\"type\":\"sentence_ready\"",
    "{\"type\":\"sentence_ready\",",
    "{\"type\":\"sentence_ready\",\"data\"",
    "{\"type\":\"sentence_ready\",\"data\":{",
    "{\"type\":null}",
    "{\"type\":7}",
    "{\"type\":[\"chat_closed\"]}",
    "{\"type\":{\"type\":\"x\"}}",
    "{\"TYPE\":\"chat_closed\"}",
    "{'type':'pong'}",
    "{type:\"pong\"}",
    "{\"type\":\"x\",}",
    "{\"type\":\"x\"}}",
    "{\"type\":\"x\"}{}",
    "{\"type\":\"x\"} tail",
    "\u{feff}{\"type\":\"x\"}",
    "{\"type\":\"\\u12\"}",
    "{\"type\":\"\\ud800\"}",
    "{\"type\":\"\\x41\"}",
    "{\"type\":\"a\nb\"}",
    "{\"type\":\"\"}",
    "{\"type\":\"\0\"}",
    "{\"data\":{\"type\":\"pong\"}}",
    "{\"type\":\"x\",\"data\":{\"a\"}}",
    "{\"type\":\"x\",\"data\":01}",
    "{\"type\":\"x\",\"data\":+1}",
    "{\"type\":\"x\",\"data\":.5}",
    "{\"type\":\"x\",\"data\":Infinity}",
    "<!doctype html><html></html>",
    "event: message\ndata: {}",
    "HTTP/1.1 200 OK",
    "{\"type\":\"x\"}\u{1e}",
    "\u{1e}",
    "{}\u{1e}",
    "{\"type\":\"snapshot\"}",
    "{\"type\":\"snapshot\",\"state\":null}",
    "{\"type\":\"snapshot\",\"state\":[]}",
    "{\"type\":\"snapshot\",\"state\":{\"chat_active\":\"yes\",\"characters\":{}}}",
    "{\"type\":\"chat_started\"}",
    "{\"type\":\"chat_started\",\"data\":null}",
    "{\"type\":\"chat_started\",\"data\":[]}",
    "{\"type\":\"chat_started\",\"data\":{\"characters\":[1,null,{},[]]}}",
    "{\"type\":\"characters_updated\",\"data\":{\"characters\":7}}",
    "{\"type\":\"ai_state_changed\",\"data\":{\"new_state\":9}}",
    "{\"type\":\"ai_state_changed\",\"data\":{\"new_state\":\"asleep\"}}",
    "{\"type\":\"sentence_ready\"}",
    "{\"type\":\"sentence_ready\",\"data\":\"Hi\"}",
    "{\"type\":\"sentence_ready\",\"data\":{\"text\":{}}}",
    "{\"type\":\"dialogue_received\",\"data\":{\"text\":null,\"source\":[]}}",
    "{\"type\":\"app_trigger\",\"data\":{\"name\":1,\"arguments\":\"{\"}}",
    "{\"type\":\"external_speaker_started\",\"data\":{\"source\":false}}",
    "{\"type\":\"client_connected\",\"data\":{\"client_id\":{\"a\":1}}}",
    "{\"type\":\"sentence_ready\",\"type\":3}",
    "{\"type\":\"pong\",\"data\":\"pong\"}",
    "{\"type\":\"error\",\"message\":\"boom\"}",
];

/// Good messages, to be spoilt.
const SEEDS: &[&str] = &[
    r#"{"type":"sentence_ready","data":{"text":"Hé \"x\"","character_id":"c","message_id":"m"},"timestamp":1.5}"#,
    r#"{"type":"chat_started","data":{"characters":[{"id":"c1","name":"Ann","creator_notes":null}]},"timestamp":1.5}"#,
    r#"{"type":"dialogue_received","data":{"message_id":"m","text":"t","character_id":"c","source":"ai","author":null},"timestamp":2}"#,
    r#"{"type":"app_trigger","data":{"name":"n","arguments":{"a":[1,{"b":null}]},"character_id":"c"},"timestamp":1.5}"#,
    r#"{"type":"snapshot","state":{"connected":true,"chat_active":true,"ai_state":"idle","characters":[{"id":"c","name":"N"}]}}"#,
    r#"{"type":"external_speaker_started","data":{"source":"user","reason":"r"},"timestamp":1.5}"#,
];

/// Numbers that come out the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }

    /// A good message with something cut out, something put in, or something twice.
    fn spoilt(&mut self) -> String {
        let mut text: Vec<char> = SEEDS[self.roll(SEEDS.len())].chars().collect();
        let (a, b) = (self.roll(text.len()), self.roll(text.len()));
        let (from, to) = (a.min(b), a.max(b));
        match self.roll(4) {
            0 => text.truncate(from),
            1 => drop(text.drain(from..to)),
            2 => {
                let twice: Vec<char> = text[from..to].to_vec();
                text.splice(from..from, twice);
            }
            _ => {
                for _ in 0..4 {
                    let at = self.roll(text.len());
                    text[at] = *['{', '}', '[', ']', '"', '\\', ',', ':', '0', '\u{0}', '\u{1f600}']
                        .get(self.roll(11))
                        .unwrap();
                }
            }
        }
        text.into_iter().collect()
    }
}

fn panics() -> u64 {
    Counters::read(Counter::Panics as i32).unwrap()
}

/// Something good, and what came before it.
fn heard(sim: &GatewaySim, host: &mut Host, number: usize) -> usize {
    let marker = format!("number {number}");
    sim.send_text(&sentence(&marker));
    let mut events = 0;
    loop {
        let told = host.until_any(&marker, |_| true);
        if told.kind == Kind::Sentence && told.json.contains(&marker) {
            return events;
        }
        assert!(
            told.kind != Kind::State || told.value != State::Reconnecting as i64,
            "the link was lost: {}",
            told.text
        );
        events += 1;
    }
}

#[test]
fn bad_messages_are_told_and_survived() {
    let before = panics();
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_data = format!("{{\"type\":\"app_trigger\",\"data\":{{\"name\":\"n\",\"arguments\":{deep}}}}}");
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let spoilt: Vec<String> = (0..300).map(|_| dice.spoilt()).collect();
    let all: Vec<&str> =
        LISTED.iter().copied().chain([deep.as_str(), &deep_data]).chain(spoilt.iter().map(String::as_str)).collect();
    for lazy in ["0", "1"] {
        let sim = GatewaySim::spawn(Config::default()).unwrap();
        let mut host = Host::ready(&sim.http_url(), &[("events.lazy", lazy), ("events.kinds", "all,-FRAME")]);
        for (number, bad) in all.iter().enumerate() {
            sim.send_text(bad);
            let events = heard(&sim, &mut host, number);
            assert!(events > 0, "message {number} was passed over in silence: {bad:?}");
        }
        for (number, data) in [&b""[..], b"\0", b"\xff\xfe\xfd", br#"{"type":"pong"}"#].iter().enumerate() {
            sim.each(|peer| peer.send_binary(data));
            assert!(heard(&sim, &mut host, number) > 0, "a binary message was passed over in silence: {data:?}");
        }
        assert!(serde_json::from_str::<serde_json::Value>(&host.client.mirror()).is_ok(), "the mirror is JSON");
    }
    assert_eq!(panics(), before);
    println!("{} bad messages, decoded and lazily", all.len() + 4);
}

#[test]
fn bad_bytes_on_the_wire_are_told_and_survived() {
    let before = panics();
    let sim = GatewaySim::spawn(Config::default()).unwrap();
    let mut host = Host::ready(&sim.http_url(), &[("idle.timeout_ms", "300"), ("keepalive.interval_ms", "100")]);
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    let mut lost = 0;
    for number in 0..60 {
        let bytes: Vec<u8> = (0..=dice.roll(40)).map(|_| dice.roll(256) as u8).collect();
        sim.each(|peer| peer.send_raw(bytes.clone()));
        // Part of a frame waits for the rest of it; what follows then belongs to it, whatever it is.
        sim.send_text(&sentence("After that."));
        sim.each(|peer| peer.drop_link());
        let told = host.until_any("an event", |_| true);
        assert!(told.kind != Kind::Log, "{bytes:?}");
        let mut last = told;
        while last.kind != Kind::State || last.value != State::Reconnecting as i64 {
            last = host.until_any("the end of the link", |_| true);
        }
        lost += usize::from(last.status == Status::Protocol || last.status == Status::TooBig);
        assert!(!last.text.is_empty(), "{bytes:?}");
        host.until("READY");
        sim.send_text(&sentence(&format!("number {number}")));
        assert_eq!(host.until("SENTENCE").text, format!("number {number}"));
    }
    assert!(lost > 20, "only {lost} of 60 were seen to be wrong");
    assert_eq!(panics(), before);
    println!("60 times bad bytes, {lost} of them a breach of the protocol");
}

/// An answer, and what the request may come to.
struct Answer {
    bytes: Vec<u8>,
    allowed: Vec<Status>,
}

#[test]
fn bad_answers_end_their_request_and_nothing_else() {
    let before = panics();
    let bodies: &[&[u8]] = &[
        b"",
        b"null",
        b"[]",
        b"{",
        b"}",
        b"\"",
        b"\xff\xfe\x00",
        b"\0",
        b"<html></html>",
        b"{\"status\":",
        b"{\"detail\":null}",
        b"{\"detail\":[]}",
        b"{\"detail\":[null]}",
        b"{\"detail\":[[]]}",
        b"{\"detail\":{}}",
        b"{\"detail\":[{}]}",
        b"{\"detail\":[{\"msg\":7}]}",
        b"{\"detail\":[{\"loc\":1,\"msg\":\"m\"}]}",
        b"{\"detail\":[{\"loc\":[{},null,1e9],\"msg\":\"m\"}]}",
        b"{\"detail\":\"\\ud800\"}",
        b"1e999",
        b"{\"a\":{\"a\":{\"a\":{}}}}",
        b"\xef\xbb\xbf{}",
        b"{}{}",
        b"nul",
    ];
    let mut answers: Vec<Answer> = Vec::new();
    for (status, means) in [
        ("200 OK", Status::Ok),
        ("422 Unprocessable Entity", Status::Rejected),
        ("500 Internal Server Error", Status::ServerError),
    ] {
        for body in bodies {
            let head = format!(
                "HTTP/1.1 {status}
Connection: close
Content-Length: {}

",
                body.len()
            );
            answers.push(Answer { bytes: [head.as_bytes(), body].concat(), allowed: vec![means] });
        }
    }
    let heads: &[&str] = &[
        "",
        "\r\n\r\n",
        "HTTP",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 \r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 99 No\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/1.1 418 Teapot\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 201 OK\r\nContent-Length: banana\r\n\r\n",
        "HTTP/1.1 201 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 201 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 201 OK\r\nContent-Length: 500\r\n\r\ncut",
        "HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 201 OK\r\nNo colon here\r\n\r\n",
        "HTTP/1.1 201 OK\r\n: empty\r\n\r\n",
        "HTTP/1.1 301 Moved\r\nConnection: close\r\nLocation: ://\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 307 Moved\r\nConnection: close\r\nLocation: http://elsewhere.test/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 404 Nowhere\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "\x16\x03\x01\x02\x00",
        "220 mail.test\r\n\r\n",
    ];
    let long = ["HTTP/1.1 201 OK\r\n".to_owned(), "X: y\r\n".repeat(500), "\r\n".to_owned()].concat();
    let endless = ["HTTP/1.1 201 ".to_owned(), "x".repeat(1_000_000)].concat();
    for head in heads.iter().copied().chain([long.as_str(), &endless]) {
        // What can not be read is a breach of the protocol or an end; what can be read is what it says it is.
        let mut allowed = vec![Status::Protocol, Status::ConnectionLost, Status::TooBig];
        match head.get(..12) {
            Some("HTTP/1.1 201") => allowed.push(Status::Ok),
            Some("HTTP/1.1 418") => allowed = vec![Status::Http],
            Some("HTTP/1.1 301" | "HTTP/1.1 307") => allowed = vec![Status::Redirect],
            Some("HTTP/1.1 404") => allowed = vec![Status::HttpNotFound],
            _ => {}
        }
        answers.push(Answer { bytes: head.as_bytes().to_vec(), allowed });
    }
    let good = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}".to_vec();
    let queue: VecDeque<Vec<u8>> = answers.iter().flat_map(|bad| [bad.bytes.clone(), good.clone()]).collect();
    let queue = Arc::new(Mutex::new(queue));
    let served = Arc::clone(&queue);
    let server = gateway(move |mut stream, head| {
        body(&mut stream, head);
        let answer = served.lock().unwrap().pop_front().unwrap_or_default();
        // A client that has seen enough goes away.
        let _ = stream.write_all(&answer);
    });
    let mut host = Host::ready(&server.url("http"), &[]);
    for bad in &answers {
        let shown = String::from_utf8_lossy(&bad.bytes[..bad.bytes.len().min(120)]).into_owned();
        let request = host.say("Hello?");
        let done = host.done(request);
        assert!(bad.allowed.contains(&done.status), "{shown:?} became {} \"{}\"", done.word(), done.text);
        assert!(done.status == Status::Ok || !done.text.is_empty(), "{shown:?}: nothing is said about it");
        let request = host.say("Hello again.");
        let done = host.done(request);
        assert_eq!(done.status, Status::Ok, "after {shown:?}: {}", done.text);
        assert_eq!(host.state(), State::Ready);
    }
    assert!(queue.lock().unwrap().is_empty(), "each request was sent once");
    assert_eq!(panics(), before);
    println!("{} bad answers", answers.len());
}
