//! The one table of actions: what the host asks for, what goes out, how it ends.

use parlor::model::{Action, Playback, PlaybackPhase, Say, Secret, Status};

use crate::stage::{CHAT, NO_CHAT, Stage};

const OK: &str = r#"{"status":"ok"}"#;
const DONE: &str = r#"done 1 OK 200 {"status":"ok"}"#;

fn say(text: &str, json: &str) -> Action {
    Action::Say(Say { text: text.into(), json: json.into() })
}

fn context(key: &str, text: &str, json: &str) -> Action {
    Action::SetContext { key: key.into(), text: text.into(), json: json.into() }
}

fn interrupt(json: &str) -> Action {
    Action::Interrupt { json: json.into() }
}

fn playback(phase: PlaybackPhase, id: &str, sender: &str) -> Action {
    Action::Playback(Playback { phase, id: id.into(), sender: sender.into(), json: String::new() })
}

fn call(name: &str, json: &str) -> Action {
    Action::Call { name: name.into(), json: json.into() }
}

#[test]
fn what_goes_out_for_every_verb_and_call() {
    use PlaybackPhase::{Completed, Started};
    let id = r#"{"client_id":"a b"}"#;
    for (action, expected) in [
        (say("Hi", ""), r#"POST /dialogue {"text":"Hi","source":"user"} once"#),
        (
            say("Hi \"you\"", r#"{"source":"twitch","author":"Ü","immediate_reply":true}"#),
            r#"POST /dialogue {"text":"Hi \"you\"","source":"twitch","author":"Ü","immediate_reply":true} once"#,
        ),
        (say("", r#"{"author":null}"#), r#"POST /dialogue {"text":"","source":"user"} once"#),
        (context("k", "c", ""), r#"POST /context {"key":"k","content":"c"}"#),
        (
            context("k", "c", r#"{"description":"d"}"#),
            r#"POST /context {"key":"k","content":"c","description":"d"} once"#,
        ),
        (interrupt(r#"{"hold":true}"#), r#"POST /external_speaker_start {"source":"user"}"#),
        (
            interrupt(r#"{"source":"npc","reason":"duel","hold":true}"#),
            r#"POST /external_speaker_start {"source":"npc","reason":"duel"}"#,
        ),
        (playback(Started, "m1", "c7"), r#"POST /tts_playback_start {"character_id":"c7","message_id":"m1"} once"#),
        (playback(Completed, "", ""), r#"POST /tts_playback_complete {"character_id":"c1"} once"#),
        (
            call("dialogue", r#" {"text":"1.0", "source":"any"} "#),
            r#"POST /dialogue {"text":"1.0", "source":"any"} once"#,
        ),
        (call("context", r#"{"key":"k","content":"c"}"#), r#"POST /context {"key":"k","content":"c"}"#),
        (
            call("POST /context", r#"{"key":"k","content":"c","description":"d"}"#),
            r#"POST /context {"key":"k","content":"c","description":"d"} once"#,
        ),
        (call("external_speaker_start", r#"{"source":"s"}"#), r#"POST /external_speaker_start {"source":"s"}"#),
        (call("external_speaker_stop", ""), "POST /external_speaker_stop {}"),
        (
            call("external_speaker_stop", r#"{"trigger_response":false}"#),
            r#"POST /external_speaker_stop {"trigger_response":false}"#,
        ),
        (
            call("tts_playback_start", r#"{"character_id":"c"}"#),
            r#"POST /tts_playback_start {"character_id":"c"} once"#,
        ),
        (
            call("tts_playback_complete", r#"{"character_id":"c","message_id":null}"#),
            r#"POST /tts_playback_complete {"character_id":"c","message_id":null} once"#,
        ),
        (call("health", ""), "GET /health"),
        (call("state", "{}"), "GET /state"),
        (call("debug/clients", ""), "GET /debug/clients"),
        (call("debug/clients/history", id), "GET /debug/clients/a%20b/history"),
        (call("GET /debug/clients/x~2/history", ""), "GET /debug/clients/x~2/history"),
        (call("debug/clients/clear", id), "POST /debug/clients/a%20b/clear"),
        (call("debug/voxta/history", ""), "GET /debug/voxta/history"),
        (call("GET /", ""), "GET /"),
        (call("openapi.json", ""), "GET /openapi.json"),
        (call("docs", ""), "GET /docs"),
    ] {
        let mut stage = Stage::up(&[], CHAT);
        let name = format!("{action:?}");
        stage.check(&action).expect(&name);
        stage.act(action);
        assert_eq!(stage.log(), [format!("http {expected}")], "{name}");
        stage.answer(200, OK);
        assert_eq!(stage.log(), [DONE], "{name}");
    }
}

#[test]
fn mistakes_are_found_by_the_check_and_by_the_action() {
    for (action, status, expected) in [
        (say("a", "[]"), Status::InvalidArgument, "a JSON object"),
        (say("a", r#"{"sauce":"x"}"#), Status::InvalidArgument, "did you mean \"source\""),
        (say("a", r#"{"queue":1}"#), Status::InvalidArgument, "\"queue\" takes true or false"),
        (context("", "a", ""), Status::InvalidArgument, "the key is empty"),
        (interrupt(r#"{"hold":"yes"}"#), Status::InvalidArgument, "\"hold\" takes true or false"),
        (call("dialogue", "{}"), Status::InvalidArgument, "\"text\" is missing"),
        (call("startChat", ""), Status::InvalidArgument, "the gateway has no such thing"),
        (call("GET /dialogue", ""), Status::InvalidArgument, "takes POST, not GET"),
        (call("debug/clients/a/b/history", ""), Status::InvalidArgument, "can not be asked about"),
        (call("subscribe", r#"{"events":"all"}"#), Status::InvalidArgument, "array of event names"),
        (call("ping", r#"{"x":1}"#), Status::InvalidArgument, "there is no field \"x\""),
        (Action::Subscribe { json: r#"{"filters":[]}"#.into() }, Status::InvalidArgument, "object of event name"),
        (Action::SetTools { json: String::new() }, Status::Unsupported, "takes no tools"),
        (
            Action::ToolResult { id: String::new(), result: String::new(), failed: false },
            Status::Unsupported,
            "takes no tools",
        ),
        (Action::SetCredential { value: Secret::new("s3cret") }, Status::Unsupported, "no credential"),
    ] {
        let mut stage = Stage::up(&[], CHAT);
        let error = stage.check(&action).expect_err(expected);
        assert_eq!(error.status, status, "{}", error.text);
        assert!(error.text.contains(expected) && !error.text.contains("s3cret"), "{}", error.text);
        stage.act(action);
        let log = stage.log();
        assert!(log.len() == 1 && log[0].starts_with("done 1 ERR_") && log[0].contains(expected), "{log:?}");
    }
}

#[test]
fn without_a_link_actions_are_refused() {
    for action in [say("a", ""), call("state", ""), call("ping", ""), interrupt(""), context("k", "c", "")] {
        let mut stage = Stage::new(&[]);
        stage.act(action);
        let log = stage.log();
        assert!(log.len() == 1 && log[0].starts_with("done 1 ERR_WRONG_STATE"), "{log:?}");
    }
}

#[test]
fn an_interruption_starts_and_stops_a_speaker() {
    let mut stage = Stage::up(&[], CHAT);
    stage.act(interrupt(""));
    stage.answer(200, OK);
    stage.answer(200, OK);
    assert_eq!(
        stage.log(),
        [
            r#"http POST /external_speaker_start {"source":"user"}"#,
            r#"http POST /external_speaker_stop {"trigger_response":false}"#,
            DONE
        ]
    );
    stage.act(interrupt(""));
    stage.answer(503, r#"{"detail":"Gateway not initialized"}"#);
    let log = stage.log();
    assert!(log[1].starts_with("done 2 ERR_SERVER_ERROR 503"), "{log:?}");
    assert_eq!(stage.calls_under_way(), 0);
}

#[test]
fn an_interruption_does_not_cut_off_another_speaker() {
    let mut stage = Stage::up(&[], CHAT);
    stage.text(r#"{"type":"external_speaker_started","data":{"source":"npc","reason":null},"timestamp":1}"#);
    stage.log();
    stage.act(interrupt(""));
    stage.answer(200, OK);
    assert_eq!(stage.log(), [r#"http POST /external_speaker_start {"source":"user"}"#, DONE]);
}

#[test]
fn an_abandoned_interruption_still_lets_the_speaker_go() {
    let mut stage = Stage::up(&[], CHAT);
    stage.act(interrupt(""));
    stage.log();
    stage.abandon(1);
    assert_eq!(stage.log(), [r#"http POST /external_speaker_stop {"trigger_response":false}"#]);
    stage.answer(200, OK);
    stage.answer(200, OK);
    assert!(stage.log().is_empty(), "the request has ended before");
}

#[test]
fn playback_knows_who_speaks() {
    use PlaybackPhase::{Completed, Started};
    let mut stage = Stage::up(&[], NO_CHAT);
    stage.act(playback(Started, "m", ""));
    let log = stage.log();
    assert!(log[0].starts_with("done 1 ERR_INVALID_ARGUMENT playback: nobody has spoken"), "{log:?}");
    let mut stage = Stage::up(&[], CHAT);
    stage.text(r#"{"type":"sentence_ready","data":{"text":"Hi.","character_id":"c9","message_id":"m"},"timestamp":1}"#);
    stage.act(playback(Started, "m", ""));
    stage.answer(200, OK);
    assert_eq!(stage.log()[1], r#"http POST /tts_playback_start {"character_id":"c9","message_id":"m"} once"#);
    assert_eq!(stage.mirror()["current_speaker_id"], "c9");
    stage.act(playback(Completed, "m", "c9"));
    stage.answer(200, OK);
    assert_eq!(stage.mirror()["current_speaker_id"], serde_json::Value::Null);
}

#[test]
fn each_lane_keeps_its_order_and_holds_up_no_other() {
    let mut stage = Stage::up(&[], CHAT);
    stage.say("one");
    stage.act(context("k", "two", ""));
    stage.say("three");
    stage.act(interrupt(r#"{"hold":true}"#));
    stage.call("external_speaker_stop", "");
    stage.call("state", "");
    assert_eq!(
        stage.log(),
        [
            r#"http POST /dialogue {"text":"one","source":"user"} once"#,
            r#"http POST /external_speaker_start {"source":"user"}"#,
            "http GET /state"
        ]
    );
    for _ in 0..6 {
        stage.answer(200, OK);
    }
    let log = stage.log();
    assert_eq!(
        log.iter().filter(|line| line.starts_with("http")).collect::<Vec<_>>(),
        [
            r#"http POST /context {"key":"k","content":"two"}"#,
            "http POST /external_speaker_stop {}",
            r#"http POST /dialogue {"text":"three","source":"user"} once"#
        ]
    );
    assert_eq!(log.iter().filter(|line| line.starts_with("done")).count(), 6);
}

#[test]
fn an_abandoned_call_does_not_block_its_lane() {
    let mut stage = Stage::up(&[], CHAT);
    stage.say("one");
    stage.say("two");
    stage.log();
    stage.abandon(1);
    assert_eq!(stage.log(), [r#"http POST /dialogue {"text":"two","source":"user"} once"#]);
    stage.answer(200, OK);
    assert!(stage.log().is_empty(), "a late answer");
    stage.answer(200, OK);
    assert_eq!(stage.log(), [r#"done 2 OK 200 {"status":"ok"}"#]);
}

#[test]
fn faults_of_the_service_are_told_in_words() {
    for (status, body, expected) in [
        (
            422,
            r#"{"detail":[{"type":"missing","loc":["body","text"],"msg":"Field required","input":{}}]}"#,
            "ERR_REJECTED 422",
        ),
        (404, r#"{"detail":"Client not found"}"#, "ERR_HTTP_NOT_FOUND 404"),
        (500, "Internal Server Error", "ERR_SERVER_ERROR 500 \"Internal Server Error\""),
        (307, "", "ERR_REDIRECT 307"),
        (401, "", "ERR_UNAUTHORIZED 401"),
    ] {
        let mut stage = Stage::up(&[], CHAT);
        stage.call("dialogue", r#"{"text":"a"}"#);
        stage.answer(status, body);
        let log = stage.log();
        assert!(log[1].starts_with(&format!("done 1 {expected}")), "{log:?}");
        assert!(status != 422 || log[1].ends_with("text: Field required"), "{log:?}");
    }
}

#[test]
fn a_lost_link_ends_what_was_under_way() {
    let mut stage = Stage::up(&[], CHAT);
    stage.say("one");
    stage.say("two");
    stage.call("state", "");
    stage.log();
    stage.closed(1006, "");
    let log = stage.log();
    let done: Vec<&str> =
        log.iter().filter(|line| line.starts_with("done")).map(|line| &line[..line.len().min(24)]).collect();
    assert_eq!(done, ["done 1 ERR_LINK_LOST the", "done 3 ERR_LINK_LOST the", "done 2 ERR_WRONG_STATE t"], "{log:?}");
}
