//! Every kind of trouble that the official clients meet, and what ours tells its host of it. The rows and their order are
//! those of the comparison of the clients: the ends of a connection, then the options of the socket and its limits.

use std::time::{Duration, Instant};

use parlor::model::{Action, Kind, State, Status};
use parlor::sim::voicelive::VoiceLiveSim;
use parlor::sim::{Faults, Refusal, Seen};
use serde_json::json;

use crate::host::{Host, PATIENCE, Told, sim};

/// What a host is told, one word each. The state of the client, what is lost, and the service's own troubles.
fn word(told: &Told) -> Option<String> {
    let status = || match told.status {
        Status::Ok => String::new(),
        status => format!(":{}", status.name().trim_start_matches("PARLOR_ERR_")),
    };
    match told.kind {
        Kind::State => Some(format!("{}{}", State::from_number(told.value as i32).name(), status())),
        Kind::Gap | Kind::CredentialNeeded | Kind::ReplyEnded | Kind::Audio => {
            Some(format!("{}{}", told.kind.name(), status()))
        }
        Kind::Service if told.type_.starts_with("session.") || told.type_ == "connection.opened" => None,
        Kind::Service => Some(format!("{}{}", told.type_, status())),
        _ => None,
    }
}

/// One line of the table.
struct Line {
    name: String,
    told: String,
    text: String,
}

/// What was told, in order, up to the last of the expected words. Repetitions are written once.
#[track_caller]
fn play(lines: &mut Vec<Line>, name: &str, host: &mut Host, expected: &str, says: &str) {
    let last = expected.rsplit(' ').next().unwrap();
    let most = expected.split(' ').filter(|word| *word == last).count();
    let (mut words, mut texts): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    while words.iter().filter(|word| *word == last).count() < most {
        let Some(told) = host.next(PATIENCE) else { panic!("{name}: {expected} did not come, only {words:?}") };
        let Some(word) = word(&told) else { continue };
        if words.last() != Some(&word) {
            words.push(word);
        }
        texts.push(told.text);
    }
    assert_eq!(words.join(" "), expected, "{name}");
    let text = texts.iter().find(|text| !says.is_empty() && text.contains(says)).cloned();
    assert!(says.is_empty() || text.is_some(), "{name}: nobody said \"{says}\": {texts:?}");
    lines.push(Line { name: name.to_owned(), told: words.join(" "), text: text.unwrap_or_default() });
}

fn print(lines: &[Line]) {
    for line in lines {
        let text: String = line.text.chars().take(120).collect();
        println!("| {} | {} | {text} |", line.name, line.told);
    }
}

fn refusing(status: u16, headers: &[(&str, &str)], times: u32) -> VoiceLiveSim {
    let sim = sim(|_| {});
    let mut refusal = Refusal { times, body: "the door is shut".into(), ..Refusal::status(status) };
    for (name, value) in headers {
        refusal = refusal.header(name, value);
    }
    sim.set_faults(Faults { refuse_upgrade: Some(refusal), ..Faults::default() });
    sim
}

#[test]
fn closes_of_each_code() {
    let mut lines = Vec::new();
    let back = "RECONNECTING:SERVICE_CLOSED CONNECTED GAP READY";
    for (code, expected) in [
        (1000, back),
        (1001, back),
        (1003, back),
        (1008, "FAILED:SERVICE_CLOSED"),
        (1011, back),
        (1012, back),
        (1013, back),
        (4000, back),
    ] {
        let sim = sim(|_| {});
        let mut host = Host::ready(&sim.http_url(), &[]);
        sim.close_all(code, "as it pleases");
        // The codes that stand for a broken protocol have a status of their own.
        let expected = if code == 1003 { expected.replace("SERVICE_CLOSED", "PROTOCOL") } else { expected.to_owned() };
        let said = format!("code {code} (\"as it pleases\")");
        play(&mut lines, &format!("close {code}"), &mut host, &expected, &said);
    }
    let lost = "RECONNECTING:CONNECTION_LOST CONNECTED GAP READY";
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    sim.each(parlor::sim::Peer::drop_link);
    play(&mut lines, "the end without a close frame (1006)", &mut host, lost, "");
    sim.reset_all();
    play(&mut lines, "a TCP reset, which is no close 1000", &mut host, lost, "");
    print(&lines);
}

#[test]
fn refused_upgrades_say_what_support_asks_for() {
    let mut lines = Vec::new();
    let ids = [("apim-request-id", "ap-1"), ("x-ms-region", "Sweden Central")];
    for (status, expected) in [
        (400, "connection.refused FAILED:REJECTED"),
        (401, "connection.refused FAILED:UNAUTHORIZED"),
        (403, "connection.refused FAILED:FORBIDDEN"),
        (404, "connection.refused FAILED:HTTP_NOT_FOUND"),
        (500, "connection.refused RECONNECTING:SERVER_ERROR CONNECTED READY"),
        (503, "connection.refused RECONNECTING:SERVER_ERROR CONNECTED READY"),
    ] {
        let sim = refusing(status, &ids, 1);
        let mut host = Host::new(&sim.http_url(), &[("credential", "k")]);
        let expected = format!("CONNECTING {expected}");
        let says = "apim-request-id ap-1, x-ms-region Sweden Central, x-ms-client-request-id ";
        play(&mut lines, &format!("HTTP {status}"), &mut host, &expected, says);
    }
    let sim = refusing(429, &[&ids[..], &[("retry-after", "1")]].concat(), 1);
    let began = Instant::now();
    let mut host = Host::new(&sim.http_url(), &[]);
    let seen = host.up_to("RECONNECTING", |told| told.value == State::Reconnecting as i64);
    let refused = seen.iter().find(|told| told.type_ == "connection.refused").unwrap().json();
    assert_eq!(refused["http_status"], 429);
    assert_eq!(refused["retry_after_ms"], 1000);
    assert_eq!(refused["body"], "the door is shut");
    assert_eq!((&refused["apim-request-id"], &refused["x-ms-region"]), (&json!("ap-1"), &json!("Sweden Central")));
    assert_eq!(refused["x-ms-client-request-id"].as_str().map(str::len), Some(36));
    let state = seen.last().unwrap();
    assert_eq!(state.status, Status::RateLimited);
    assert!(state.json()["text"].as_str().unwrap().contains("apim-request-id ap-1"), "{}", state.json);
    host.state(State::Ready);
    assert!(began.elapsed() >= Duration::from_secs(1), "Retry-After was kept: {:?}", began.elapsed());
    lines.push(Line {
        name: "HTTP 429, Retry-After: 1".into(),
        told: "CONNECTING connection.refused RECONNECTING:RATE_LIMITED CONNECTED READY".into(),
        text: state.text.clone(),
    });
    print(&lines);
}

#[test]
fn redirects_are_followed_nowhere_and_take_no_credential_along() {
    let mut lines = Vec::new();
    for status in [301, 302, 303, 307, 308] {
        for other_origin in [false, true] {
            for auth in ["key", "bearer"] {
                let elsewhere = sim(|_| {});
                let aim = if other_origin { elsewhere.http_url() } else { "/other".to_owned() };
                let sim = refusing(status, &[("location", &aim)], 0);
                let set = [("credential", "secret"), ("voicelive.auth", auth)];
                let mut host = Host::new(&sim.http_url(), &set);
                let name =
                    format!("HTTP {status} to {} with a {auth}", if other_origin { "elsewhere" } else { "itself" });
                play(&mut lines, &name, &mut host, "CONNECTING connection.refused FAILED:REDIRECT", "");
                let asked = |sim: &VoiceLiveSim| {
                    sim.record().entries().iter().filter(|entry| matches!(entry.seen, Seen::Upgrade { .. })).count()
                };
                assert!(asked(&sim) <= 1 && elsewhere.record().entries().is_empty(), "{name}: asked a second time");
            }
        }
    }
    print(&lines[..1]);
    println!("{} redirects, none followed", lines.len());
}

#[test]
fn the_way_to_the_service() {
    let mut lines = Vec::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut host = Host::new(&format!("http://127.0.0.1:{port}"), &[]);
    play(&mut lines, "ECONNREFUSED", &mut host, "CONNECTING RECONNECTING:REFUSED", "refuses connections");
    let mut host = Host::new("http://nowhere.invalid", &[("retry.max_attempts", "1")]);
    play(&mut lines, "ENOTFOUND", &mut host, "CONNECTING FAILED:DNS", "nowhere.invalid");

    let stalled = sim(|_| {});
    stalled.set_faults(Faults { stall_upgrade: true, ..Faults::default() });
    let mut host = Host::new(&stalled.http_url(), &[("handshake.timeout_ms", "100")]);
    let late = "CONNECTING RECONNECTING:HANDSHAKE_TIMEOUT";
    play(&mut lines, "the upgrade is not answered in time", &mut host, late, "handshake.timeout_ms");

    let mut host = Host::new(&stalled.http_url(), &[]);
    host.state(State::Connecting);
    let began = Instant::now();
    host.client.close(0).unwrap();
    play(&mut lines, "the host gives up while connecting", &mut host, "CLOSED", "");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());

    let set = [("voicelive.model", "sc-silent"), ("answer.timeout_ms", "50"), ("retry.max_attempts", "1")];
    let sim = sim(|_| {});
    let mut host = Host::new(&sim.http_url(), &set);
    let never = "CONNECTING CONNECTED FAILED:NO_ANSWER";
    play(&mut lines, "session.created never comes", &mut host, never, "did not send session.created");

    let mut host = Host::new(&sim.http_url(), &[("voicelive.auth", "token")]);
    play(
        &mut lines,
        "no token can be had",
        &mut host,
        "CONNECTING RECONNECTING:UNAUTHORIZED CREDENTIAL_NEEDED:UNAUTHORIZED",
        "set_credential",
    );
    host.client.close(0).unwrap();
    play(&mut lines, "and the host gives up", &mut host, "CLOSED", "");
    print(&lines);
}

/// The proxies of the environment belong to a process, so each row has one of its own.
#[cfg(target_os = "linux")]
#[test]
fn proxies_of_the_environment() {
    use std::process::Command;

    use crate::kit::programs::{Program, compile};

    let program = compile("examples/c/voicelive_talk.c", &[]);
    let sim = sim(|_| {});
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (name, no_proxy, expected) in [
        ("a proxy that is not there", "", "* RECONNECTING: "),
        ("NO_PROXY spares the service", "example.com,127.0.0.1", "* READY"),
    ] {
        let mut command = Command::new(&program);
        for variable in ["HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy"] {
            command.env_remove(variable);
        }
        command.env("http_proxy", format!("http://{nobody}")).env("NO_PROXY", no_proxy);
        let mut running = Program::start(command.arg(sim.http_url()));
        let line = running.wait_line(expected);
        println!("| {name} | {line} |");
        assert!(!no_proxy.is_empty() || line.contains("proxy"), "{line}");
    }
}

#[test]
fn messages_that_break_other_clients() {
    let mut lines = Vec::new();
    let sim = sim(|_| {});
    let set = [("frame.max_bytes", "33554432"), ("queue.max_bytes", "134217728")];
    let mut host = Host::ready(&sim.http_url(), &set);
    for (name, message, expected, says) in [
        ("bad JSON", "{\"type\":", "invalid:PROTOCOL", ""),
        ("an empty message", "", "invalid:PROTOCOL", ""),
        ("a message without a type", "{\"a\":1}", "invalid:PROTOCOL", ""),
        ("a type of tomorrow", r#"{"type":"next.year","x":[1,{}]}"#, "next.year", ""),
        (
            "usage without its details",
            r#"{"type":"response.done","response":{"id":"r","status":"completed","usage":{"total_tokens":1}}}"#,
            "REPLY_ENDED",
            "",
        ),
        (
            "members of the wrong kind",
            r#"{"type":"response.done","response":{"id":"r","status":7,"usage":"x","output":{}}}"#,
            "REPLY_ENDED",
            "",
        ),
        (
            "nothing to cancel",
            r#"{"type":"error","error":{"code":"response_cancel_not_active","message":"no response"}}"#,
            "error:SERVICE",
            "no response",
        ),
        (
            "already shorter",
            r#"{"type":"error","error":{"code":"invalid_value","message":"Audio content of 90ms is already shorter than 100ms"}}"#,
            "error:SERVICE",
            "already shorter",
        ),
    ] {
        sim.send_text(message);
        play(&mut lines, name, &mut host, expected, says);
    }
    // 786,432 bytes of speech end the one official client, 4 MiB in a message the other.
    for bytes in [786_432, 4 << 20, 15 << 20] {
        use base64::Engine as _;
        let speech = base64::engine::general_purpose::STANDARD.encode(vec![3_u8; bytes]);
        sim.tell("response.audio.delta", &json!({"response_id": "r", "item_id": "i", "delta": speech}));
        let told = host.until(Kind::Audio);
        assert_eq!(told.data.len(), bytes);
        lines.push(Line {
            name: format!("{bytes} bytes of speech in one message"),
            told: "AUDIO".into(),
            text: String::new(),
        });
    }
    let request = host.call("conversation.item.retrieve", r#"{"item_id":"nobody"}"#);
    assert_eq!(host.done(request).status, Status::Service, "the same session answers still");
    print(&lines);
}

#[test]
fn limits_of_one_message() {
    use base64::Engine as _;
    let mut lines = Vec::new();
    let sim = sim(|_| {});
    let set = [("frame.max_bytes", "65536"), ("voicelive.session", r#"{"turn_detection":null}"#)];
    let mut host = Host::ready(&sim.http_url(), &set);
    sim.send_text(&json!({"type": "x", "pad": "x".repeat(70_000)}).to_string());
    let over = "RECONNECTING:TOO_BIG CONNECTED GAP READY";
    play(&mut lines, "a message over the limit", &mut host, over, "frame.max_bytes");

    let most = base64::engine::general_purpose::STANDARD.encode(vec![1_u8; 15 << 20]);
    let request = host.call("input_audio_buffer.append", &json!({ "audio": most }).to_string());
    assert_eq!(host.done(request).status, Status::Ok);
    let request = host.call("input_audio_buffer.commit", "");
    assert_eq!(host.done(request).status, Status::Ok, "the service has taken 15 MiB");
    let more = base64::engine::general_purpose::STANDARD.encode(vec![1_u8; (15 << 20) + 1]);
    let call = Action::Call { name: "input_audio_buffer.append".into(), json: json!({ "audio": more }).to_string() };
    let error = host.client.act(call, 0).expect_err("one byte too many");
    assert!(error.text.contains("at most 15728640"), "{}", error.text);
    for (name, text) in [("15 MiB appended at once", String::new()), ("15 MiB and a byte", error.text)] {
        lines.push(Line { name: name.into(), told: String::new(), text });
    }
    print(&lines);
}

#[test]
fn the_socket_and_its_pulse() {
    let mut lines = Vec::new();
    let sim = sim(|_| {});
    let pulse = [("keepalive.interval_ms", "50"), ("idle.timeout_ms", "1500")];
    let mut host = Host::ready(&sim.http_url(), &pulse);
    let entries = sim.record().entries();
    let Some(Seen::Upgrade { headers, .. }) = entries.first().map(|entry| &entry.seen) else { panic!("no upgrade") };
    assert!(headers.iter().all(|(name, _)| name != "sec-websocket-extensions"), "no compression is offered");
    // A service that says nothing for a while is no dead one: its pongs say so. Two times the limit is enough to see it.
    let silent = host.next(Duration::from_millis(3000));
    assert!(silent.is_none(), "{silent:?}");
    lines.push(Line { name: "nothing to say, but pongs".into(), told: "(nothing)".into(), text: String::new() });
    sim.freeze_all();
    play(&mut lines, "no pong", &mut host, "RECONNECTING:IDLE_TIMEOUT CONNECTED GAP READY", "");
    // A compressed message that nobody agreed upon.
    sim.each(|peer| peer.send_raw(vec![0xc1, 0x02, b'{', b'}']));
    let broken = "RECONNECTING:PROTOCOL CONNECTED GAP READY";
    play(&mut lines, "compression that nobody agreed upon", &mut host, broken, "");
    sim.each(|peer| peer.send_binary(b"\x00\x01"));
    play(&mut lines, "a binary message", &mut host, "invalid:PROTOCOL", "");
    // The host goes while the service talks.
    let pieces = json!({"type": "response.text.delta", "response_id": "r", "delta": "la "}).to_string();
    for _ in 0..2000 {
        sim.send_text(&pieces);
    }
    host.until(Kind::TextDelta);
    host.client.close(0).unwrap();
    let left = "REPLY_ENDED:LINK_LOST CLOSED";
    play(&mut lines, "the host leaves in the middle of a flood", &mut host, left, "");
    assert!(host.next(Duration::from_millis(50)).is_none(), "nothing is told behind CLOSED");
    print(&lines);
}

#[test]
fn a_session_that_expires_goes_on_as_a_new_one() {
    let mut lines = Vec::new();
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[("voicelive.model", "sc-expire")]);
    let expired = "RECONNECTING:SERVICE_CLOSED CONNECTED GAP READY";
    play(&mut lines, "session_expired, close 1001", &mut host, expired, "1001 (\"session_expired\")");
    print(&lines);
}
