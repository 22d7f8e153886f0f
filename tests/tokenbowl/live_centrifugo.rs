//! The protocol `centrifugo` against the simulator.

use parlor::model::{Kind, State, Status};
use parlor::sim::centrifugo::{CentrifugoSim, Config, Rules, sign, unix_now};
use serde_json::json;

use crate::live::{Live, eventually};

fn sim(rules: Rules) -> CentrifugoSim {
    CentrifugoSim::spawn(Config { rules, ..Config::default() }).expect("loopback is there")
}

fn options(sim: &CentrifugoSim) -> [(&'static str, String); 2] {
    [("protocol", "centrifugo".into()), ("url", sim.ws_url())]
}

fn ready(sim: &CentrifugoSim, more: &[(&str, &str)]) -> Live {
    let base = options(sim);
    let mut set: Vec<(&str, &str)> = base.iter().map(|(name, value)| (*name, value.as_str())).collect();
    set.extend_from_slice(more);
    Live::ready(&set)
}

#[test]
fn a_conversation_over_a_channel() {
    let sim = sim(Rules::default());
    let (mut ann, mut bob) = (ready(&sim, &[]), ready(&sim, &[]));
    for live in [&mut ann, &mut bob] {
        let done = live.subscribe(r#"{"channel":"chat","recoverable":true,"join_leave":true}"#);
        assert_eq!(done.status, Status::Ok, "{done:?}");
    }
    let said = ann.say("Hello, Bob", r#"{"channel":"chat"}"#);
    assert_eq!(ann.done(said).status, Status::Ok);
    let heard = bob.until("the message", |event| event.kind == Kind::Message);
    assert_eq!((heard.text.as_str(), heard.name.as_str(), heard.id.as_str()), ("Hello, Bob", "chat", "1"));
    ann.until("Bob's coming", |event| event.kind == Kind::Presence && event.value == 1);
    // Every other command, and its answer as the service gave it.
    assert_eq!(ann.call("publish", r#"{"channel":"chat","data":{"a" : 1}}"#).json, "{}");
    assert!(bob.until("the object", |event| event.kind == Kind::Message).json.contains(r#"{"a" : 1}"#));
    assert_eq!(ann.call("rpc", r#"{"method":"echo","data":[1, 2]}"#).json, r#"{"data":[1, 2]}"#);
    let refused = ann.call("rpc", r#"{"method":"nope"}"#);
    assert!(refused.status == Status::Service && refused.text.contains("104"), "{refused:?}");
    assert!(ann.call("presence_stats", r#"{"channel":"chat"}"#).json.contains("\"num_clients\":2"));
    assert!(ann.call("presence", r#"{"channel":"chat"}"#).json.contains("\"presence\":{"));
    let history = ann.call("history", r#"{"channel":"chat","limit":-1}"#);
    assert!(history.json.contains("Hello, Bob") && history.json.contains("\"offset\":2"), "{history:?}");
    let wrong = ann.call("history", r#"{"channel":"chat","limit":1,"since":{"offset":1,"epoch":"nope"}}"#);
    assert!(wrong.status == Status::Rejected && wrong.text.contains("112"), "{wrong:?}");
    let gone = bob.call("unsubscribe", r#"{"channel":"chat"}"#);
    assert_eq!(gone.status, Status::Ok);
    ann.until("Bob's going", |event| event.kind == Kind::Presence && event.value == 0);
    drop(bob);
}

#[test]
fn a_lost_link_is_recovered_without_a_gap() {
    let sim = sim(Rules::default());
    let mut ann = ready(&sim, &[("centrifugo.subscriptions", r#"["a",{"channel":"b","recoverable":true}]"#)]);
    eventually("both are subscribed", || sim.hub().listeners("a") + sim.hub().listeners("b") == 2);
    sim.hub().publish("a", "1");
    ann.until("the first", |event| event.kind == Kind::Message && event.text == "1");
    sim.hub().disconnect("", 3011, "force reconnect");
    eventually("the link is gone", || sim.hub().clients() == 0);
    sim.hub().publish("a", "2");
    sim.hub().publish("b", "3");
    for text in ["2", "3"] {
        ann.until(text, |event| event.kind == Kind::Message && event.text == text);
    }
    assert!(ann.of(Kind::Gap).is_empty(), "all of it was recovered");
    // A server that has lost its memory: a gap for that channel and no other.
    sim.hub().disconnect("", 3001, "shutdown");
    eventually("the link is gone", || sim.hub().clients() == 0);
    sim.hub().forget("b");
    let gap = ann.until("the gap", |event| event.kind == Kind::Gap);
    assert!(gap.name == "b" && gap.json.contains("\"recovery_tried\":true"), "{gap:?}");
    assert_eq!(ann.of(Kind::Gap).len(), 1);
}

#[test]
fn tokens_are_asked_for_and_refreshed() {
    let sim = sim(Rules { anonymous: false, ..Rules::default() });
    let token =
        |seconds: i64| sign("secret", &json!({"sub": "ann", "exp": unix_now() + seconds, "channels": ["news"]}));
    let base = options(&sim);
    let set: Vec<(&str, &str)> = base.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Expired: the host is asked, not the server in a loop.
    let expired = token(-5);
    let mut ann = Live::new(&[&set[..], &[("credential", &expired)]].concat());
    ann.client.connect(0).expect("not destroyed");
    ann.until("the question", |event| event.kind == Kind::CredentialNeeded && event.status == Status::Unauthorized);
    ann.act(parlor::model::Action::SetCredential { value: parlor::model::Secret::new(token(2)) });
    ann.until("the service's own channel", |event| event.type_ == "subscribed" && event.name == "news");
    ann.state(State::Ready);
    // It ends in two seconds: a fresh one is asked for in time, and the link stays.
    ann.until("the second question", |event| event.kind == Kind::CredentialNeeded);
    let fresh = token(3600);
    ann.act(parlor::model::Action::SetCredential { value: parlor::model::Secret::new(fresh.clone()) });
    eventually("the refresh", || {
        sim.record().entries().iter().any(|e| e.text().is_some_and(|t| t.contains("\"refresh\"")))
    });
    sim.hub().publish("news", "\"still here\"");
    ann.until("the news", |event| event.kind == Kind::Message && event.text == "still here");
    assert_eq!(ann.events.iter().filter(|e| e.kind == Kind::State && e.name == "RECONNECTING").count(), 1);
    // Without anybody to ask, an expired token is the end, with what to do about it.
    let mut fixed = Live::new(&[&set[..], &[("credential", &expired), ("centrifugo.tokens", "fixed")]].concat());
    fixed.client.connect(0).expect("not destroyed");
    let failed = fixed.state(State::Failed);
    assert!(failed.status == Status::Unauthorized && failed.text.contains("centrifugo.tokens"), "{failed:?}");
    // A forged one is the end as well.
    let mut forged = Live::new(&[&set[..], &[("credential", &sign("other", &json!({"sub": "x"})))]].concat());
    forged.client.connect(0).expect("not destroyed");
    assert!(forged.state(State::Failed).text.contains("3500"));
}

#[test]
fn deltas_are_put_together() {
    let sim = sim(Rules::default());
    let mut ann = ready(&sim, &[]);
    let done = ann.subscribe(r#"{"channel":"d","delta":"fossil","recoverable":true}"#);
    assert!(done.json.contains("\"delta\":true"), "{done:?}");
    let payload = |n: usize| format!("{{\"n\":{n},\"text\":\"a long text that stays the same in every one of them\"}}");
    for n in 0..5 {
        sim.hub().publish("d", &payload(n));
        assert_eq!(ann.until("it", |event| event.kind == Kind::Message).text, payload(n));
    }
    // Missed ones come back as deltas too.
    sim.hub().disconnect("", 3000, "");
    eventually("the link is gone", || sim.hub().clients() == 0);
    for n in 5..8 {
        sim.hub().publish("d", &payload(n));
    }
    for n in 5..8 {
        assert_eq!(ann.until("it", |event| event.kind == Kind::Message).text, payload(n));
    }
    assert!(ann.of(Kind::Gap).is_empty());
}

#[test]
fn pings_are_answered_and_their_absence_is_noticed() {
    let sim = sim(Rules { ping: 1, pong: Some(std::time::Duration::from_secs(1)), ..Rules::default() });
    let mut ann = ready(&sim, &[("centrifugo.ping_grace_ms", "300")]);
    let pongs = || sim.record().entries().iter().filter(|entry| entry.text() == Some("{}")).count();
    eventually("three pongs", || pongs() >= 3);
    assert_eq!(ann.client.state(), State::Ready);
    sim.freeze_all();
    let lost = ann.state(State::Reconnecting);
    assert!(lost.status == Status::IdleTimeout && lost.text.contains("pinged"), "{lost:?}");
    ann.state(State::Ready);
}

#[test]
fn every_code_does_what_the_protocol_says() {
    let sim = sim(Rules::default());
    for code in [3000, 3001, 3004, 3005, 3006, 3008, 3009, 3010, 3011, 3012, 3013, 4000, 4499, 1000, 1001, 1012] {
        let mut ann = ready(&sim, &[]);
        sim.close_all(code, "told to");
        let lost = ann.state(State::Reconnecting);
        assert!(lost.text.contains(&code.to_string()), "{code}: {lost:?}");
        ann.state(State::Ready);
    }
    for code in [1009, 3500, 3501, 3502, 3503, 3504, 3505, 3506, 3507, 3508, 3509, 4500, 4501, 4999] {
        let mut ann = ready(&sim, &[]);
        sim.close_all(code, "told to");
        let failed = ann.state(State::Failed);
        assert!(failed.text.contains(&code.to_string()), "{code}: {failed:?}");
    }
}
