//! Connecting: what is asked, who is let in, what is waited for, and how it ends.

use std::time::Duration;

use parlor::model::{Kind, Options, State, Status};
use parlor::protocol;
use parlor::sim::{Refusal, Seen};

use crate::host::{Host, sent, sim};

#[test]
fn the_session_is_there_when_the_client_is_ready() {
    let sim = sim(|config| config.credential = Some("secret".into()));
    let set = [("credential", "secret"), ("voicelive.session", r#"{"instructions":"Hi","turn_detection":null}"#)];
    let mut host = Host::new(&sim.http_url(), &set);
    let seen = host.up_to("READY", |told| told.kind == Kind::State && told.value == State::Ready as i64);
    let types: Vec<&str> =
        seen.iter().filter(|told| told.kind == Kind::Service).map(|told| told.type_.as_str()).collect();
    assert_eq!(types, ["connection.opened", "session.created", "session.updated"]);
    let opened = seen.iter().find(|told| told.type_ == "connection.opened").unwrap().json();
    assert_eq!(
        (opened["apim-request-id"].as_str(), opened["x-ms-region"].as_str()),
        (Some("sim-request"), Some("Simulation"))
    );
    assert!(seen.iter().any(|told| told.kind == Kind::ChatStarted && told.id.starts_with("sess_")));
    assert_eq!(host.mirror()["session"]["instructions"], "Hi");
    assert_eq!(sent(&sim).len(), 1);
    let entries = sim.record().entries();
    let Some(Seen::Upgrade { target, headers }) = entries.first().map(|entry| &entry.seen) else {
        panic!("no upgrade")
    };
    assert_eq!(target, "/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime");
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("api-key"), Some("secret"));
    assert!(header("user-agent").is_some_and(|agent| agent.starts_with("parlor/")));
    assert!(header("x-ms-client-request-id").is_some());
    host.client.close(0).unwrap();
    host.state(State::Closed);
}

#[test]
fn refusals_at_the_door() {
    for (status, expected, state) in [
        (401, Status::Unauthorized, State::Failed),
        (403, Status::Forbidden, State::Failed),
        (404, Status::HttpNotFound, State::Failed),
        (302, Status::Redirect, State::Failed),
        (429, Status::RateLimited, State::Reconnecting),
        (503, Status::ServerError, State::Reconnecting),
    ] {
        let sim = sim(|_| {});
        let refusal = Refusal::status(status).header("location", "http://127.0.0.1:1/").times(1);
        sim.set_faults(parlor::sim::Faults { refuse_upgrade: Some(refusal), ..parlor::sim::Faults::default() });
        let mut host = Host::new(&sim.http_url(), &[("credential", "k")]);
        let told = host.state(state);
        assert_eq!(told.status, expected, "HTTP {status}: {}", told.text);
        if state == State::Reconnecting {
            host.state(State::Ready);
        }
    }
}

#[test]
fn retry_after_is_kept() {
    let sim = sim(|_| {});
    let refusal = Refusal::status(429).header("retry-after", "1").times(1);
    sim.set_faults(parlor::sim::Faults { refuse_upgrade: Some(refusal), ..parlor::sim::Faults::default() });
    let mut host = Host::new(&sim.http_url(), &[]);
    let told = host.state(State::Reconnecting);
    assert!(told.json()["delay_ms"].as_u64().unwrap() >= 1000, "{}", told.json);
    host.state(State::Ready);
}

#[test]
fn a_token_is_asked_for_before_each_connection() {
    let sim = sim(|config| config.credential = Some("fresh".into()));
    let mut host = Host::new(&sim.http_url(), &[("voicelive.auth", "token")]);
    host.until(Kind::CredentialNeeded);
    host.credential("stale");
    assert_eq!(host.until(Kind::CredentialNeeded).status, Status::Unauthorized);
    host.credential("fresh");
    host.state(State::Ready);
    sim.reset_all();
    host.until(Kind::CredentialNeeded);
    host.credential("fresh");
    host.state(State::Ready);
    sim.reset_all();
    for expected in [Status::Unauthorized; 2] {
        assert_eq!(host.until(Kind::CredentialNeeded).status, expected);
        host.credential("wrong");
    }
    assert_eq!(host.state(State::Failed).status, Status::Unauthorized);
}

#[test]
fn trouble_in_front_of_the_session() {
    let sim = sim(|_| {});
    let mut host = Host::new(&sim.http_url(), &[("voicelive.model", "sc-error")]);
    assert_eq!(host.service("error").name, "not_yet");
    host.state(State::Ready);

    let mut host = Host::new(&sim.http_url(), &[("voicelive.model", "sc-refuse")]);
    assert_eq!(host.service("error").name, "model_not_supported");
    assert_eq!(host.state(State::Failed).status, Status::ServiceClosed);

    let set = [("voicelive.model", "sc-silent"), ("answer.timeout_ms", "50"), ("retry.max_attempts", "2")];
    let mut host = Host::new(&sim.http_url(), &set);
    let told = host.state(State::Failed);
    assert_eq!(told.status, Status::NoAnswer);
    assert!(told.text.contains("session.created"), "{}", told.text);
}

#[test]
fn a_session_that_is_refused_fails_with_the_services_words() {
    let sim = sim(|_| {});
    let mut host = Host::new(&sim.http_url(), &[("voicelive.session", r#"{"instructions":"refuse me"}"#)]);
    let told = host.state(State::Failed);
    assert_eq!(told.status, Status::Rejected);
    assert!(told.text.contains("not acceptable"), "{}", told.text);
}

#[test]
fn the_end_by_each_close_code() {
    let sim = sim(|_| {});
    for (code, state) in [
        (1000, State::Reconnecting),
        (1001, State::Reconnecting),
        (1008, State::Failed),
        (1011, State::Reconnecting),
        (4000, State::Reconnecting),
    ] {
        let model = format!("sc-close{code}");
        let mut host = Host::new(&sim.http_url(), &[("voicelive.model", &model)]);
        let told = host.state(state);
        assert_eq!(told.status, Status::ServiceClosed, "{code}");
        assert!(told.text.contains(&code.to_string()) && told.text.contains("as the model's name asks for"));
    }
}

#[test]
fn an_end_that_was_announced_is_told_in_time() {
    let sim = sim(|config| config.lifetime = Some(Duration::from_secs(3)));
    let mut host = Host::ready(&sim.http_url(), &[("voicelive.expiry_warning_ms", "2500")]);
    let told = host.service("session.expiring");
    assert!((0..=2500).contains(&told.value), "{}", told.value);
    assert_eq!(host.state(State::Reconnecting).status, Status::ServiceClosed);
    host.until(Kind::Gap);
    host.state(State::Ready);
}

#[test]
fn large_messages_go_both_ways() {
    use base64::Engine as _;
    let sim = sim(|_| {});
    let set = [
        ("voicelive.session", r#"{"turn_detection":null}"#),
        ("frame.max_bytes", "33554432"),
        ("queue.max_bytes", "67108864"),
    ];
    let mut host = Host::ready(&sim.http_url(), &set);
    let most = base64::engine::general_purpose::STANDARD.encode(vec![1_u8; 15 * 1024 * 1024]);
    let request = host.call("input_audio_buffer.append", &format!(r#"{{"audio":"{most}"}}"#));
    assert_eq!(host.done(request).status, Status::Ok);
    let request = host.call("input_audio_buffer.commit", "");
    assert_eq!(host.done(request).status, Status::Ok);
    let more = format!(r#"{{"type":"x","pad":"{}"}}"#, "x".repeat(22 * 1024 * 1024));
    let request = host.call("send", &more);
    assert_eq!(host.done(request).status, Status::TooBig);
    let large = base64::engine::general_purpose::STANDARD.encode(vec![2_u8; 15 * 1024 * 1024]);
    sim.tell("response.audio.delta", &serde_json::json!({"response_id": "r", "item_id": "i", "delta": large}));
    let told = host.until(Kind::Audio);
    assert_eq!(told.data.len(), 15 * 1024 * 1024);
}

#[test]
fn options_that_do_not_fit_are_told_at_once() {
    for (set, said) in [
        (&[("url", "https://h")][..], "voicelive.model"),
        (&[("url", "https://h"), ("voicelive.model", "m"), ("voicelive.session", "[]")], "voicelive.session"),
        (
            &[("url", "https://h"), ("voicelive.model", "m"), ("voicelive.session", r#"{"modalities":["song"]}"#)],
            "option voicelive.session.modalities[0] is",
        ),
    ] {
        let mut options = Options::default();
        options.set_named("protocol", "voicelive").unwrap();
        for (name, value) in set {
            options.set_named(name, value).unwrap();
        }
        let Err(error) = protocol::create(&options) else { panic!("{said}") };
        assert!(error.text.contains(said), "{}", error.text);
    }
}
