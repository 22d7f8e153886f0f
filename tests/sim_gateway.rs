//! The gateway simulator's quirks, each as measured against voxta-gateway 0.1.0.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

mod sim_client;

use std::time::Duration;

use parlor::sim::gateway::{Config, GatewaySim, Playback, Reply};
use serde_json::{Value, json};
use sim_client::{Client, End, SOON, dial, eventually, get, http, post, try_http};
use tokio_tungstenite::tungstenite::{Error, Message};

fn sim() -> GatewaySim {
    GatewaySim::spawn(Config::default()).unwrap()
}

fn sim_with(change: impl FnOnce(&mut Config)) -> GatewaySim {
    let mut config = Config::default();
    change(&mut config);
    GatewaySim::spawn(config).unwrap()
}

#[test]
fn a_narrow_subscription_gets_the_snapshot_first() {
    let sim = sim();
    let mut client = Client::first(sim.addr(), r#"{"type":"subscribe","client_id":"a","events":["chat_started"]}"#);
    let snapshot = client.next();
    assert_eq!(snapshot["type"], "snapshot");
    assert_eq!(snapshot["state"]["chat_active"], true);
    assert_eq!(snapshot["state"]["current_speaker_id"], Value::Null);
    assert!(snapshot.get("timestamp").is_none() && snapshot.get("data").is_none());
}

#[test]
fn all_gets_its_own_client_connected_before_the_snapshot() {
    let sim = sim();
    for frame in [
        r#"{"type":"subscribe","client_id":"a","events":["all"]}"#,
        r#"{"type":"subscribe","client_id":"a"}"#,
        r#"{"type":"subscribe","client_id":"a","events":[]}"#,
        r#"{"type":"subscribe","client_id":"a","events":null}"#,
        r#"{"type":"subscribe","client_id":"a","events":["client_connected"]}"#,
    ] {
        let mut client = Client::first(sim.addr(), frame);
        let event = client.next();
        assert_eq!((&event["type"], &event["data"]["client_id"]), (&json!("client_connected"), &json!("a")), "{frame}");
        assert!(event["timestamp"].as_f64().unwrap() > 1.7e9);
        assert_eq!(client.kind(), "snapshot");
        client.close();
        eventually("the id is free again", || sim.registered().is_empty());
    }
}

#[test]
fn an_anonymous_client_learns_its_id_only_from_client_connected() {
    let sim = sim();
    let id = Client::first(sim.addr(), r#"{"type":"subscribe"}"#).next()["data"]["client_id"].clone();
    let id = id.as_str().unwrap();
    assert!(id.starts_with("anon-") && id.len() == 13, "{id}");
}

#[test]
fn ids_of_other_types_are_taken_as_they_are() {
    let sim = sim();
    for id in ["null", "\"\"", "5", "true", "1.5", "\"a/b é\""] {
        let mut client = Client::first(sim.addr(), &format!(r#"{{"type":"subscribe","client_id":{id}}}"#));
        assert_eq!(client.next()["data"]["client_id"], serde_json::from_str::<Value>(id).unwrap());
    }
}

#[test]
fn a_first_frame_that_crashes_the_handler_ends_without_a_close_frame() {
    let sim = sim();
    for frame in [
        "nope",
        "",
        "[]",
        "5",
        "null",
        r#"{"type":"subscribe","client_id":[]}"#,
        r#"{"type":"subscribe","client_id":{}}"#,
        r#"{"type":"subscribe","events":5}"#,
        r#"{"type":"subscribe","events":[["a"]]}"#,
        r#"{"type":"subscribe","filters":[1]}"#,
        r#"{"type":"subscribe","filters":"x"}"#,
        r#"{"type":"subscribe","filters":{"dialogue_received":5}}"#,
    ] {
        assert_eq!(Client::first(sim.addr(), frame).end(), End::Abrupt, "{frame}");
    }
    let mut binary = Client::open(sim.addr(), "/ws");
    binary.ws.send(Message::binary(vec![0, 1])).unwrap();
    assert_eq!(binary.end(), End::Abrupt);
    assert!(sim.registered().is_empty());
}

#[test]
fn another_first_message_is_closed_with_4000() {
    let sim = sim();
    for frame in [r#"{"type":"ping"}"#, "{}", r#"{"type":["subscribe"]}"#] {
        let end = Client::first(sim.addr(), frame).end();
        assert_eq!(end, End::Close(4000, "First message must be subscribe".to_owned()), "{frame}");
    }
}

#[test]
fn silence_is_closed_with_4000_after_the_subscribe_timeout() {
    assert_eq!(Config::default().subscribe_timeout, Duration::from_secs(10));
    let sim = sim_with(|config| config.subscribe_timeout = Duration::from_millis(50));
    let mut client = Client::open(sim.addr(), "/ws");
    assert_eq!(client.end(), End::Close(4000, "Subscription timeout".to_owned()));
}

#[test]
fn other_paths_are_refused_with_403_and_a_query_is_ignored() {
    let sim = sim();
    for path in ["/ws/", "/ws/x", "/other"] {
        match dial(sim.addr(), path) {
            Err(Error::Http(response)) => assert_eq!(response.status(), 403, "{path}"),
            other => panic!("{path}: {other:?}"),
        }
    }
    assert!(dial(sim.addr(), "/ws?x=1").is_ok());
}

#[test]
fn a_bare_string_of_events_is_a_set_of_letters() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a","events":"all"}"#);
    sim.broadcast("chat_closed", &json!({}));
    assert!(client.drain().is_empty());
}

#[test]
fn filters_apply_to_the_source_of_the_events_they_name() {
    let sim = sim();
    let mut client = Client::subscribed(
        sim.addr(),
        r#"{"type":"subscribe","client_id":"a","events":["dialogue_received"],"filters":{"dialogue_received":["game"]}}"#,
    );
    post(sim.addr(), "/dialogue", r#"{"text":"no","source":"user","immediate_reply":false}"#);
    post(sim.addr(), "/dialogue", r#"{"text":"yes","source":"game"}"#);
    assert_eq!(client.next()["data"]["text"], "yes");
}

#[test]
fn resubscribing_is_silent_and_keeps_what_it_can_not_use() {
    let sim = sim();
    let mut client = Client::subscribed(
        sim.addr(),
        r#"{"type":"subscribe","client_id":"a","events":["dialogue_received"],"filters":{"dialogue_received":["user"]}}"#,
    );
    // Which of a game's and a user's line arrive after each frame.
    for (frame, game, user) in [
        (r#"{"type":"subscribe","events":["dialogue_received"],"filters":null}"#, false, true),
        (r#"{"type":"subscribe","events":null}"#, false, true),
        (r#"{"type":"subscribe","events":[]}"#, false, false),
        (r#"{"type":"subscribe"}"#, true, true),
        (r#"{"type":"subscribe","events":"all"}"#, false, false),
        (r#"{"type":"subscribe","events":["all"],"filters":[1]}"#, true, true),
        (r#"{"type":"subscribe","events":5}"#, true, true),
        (r#"{"type":"subscribe","events":["chat_started"],"filters":{"dialogue_received":5}}"#, false, false),
        (r#"{"type":"subscribe","events":{"all":1},"client_id":"other"}"#, true, true),
    ] {
        client.send(frame);
        client.ping();
        for source in ["game", "user"] {
            let body = json!({"text": source, "source": source, "immediate_reply": false}).to_string();
            post(sim.addr(), "/dialogue", &body);
        }
        client.send(r#"{"type":"ping"}"#);
        let mut got = Vec::new();
        loop {
            let message = client.next();
            match message["type"].as_str().unwrap() {
                "pong" => break,
                "dialogue_received" => got.push(message["data"]["text"].as_str().unwrap().to_owned()),
                other => panic!("{frame} was answered with {other}"),
            }
        }
        let wanted: Vec<&str> =
            [("game", game), ("user", user)].iter().filter(|(_, is)| *is).map(|(s, _)| *s).collect();
        assert_eq!(got, wanted, "{frame}");
    }
    assert_eq!(sim.registered(), ["\"a\""]);
}

#[test]
fn malformed_frames_behind_the_first_are_ignored_in_silence() {
    let sim = sim();
    let mut client =
        Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a","events":["chat_started"]}"#);
    for frame in ["garbage", "", "1", "null", "[]", "{}", r#"{"type":5}"#, r#"{"type":"nonsense"}"#] {
        client.send(frame);
    }
    client.ws.send(Message::binary(vec![1, 2, 3])).unwrap();
    client.send(r#"{"type":"ping","x":1}"#);
    assert_eq!(client.next(), json!({"type": "pong"}));
}

#[test]
fn a_duplicate_id_leaves_the_new_socket_deaf() {
    let sim = sim();
    let mut watch = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"watch"}"#);
    let mut old = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"twin"}"#);
    watch.until("client_connected");
    let mut new = Client::first(sim.addr(), r#"{"type":"subscribe","client_id":"twin"}"#);
    assert_eq!(old.end(), End::Close(1000, String::new()));
    assert_eq!([new.kind(), new.kind()], ["client_connected", "snapshot"]);
    let seen: Vec<String> = (0..3).map(|_| watch.kind()).collect();
    assert_eq!(seen, ["client_disconnected", "client_connected", "client_disconnected"]);

    assert_eq!(get(sim.addr(), "/debug/clients").json()["twin"]["connected"], false);
    new.send(r#"{"type":"subscribe","events":["all"]}"#);
    sim.broadcast("chat_closed", &json!({}));
    assert_eq!(watch.kind(), "chat_closed");
    new.send(r#"{"type":"ping"}"#);
    assert_eq!(new.drain(), [json!({"type": "pong"})], "it answers pings and hears nothing");
}

#[test]
fn a_half_open_twin_makes_no_difference() {
    let sim = sim();
    let mut old = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"twin"}"#);
    sim.freeze_all();
    let mut new = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"twin"}"#);
    eventually("the id is out of the registry", || sim.registered().is_empty());
    sim.broadcast("chat_closed", &json!({}));
    new.ping();
    assert_eq!(old.end(), End::Abrupt);
}

#[test]
fn reconnecting_after_a_completed_close_is_fine() {
    let sim = sim();
    for _ in 0..3 {
        let mut client = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a","events":["x"]}"#);
        sim.broadcast("x", &json!({}));
        assert_eq!(client.kind(), "x");
        client.close();
        eventually("the id is free again", || sim.registered().is_empty());
    }
}

#[test]
fn a_missing_pong_is_closed_with_1011() {
    use std::io::Read;
    let sim = sim_with(|config| config.keepalive = Duration::from_millis(60));
    let mut client = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a","events":["x"]}"#);
    // Below tungstenite, so that nobody answers the ping.
    let mut bytes = Vec::new();
    client.ws.get_mut().read_to_end(&mut bytes).unwrap();
    let close = bytes.windows(4).position(|four| four[0] == 0x88 && four[2..] == 1011_u16.to_be_bytes());
    assert!(close.is_some_and(|at| bytes[at + 4..].starts_with(b"keepalive ping timeout")), "{bytes:?}");
}

#[test]
fn one_client_that_does_not_read_stalls_everybody() {
    let sim = sim();
    let slow = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"slow","events":["all"]}"#);
    let mut other = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"other","events":["big"]}"#);
    // More than the sockets' buffers hold.
    let text = "x".repeat(1 << 20);
    for _ in 0..16 {
        sim.broadcast("big", &json!({"text": text}));
    }
    assert!(!sim.settle(Duration::from_millis(400)), "the hub side is stuck");
    let line = r#"{"text":"hi"}"#;
    assert!(try_http(sim.addr(), "POST", "/dialogue", "application/json", line, Duration::from_millis(200)).is_none());
    let before = other.drain().len();
    assert!(before < 16);
    drop(slow);
    let after = other.drain().len();
    assert_eq!(before + after, 15, "the clients changed under the stuck broadcast: the rest of them lost it");
    assert!(sim.settle(SOON), "it goes on when the slow one is gone");
}

#[test]
fn http_answers_are_those_of_the_real_one() {
    let sim = sim();
    let at = sim.addr();
    let json = "application/json";
    assert_eq!(get(at, "/").json(), json!({"message": "Voxta Gateway API", "docs": "/docs"}));
    assert_eq!(get(at, "/health").json(), json!({"status": "ok", "voxta_connected": true}));
    assert!(get(at, "/state").json().get("current_speaker_id").is_none());
    assert_eq!(get(at, "/nope").json(), json!({"detail": "Not Found"}));
    assert_eq!(get(at, "/nope").status, 404);
    assert_eq!(get(at, "/ws").status, 404);
    let wrong = get(at, "/dialogue");
    assert_eq!((wrong.status, wrong.json()), (405, json!({"detail": "Method Not Allowed"})));
    assert!(wrong.head.contains("allow: POST"));
    let options = http(at, "OPTIONS", "/dialogue", "", "");
    assert!(options.status == 405 && !options.head.contains("access-control"));
    let slash = post(at, "/dialogue/", r#"{"text":"a"}"#);
    assert_eq!(slash.status, 307);
    assert!(slash.head.contains(&format!("location: http://{at}/dialogue\r\n")));
    for (kind, body, status, problem) in [
        (json, "", 422, "missing"),
        ("", r#"{"text":"a"}"#, 422, "model_attributes_type"),
        ("text/plain", r#"{"text":"a"}"#, 422, "model_attributes_type"),
        (json, "[1]", 422, "model_attributes_type"),
        (json, "{bad", 422, "json_invalid"),
        (json, r#"{"text":1}"#, 422, "string_type"),
        (json, r#"{"text":"a","source":null}"#, 422, "string_type"),
        (json, r#"{"text":"a","immediate_reply":"maybe"}"#, 422, "bool_parsing"),
        (json, r#"{"text":"","extra":1,"author":null,"immediate_reply":"yes"}"#, 200, ""),
    ] {
        let answer = http(at, "POST", "/dialogue", kind, body);
        assert_eq!(answer.status, status, "{body}");
        if status == 422 {
            assert_eq!(answer.json()["detail"][0]["type"], problem, "{body}");
        } else {
            assert_eq!(answer.body, r#"{"status":"ok"}"#);
        }
    }
    for (path, body, status) in [
        ("/context", r#"{"key":"k"}"#, 422),
        ("/context", r#"{"key":"k","content":"c"}"#, 200),
        ("/external_speaker_stop", "", 200),
        ("/external_speaker_stop", "null", 200),
        ("/external_speaker_stop", "[]", 422),
        ("/external_speaker_start", "{}", 422),
        ("/tts_playback_start", "{}", 422),
        ("/debug/clients/nobody/clear", "", 200),
    ] {
        assert_eq!(post(at, path, body).status, status, "{path} {body}");
    }
    assert_eq!(get(at, "/debug/clients/nobody/history").json(), json!({"detail": "Client not found"}));
}

#[test]
fn a_line_is_answered_in_sentences_and_playback_ends_it() {
    let sim = sim_with(|config| {
        config.replies = vec![Reply::say(&["One.", "Two."]).trigger("wave", json!({"hand": "left"}))];
    });
    let mut client = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a"}"#);
    post(sim.addr(), "/dialogue", r#"{"text":"hello","author":"me"}"#);
    let heard = client.next();
    assert_eq!(heard["data"], json!({"text": "hello", "source": "user", "author": "me", "character_id": null}));
    assert_eq!(client.next()["data"], json!({"old_state": "idle", "new_state": "thinking"}));
    assert_eq!(client.next()["data"]["text"], "One.");
    assert_eq!(client.next()["data"]["text"], "Two.");
    let trigger = client.next();
    assert_eq!((&trigger["type"], &trigger["data"]["name"]), (&json!("app_trigger"), &json!("wave")));
    assert_eq!(client.drain(), Vec::<Value>::new(), "without playback it goes on thinking");
    post(sim.addr(), "/tts_playback_start", r#"{"character_id":"c9"}"#);
    assert_eq!(client.next()["data"]["new_state"], "speaking");
    let late = Client::first(sim.addr(), r#"{"type":"subscribe","client_id":"b","events":["x"]}"#).next();
    assert_eq!(late["state"]["current_speaker_id"], "c9");
    post(sim.addr(), "/tts_playback_complete", r#"{"character_id":"c9"}"#);
    assert_eq!(client.until("ai_state_changed")["data"], json!({"old_state": "speaking", "new_state": "idle"}));
}

#[test]
fn only_a_user_is_answered_unless_it_is_asked_for() {
    let sim = sim();
    let mut client =
        Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a","events":["sentence_ready"]}"#);
    post(sim.addr(), "/dialogue", r#"{"text":"a","source":"game"}"#);
    post(sim.addr(), "/dialogue", r#"{"text":"b","source":"User"}"#);
    post(sim.addr(), "/dialogue", r#"{"text":"c","source":"game","author":"Bo","immediate_reply":true}"#);
    assert_eq!(client.next()["data"]["text"], "You said: [GAME] Bo: c");
}

#[test]
fn without_a_chat_a_line_is_accepted_broadcast_and_lost() {
    let sim = sim_with(|config| config.chat = false);
    let mut client = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a"}"#);
    assert_eq!(post(sim.addr(), "/dialogue", r#"{"text":"a"}"#).status, 200);
    assert_eq!(client.kinds(), ["dialogue_received"]);
}

#[test]
fn an_external_speaker_interrupts_and_playback_can_not_end_it() {
    let sim = sim_with(|config| {
        config.pace = Duration::from_millis(30);
        config.replies = vec![Reply::say(&["One.", "Two.", "Three.", "Four.", "Five.", "Six."])];
    });
    let mut client = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a"}"#);
    post(sim.addr(), "/dialogue", r#"{"text":"go"}"#);
    client.until("sentence_ready");
    post(sim.addr(), "/external_speaker_start", r#"{"source":"game","reason":"r"}"#);
    post(sim.addr(), "/external_speaker_start", r#"{"source":"other"}"#);
    post(sim.addr(), "/tts_playback_complete", r#"{"character_id":"x"}"#);
    let started = client.until("external_speaker_started");
    assert_eq!(started["data"], json!({"source": "game", "reason": "r"}));
    assert!(!client.kinds().contains(&"sentence_ready".to_owned()), "the rest is never said");
    assert_eq!(get(sim.addr(), "/state").json()["external_speaker_source"], "game");
    post(sim.addr(), "/external_speaker_stop", r#"{"trigger_response":false}"#);
    assert_eq!(client.until("external_speaker_stopped")["data"], json!({"source": "game"}));
    post(sim.addr(), "/external_speaker_stop", "{}");
    assert!(client.kinds().iter().all(|kind| kind == "ai_state_changed"));
}

#[test]
fn losing_voxta_says_so_again_and_again_but_never_closes_the_chat() {
    let sim = sim_with(|config| config.voxta_retry = Duration::from_millis(30));
    let mut client = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a"}"#);
    sim.set_voxta(false);
    assert_eq!((0..3).map(|_| client.kind()).collect::<Vec<_>>(), ["voxta_disconnected"; 3]);
    let state = get(sim.addr(), "/state").json();
    assert_eq!((&state["connected"], &state["chat_active"]), (&json!(false), &json!(false)));
    assert_eq!(get(sim.addr(), "/health").json()["voxta_connected"], false);
    assert_eq!(post(sim.addr(), "/dialogue", r#"{"text":"a"}"#).status, 200);
    sim.set_voxta(true);
    client.until("voxta_connected");
    assert_eq!([client.kind(), client.kind()], ["chat_started", "characters_updated"]);
}

#[test]
fn chats_start_and_close() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a"}"#);
    sim.close_chat();
    assert_eq!(client.next()["data"], json!({}));
    assert_eq!(get(sim.addr(), "/state").json()["characters"], json!([]));
    sim.start_chat_with(vec![json!({"id": "z", "name": "Zoe"})]);
    assert_eq!(client.next()["data"]["characters"][0]["name"], "Zoe");
    assert_eq!(client.kind(), "characters_updated");
}

#[test]
fn histories_keep_a_hundred_frames_and_survive_reconnects() {
    let sim = sim();
    let mut client = Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a","events":["n"]}"#);
    for n in 0..150 {
        sim.broadcast("n", &json!({"n": n}));
    }
    client.until("n");
    assert!(sim.settle(SOON));
    let history = get(sim.addr(), "/debug/clients/a/history").json();
    assert_eq!(history.as_array().unwrap().len(), 100);
    assert_eq!(history[99]["data"]["n"], 149);
    drop(client);
    eventually("it is gone", || sim.registered().is_empty());
    let entry = get(sim.addr(), "/debug/clients").json()["a"].clone();
    assert_eq!(entry, json!({"client_id": "a", "connected": false, "message_count": 100, "subscribed_events": []}));
    post(sim.addr(), "/debug/clients/a/clear", "");
    assert_eq!(get(sim.addr(), "/debug/clients/a/history").json(), json!([]));
    post(sim.addr(), "/context", r#"{"key":"k","content":"c"}"#);
    let hub = get(sim.addr(), "/debug/voxta/history").json();
    assert_eq!((&hub[0]["direction"], &hub[0]["type"]), (&json!("OUT"), &json!("updateContext")));
}

#[test]
fn automatic_playback_speaks_and_falls_idle() {
    let sim = sim_with(|config| config.playback = Playback::Auto(Duration::from_millis(5)));
    let mut client =
        Client::subscribed(sim.addr(), r#"{"type":"subscribe","client_id":"a","events":["ai_state_changed"]}"#);
    sim.prompt("x");
    let states: Vec<Value> = (0..3).map(|_| client.next()["data"]["new_state"].clone()).collect();
    assert_eq!(states, ["thinking", "speaking", "idle"]);
}
