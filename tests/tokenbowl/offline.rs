//! What is said while there is no link: refused, or kept for a while and said in its order.

use crate::frames::{PAGE, TOKEN, accept, again, message, new, up, up_a};

const POST: &str = "http POST http://t/messages";

#[test]
fn without_the_option_it_is_refused_at_once() {
    let mut stage = new(&[]);
    let said = stage.say("Hi", "");
    assert_eq!(stage.log(), [format!("done {said} ERR_WRONG_STATE")]);
    let asked = stage.say("Hi", r#"{"queue":true}"#);
    assert!(stage.log().is_empty(), "a request may ask for it itself");
    stage.pass(60_000);
    assert_eq!(stage.log(), [format!("done {asked} ERR_EXPIRED")]);
}

#[test]
fn with_it_what_was_said_is_sent_in_its_order_one_after_the_other() {
    let mut stage = new(&[("offline.max_requests", "2")]);
    let (first, second) = (stage.say("1", ""), stage.say("2", r#"{"to":"bob"}"#));
    let third = stage.say("3", "");
    let never = stage.say("4", r#"{"queue":false}"#);
    assert_eq!(stage.log(), [format!("done {third} ERR_QUEUE_FULL"), format!("done {never} ERR_WRONG_STATE")]);
    assert_eq!(stage.mirror()["pending"], 2);
    again(&mut stage);
    let log = stage.log();
    assert_eq!(log[log.len() - 2..], ["READY".to_owned(), format!("{POST} {{\"content\":\"1\"}} once")], "{log:?}");
    stage.answer(201, &message("m1", "alice", "1", 1));
    let log = stage.log();
    assert!(log[1].starts_with(&format!("done {first} OK 201")), "{log:?}");
    assert_eq!(log[2], format!("{POST} {{\"content\":\"2\",\"to_username\":\"bob\"}} once"));
    stage.answer(201, &message("m2", "alice", "2", 2));
    assert!(stage.log()[1].starts_with(&format!("done {second} OK 201")));
}

#[test]
fn what_is_said_on_a_link_keeps_its_order_too() {
    let mut stage = up(&[]);
    stage.say("1", "");
    stage.say("2", "");
    stage.call("get_users", "");
    assert_eq!(
        stage.log(),
        [format!("{POST} {{\"content\":\"1\"}} once"), "http GET http://t/users".into()],
        "the rest does not wait for it"
    );
    stage.answer(500, "");
    let log = stage.log();
    assert_eq!(log.last(), Some(&format!("{POST} {{\"content\":\"2\"}} once")), "{log:?}");
}

#[test]
fn it_waits_over_failed_attempts_and_ends_in_its_time() {
    let mut stage = new(&[("offline.max_requests", "5"), ("offline.ttl_ms", "10000")]);
    let said = stage.say("1", "");
    stage.begin();
    stage.answer(503, "");
    stage.pass(9_999);
    assert!(!stage.log().iter().any(|line| line.starts_with("done")));
    let later = stage.say("2", "");
    stage.pass(1);
    assert_eq!(stage.log(), [format!("done {said} ERR_EXPIRED")]);
    stage.abandon(later);
    again(&mut stage);
    assert!(!stage.log().iter().any(|line| line.contains("POST")), "what nobody waits for is not said");
}

#[test]
fn an_own_direct_message_is_told_though_nobody_waits_for_its_request() {
    let mut stage = up(&[]);
    let said = stage.say("1", r#"{"to":"bob"}"#);
    stage.say("2", "");
    stage.abandon(said);
    stage.log();
    stage.answer(201, &message("m1", "alice", "1", 1));
    let log = stage.log();
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].starts_with("MESSAGE value=1 text=1") && log[1].contains("\"2\""), "{log:?}");
}

#[test]
fn a_post_whose_link_is_lost_is_not_sent_again() {
    let mut stage = up(&[("offline.max_requests", "5")]);
    let said = stage.say("1", "");
    stage.closed(3001, "");
    assert!(stage.log().contains(&format!("done {said} ERR_LINK_LOST")));
    stage.begin();
    stage.answer(200, TOKEN);
    accept(&mut stage);
    stage.answer(200, PAGE);
    stage.answer(200, PAGE);
    stage.pass(60_000);
    assert!(!stage.log().iter().any(|line| line.contains("POST")));
}

#[test]
fn generation_a_keeps_it_too() {
    let mut stage = up_a();
    stage.closed(1006, "");
    stage.log();
    let said = stage.say("1", r#"{"queue":true}"#);
    stage.begin();
    stage.open();
    assert_eq!(stage.log()[2..], ["READY".to_owned(), r#"send {"content":"1","type":"message"}"#.to_owned()]);
    stage.closed(1006, "");
    assert!(stage.log().contains(&format!("done {said} ERR_LINK_LOST")));
}
