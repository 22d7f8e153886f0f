//! What is said without a chat: refused, or kept for one, bounded and in order, each with exactly one outcome.

use parlor::model::{Action, Say};

use crate::stage::{CHAT, CLOSED, NO_CHAT, STARTED, Stage, VOXTA_GONE};

const OK: &str = r#"{"status":"ok"}"#;

fn dones(log: &[String]) -> Vec<String> {
    let done = log.iter().filter_map(|line| line.strip_prefix("done "));
    done.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

fn sent(log: &[String]) -> Vec<String> {
    log.iter().filter(|line| line.starts_with("http POST")).cloned().collect()
}

fn wait(stage: &mut Stage, text: &str) {
    stage.act(Action::Say(Say { text: text.into(), json: r#"{"queue":true}"#.into() }));
}

#[test]
fn without_a_chat_it_is_refused_with_advice() {
    let mut stage = Stage::up(&[], NO_CHAT);
    stage.say("Hi");
    let log = stage.log();
    assert!(log[0].starts_with("done 1 ERR_WRONG_STATE no chat is active in Voxta"), "{log:?}");
    assert!(log[0].contains("offline.max_requests"), "{log:?}");
    stage.text(VOXTA_GONE);
    stage.log();
    stage.say("Hi");
    let log = stage.log();
    assert!(log[0].contains("the gateway has lost Voxta"), "{log:?}");
    stage.call("dialogue", r#"{"text":"as it stands"}"#);
    assert_eq!(sent(&stage.log()).len(), 1, "a call is sent as it stands");
}

#[test]
fn what_waits_is_sent_in_order_when_a_chat_starts() {
    let mut stage = Stage::up(&[("offline.max_requests", "10")], NO_CHAT);
    stage.say("one");
    stage.act(Action::SetContext { key: "k".into(), text: "two".into(), json: String::new() });
    stage.say("three");
    assert!(stage.log().is_empty());
    assert_eq!(stage.mirror()["queued"], 3);
    stage.text(STARTED);
    for _ in 0..3 {
        assert_eq!(stage.calls_under_way(), 1, "one at a time keeps the order");
        stage.answer(200, OK);
    }
    let log = stage.log();
    assert_eq!(
        sent(&log),
        [
            r#"http POST /dialogue {"text":"one","source":"user"} once"#,
            r#"http POST /context {"key":"k","content":"two"}"#,
            r#"http POST /dialogue {"text":"three","source":"user"} once"#
        ]
    );
    assert_eq!(dones(&log), ["1 OK", "2 OK", "3 OK"]);
    assert_eq!(stage.mirror()["queued"], 0);
}

#[test]
fn it_waits_through_reconnects_and_before_the_first_connect() {
    let mut stage = Stage::new(&[("offline.max_requests", "10")]);
    stage.say("one");
    stage.connect(NO_CHAT);
    stage.say("two");
    stage.closed(1006, "");
    stage.say("three");
    assert_eq!(dones(&stage.log()), Vec::<String>::new());
    stage.connect(CHAT);
    for _ in 0..3 {
        stage.answer(200, OK);
    }
    let log = stage.log();
    assert_eq!(dones(&log), ["1 OK", "2 OK", "3 OK"]);
    assert_eq!(sent(&log).len(), 3);
}

#[test]
fn it_is_bounded() {
    let mut stage = Stage::up(&[("offline.max_requests", "2")], NO_CHAT);
    for text in ["one", "two", "three"] {
        stage.say(text);
    }
    assert_eq!(dones(&stage.log()), ["3 ERR_QUEUE_FULL"]);
    let mut stage = Stage::up(&[], NO_CHAT);
    for _ in 0..65 {
        wait(&mut stage, "x");
    }
    assert_eq!(dones(&stage.log()), ["65 ERR_QUEUE_FULL"]);
    stage.say("not this one");
    assert_eq!(dones(&stage.log()), ["66 ERR_WRONG_STATE"]);
    let mut stage = Stage::up(&[("offline.max_requests", "2")], NO_CHAT);
    stage.act(Action::Say(Say { text: "now".into(), json: r#"{"queue":false}"#.into() }));
    assert_eq!(dones(&stage.log()), ["1 ERR_WRONG_STATE"]);
}

#[test]
fn it_does_not_wait_for_ever() {
    let options = [("offline.max_requests", "10"), ("offline.ttl_ms", "5000")];
    let mut stage = Stage::up(&options, NO_CHAT);
    stage.say("one");
    stage.pass(3000);
    stage.say("two");
    stage.pass(1999);
    assert!(dones(&stage.log()).is_empty());
    stage.pass(1);
    assert_eq!(dones(&stage.log()), ["1 ERR_EXPIRED"]);
    stage.closed(1006, "");
    stage.log();
    stage.pass(2999);
    assert!(dones(&stage.log()).is_empty());
    stage.pass(1);
    assert_eq!(dones(&stage.log()), ["2 ERR_EXPIRED"], "also without a link");
    stage.connect(CHAT);
    assert!(sent(&stage.log()).is_empty());
}

#[test]
fn what_has_its_chat_does_not_expire_while_it_waits_for_its_turn() {
    // A drawn name is not watched, so no other call comes in between.
    let options = [("offline.max_requests", "10"), ("offline.ttl_ms", "1000"), ("gateway.client_id", "")];
    let mut stage = Stage::up(&options, NO_CHAT);
    stage.say("one");
    stage.say("two");
    stage.text(STARTED);
    stage.pass(5000);
    stage.log();
    stage.answer(200, OK);
    stage.answer(200, OK);
    assert_eq!(dones(&stage.log()), ["1 OK", "2 OK"]);
}

#[test]
fn without_a_time_to_live_it_waits_as_long_as_it_takes() {
    let options = [("offline.max_requests", "10"), ("offline.ttl_ms", "0")];
    let mut stage = Stage::up(&options, NO_CHAT);
    stage.say("one");
    stage.pass(86_400_000);
    stage.text(STARTED);
    assert_eq!(sent(&stage.log()).len(), 1);
}

#[test]
fn the_end_of_a_chat_ends_what_may_not_wait_for_another() {
    let mut stage = Stage::up(&[], CHAT);
    stage.say("one");
    stage.say("two");
    wait(&mut stage, "three");
    stage.log();
    stage.text(CLOSED);
    assert_eq!(dones(&stage.log()), ["2 ERR_WRONG_STATE"]);
    stage.answer(200, OK);
    assert_eq!(dones(&stage.log()), ["1 OK"]);
    stage.text(STARTED);
    stage.answer(200, OK);
    assert_eq!(dones(&stage.log()), ["3 OK"]);
}

#[test]
fn what_the_host_lets_go_of_is_not_sent() {
    let mut stage = Stage::up(&[("offline.max_requests", "10")], NO_CHAT);
    stage.say("one");
    stage.say("two");
    stage.abandon(1);
    stage.text(STARTED);
    stage.answer(200, OK);
    let log = stage.log();
    assert_eq!(sent(&log), [r#"http POST /dialogue {"text":"two","source":"user"} once"#]);
    assert_eq!(dones(&log), ["2 OK"]);
}

#[test]
fn the_time_for_an_answer_counts_from_when_it_is_sent() {
    let mut stage = Stage::up(&[("offline.max_requests", "10"), ("request.timeout_ms", "7000")], NO_CHAT);
    stage.say("one");
    assert_eq!(stage.deadlines[&1], None, "it waits by its own time to live");
    stage.pass(20_000);
    stage.text(STARTED);
    assert_eq!(stage.deadlines[&1], Some(stage.now + parlor::model::millis(7000)));
    let mut plain = Stage::up(&[], CHAT);
    plain.say("one");
    assert!(plain.deadlines.is_empty(), "what may not wait keeps the deadline that it came with");
}
