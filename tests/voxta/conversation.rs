//! A whole conversation in text.

use std::time::Duration;

use parlor::model::{Kind, Status};
use parlor::sim::voxta::{Config, Reply, VoxtaSim};
use serde_json::{Value, json};

use crate::host::Host;

const SOON: Duration = Duration::from_secs(10);

pub(crate) fn sim_with(change: impl FnOnce(&mut Config)) -> VoxtaSim {
    let mut config = Config::default();
    change(&mut config);
    VoxtaSim::spawn(config).unwrap()
}

/// A host that speaks this protocol and is READY.
pub(crate) fn ready(sim: &VoxtaSim, more: &[(&str, &str)]) -> Host {
    let mut host = connecting(sim, more);
    host.until("READY");
    host
}

pub(crate) fn connecting(sim: &VoxtaSim, more: &[(&str, &str)]) -> Host {
    let mut all = vec![("protocol", "voxta")];
    all.extend(more);
    Host::connecting(&sim.http_url(), &all)
}

pub(crate) fn mirror(host: &Host) -> Value {
    serde_json::from_str(&host.client.mirror()).unwrap()
}

/// A person enters the code that the client shows, while the client asks whether that is done.
#[test]
fn a_client_without_a_key_is_paired_and_comes_in() {
    let sim = sim_with(|config| (config.api_key, config.pairing_polls) = (Some("from the pairing".to_owned()), 1));
    let mut host = connecting(&sim, &[("voxta.pairing", "1")]);
    let asked = host.until_any("CREDENTIAL_NEEDED", |told| told.kind == Kind::CredentialNeeded);
    assert_eq!((asked.name.as_str(), asked.status), ("ABCD-1234", Status::Unauthorized));
    assert_eq!(asked.text, format!("{}/device", sim.http_url()));
    let key: Value = serde_json::from_str(&host.until("SERVICE(device_token)").json).unwrap();
    assert_eq!(key["token"], "from the pairing");
    host.until("READY");
    let polls = sim
        .record()
        .entries()
        .iter()
        .filter(|entry| entry.http().is_some_and(|(_, target, _)| target == "/api/device/poll"))
        .count();
    assert_eq!(polls, 2, "one that was too early, and one that was not");
}

#[test]
fn a_chat_is_found_talked_in_and_over() {
    let sim = sim_with(|config| {
        config.replies = vec![Reply::say(&["Good evening.", "Grüß Gott, \"friend\"!", "What now?"])];
    });
    let mut host = ready(&sim, &[]);
    assert!(sim.record().wait_text(SOON, "subscribeToChat").is_some());
    let said = host.say("hello é");
    assert_eq!(host.until("MESSAGE").text, "hello é");
    assert_eq!(host.done(said).status, Status::Ok);
    let begun = host.until("REPLY_STARTED");
    assert_eq!(begun.type_, "replyGenerating");
    let mut text = String::new();
    let mut sentences = Vec::new();
    let end = loop {
        let told = host
            .until_any("the reply", |told| matches!(told.kind, Kind::TextDelta | Kind::Sentence | Kind::ReplyEnded));
        match told.kind {
            Kind::TextDelta => text.push_str(&told.text),
            Kind::Sentence => sentences.push(told.text),
            _ => break told,
        }
    };
    assert_eq!(end.status, Status::Ok);
    assert_eq!(text, "Good evening. Grüß Gott, \"friend\"! What now?");
    assert_eq!(sentences, ["Good evening.", "Grüß Gott, \"friend\"!", "What now?"]);
    assert_eq!(host.until("MESSAGE").text, text);
    assert!(sim.record().wait_text(SOON, "speechPlaybackComplete").is_some());
    assert_eq!(mirror(&host)["characters"][0]["name"], "Mira");
    sim.close_chat();
    host.until("CHAT_CLOSED");
    host.until("CONNECTED");
    assert_eq!(mirror(&host)["chat_active"], json!(false));
    let started = host.call("startChat", r#"{"characterId":"c0ffee00-0000-4000-8000-000000000001"}"#);
    host.until("READY");
    let _ = started;
}
