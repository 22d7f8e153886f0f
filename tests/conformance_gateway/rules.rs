//! The rules that a robust client of the gateway keeps, each with a test of its name.

use parlor::model::{Action, Options};
use parlor::protocol;

use crate::stage::{CHAT, CLOSED, NO_CHAT, STARTED, Stage, VOXTA_GONE};

const SENTENCE: &str = r#"{"type":"sentence_ready","data":{"text":"Hi."},"timestamp":1}"#;
const SELF_CONNECTED: &str = r#"{"type":"client_connected","data":{"client_id":"game"},"timestamp":1}"#;
const OK: &str = r#"{"status":"ok"}"#;

fn subscribe(stage: &mut Stage, json: &str) {
    stage.act(Action::Subscribe { json: json.into() });
}

#[test]
fn a_connection_and_its_first_frame() {
    let mut stage = Stage::new(&[]);
    stage.connect(CHAT);
    assert_eq!(
        stage.log(),
        [
            "dial ws://gw/ws",
            r#"send {"type":"subscribe","client_id":"game","events":["all"]}"#,
            "CONNECTED",
            "SERVICE SNAPSHOT type=snapshot value=1",
            "CHAT_STARTED SNAPSHOT value=1 name=Ann sender=c1",
            "CHARACTERS SNAPSHOT value=1 name=Ann sender=c1",
            "READY",
        ]
    );
    assert_eq!(
        stage.mirror(),
        serde_json::json!({"protocol":"gateway","connected":true,"chat_active":true,"ai_state":"idle",
            "current_speaker_id":null,"external_speaker_active":false,"external_speaker_source":null,
            "characters":[{"id":"c1","name":"Ann"}],"client_id":"game","events":["all"],"queued":0})
    );
}

#[test]
fn bad_options_are_refused_with_a_reason() {
    for (name, value, expected) in [
        ("url", "localhost:8081", "must begin with"),
        ("gateway.filters", "[1]", "gateway.filters"),
        ("gateway.filters", "{", "gateway.filters"),
    ] {
        let mut options = Options::default();
        options.set_named(name, value).expect("an option");
        let error = protocol::create(&options).err().expect("refused");
        assert!(error.text.contains(expected), "{}", error.text);
    }
}

#[test]
fn r1_the_snapshot_need_not_be_the_first_frame() {
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.open();
    stage.text(SELF_CONNECTED);
    stage.text(STARTED);
    stage.binary(&[1]);
    stage.text(SENTENCE);
    assert_eq!(stage.log().len(), 2, "dialled and subscribed; what came is kept");
    stage.text(CHAT);
    assert_eq!(
        stage.log(),
        [
            "CONNECTED",
            "PRESENCE value=1 id=game name=connected sender=game",
            "CHAT_STARTED value=1 name=Ann sender=c1",
            "SERVICE PARLOR_ERR_PROTOCOL type=",
            "SENTENCE text=Hi. role=assistant",
            "SERVICE SNAPSHOT type=snapshot value=1",
            "READY",
        ]
    );
}

#[test]
fn r1_what_comes_right_behind_the_snapshot_is_told_behind_it() {
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.open();
    stage.log();
    stage.text_at_once(NO_CHAT, STARTED);
    assert_eq!(
        stage.log(),
        ["CONNECTED", "SERVICE SNAPSHOT type=snapshot value=1", "CHAT_STARTED value=1 name=Ann sender=c1", "READY"]
    );
}

#[test]
fn r1_events_without_end_and_without_a_snapshot_are_no_gateway() {
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.open();
    for _ in 0..4097 {
        stage.text(SENTENCE);
    }
    assert_eq!(stage.log().last().expect("a line"), "lost: retry PARLOR_ERR_PROTOCOL after 5000 ms");
}

#[test]
fn r2_a_deaf_socket_is_found_and_healed_under_another_name() {
    let mut stage = Stage::up(&[], NO_CHAT);
    stage.pass(99);
    assert!(stage.log().is_empty());
    stage.pass(1);
    assert_eq!(stage.log(), ["http GET /debug/clients"]);
    stage.answer(200, r#"{"game":{"connected":false},"game~2":{"connected":true},"x":{}}"#);
    assert_eq!(stage.log(), ["close 1000"]);
    stage.closed(1000, "");
    assert_eq!(stage.log(), ["lost: retry PARLOR_ERR_REPLACED"]);
    stage.begin();
    stage.open();
    assert_eq!(
        stage.log(),
        ["dial ws://gw/ws", r#"send {"type":"subscribe","client_id":"game~3","events":["all"]}"#],
        "game~2 belongs to somebody else"
    );
    stage.text(NO_CHAT);
    assert_eq!(stage.mirror()["client_id"], "game~3");
}

#[test]
fn r2_a_late_deafness_is_found_too_and_a_healthy_socket_is_left_alone() {
    let mut stage = Stage::up(&[], NO_CHAT);
    for _ in 0..3 {
        stage.pass(10_000);
        if stage.calls_under_way() > 0 {
            stage.answer(200, r#"{"game":{"connected":true}}"#);
        }
    }
    assert_eq!(stage.log(), ["http GET /debug/clients"; 3]);
    stage.pass(100_000);
    assert!(stage.log().is_empty(), "three looks are enough");

    let mut stage = Stage::up(&[], NO_CHAT);
    stage.pass(100);
    stage.answer(200, r#"{"game":{"connected":true}}"#);
    stage.pass(900);
    stage.answer(200, r#"{"game":{"connected":false}}"#);
    assert_eq!(stage.log(), ["http GET /debug/clients", "http GET /debug/clients", "close 1000"]);
}

#[test]
fn r2_a_gateway_without_the_list_breaks_nothing() {
    for (status, body) in [(404, "{}"), (200, "[]"), (200, "<html>"), (500, ""), (200, "{}"), (200, r#"{"game":1}"#)] {
        let mut stage = Stage::up(&[], CHAT);
        stage.pass(250);
        stage.answer(status, body);
        stage.text(SENTENCE);
        assert_eq!(stage.log(), ["http GET /debug/clients", "SENTENCE text=Hi. role=assistant"]);
    }
    let mut stage = Stage::up(&[], CHAT);
    stage.pass(250);
    stage.call_fails(parlor::model::Status::Timeout);
    stage.text(SENTENCE);
    assert_eq!(stage.log().len(), 2);
}

#[test]
fn r2_a_drawn_name_that_nobody_can_know_is_not_watched() {
    let mut stage = Stage::up(&[("gateway.client_id", "")], NO_CHAT);
    let name = stage.mirror()["client_id"].as_str().expect("a name").to_owned();
    assert!(name.starts_with("parlor-"), "{name}");
    stage.pass(60_000);
    assert!(stage.log().is_empty());
}

#[test]
fn r2_after_an_unclean_end_the_name_rests_after_a_clean_one_it_does_not() {
    let mut stage = Stage::up(&[], NO_CHAT);
    stage.closed(1006, "");
    stage.connect(NO_CHAT);
    assert_eq!(stage.mirror()["client_id"], "game~2");
    stage.closed(1012, "");
    stage.connect(NO_CHAT);
    assert_eq!(stage.mirror()["client_id"], "game~2", "the close frame says that the gateway knows");
    stage.farewell();
    stage.let_go();
    stage.connect(NO_CHAT);
    assert_eq!(stage.mirror()["client_id"], "game~2");
    stage.pass(61_000);
    stage.closed(1011, "keepalive ping timeout");
    stage.connect(NO_CHAT);
    assert_eq!(stage.mirror()["client_id"], "game", "it has rested");
    // The session gave up on a silent link: the gateway may not know.
    stage.let_go();
    stage.connect(NO_CHAT);
    assert_eq!(stage.mirror()["client_id"], "game~2");
}

#[test]
fn r2_names_are_few_however_often_the_link_breaks() {
    let mut stage = Stage::new(&[]);
    let mut names = std::collections::BTreeSet::new();
    for _ in 0..100 {
        stage.connect(NO_CHAT);
        names.insert(stage.mirror()["client_id"].to_string());
        stage.closed(1006, "");
        stage.pass(100);
    }
    assert!(names.len() <= 16, "{names:?}");
}

#[test]
fn r2_an_exact_name_is_kept_and_healed_by_closing_cleanly() {
    let mut stage = Stage::up(&[("gateway.exact_client_id", "1")], NO_CHAT);
    stage.closed(1006, "");
    stage.connect(NO_CHAT);
    assert_eq!(stage.mirror()["client_id"], "game");
    stage.log();
    stage.pass(250);
    stage.answer(200, r#"{"game":{"connected":false}}"#);
    stage.closed(1000, "");
    assert_eq!(stage.log(), ["http GET /debug/clients", "close 1000", "lost: retry PARLOR_ERR_REPLACED after 1000 ms"]);
    stage.connect(NO_CHAT);
    assert_eq!(stage.mirror()["client_id"], "game");
}

#[test]
fn r3_a_pong_answers_the_ping_and_says_nothing_about_the_subscription() {
    let mut stage = Stage::up(&[], NO_CHAT);
    stage.call("ping", "");
    stage.call("ping", "");
    stage.text(r#"{"type":"pong"}"#);
    stage.abandon(2);
    stage.text(r#"{"type":"pong","x":1}"#);
    stage.text(r#"{"type":"pong"}"#);
    assert_eq!(
        stage.log(),
        [r#"send {"type":"ping"}"#, r#"send {"type":"ping"}"#, r#"done 1 OK {"type":"pong"}"#, "SERVICE type=pong"]
    );
    stage.call("ping", "");
    stage.closed(1006, "");
    let log = stage.log();
    assert!(log[1].starts_with("lost: retry") && log[2].starts_with("done 3 ERR_LINK_LOST"), "{log:?}");
}

#[test]
fn r5_ok_is_accepted_by_the_gateway() {
    let mut stage = Stage::up(&[], CHAT);
    stage.say("Hi");
    stage.answer(200, OK);
    assert_eq!(
        stage.log(),
        [r#"http POST /dialogue {"text":"Hi","source":"user"} once"#, r#"done 1 OK 200 {"status":"ok"}"#]
    );
}

#[test]
fn r6_the_mirror_is_right_whatever_the_host_subscribed_to() {
    let mut stage = Stage::new(&[("gateway.events", "sentence_ready")]);
    stage.connect(NO_CHAT);
    let log = stage.log();
    assert_eq!(
        log[1],
        r#"send {"type":"subscribe","client_id":"game","events":["voxta_connected","voxta_disconnected","chat_started","chat_closed","ai_state_changed","characters_updated","external_speaker_started","external_speaker_stopped","sentence_ready"]}"#
    );
    stage.text(STARTED);
    stage.text(r#"{"type":"ai_state_changed","data":{"old_state":"idle","new_state":"thinking"},"timestamp":1}"#);
    stage.text(r#"{"type":"app_trigger","data":{"name":"x"},"timestamp":1}"#);
    stage.text(SENTENCE);
    assert_eq!(stage.log(), ["READY", "SENTENCE text=Hi. role=assistant"]);
    assert_eq!((&stage.mirror()["ai_state"], &stage.mirror()["chat_active"]), (&"thinking".into(), &true.into()));
    stage.text(VOXTA_GONE);
    assert_eq!(stage.log(), ["NOT READY"]);
    assert_eq!(stage.mirror()["chat_active"], false);
}

#[test]
fn r6_filters_do_not_blind_the_mirror() {
    let filters = r#"{"external_speaker_started":["user"],"dialogue_received":["user"]}"#;
    let mut stage = Stage::new(&[("gateway.filters", filters)]);
    stage.connect(CHAT);
    assert_eq!(
        stage.log()[1],
        r#"send {"type":"subscribe","client_id":"game","events":["all"],"filters":{"dialogue_received":["user"]}}"#
    );
    stage.text(r#"{"type":"external_speaker_started","data":{"source":"npc","reason":null},"timestamp":1}"#);
    assert!(stage.log().is_empty());
    assert_eq!(stage.mirror()["external_speaker_source"], "npc");
    stage.text(r#"{"type":"external_speaker_started","data":{"source":"user","reason":null},"timestamp":1}"#);
    assert_eq!(stage.log(), ["SPEAKER value=1 name=user sender=user role=user"]);
}

#[test]
fn r6_a_later_subscription_replaces_the_first_and_outlives_the_link() {
    let mut stage = Stage::up(&[], CHAT);
    subscribe(&mut stage, r#"{"events":["sentence_ready"],"filters":{"dialogue_received":["ai"]}}"#);
    let log = stage.log();
    assert!(log[0].starts_with(r#"send {"type":"subscribe","events":["voxta_connected","#), "{log:?}");
    assert!(log[0].ends_with(r#""sentence_ready"],"filters":{"dialogue_received":["ai"]}}"#), "{log:?}");
    assert_eq!(log[1], "done 1 OK");
    stage.text(CLOSED);
    assert_eq!(stage.log(), ["NOT READY"]);
    stage.closed(1012, "");
    subscribe(&mut stage, r#"{"events":[]}"#);
    stage.log();
    stage.connect(CHAT);
    let log = stage.log();
    assert!(log[1].contains(r#""client_id":"game","events":["voxta_connected""#), "{log:?}");
    assert!(!log[1].contains("sentence_ready") && !log[1].contains("filters"), "{log:?}");
    assert_eq!(log[2..], ["CONNECTED", "SERVICE SNAPSHOT type=snapshot value=1", "READY"]);
    subscribe(&mut stage, "");
    assert_eq!(stage.log()[0], r#"send {"type":"subscribe","events":["all"]}"#);
}

#[test]
fn r7_the_loss_of_voxta_ends_the_chat_once() {
    let mut stage = Stage::up(&[], CHAT);
    stage.text(r#"{"type":"ai_state_changed","data":{"old_state":"idle","new_state":"speaking"},"timestamp":1}"#);
    stage.text(r#"{"type":"external_speaker_started","data":{"source":"user","reason":null},"timestamp":1}"#);
    stage.log();
    stage.text(VOXTA_GONE);
    assert_eq!(
        stage.log(),
        [
            "SERVICE type=voxta_disconnected",
            "CHAT_CLOSED SYNTHETIC",
            "AI_STATE SYNTHETIC text=idle name=idle",
            "SPEAKER SYNTHETIC name=user sender=user role=user",
            "NOT READY",
        ]
    );
    for _ in 0..5 {
        stage.text(VOXTA_GONE);
    }
    assert!(stage.log().is_empty(), "it is said every five seconds");
    let mirror = stage.mirror();
    assert_eq!((mirror["connected"].as_bool(), mirror["characters"].to_string().as_str()), (Some(false), "[]"));
    stage.text(r#"{"type":"voxta_connected","data":{},"timestamp":1}"#);
    stage.text(STARTED);
    stage.text(VOXTA_GONE);
    assert_eq!(
        stage.log(),
        [
            "SERVICE type=voxta_connected value=1",
            "CHAT_STARTED value=1 name=Ann sender=c1",
            "READY",
            "SERVICE type=voxta_disconnected",
            "CHAT_CLOSED SYNTHETIC",
            "NOT READY",
        ]
    );
}

#[test]
fn r7_a_second_start_without_an_end_replaces_the_chat() {
    let mut stage = Stage::up(&[], CHAT);
    stage.text(r#"{"type":"chat_started","data":{"characters":[{"id":"z","name":"Zoe"}]},"timestamp":1}"#);
    assert_eq!(stage.log(), ["CHAT_STARTED value=1 name=Zoe sender=z"]);
    assert_eq!(stage.mirror()["characters"], serde_json::json!([{"id":"z","name":"Zoe"}]));
}

#[test]
fn r7_a_lost_link_ends_the_chat_and_the_next_snapshot_brings_it_back() {
    let mut stage = Stage::up(&[], CHAT);
    stage.closed(1006, "");
    assert_eq!(stage.log(), ["lost: retry PARLOR_ERR_CONNECTION_LOST", "CHAT_CLOSED SYNTHETIC"]);
    assert_eq!(stage.mirror()["chat_active"], false);
    stage.connect(CHAT);
    assert_eq!(
        stage.log()[2..],
        [
            "CONNECTED",
            "SERVICE SNAPSHOT type=snapshot value=1",
            "CHAT_STARTED SNAPSHOT value=1 name=Ann sender=c1",
            "CHARACTERS SNAPSHOT value=1 name=Ann sender=c1",
            "READY",
        ]
    );
    stage.text(CHAT);
    assert_eq!(stage.log(), ["SERVICE SNAPSHOT type=snapshot value=1"], "a snapshot that changes nothing");
}

#[test]
fn r7_a_snapshot_of_a_gateway_without_voxta_has_no_chat() {
    let json = r#"{"type":"snapshot","state":{"connected":false,"chat_active":true,"ai_state":"thinking","characters":[{"id":"a"}]}}"#;
    let mut stage = Stage::new(&[]);
    stage.connect(json);
    assert_eq!(stage.log()[2..], ["CONNECTED", "SERVICE SNAPSHOT type=snapshot"]);
}

#[test]
fn r8_r9_sentences_come_without_a_final_record_and_without_idle() {
    let mut stage = Stage::up(&[], CHAT);
    stage.text(r#"{"type":"ai_state_changed","data":{"old_state":"idle","new_state":"thinking"},"timestamp":1}"#);
    stage.text(SENTENCE);
    stage.pass(600_000);
    stage.say("Go on");
    let log = stage.log();
    assert!(log.iter().any(|line| line.starts_with("http POST /dialogue")), "nothing waits for idle: {log:?}");
}

#[test]
fn r10_a_stalled_gateway_is_busy_and_nothing_is_said_twice() {
    let mut stage = Stage::up(&[], CHAT);
    stage.say("Hi");
    stage.call_fails(parlor::model::Status::Timeout);
    let log = stage.log();
    assert_eq!(log.len(), 2, "no second try: {log:?}");
    assert!(log[0].ends_with(" once"), "and the transport may not send it again either: {log:?}");
    assert!(log[1].starts_with("done 1 ERR_TIMEOUT") && log[1].contains("may be busy"), "{log:?}");
}

#[test]
fn r11_a_message_of_several_megabytes_is_delivered_whole() {
    let mut stage = Stage::up(&[], CHAT);
    let text = "é\\n".repeat(1_000_000);
    stage.text(&format!(r#"{{"type":"sentence_ready","data":{{"text":"{text}"}},"timestamp":1}}"#));
    let event = stage.events().remove(0);
    assert_eq!((event.text.len(), event.json.len() > 3_000_000), (3_000_000, true));
}

#[test]
fn r12_what_each_end_means() {
    for (code, reason, expected) in [
        (1000, "bye", "retry PARLOR_ERR_SERVICE_CLOSED"),
        (1006, "", "retry PARLOR_ERR_CONNECTION_LOST"),
        (1011, "keepalive ping timeout", "retry PARLOR_ERR_SERVICE_CLOSED"),
        (1012, "", "retry PARLOR_ERR_SERVICE_CLOSED"),
        (1000, "", "retry PARLOR_ERR_REPLACED"),
        (4000, "Subscription timeout", "retry PARLOR_ERR_PROTOCOL after 5000 ms"),
        (0, "", "retry PARLOR_ERR_CONNECTION_LOST"),
        (1008, "policy", "give up PARLOR_ERR_SERVICE_CLOSED"),
    ] {
        let mut stage = Stage::up(&[], NO_CHAT);
        stage.closed(code, reason);
        assert_eq!(stage.log(), [format!("lost: {expected}")], "{code} {reason}");
    }
}

#[test]
fn r12_a_refused_subscription_is_not_repeated_for_ever() {
    let mut stage = Stage::new(&[]);
    for _ in 0..3 {
        stage.begin();
        stage.open();
        stage.closed(4000, "First message must be subscribe");
    }
    let lost: Vec<String> = stage.log().into_iter().filter(|line| line.starts_with("lost")).collect();
    assert_eq!(
        lost,
        [
            "lost: retry PARLOR_ERR_PROTOCOL after 5000 ms",
            "lost: retry PARLOR_ERR_PROTOCOL after 5000 ms",
            "lost: give up PARLOR_ERR_PROTOCOL"
        ]
    );
}

#[test]
fn r12_forbidden_is_a_gateway_that_starts_up_or_a_wrong_path() {
    let mut stage = Stage::new(&[]);
    for at in 1..=5 {
        stage.begin();
        stage.refused(403);
        let expected = if at < 5 { "retry PARLOR_ERR_FORBIDDEN after 2000 ms" } else { "give up PARLOR_ERR_FORBIDDEN" };
        assert_eq!(stage.log()[1], format!("lost: {expected}"));
    }
    let mut known = Stage::up(&[], NO_CHAT);
    known.closed(1012, "");
    for _ in 0..20 {
        known.begin();
        known.refused(403);
    }
    assert!(!known.log().iter().any(|line| line.contains("give up")), "it has worked before");
    let mut wrong = Stage::new(&[]);
    wrong.begin();
    wrong.refused(404);
    assert_eq!(wrong.log()[1], "lost: give up PARLOR_ERR_HTTP_NOT_FOUND");
}

#[test]
fn r12_one_who_is_replaced_goes_on_under_another_name() {
    let mut stage = Stage::up(&[], NO_CHAT);
    stage.closed(1000, "");
    stage.connect(NO_CHAT);
    assert_eq!(stage.mirror()["client_id"], "game~3", "game~2 is left to the one who took game and is not heard there");
}

#[test]
fn r12_an_exact_name_is_not_fought_over_for_ever() {
    let mut stage = Stage::new(&[("gateway.exact_client_id", "1")]);
    let mut lost = Vec::new();
    for _ in 0..3 {
        stage.connect(NO_CHAT);
        stage.log();
        stage.closed(1000, "");
        lost.extend(stage.log());
        stage.pass(10_000);
    }
    assert_eq!(
        lost,
        [
            "lost: retry PARLOR_ERR_REPLACED after 10000 ms",
            "lost: retry PARLOR_ERR_REPLACED after 10000 ms",
            "lost: give up PARLOR_ERR_REPLACED"
        ]
    );
}
