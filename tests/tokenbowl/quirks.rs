//! What generation A does, row by row: the server's side seen from a plain socket, and the client's from a host.

use std::time::{Duration, Instant};

use parlor::model::{Kind, State, Status};
use parlor::sim::Seen;
use parlor::sim::tokenbowl::{Config, Generation, TokenBowlSim, key_of};
use serde_json::{Value, json};

use crate::chat::ready;
use crate::live::{Live, eventually};
use crate::sim_client::{Client, End, dial};

fn sim() -> TokenBowlSim {
    sim_with(|_| {})
}

fn sim_with(change: impl FnOnce(&mut Config)) -> TokenBowlSim {
    let mut config = Config { generation: Generation::A, ..Config::default() };
    change(&mut config);
    crate::chat::sim(config)
}

fn socket(sim: &TokenBowlSim, name: &str) -> Client {
    let client = Client::open(sim.addr(), &format!("/ws?api_key={}", key_of(name)));
    eventually("it is let in", || sim.connections() > 0);
    client
}

fn ask(client: &mut Client, question: &Value) -> Value {
    client.send(&question.to_string());
    client.next()
}

#[test]
fn the_path_is_appended_unless_it_is_there() {
    let sim = sim();
    for url in [sim.http_url(), sim.ws_url(), format!("{}/ws", sim.ws_url()), format!("{}/", sim.http_url())] {
        let mut live = Live::ready(&[("protocol", "tokenbowl"), ("url", &url), ("credential", &key_of("alice"))]);
        assert_eq!(live.call("get_my_profile", "").status, Status::Ok, "{url}");
    }
}

#[test]
fn a_key_in_the_query_or_in_a_header_or_a_session_opens_it() {
    let sim = sim();
    drop(socket(&sim, "alice"));
    for (auth, key) in [("key", key_of("alice")), ("session", format!("session-{}", key_of("alice")))] {
        let url = sim.http_url();
        Live::ready(&[("protocol", "tokenbowl"), ("url", &url), ("credential", &key), ("tokenbowl.auth", auth)]);
    }
}

#[test]
fn a_bad_or_missing_key_is_refused_with_403_and_asked_for() {
    let sim = sim();
    for path in ["/ws", "/ws?api_key=wrong"] {
        let error = dial(sim.addr(), path).expect_err("refused").to_string();
        assert!(error.contains("403"), "{error}");
    }
    let url = sim.http_url();
    let wrong = [("protocol", "tokenbowl"), ("url", url.as_str()), ("credential", "x"), ("tokenbowl.generation", "a")];
    let mut live = Live::new(&wrong);
    live.client.connect(0).expect("not destroyed");
    let asked = live.until("the question", |event| event.kind == Kind::CredentialNeeded);
    assert_eq!(asked.status, Status::Unauthorized, "neither a network fault nor the end");
}

#[test]
fn what_is_no_object_drops_the_connection_without_a_close_frame() {
    let sim = sim();
    for garbage in ["nope", "[]", "1", "\"x\""] {
        let mut client = socket(&sim, "alice");
        client.send(garbage);
        assert!(matches!(client.end(), End::Abrupt | End::Reset), "{garbage}");
        eventually("it is gone", || sim.connections() == 0);
    }
    // To the client that is a lost link like any other: it comes back.
    let mut bob = ready(&sim, "bob", &[]);
    eventually("the server knows him", || sim.connections() == 1);
    sim.reset_all();
    bob.state(State::Reconnecting);
    bob.state(State::Ready);
}

#[test]
fn a_message_is_taken_with_and_without_its_type_and_acknowledged() {
    let sim = sim();
    let mut client = socket(&sim, "alice");
    for message in [json!({"content": "a"}), json!({"type": "message", "content": "a"})] {
        let ack = ask(&mut client, &message);
        assert_eq!((&ack["type"], &ack["status"]), (&json!("message_sent"), &json!("sent")));
        assert_eq!((&ack["message"]["content"], &ack["message"]["from_username"]), (&json!("a"), &json!("alice")));
    }
}

#[test]
fn a_room_message_goes_to_everybody_but_its_sender_and_a_direct_one_to_all_of_its_reader() {
    let sim = sim();
    let (mut alice, mut again) = (ready(&sim, "alice", &[]), ready(&sim, "alice", &[]));
    let (mut bob, mut twice) = (ready(&sim, "bob", &[]), ready(&sim, "bob", &[]));
    eventually("all are known", || sim.connections() == 4);
    let room = alice.say("room", "");
    assert_eq!(alice.done(room).status, Status::Ok);
    let direct = alice.say("direct", r#"{"to":"bob"}"#);
    assert_eq!(alice.done(direct).status, Status::Ok);
    for live in [&mut bob, &mut twice] {
        for (text, role) in [("room", "room"), ("direct", "direct")] {
            let heard = live.until(text, |event| event.kind == Kind::Message);
            assert_eq!((heard.text.as_str(), heard.role.as_str()), (text, role));
        }
    }
    assert_eq!(alice.of(Kind::Message).len(), 2, "her own, from the acknowledgements");
    // Her other connection hears of neither: it learns by reading the store, when it asks.
    assert!(again.call("get_messages", "").json.contains("\"room\""));
    assert!(again.of(Kind::Message).is_empty());
}

#[test]
fn an_incoming_message_has_no_type() {
    let sim = sim();
    let mut client = socket(&sim, "alice");
    sim.say("bob", None, "Hi").expect("a member");
    let message = client.next();
    assert!(message.get("type").is_none() && message["from_username"] == "bob" && message["content"] == "Hi");
}

#[test]
fn errors_of_the_service_keep_the_connection_and_its_words() {
    let sim = sim();
    let mut client = socket(&sim, "alice");
    for (message, error) in [
        (json!({"content": ""}), "Missing content field"),
        (json!({}), "Missing content field"),
        (json!({"action": "typing"}), "Missing content field"),
        (json!({"type": "typing"}), "Unknown message type: typing"),
        (json!({"content": "a", "to_username": "zed"}), "User zed not found"),
        (json!({"content": "a", "to_username": "vera"}), "Cannot send messages to viewer user vera"),
    ] {
        assert_eq!(ask(&mut client, &message), json!({"type": "error", "error": error}));
    }
    let mut vera = socket(&sim, "vera");
    let refused = "Your role 'viewer' does not have permission to send room messages";
    assert_eq!(ask(&mut vera, &json!({"content": "a"}))["error"], refused);
    // And each ends the very request that it belongs to.
    let mut vera = ready(&sim, "vera", &[]);
    let said = vera.say("a", "");
    let done = vera.done(said);
    assert!(done.status == Status::Service && done.text.contains(refused), "{done:?}");
    let typing = vera.call("ws:typing", "");
    assert_eq!(typing.status, Status::Ok, "there is no answer to wait for");
    vera.until("what the service thinks of it", |event| event.text.contains("Unknown message type: typing"));
    assert_eq!(vera.client.state(), State::Ready);
}

#[test]
fn what_is_longer_than_the_service_takes_crashes_it_and_is_not_sent() {
    let sim = sim();
    let long = "x".repeat(10_001);
    let mut client = socket(&sim, "alice");
    client.send(&json!({"content": long}).to_string());
    assert!(matches!(client.end(), End::Abrupt | End::Reset));
    let alice = ready(&sim, "alice", &[]);
    let action = parlor::model::Action::Say(parlor::model::Say { text: long, json: String::new() });
    assert_eq!(alice.client.act(action, 0).expect_err("too long").status, Status::InvalidArgument);
}

#[test]
fn marks_are_answered_in_four_ways_and_each_ends_its_request() {
    let sim = sim();
    let (mut alice, mut bob) = (ready(&sim, "alice", &[]), ready(&sim, "bob", &[]));
    eventually("both are known", || sim.connections() == 2);
    let id = sim.say("alice", None, "room").expect("a member");
    for text in ["one", "two"] {
        sim.say("alice", Some("bob"), text).expect("members");
    }
    for (call, json, answer) in [
        (
            "ws:mark_read",
            format!("{{\"message_id\":\"{id}\"}}"),
            json!({"type": "marked_read", "message_id": id, "status": "success"}),
        ),
        (
            "ws:mark_direct_read",
            r#"{"from_username":"alice"}"#.into(),
            json!({"status": "marked_read", "from_username": "alice", "count": 2}),
        ),
        ("ws:mark_room_read", String::new(), json!({"status": "marked_read", "count": 0})),
        (
            "ws:mark_all_read",
            String::new(),
            json!({"type": "marked_all_read", "marked_as_read": 0, "status": "success"}),
        ),
    ] {
        let done = bob.call(call, &json);
        assert_eq!(serde_json::from_str::<Value>(&done.json).expect("JSON"), answer, "{call}");
    }
    // The sender hears of the first mark only, and nobody of his own.
    bob.call("ws:mark_read", &format!("{{\"message_id\":\"{id}\"}}"));
    alice.call("ws:mark_read", &format!("{{\"message_id\":\"{id}\"}}"));
    let receipt = alice.until("the receipt", |event| event.kind == Kind::Receipt);
    assert_eq!((receipt.id, receipt.sender.as_str()), (id, "bob"));
    assert_eq!(alice.of(Kind::Receipt).len(), 1);
    let count = bob.call("ws:get_unread_count", "");
    assert!(count.json.contains("\"total_unread\":0") && count.json.contains("\"type\":\"unread_count\""), "{count:?}");
    assert_eq!(bob.of(Kind::Unread).len(), 1, "an answer and an event");
}

#[test]
fn everything_that_the_server_can_be_asked_over_the_socket_is_answered() {
    let sim = sim();
    let mut root = ready(&sim, "root", &[]);
    let id = sim.say("alice", None, "room").expect("a member");
    let mut talk = String::new();
    for (call, json, answer) in [
        ("ws:get_messages", r#"{"limit":5}"#.to_owned(), "messages"),
        ("ws:get_direct_messages", String::new(), "direct_messages"),
        ("ws:get_unread_messages", String::new(), "unread_messages"),
        ("ws:get_unread_direct_messages", String::new(), "unread_direct_messages"),
        ("ws:get_users", String::new(), "users"),
        ("ws:get_online_users", String::new(), "online_users"),
        ("ws:get_user_profile", r#"{"username":"bob"}"#.into(), "user_profile"),
        ("ws:create_conversation", format!("{{\"title\":\"T\",\"message_ids\":[\"{id}\"]}}"), "conversation_created"),
        ("ws:get_conversations", String::new(), "conversations"),
        ("ws:get_conversation", "@".into(), "conversation"),
        ("ws:update_conversation", "@,\"title\":\"U\"".into(), "conversation_updated"),
        ("ws:delete_conversation", "@".into(), "conversation_deleted"),
        ("ws:delete_message", format!("{{\"message_id\":\"{id}\"}}"), "message_deleted"),
    ] {
        let json = if json.starts_with('@') {
            format!("{{\"conversation_id\":\"{talk}\"{}}}", json.trim_start_matches('@'))
        } else {
            json
        };
        let done = root.call(call, &json);
        let value: Value = serde_json::from_str(&done.json).unwrap_or_default();
        assert_eq!((done.status, value["type"].as_str()), (Status::Ok, Some(answer)), "{call} {json}: {done:?}");
        if call == "ws:create_conversation" {
            value["conversation"]["id"].as_str().expect("an id").clone_into(&mut talk);
        }
    }
}

#[test]
fn answers_are_matched_by_type_and_order_since_there_is_nothing_else() {
    let sim = sim();
    let mut alice = ready(&sim, "alice", &[]);
    let said: Vec<u64> = (0..20)
        .map(|n| match n % 4 {
            0 => alice.say(&format!("n{n}"), ""),
            1 => alice.say(&format!("n{n}"), r#"{"to":"zed"}"#),
            2 => alice.act(parlor::model::Action::Call { name: "ws:mark_room_read".into(), json: String::new() }),
            _ => alice.act(parlor::model::Action::Call { name: "ws:get_users".into(), json: String::new() }),
        })
        .collect();
    for (n, request) in said.into_iter().enumerate() {
        let done = alice.done(request);
        match n % 4 {
            0 => assert!(done.json.contains(&format!("\"n{n}\"")), "{done:?}"),
            1 => assert!(done.status == Status::Service && done.text.contains("User zed not found"), "{done:?}"),
            2 => assert!(done.json.contains("marked_read"), "{done:?}"),
            _ => assert!(done.json.contains("\"users\""), "{done:?}"),
        }
    }
}

#[test]
fn a_ping_is_answered_and_any_frame_counts_as_life() {
    let heartbeat = (Duration::from_millis(50), Duration::from_millis(400));
    let sim = sim_with(|config| config.heartbeat = heartbeat);
    let mut client = socket(&sim, "alice");
    let ping = client.next();
    assert!(ping["type"] == "ping" && ping["timestamp"].is_string());
    let pongs = || sim.record().entries().iter().filter(|e| e.text() == Some(r#"{"type":"pong"}"#)).count();
    let mut bob = ready(&sim, "bob", &[]);
    let began = Instant::now();
    eventually("pongs for longer than the server's patience", || pongs() >= 3 && began.elapsed() > heartbeat.1 * 2);
    sim.say("alice", None, "still heard?").expect("a member");
    bob.until("it", |event| event.kind == Kind::Message);
}

#[test]
fn who_is_silent_is_forgotten_without_a_close_and_can_still_speak() {
    let sim = sim_with(|config| config.heartbeat = (Duration::from_millis(20), Duration::from_millis(100)));
    let mut zombie = socket(&sim, "alice");
    // It reads its pings and answers none, until there are no more.
    while zombie.drain().iter().any(|message| message["type"] == "ping") {}
    sim.say("bob", None, "unheard").expect("a member");
    let ack = ask(&mut zombie, &json!({"content": "I am alive"}));
    assert_eq!(ack["type"], "message_sent", "it can speak, and the message of bob never came");
}

#[test]
fn once_pings_have_come_their_absence_is_a_lost_link() {
    let sim = sim_with(|config| config.heartbeat = (Duration::from_millis(50), Duration::from_secs(90)));
    let mut bob = ready(&sim, "bob", &[("tokenbowl.silence_ms", "300")]);
    eventually("a pong", || sim.record().entries().iter().any(|e| e.text() == Some(r#"{"type":"pong"}"#)));
    sim.freeze_all();
    assert_eq!(bob.state(State::Reconnecting).status, Status::IdleTimeout);
    // What was said to the zombie comes back with the next link.
    sim.say("alice", None, "while deaf").expect("a member");
    let back = bob.until("it", |event| event.kind == Kind::Message);
    assert_eq!(back.text, "while deaf");
}

#[test]
fn a_server_that_does_not_read_is_noticed_by_its_silence() {
    // The server gives a frame 5 s and then forgets the connection; to the client that is a server that says nothing.
    let sim = sim_with(|config| config.heartbeat = (Duration::from_millis(50), Duration::from_secs(90)));
    let mut bob = ready(&sim, "bob", &[("tokenbowl.silence_ms", "300")]);
    eventually("a pong", || sim.record().entries().iter().any(|e| e.text() == Some(r#"{"type":"pong"}"#)));
    sim.freeze_all();
    let said = bob.say("into the void", "");
    let done = bob.done(said);
    assert!(matches!(done.status, Status::LinkLost | Status::WrongState), "it ends with its link: {done:?}");
}

#[test]
fn auto_finds_out_which_generation_it_is_and_notices_when_that_changes() {
    for generation in [Generation::A, Generation::B] {
        let sim = crate::chat::sim(Config { generation, ..Config::default() });
        let alice = ready(&sim, "alice", &[]);
        let mirror: Value = serde_json::from_str(&alice.client.mirror()).expect("JSON");
        assert_eq!(mirror["generation"], if generation == Generation::A { "a" } else { "b" });
        let upgrades: Vec<String> = sim
            .record()
            .entries()
            .iter()
            .filter_map(|entry| match &entry.seen {
                Seen::Upgrade { target, .. } => Some(target.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(upgrades, [if generation == Generation::A { "/ws" } else { "/connection/websocket" }]);
    }
}
