//! What the service's own Python client, token-bowl-chat 4.0.2, was seen to do wrong, each as a test that this one does it
//! right.

use std::time::Duration;

use parlor::model::{Action, Kind, Say, State, Status};
use parlor::sim::Seen;
use parlor::sim::centrifugo::Rules;
use parlor::sim::tokenbowl::{Config, Generation, TokenBowlSim, key_of};
use parlor::sim::{Faults, Refusal};
use serde_json::Value;

use crate::chat::{client, ready, sim};
use crate::live::{Live, eventually};

fn frames(sim: &TokenBowlSim, part: &str) -> usize {
    sim.record().entries().iter().filter(|entry| entry.text().is_some_and(|text| text.contains(part))).count()
}

fn requests(sim: &TokenBowlSim) -> Vec<(String, String)> {
    let entries = sim.record().entries();
    let of = |entry: &parlor::sim::Entry| match &entry.seen {
        Seen::Http { method, target, .. } => Some((method.clone(), target.clone())),
        _ => None,
    };
    entries.iter().filter_map(of).collect()
}

#[test]
fn w01_it_connects_again_by_itself() {
    let sim = sim(Config::default());
    let mut bob = ready(&sim, "bob", &[]);
    for code in [3011, 3001, 4000] {
        sim.hub().disconnect("", code, "again");
        bob.state(State::Reconnecting);
        bob.state(State::Ready);
    }
}

#[test]
fn w02_what_is_said_during_a_gap_is_not_lost_with_and_without_recovery() {
    for recovery in [false, true] {
        let mut config = Config::default();
        config.rules.recovery = recovery;
        let sim = sim(config);
        let mut bob = ready(&sim, "bob", &[]);
        sim.say("alice", None, "before").expect("a member");
        bob.until("before", |event| event.kind == Kind::Message);
        sim.hub().disconnect("", 3011, "again");
        sim.say("alice", None, "meanwhile").expect("a member");
        bob.until("it", |event| event.kind == Kind::Message && event.text == "meanwhile");
        assert_eq!(bob.of(Kind::Gap).len(), usize::from(!recovery));
    }
}

#[test]
fn w03_recovery_is_never_asked_for_without_a_position() {
    for recovery in [false, true] {
        let mut config = Config::default();
        config.rules.recovery = recovery;
        let sim = sim(config);
        let mut bob = ready(&sim, "bob", &[]);
        assert_eq!(frames(&sim, "\"recover\""), 0, "not with the first connection");
        sim.hub().disconnect("", 3011, "again");
        bob.state(State::Reconnecting);
        bob.state(State::Ready);
        let asked = sim.record().entries();
        let asked = asked.iter().filter_map(|entry| entry.text()).find(|text| text.contains("\"recover\":true"));
        assert_eq!(asked.is_some(), recovery);
        assert!(asked.is_none_or(|text| text.contains("\"epoch\"")), "{asked:?}");
    }
}

#[test]
fn w04_an_expired_token_at_connect_does_not_leave_it_half_connected() {
    // The token is expired by the time that it is used; the next one is good.
    let sim = sim(Config::default());
    sim.hub().fail_next("connect", 109, false, 2);
    let mut bob = client(&sim, "bob", &[]);
    let connecting = bob.client.connect(0).expect("not destroyed");
    assert_eq!(bob.done(connecting).status, Status::Ok);
    bob.state(State::Ready);
    let tokens = requests(&sim).iter().filter(|(_, target)| target.ends_with("/connection-token")).count();
    assert_eq!(tokens, 3, "a fresh one for each attempt");
}

#[test]
fn w05_the_token_is_replaced_before_it_ends() {
    let rules = Rules { expired_close_delay: Duration::from_millis(100), ..Config::default().rules };
    let sim = sim(Config { token_life: 1, rules, ..Config::default() });
    let mut bob = ready(&sim, "bob", &[]);
    eventually("four refreshes", || frames(&sim, "\"refresh\"") >= 4);
    sim.say("alice", None, "still here").expect("a member");
    bob.until("it", |event| event.kind == Kind::Message);
    assert!(bob.events.iter().all(|event| event.name != "RECONNECTING"));
}

#[test]
fn w06_every_push_is_heard() {
    let mut config = Config::default();
    config.rules.join_leave = true;
    let sim = sim(config);
    let mut bob = ready(&sim, "bob", &[]);
    let message = r#"{"id":"s1","from_username":"service","content":"aside","message_type":"system"}"#;
    let message: Value = serde_json::from_str(message).expect("JSON");
    sim.hub().push("bob", &serde_json::json!({"message": {"data": message}}));
    let aside = bob.until("a message outside of any channel", |event| event.kind == Kind::Message);
    assert_eq!((aside.text.as_str(), aside.role.as_str()), ("aside", "system"));
    for what in ["join", "leave"] {
        let info = serde_json::json!({"channel": "room:main", what: {"info": {"user": "zoe", "client": "z"}}});
        sim.hub().push("bob", &info);
        let told = bob.until(what, |event| event.kind == Kind::Presence);
        assert_eq!((told.name.as_str(), told.value), ("zoe", i64::from(what == "join")));
    }
    sim.hub().push("bob", &serde_json::json!({"refresh": {"expires": true, "ttl": 1}}));
    eventually("the refresh that it asks for", || frames(&sim, "\"refresh\"") >= 1);
    sim.hub().unsubscribe("bob", "user:bob", 2000);
    let gone = bob.until("the unsubscribe", |event| event.kind == Kind::Service && event.type_ == "unsubscribed");
    assert_eq!((gone.name.as_str(), gone.value), ("user:bob", 2000));
    sim.hub().push("bob", &serde_json::json!({"disconnect": {"code": 3001, "reason": "shutdown"}}));
    bob.state(State::Reconnecting);
    bob.state(State::Ready);
}

#[test]
fn w07_connected_means_connected() {
    let sim = sim(Config::default());
    let mut bob = client(&sim, "bob", &[]);
    let connecting = bob.client.connect(0).expect("not destroyed");
    bob.done(connecting);
    assert!(matches!(bob.client.state(), State::Connected | State::Ready));
    assert_eq!(sim.hub().listeners("room:main"), 1, "the service has accepted it before the request ends");
}

#[test]
fn w08_a_clean_close_is_a_lost_link_too() {
    let sim = sim(Config::default());
    let mut bob = ready(&sim, "bob", &[]);
    for code in [1000, 1001] {
        sim.close_all(code, "bye");
        bob.state(State::Reconnecting);
        bob.state(State::Ready);
    }
}

#[test]
fn w09_whoever_takes_the_events_gets_them() {
    // There are no handlers that could be forgotten: an event that is not taken waits.
    let sim = sim(Config::default());
    let mut bob = ready(&sim, "bob", &[]);
    for n in 0..100 {
        sim.say("alice", None, &n.to_string()).expect("a member");
    }
    for n in 0..100 {
        assert_eq!(bob.until("it", |event| event.kind == Kind::Message).text, n.to_string());
    }
}

#[test]
fn w10_a_disconnect_that_the_host_asks_for_is_told() {
    for generation in [Generation::A, Generation::B] {
        let sim = sim(Config { generation, ..Config::default() });
        let mut bob = ready(&sim, "bob", &[]);
        let closing = bob.client.close(0).expect("not destroyed");
        bob.done(closing);
        bob.state(State::Closed);
    }
}

#[test]
fn w11_a_payload_that_can_not_be_read_is_told_and_the_next_one_too() {
    let sim = sim(Config::default());
    let mut bob = ready(&sim, "bob", &[]);
    for bad in [r#"{"id":"x","content":"nobody said it"}"#, "[1]", "7", r#"{"content":{"a":1},"from_username":"bob"}"#]
    {
        sim.hub().publish("room:main", bad);
        let told = bob.until("the fault", |event| event.kind == Kind::Service && event.status == Status::Protocol);
        assert!(told.json.contains(bad), "{told:?}");
    }
    // Without an id of its sender it is a message all the same.
    sim.hub().publish("room:main", r#"{"id":"y","content":"Hi","from_username":"gone"}"#);
    assert_eq!(bob.until("it", |event| event.kind == Kind::Message).name, "gone");
}

#[test]
fn w12_what_can_not_be_said_is_refused_by_the_very_call_and_a_bad_key_is_no_network_fault() {
    let sim = sim(Config::default());
    let mut bob = ready(&sim, "bob", &[]);
    for (text, json) in [("", ""), (&*"x".repeat(10_001), ""), ("a", r#"{"to":""}"#)] {
        let error = bob.client.act(Action::Say(Say { text: text.into(), json: json.into() }), 0).expect_err("bad");
        assert_eq!(error.status, Status::InvalidArgument);
    }
    // Errors of marks, typing and counts end the request that asked.
    assert_eq!(
        bob.call("mark_read", r#"{"message_id":"00000000-0000-4000-8000-000000000000"}"#).status,
        Status::HttpNotFound
    );
    assert_eq!(bob.call("typing", r#"{"to_username":"zed"}"#).status, Status::HttpNotFound);
    let url = sim.http_url();
    let mut wrong = Live::new(&[("protocol", "tokenbowl"), ("url", &url), ("credential", "wrong")]);
    wrong.client.connect(0).expect("not destroyed");
    assert_eq!(wrong.until("it", |event| event.kind == Kind::CredentialNeeded).status, Status::Unauthorized);
    assert_eq!(wrong.call("get_unread_count", "").status, Status::Unauthorized);
    // Without a connection nothing is said as if there were one.
    let closed = client(&sim, "bob", &[]);
    let mut closed = closed;
    let said = closed.say("a", "");
    assert_eq!(closed.done(said).status, Status::WrongState);
}

#[test]
fn w13_unread_counts_and_marks_reach_the_service() {
    let sim = sim(Config::default());
    let mut bob = ready(&sim, "bob", &[]);
    sim.say("alice", None, "one").expect("a member");
    sim.say("alice", Some("bob"), "two").expect("members");
    assert!(bob.call("get_unread_count", "").json.contains("\"total_unread\":2"));
    assert!(bob.call("mark_all_read", "").json.contains("\"marked_as_read\":2"));
    assert!(bob.call("get_unread_count", "").json.contains("\"total_unread\":0"));
    let old = crate::chat::sim(Config { generation: Generation::A, ..Config::default() });
    let mut bob = ready(&old, "bob", &[]);
    old.say("alice", None, "one").expect("a member");
    old.say("alice", Some("bob"), "two").expect("members");
    assert!(bob.call("ws:mark_room_read", "").json.contains("\"count\":1"));
    assert!(bob.call("ws:mark_direct_read", r#"{"from_username":"alice"}"#).json.contains("\"count\":1"));
}

#[test]
fn w14_what_stands_in_an_address_is_escaped() {
    let sim = sim(Config::default());
    let mut alice = client(&sim, "alice", &[]);
    let name = "a&b=c d/é?#%";
    assert_eq!(alice.call("register", &format!("{{\"username\":\"{name}\"}}")).value, 201);
    let typing = alice.call("typing", &format!("{{\"to_username\":\"{name}\"}}"));
    assert!(typing.json.contains(&format!("\"to\":\"{name}\"")), "{typing:?}");
    assert!(
        alice.call("get_messages", r#"{"since":"2026-01-01T00:00:00+00:00"}"#).status == Status::Ok,
        "the + as well"
    );
}

#[test]
fn w14_one_connection_serves_many_calls() {
    let sim = sim(Config::default());
    let mut alice = client(&sim, "alice", &[("tokenbowl.rate_per_second", "0")]);
    for _ in 0..20 {
        assert_eq!(alice.call("get_users", "").status, Status::Ok);
    }
    let entries = sim.record().entries();
    let connections: std::collections::BTreeSet<u64> = entries.iter().map(|entry| entry.connection).collect();
    assert_eq!(connections.len(), 1);
}

#[test]
fn w15_conversations_can_be_made_changed_and_listed_and_every_status_has_a_meaning() {
    let sim = sim(Config::default());
    let mut alice = client(&sim, "alice", &[]);
    let made = alice.call("create_conversation", r#"{"title":"T","description":"D","message_ids":[]}"#);
    let made: Value = serde_json::from_str(&made.json).expect("JSON");
    let id = made["id"].as_str().expect("an id");
    let changed = alice.call("update_conversation", &format!("{{\"conversation_id\":\"{id}\",\"title\":\"U\"}}"));
    assert!(changed.json.contains("\"title\":\"U\""), "{changed:?}");
    let listed = alice.call("get_conversations", r#"{"all":true}"#);
    assert!(listed.json.contains(id) && listed.json.contains("\"pagination\""), "{listed:?}");
    sim.say("bob", None, "one").expect("a member");
    assert!(alice.call("mark_all_messages_read", "").json.contains("\"marked_as_read\":1"));
    for (status, expected) in [(400, Status::Rejected), (403, Status::Forbidden), (405, Status::HttpNotFound)] {
        let refusal = Refusal { status, body: r#"{"detail":"why"}"#.into(), ..Refusal::default() };
        sim.set_faults(Faults { refuse_http: Some(refusal), ..Faults::default() });
        let done = alice.call("get_users", "");
        assert!(done.status == expected && done.text.contains("why"), "{done:?}");
    }
}

#[test]
fn w16_liveness_pongs_a_queue_the_rate_and_many_threads() {
    let mut config = Config::default();
    (config.rules.ping, config.rules.pong) = (1, Some(Duration::from_secs(1)));
    let sim = sim(config);
    let more = [("centrifugo.ping_grace_ms", "300"), ("offline.max_requests", "10")];
    let mut bob = ready(&sim, "bob", &more);
    eventually("two pongs", || frames(&sim, "{}") >= 2);
    sim.freeze_all();
    assert_eq!(bob.state(State::Reconnecting).status, Status::IdleTimeout);
    let queued = bob.say("said while away", "");
    bob.state(State::Ready);
    assert_eq!(bob.done(queued).status, Status::Ok);
    // From as many threads as one likes; the rate and its burst are kept to.
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let client = std::sync::Arc::clone(&bob.client);
            std::thread::spawn(move || {
                let call = || Action::Call { name: "get_users".into(), json: String::new() };
                (0..5).map(|_| client.act(call(), 0).expect("alive")).collect::<Vec<u64>>()
            })
        })
        .collect();
    for request in threads.into_iter().flat_map(|thread| thread.join().expect("no panic")) {
        assert_eq!(bob.done(request).status, Status::Ok);
    }
    // A server without the pong flag takes an answer for a fault; it gets none.
    let mut config = Config::default();
    (config.rules.ping, config.rules.pong) = (1, None);
    let quiet = crate::chat::sim(config);
    let mut bob = ready(&quiet, "bob", &[]);
    let end = std::time::Instant::now() + Duration::from_millis(1500);
    while std::time::Instant::now() < end {
        bob.take(Duration::from_millis(100));
    }
    assert_eq!((frames(&quiet, "{}"), bob.client.state()), (0, State::Ready));
}

#[test]
fn w17_in_the_plain_generation_acks_and_errors_end_their_own_call_and_the_key_is_in_no_address() {
    let sim = sim(Config { generation: Generation::A, ..Config::default() });
    let mut alice = ready(&sim, "alice", &[]);
    let (good, bad) = (alice.say("one", ""), alice.say("two", r#"{"to":"zed"}"#));
    let (good, bad) = (alice.done(good), alice.done(bad));
    let own = alice.until("her own message", |event| event.kind == Kind::Message);
    assert!(good.status == Status::Ok && good.json.contains(&own.id), "{good:?}");
    assert!(bad.status == Status::Service && bad.text.contains("User zed not found"), "{bad:?}");
    let entries = sim.record().entries();
    let in_address = entries.iter().any(|entry| match &entry.seen {
        Seen::Upgrade { target, .. } | Seen::Http { target, .. } => target.contains(&key_of("alice")),
        _ => false,
    });
    assert!(!in_address);
}

#[test]
fn w18_one_address_of_any_scheme_serves_calls_and_sockets_and_echoes_are_known_by_their_id() {
    let sim = sim(Config::default());
    let url = sim.ws_url();
    let mut alice = Live::ready(&[("protocol", "tokenbowl"), ("url", &url), ("credential", &key_of("alice"))]);
    // Twice the same words: two messages, each told once.
    for _ in 0..2 {
        let said = alice.say("same words", "");
        assert_eq!(alice.done(said).status, Status::Ok);
    }
    sim.say("bob", None, "same words").expect("a member");
    let heard = |alice: &mut Live| alice.until("it", |event| event.kind == Kind::Message);
    let told: Vec<(String, i64)> = (0..3).map(|_| heard(&mut alice)).map(|event| (event.name, event.value)).collect();
    assert_eq!(told, [("alice".to_owned(), 1), ("alice".to_owned(), 1), ("bob".to_owned(), 0)]);
    sim.say("bob", None, "last").expect("a member");
    heard(&mut alice);
    assert_eq!(alice.of(Kind::Message).len(), 4);
}
