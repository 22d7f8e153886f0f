//! The protocol `tokenbowl` against the simulator, in both generations.

use std::time::Duration;

use parlor::model::{Action, Kind, Secret, State, Status};
use parlor::sim::centrifugo::Rules;
use parlor::sim::tokenbowl::{Config, Generation, TokenBowlSim, key_of};

use crate::live::{Live, eventually};

pub(crate) fn sim(config: Config) -> TokenBowlSim {
    TokenBowlSim::spawn(config).expect("loopback is there")
}

pub(crate) fn client(sim: &TokenBowlSim, name: &str, more: &[(&str, &str)]) -> Live {
    let (url, key) = (sim.http_url(), key_of(name));
    Live::new(&[&[("protocol", "tokenbowl"), ("url", url.as_str()), ("credential", key.as_str())], more].concat())
}

pub(crate) fn ready(sim: &TokenBowlSim, name: &str, more: &[(&str, &str)]) -> Live {
    let mut live = client(sim, name, more);
    live.client.connect(0).expect("not destroyed");
    live.state(State::Ready);
    live
}

fn generation_a() -> Config {
    Config { generation: Generation::A, ..Config::default() }
}

#[test]
fn both_generations_hold_the_same_conversation() {
    for config in [Config::default(), generation_a()] {
        let generation = config.generation;
        let sim = sim(config);
        let (mut alice, mut bob) = (ready(&sim, "alice", &[]), ready(&sim, "bob", &[]));
        let said = alice.say("Hello, everyone!", "");
        let done = alice.done(said);
        assert_eq!(done.status, Status::Ok, "{done:?}");
        let heard = bob.until("the message", |event| event.kind == Kind::Message);
        assert_eq!(
            (heard.text.as_str(), heard.name.as_str(), heard.role.as_str()),
            ("Hello, everyone!", "alice", "room")
        );
        assert!(done.json.contains(&heard.id), "the answer has the message: {}", done.json);
        // Her own message is told once, whether by push or by the answer.
        let own = alice.until("her own", |event| event.kind == Kind::Message);
        assert_eq!(own.id, heard.id);
        let whisper = alice.say("Only you", r#"{"to":"bob"}"#);
        assert_eq!(alice.done(whisper).status, Status::Ok);
        let heard = bob.until("the whisper", |event| event.kind == Kind::Message);
        assert_eq!((heard.text.as_str(), heard.role.as_str()), ("Only you", "direct"));
        let own = alice.until("her own whisper", |event| event.kind == Kind::Message);
        assert_eq!(own.text, "Only you");
        // Bob reads it, and she learns of that.
        let read = match generation {
            Generation::A => bob.call("ws:mark_read", &format!("{{\"message_id\":\"{}\"}}", heard.id)),
            Generation::B => bob.call("mark_read", &format!("{{\"message_id\":\"{}\"}}", heard.id)),
        };
        assert_eq!(read.status, Status::Ok, "{read:?}");
        let receipt = alice.until("the receipt", |event| event.kind == Kind::Receipt);
        assert_eq!((receipt.id, receipt.sender.as_str()), (heard.id, "bob"));
        assert_eq!(alice.of(Kind::Message).len(), 2, "each of her own once");
        let wrong = alice.say("Hi", r#"{"to":"nobody"}"#);
        let wrong = alice.done(wrong);
        assert!(wrong.text.contains("User nobody not found"), "{wrong:?}");
    }
}

#[test]
fn typing_and_unread_counts() {
    let sim = sim(Config::default());
    let (mut alice, mut bob) = (ready(&sim, "alice", &[]), ready(&sim, "bob", &[]));
    assert_eq!(alice.call("typing", r#"{"to_username":"bob"}"#).status, Status::Ok);
    let typing = bob.until("typing", |event| event.kind == Kind::Typing);
    assert_eq!((typing.sender.as_str(), typing.role.as_str()), ("alice", "direct"));
    sim.say("bob", None, "one").expect("a member");
    let count = alice.call("get_unread_count", "");
    assert!(count.json.contains("\"unread_room_messages\":1"), "{count:?}");
    assert!(alice.call("mark_all_read", "").json.contains("\"marked_as_read\":1"));
    assert_eq!(alice.until("the count", |event| event.kind == Kind::Unread).value, 0);
    let sim = crate::chat::sim(generation_a());
    let mut alice = ready(&sim, "alice", &[]);
    assert!(alice.call("ws:get_unread_count", "").json.contains("total_unread"));
    for call in ["ws:mark_all_read", "ws:mark_room_read", "ws:get_messages", "ws:get_users", "ws:get_conversations"] {
        assert_eq!(alice.call(call, "").status, Status::Ok, "{call}");
    }
    let refused = alice.call("ws:delete_message", r#"{"message_id":"x"}"#);
    assert!(refused.status == Status::Service && refused.text.contains("Unknown message type"), "{refused:?}");
}

#[test]
fn a_gap_is_filled_from_the_store_and_said_to_be_complete() {
    for config in [Config::default(), generation_a()] {
        let generation = config.generation;
        let sim = sim(config);
        let mut bob = ready(&sim, "bob", &[]);
        sim.say("alice", None, "before").expect("a member");
        bob.until("before", |event| event.kind == Kind::Message);
        match generation {
            Generation::A => sim.close_all(1012, ""),
            Generation::B => sim.hub().disconnect("", 3001, "shutdown"),
        }
        for n in 0..30 {
            sim.say("alice", if n % 3 == 0 { Some("bob") } else { None }, &format!("missed {n}")).expect("a member");
        }
        let gap = bob.until("the gap", |event| event.kind == Kind::Gap);
        assert!(gap.json.contains("\"complete\":true"), "{gap:?}");
        for n in 0..30 {
            let next = bob.until("a missed one", |event| event.kind == Kind::Message);
            assert_eq!(next.text, format!("missed {n}"), "oldest first, room and direct together");
        }
        sim.say("alice", None, "after").expect("a member");
        bob.until("after", |event| event.kind == Kind::Message && event.text == "after");
        assert_eq!(bob.of(Kind::Message).len(), 32, "each once");
        assert_eq!(bob.of(Kind::Gap).len(), 1);
    }
}

#[test]
fn a_gap_that_the_store_can_not_close_is_said_to_be_open() {
    let sim = sim(Config { kept: 20, ..Config::default() });
    let mut bob = ready(&sim, "bob", &[]);
    sim.say("alice", None, "before").expect("a member");
    bob.until("before", |event| event.kind == Kind::Message);
    sim.hub().disconnect("", 3001, "shutdown");
    for n in 0..50 {
        sim.say("alice", None, &format!("missed {n}")).expect("a member");
    }
    let gap = bob.until("the gap", |event| event.kind == Kind::Gap);
    assert!(gap.json.contains("\"complete\":false") && gap.json.contains("\"recovered\":20"), "{gap:?}");
    let first = bob.until("what is left", |event| event.kind == Kind::Message);
    assert_eq!(first.text, "missed 30");
}

#[test]
fn a_gap_is_filled_at_the_pace_that_the_proxy_allows() {
    // Five calls a second; the token, six pages of the room and one of direct messages are more than that.
    let sim = sim(Config { kept: 1000, rate: 5, ..Config::default() });
    let mut bob = ready(&sim, "bob", &[]);
    sim.say("alice", None, "before").expect("a member");
    bob.until("before", |event| event.kind == Kind::Message);
    sim.hub().disconnect("", 3001, "shutdown");
    for n in 0..580 {
        sim.say("alice", None, &format!("missed {n}")).expect("a member");
    }
    let gap = bob.until("the gap", |event| event.kind == Kind::Gap);
    assert!(gap.json.contains("\"complete\":true"), "{gap:?}");
    for n in 0..580 {
        assert_eq!(bob.until("it", |event| event.kind == Kind::Message).text, format!("missed {n}"));
    }
}

#[test]
fn with_recovery_switched_on_the_store_is_not_needed() {
    let mut config = Config::default();
    config.rules.recovery = true;
    let sim = sim(config);
    let mut bob = ready(&sim, "bob", &[]);
    sim.say("alice", None, "before").expect("a member");
    bob.until("before", |event| event.kind == Kind::Message);
    sim.hub().disconnect("", 3011, "");
    sim.say("alice", None, "missed").expect("a member");
    bob.until("missed", |event| event.kind == Kind::Message && event.text == "missed");
    assert!(bob.of(Kind::Gap).is_empty());
}

#[test]
fn a_short_lived_token_is_replaced_without_a_drop() {
    // As long as PARLOR_TEST_TOKEN_SECONDS says; the whole five minutes are for those who have them.
    let seconds: u64 = std::env::var("PARLOR_TEST_TOKEN_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(12);
    let rules = Rules { expired_close_delay: Duration::from_secs(1), ..Config::default().rules };
    let sim = sim(Config { token_life: 2, rules, ..Config::default() });
    let mut bob = ready(&sim, "bob", &[]);
    let end = std::time::Instant::now() + Duration::from_secs(seconds);
    while std::time::Instant::now() < end {
        bob.take(Duration::from_millis(200));
    }
    sim.say("alice", None, "still here").expect("a member");
    bob.until("it", |event| event.kind == Kind::Message && event.text == "still here");
    assert_eq!(bob.events.iter().filter(|event| event.name == "RECONNECTING").count(), 0, "no drop");
    let refreshes =
        sim.record().entries().iter().filter(|e| e.text().is_some_and(|t| t.contains("\"refresh\""))).count();
    assert!(refreshes as u64 >= seconds / 3, "{refreshes}");
    println!("a token of 2 s for {seconds} s: {refreshes} refreshes, 0 drops");
}

#[test]
fn who_takes_another_name_still_hears_direct_messages() {
    for config in [Config::default(), generation_a()] {
        let generation = config.generation;
        let sim = sim(config);
        let mut alice = ready(&sim, "alice", &[]);
        assert_eq!(alice.call("update_my_username", r#"{"username":"alicia"}"#).status, Status::Ok);
        sim.say("bob", Some("alicia"), "Hi, alicia").expect("members");
        let heard = alice.until("it", |event| event.kind == Kind::Message);
        assert_eq!((heard.text.as_str(), heard.role.as_str()), ("Hi, alicia", "direct"));
        let said = alice.say("It is me", "");
        assert_eq!(alice.done(said).status, Status::Ok);
        // Generation A remembers who somebody was when the socket was opened.
        let own = alice.until("her own", |event| event.kind == Kind::Message);
        assert_eq!((own.value, own.name.as_str()), (1, if generation == Generation::A { "alice" } else { "alicia" }));
    }
}

#[test]
fn a_bad_key_is_an_authentication_fault_in_both_generations() {
    for (config, generation) in [(Config::default(), "auto"), (generation_a(), "auto"), (generation_a(), "a")] {
        let sim = sim(config);
        let url = sim.http_url();
        let mut live = Live::new(&[
            ("protocol", "tokenbowl"),
            ("url", &url),
            ("credential", "wrong"),
            ("tokenbowl.generation", generation),
        ]);
        live.client.connect(0).expect("not destroyed");
        let asked = live.until("the question", |event| event.kind == Kind::CredentialNeeded);
        assert_eq!(asked.status, Status::Unauthorized, "{asked:?}");
        live.act(Action::SetCredential { value: Secret::new(key_of("alice")) });
        live.state(State::Ready);
    }
}

#[test]
fn generation_a_forgets_the_silent_and_the_client_notices() {
    let heartbeat = (Duration::from_millis(100), Duration::from_secs(90));
    let sim = sim(Config { heartbeat, ..generation_a() });
    let mut bob = ready(&sim, "bob", &[("tokenbowl.silence_ms", "500")]);
    eventually("three pongs", || {
        sim.record().entries().iter().filter(|e| e.text() == Some(r#"{"type":"pong"}"#)).count() >= 3
    });
    assert_eq!(bob.client.state(), State::Ready);
    // From here on the server is silent: it has forgotten this connection, which stays open.
    sim.freeze_all();
    let lost = bob.state(State::Reconnecting);
    assert!(lost.status == Status::IdleTimeout && lost.text.contains("forgotten"), "{lost:?}");
    bob.state(State::Ready);
}

#[test]
fn the_key_is_sent_as_the_options_say() {
    let sim = sim(generation_a());
    for (options, header, query) in [
        (&[("tokenbowl.generation", "a")][..], true, false),
        (&[("tokenbowl.generation", "a"), ("tokenbowl.key_in_query", "1")][..], false, true),
    ] {
        sim.record().clear();
        let _alice = ready(&sim, "alice", options);
        let entries = sim.record().entries();
        let (target, headers) = entries
            .iter()
            .find_map(|entry| match &entry.seen {
                parlor::sim::Seen::Upgrade { target, headers } => Some((target.clone(), headers.clone())),
                _ => None,
            })
            .expect("an upgrade");
        assert_eq!(headers.iter().any(|(name, _)| name == "x-api-key"), header);
        assert_eq!(target.contains("api_key="), query);
    }
}

#[test]
fn a_session_is_a_credential_too() {
    let sim = sim(Config::default());
    let (url, session) = (sim.http_url(), format!("session-{}", key_of("alice")));
    let mut live = Live::ready(&[
        ("protocol", "tokenbowl"),
        ("url", &url),
        ("credential", &session),
        ("tokenbowl.auth", "session"),
    ]);
    assert!(live.call("get_my_profile", "").json.contains("\"username\":\"alice\""));
}
