//! What official clients of Centrifugo have got wrong at some time, each a test of that name.

use crate::stage::Stage;

const PLAIN: &str = r#"{"client":"c","ping":25,"pong":true}"#;
const EXPIRING: &str = r#"{"client":"c","expires":true,"ttl":10,"ping":25,"pong":true}"#;

fn lines(stage: &mut Stage, wanted: &[&str]) -> Vec<String> {
    stage.log().into_iter().filter(|line| wanted.iter().any(|start| line.starts_with(start))).collect()
}

fn id_of(line: &str) -> u32 {
    let rest = line.split("\"id\":").nth(1).expect("an id");
    rest.split(',').next().expect("a number").parse().expect("a number")
}

/// Subscribed to `a`, recoverable, at offset 5 of epoch `e`.
fn at_five() -> Stage {
    let mut stage = Stage::up(&[], PLAIN);
    stage.subscribe(r#"{"channel":"a","recoverable":true}"#);
    let id = id_of(&stage.log()[0]);
    stage.text(&format!(r#"{{"id":{id},"subscribe":{{"recoverable":true,"epoch":"e","offset":5}}}}"#));
    stage.log();
    stage
}

fn push(offset: u64) -> String {
    format!(r#"{{"push":{{"channel":"a","pub":{{"data":"m{offset}","offset":{offset}}}}}}}"#)
}

#[test]
fn a_connection_begins_with_connect_and_ends_in_ready() {
    let mut stage = Stage::new(&[("protocol", "centrifugo"), ("url", "ws://c"), ("credential", "T")]);
    stage.connect(PLAIN);
    let log = stage.log();
    assert_eq!(log[0], "dial ws://c/connection/websocket");
    assert!(log[1].starts_with(r#"send {"id":1,"connect":{"token":"T","name":"parlor","version":""#), "{}", log[1]);
    assert_eq!(log[2..], ["CONNECTED", "READY"]);
    stage.text("{}");
    assert_eq!(stage.log(), ["send {}"], "one pong for one ping");
}

#[test]
fn a_ping_without_pong_is_not_answered() {
    let mut stage = Stage::up(&[], r#"{"client":"c","ping":25}"#);
    stage.text("{}");
    stage.text("{}\n{}");
    assert!(stage.log().is_empty(), "an answer that was not asked for is a bad request");
}

#[test]
fn a_stale_transports_close_does_not_tear_down_the_new_connection() {
    // The session hands nothing of an older socket to the protocol; what comes between a loss and the next dial is
    // nothing to it either.
    let mut stage = at_five();
    stage.closed(3000, "");
    stage.log();
    stage.closed(1006, "");
    stage.text(&push(6));
    assert!(stage.log().is_empty());
    stage.connect(PLAIN);
    assert!(stage.log().contains(&"READY".to_owned()));
}

#[test]
fn the_position_is_not_overwritten_by_a_reply_after_delivery() {
    let mut stage = at_five();
    stage.text(&push(6));
    stage.closed(3011, "");
    stage.connect(PLAIN);
    let sent = lines(&mut stage, &["send"]).pop().expect("a subscribe");
    assert!(sent.contains(r#""recover":true,"epoch":"e","offset":6"#), "{sent}");
    let id = id_of(&sent);
    // The reply names the offset that was asked for; the publications in it lead further.
    stage.text(&format!(
        r#"{{"id":{id},"subscribe":{{"recoverable":true,"epoch":"e","offset":6,"was_recovering":true,"recovered":true,"publications":[{{"data":"m7","offset":7}},{{"data":"m8","offset":8}}]}}}}"#
    ));
    let told = lines(&mut stage, &["MESSAGE", "GAP", "SERVICE"]);
    assert_eq!(told[0], "SERVICE type=subscribed name=a role=client", "first the subscription, then what was missed");
    assert_eq!(
        told[1..],
        ["MESSAGE SNAPSHOT value=7 text=m7 id=7 name=a", "MESSAGE SNAPSHOT value=8 text=m8 id=8 name=a"]
    );
    assert_eq!(stage.mirror()["subscriptions"]["a"]["offset"], 8);
}

#[test]
fn a_publication_that_was_delivered_is_not_delivered_again() {
    let mut stage = at_five();
    stage.text(&format!("{}\n{}\n{}", push(6), push(6), push(5)));
    assert_eq!(stage.log(), ["MESSAGE value=6 text=m6 id=6 name=a"]);
}

#[test]
fn recovered_publications_are_not_delivered_after_unsubscribe() {
    let mut stage = at_five();
    stage.closed(3000, "");
    stage.connect(PLAIN);
    let id = id_of(&lines(&mut stage, &["send"]).pop().expect("a subscribe"));
    stage.call("unsubscribe", r#"{"channel":"a"}"#);
    stage.log();
    stage.text(&format!(
        r#"{{"id":{id},"subscribe":{{"was_recovering":true,"recovered":true,"publications":[{{"data":1,"offset":6}}]}}}}"#
    ));
    stage.text(&push(7));
    assert!(stage.log().is_empty());
}

#[test]
fn nothing_of_the_frame_is_delivered_after_a_disconnect() {
    let mut stage = at_five();
    let frame =
        format!("{}\n{}\n{}", push(6), r#"{"push":{"disconnect":{"code":3011,"reason":"force reconnect"}}}"#, push(7));
    stage.text(&frame);
    let told = lines(&mut stage, &["MESSAGE", "lost"]);
    assert_eq!(told, ["MESSAGE value=6 text=m6 id=6 name=a", "lost: retry PARLOR_ERR_SERVICE_CLOSED"]);
}

#[test]
fn subscribe_unsubscribe_subscribe_with_a_reply_in_flight_makes_no_ghost() {
    let mut stage = Stage::up(&[], PLAIN);
    let first = stage.subscribe(r#"{"channel":"a"}"#);
    let gone = stage.call("unsubscribe", r#"{"channel":"a"}"#);
    let second = stage.subscribe(r#"{"channel":"a"}"#);
    let sent = lines(&mut stage, &["send"]);
    assert_eq!(sent.len(), 3);
    let ids: Vec<u32> = sent.iter().map(|line| id_of(line)).collect();
    stage.text(&format!(r#"{{"id":{},"subscribe":{{}}}}"#, ids[0]));
    stage.text(r#"{"push":{"channel":"a","pub":{"data":1}}}"#);
    assert!(stage.log().is_empty(), "the first answer belongs to nobody");
    stage.text(&format!(r#"{{"id":{},"unsubscribe":{{}}}}"#, ids[1]));
    stage.text(&format!(r#"{{"id":{},"subscribe":{{}}}}"#, ids[2]));
    stage.text(r#"{"push":{"channel":"a","pub":{"data":1}}}"#);
    let log = stage.log();
    assert_eq!(log[0], format!("done {gone} OK"));
    assert_eq!(log[2], format!("done {second} OK {{}}"));
    assert_eq!(log[3], "MESSAGE text=1 name=a");
    assert!(first < second);
}

#[test]
fn an_unsubscribe_push_that_meets_a_subscribe_in_flight_is_ignored() {
    let mut stage = Stage::up(&[], PLAIN);
    stage.subscribe(r#"{"channel":"a"}"#);
    let id = id_of(&stage.log()[0]);
    stage.text(r#"{"push":{"channel":"a","unsubscribe":{"code":2000,"reason":"old"}}}"#);
    assert!(stage.log().is_empty());
    stage.text(&format!(r#"{{"id":{id},"subscribe":{{}}}}"#));
    assert_eq!(stage.mirror()["subscriptions"]["a"]["state"], "subscribed");
}

#[test]
fn unsubscribe_codes_decide_whether_to_come_back() {
    let mut stage = at_five();
    stage.text(r#"{"push":{"channel":"a","unsubscribe":{"code":2500,"reason":"insufficient state"}}}"#);
    let log = stage.log();
    assert!(log[0].starts_with("SERVICE type=subscribing value=2500"), "{log:?}");
    assert!(log[1].contains(r#""recover":true,"epoch":"e","offset":5"#), "{log:?}");
    let mut stage = at_five();
    stage.text(r#"{"push":{"channel":"a","unsubscribe":{"code":2502,"reason":"state invalidated"}}}"#);
    let log = stage.log();
    assert!(log[1].contains(r#""recover":true,"epoch":"_""#) && !log[1].contains("offset"), "{log:?}");
    let mut stage = at_five();
    stage.text(r#"{"push":{"channel":"a","unsubscribe":{"code":2000,"reason":"server"}}}"#);
    let log = stage.log();
    assert!(log.len() == 1 && log[0].starts_with("SERVICE type=unsubscribed value=2000"), "{log:?}");
    stage.text(&push(6));
    assert!(stage.log().is_empty());
}

#[test]
fn a_reconnect_does_not_double_the_refresh_chain() {
    let mut stage = Stage::up(&[("credential", "T")], EXPIRING);
    stage.closed(3000, "");
    stage.connect(EXPIRING);
    stage.log();
    stage.pass(9_000);
    assert_eq!(stage.log(), ["CREDENTIAL_NEEDED PARLOR_ERR_UNAUTHORIZED"], "one question for one life of the token");
    stage.credential("U");
    let sent = lines(&mut stage, &["send"]);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains(r#""refresh":{"token":"U"}"#), "{sent:?}");
    let id = id_of(&sent[0]);
    stage.text(&format!(r#"{{"id":{id},"refresh":{{"expires":true,"ttl":100}}}}"#));
    for _ in 0..8 {
        stage.pass(10_000);
        stage.text("{}");
    }
    assert!(lines(&mut stage, &["CREDENTIAL"]).is_empty());
    stage.pass(11_000);
    assert_eq!(lines(&mut stage, &["CREDENTIAL"]).len(), 1);
}

#[test]
fn a_huge_ttl_sets_no_timer_that_overflows() {
    let mut stage = Stage::up(&[], r#"{"client":"c","expires":true,"ttl":18446744073709551615}"#);
    stage.pass(1000 * 86_400 * 300);
    assert!(stage.log().is_empty());
}

#[test]
fn a_static_expired_token_does_not_loop() {
    let mut stage = Stage::new(&[
        ("protocol", "centrifugo"),
        ("url", "ws://c"),
        ("credential", "T"),
        ("centrifugo.tokens", "fixed"),
    ]);
    stage.begin();
    stage.open();
    stage.log();
    stage.text(r#"{"id":1,"error":{"code":109,"message":"token expired"}}"#);
    assert_eq!(stage.log(), ["lost: give up PARLOR_ERR_UNAUTHORIZED"]);
}

#[test]
fn code_3014_does_not_turn_a_client_with_a_token_anonymous() {
    let mut stage = at_five();
    stage.credential("T");
    stage.log();
    stage.closed(3014, "state invalidated");
    assert_eq!(lines(&mut stage, &["lost"]), ["lost: credential PARLOR_ERR_UNAUTHORIZED"]);
    // Whoever tries all the same is asked again, and nothing is dialled without a token.
    stage.begin();
    assert_eq!(stage.log(), ["lost: credential PARLOR_ERR_UNAUTHORIZED"]);
    stage.credential("U");
    stage.connect(PLAIN);
    let sent = lines(&mut stage, &["send"]);
    assert!(sent[0].contains(r#""token":"U""#), "{sent:?}");
    assert!(sent[1].contains(r#""recover":true,"epoch":"_""#), "positions were dropped: {sent:?}");
}

#[test]
fn an_empty_token_in_a_refresh_is_the_end() {
    let mut stage = Stage::up(&[("credential", "T")], EXPIRING);
    stage.pass(9_000);
    stage.credential("");
    assert_eq!(lines(&mut stage, &["lost"]), ["lost: give up PARLOR_ERR_UNAUTHORIZED"]);
}

#[test]
fn a_refused_refresh_is_the_end_and_a_temporary_fault_is_not() {
    let mut stage = Stage::up(&[("credential", "T")], EXPIRING);
    stage.pass(9_000);
    stage.credential("U");
    let id = id_of(&lines(&mut stage, &["send"])[0]);
    stage.text(&format!(r#"{{"id":{id},"error":{{"code":100,"message":"internal","temporary":true}}}}"#));
    assert!(stage.log().is_empty());
    stage.pass(8_000);
    stage.credential("V");
    let id = id_of(&lines(&mut stage, &["send"])[0]);
    stage.text(&format!(r#"{{"id":{id},"error":{{"code":101,"message":"unauthorized"}}}}"#));
    assert_eq!(lines(&mut stage, &["lost"]), ["lost: give up PARLOR_ERR_UNAUTHORIZED"]);
}

#[test]
fn a_refreshed_subscription_token_is_stored() {
    let mut stage = Stage::up(&[], PLAIN);
    stage.subscribe(r#"{"channel":"$a","token":"T"}"#);
    let id = id_of(&stage.log()[0]);
    stage.text(&format!(r#"{{"id":{id},"subscribe":{{"expires":true,"ttl":10}}}}"#));
    stage.log();
    stage.pass(9_000);
    assert_eq!(stage.log(), ["CREDENTIAL_NEEDED PARLOR_ERR_UNAUTHORIZED name=$a"]);
    let request = stage.call("sub_refresh", r#"{"channel":"$a","token":"U"}"#);
    let sent = stage.log();
    assert!(sent[0].contains(r#""sub_refresh":{"channel":"$a","token":"U"}"#), "{sent:?}");
    stage.text(&format!(r#"{{"id":{},"sub_refresh":{{"expires":true,"ttl":10}}}}"#, id_of(&sent[0])));
    assert_eq!(stage.log(), [format!("done {request} OK")]);
    stage.closed(3000, "");
    stage.connect(PLAIN);
    let sent = lines(&mut stage, &["send"]).pop().expect("a subscribe");
    assert!(sent.contains(r#""token":"U""#), "{sent}");
}

#[test]
fn sub_refresh_always_names_its_channel() {
    let stage = Stage::up(&[], PLAIN);
    let action = parlor::model::Action::Call { name: "sub_refresh".into(), json: r#"{"token":"U"}"#.into() };
    assert!(stage.check(&action).expect_err("no channel").text.contains("\"channel\" is missing"));
}

#[test]
fn waiting_for_a_token_is_not_taken_for_a_subscribe_timeout() {
    let mut stage = Stage::up(&[], PLAIN);
    let request = stage.subscribe(r#"{"channel":"$a","token":"T"}"#);
    let id = id_of(&stage.log()[0]);
    stage.text(&format!(r#"{{"id":{id},"error":{{"code":109,"message":"token expired"}}}}"#));
    assert_eq!(stage.log(), ["CREDENTIAL_NEEDED PARLOR_ERR_UNAUTHORIZED name=$a"]);
    stage.pass(20_000);
    assert!(stage.log().is_empty(), "the host may take its time");
    let fresh = stage.call("sub_refresh", r#"{"channel":"$a","token":"U"}"#);
    let log = stage.log();
    assert!(log[0] == format!("done {fresh} OK") && log[1].contains(r#""token":"U""#), "{log:?}");
    stage.text(&format!(r#"{{"id":{},"subscribe":{{}}}}"#, id_of(&log[1])));
    assert!(stage.log().contains(&format!("done {request} OK {{}}")));
}

#[test]
fn a_subscribe_that_is_not_answered_leads_to_a_reconnect() {
    let mut stage = Stage::up(&[], PLAIN);
    stage.subscribe(r#"{"channel":"a"}"#);
    stage.log();
    stage.pass(5_000);
    assert_eq!(lines(&mut stage, &["lost"]), ["lost: retry PARLOR_ERR_NO_ANSWER"]);
    let mut stage = at_five();
    stage.call("unsubscribe", r#"{"channel":"a"}"#);
    stage.log();
    stage.pass(5_000);
    assert_eq!(lines(&mut stage, &["lost"]), ["lost: retry PARLOR_ERR_NO_ANSWER"]);
}

#[test]
fn timers_that_are_late_after_a_suspend_look_at_the_socket_first() {
    let mut stage = at_five();
    stage.suspend(600_000);
    // The driver reads before it looks at the clock, so what was waiting in the socket counts.
    stage.text("{}");
    assert_eq!(stage.log(), ["send {}"]);
    stage.pass(34_999);
    assert!(stage.log().is_empty());
    stage.pass(2);
    assert_eq!(lines(&mut stage, &["lost"]), ["lost: retry PARLOR_ERR_IDLE_TIMEOUT"]);
}

#[test]
fn a_rejection_never_becomes_a_tight_loop() {
    for (code, said) in [(3000, "shutdown"), (3011, ""), (4000, "")] {
        let mut stage = at_five();
        stage.closed(code, said);
        let Some(parlor::protocol::Loss::Retry { after, .. }) = stage.losses.last() else {
            panic!("{code} comes back")
        };
        assert!(after.is_some_and(|after| after >= parlor::model::millis(100)), "{code}");
    }
    let mut stage = Stage::up(&[], PLAIN);
    stage.subscribe(r#"{"channel":"a"}"#);
    let mut sent = stage.log();
    for _ in 0..5 {
        let id = id_of(&sent[0]);
        stage.text(&format!(r#"{{"id":{id},"error":{{"code":111,"message":"too many","temporary":true}}}}"#));
        stage.pass(499);
        assert!(stage.log().is_empty(), "half a second at the least");
        for _ in 0..200 {
            stage.pass(100);
            sent = lines(&mut stage, &["send"]);
            if !sent.is_empty() {
                break;
            }
        }
        stage.text("{}");
        stage.log();
    }
}

#[test]
fn what_is_not_the_protocol_is_noticed_at_once() {
    for garbage in ["<html>", "[]", "nope", r#"{"id":"1"}"#] {
        let mut stage = Stage::new(&[("protocol", "centrifugo"), ("url", "ws://c")]);
        stage.begin();
        stage.open();
        stage.log();
        stage.text(garbage);
        assert_eq!(stage.log(), ["lost: give up PARLOR_ERR_PROTOCOL"], "{garbage}");
    }
}

#[test]
fn a_delta_after_an_empty_recovery_has_no_base_and_does_no_harm() {
    let mut stage = Stage::up(&[], PLAIN);
    stage.subscribe(r#"{"channel":"a","delta":"fossil","recoverable":true}"#);
    let id = id_of(&stage.log()[0]);
    stage.text(&format!(r#"{{"id":{id},"subscribe":{{"recoverable":true,"delta":true,"epoch":"e","offset":5}}}}"#));
    stage.log();
    stage.text(r#"{"push":{"channel":"a","pub":{"data":"8\n8@0,3:abc;","delta":true,"offset":6}}}"#);
    assert_eq!(lines(&mut stage, &["lost", "MESSAGE"]), ["lost: retry PARLOR_ERR_PROTOCOL"]);
    // The position has not moved, so what could not be read is recovered.
    stage.connect(PLAIN);
    let sent = lines(&mut stage, &["send"]).pop().expect("a subscribe");
    assert!(sent.contains("\"offset\":5"), "{sent}");
}

#[test]
fn an_error_of_connect_is_followed_by_its_rule() {
    for (error, said) in [
        (r#"{"code":109,"message":"x"}"#, "lost: credential PARLOR_ERR_UNAUTHORIZED"),
        (r#"{"code":100,"message":"x","temporary":true}"#, "lost: retry PARLOR_ERR_SERVER_ERROR"),
        (r#"{"code":111,"message":"x","temporary":true}"#, "lost: retry PARLOR_ERR_RATE_LIMITED"),
        (r#"{"code":101,"message":"x"}"#, "lost: give up PARLOR_ERR_UNAUTHORIZED"),
        (r#"{"code":103,"message":"x"}"#, "lost: give up PARLOR_ERR_FORBIDDEN"),
        (r#"{"code":1500,"message":"x"}"#, "lost: give up PARLOR_ERR_SERVICE"),
    ] {
        let mut stage = Stage::new(&[("protocol", "centrifugo"), ("url", "ws://c"), ("credential", "T")]);
        stage.begin();
        stage.open();
        stage.log();
        stage.text(&format!(r#"{{"id":1,"error":{error}}}"#));
        assert_eq!(stage.log(), [said], "{error}");
    }
}

#[test]
fn server_side_subscriptions_come_back_with_their_positions_and_go_when_they_are_gone() {
    let subs = r#"{"client":"c","subs":{"s":{"recoverable":true,"positioned":true,"epoch":"e","offset":3},"t":{}}}"#;
    let mut stage = Stage::up(&[], subs);
    stage.text(r#"{"push":{"channel":"s","pub":{"data":1,"offset":4}}}"#);
    assert_eq!(stage.log(), ["MESSAGE value=4 text=1 id=4 name=s"]);
    // A subscribe to it is not sent: the service would answer 105.
    let request = stage.subscribe(r#"{"channel":"s"}"#);
    assert_eq!(stage.log(), [format!("done {request} OK")]);
    stage.closed(3000, "");
    stage.log();
    stage.connect(r#"{"client":"d","subs":{"s":{"recoverable":true,"epoch":"e","offset":4,"was_recovering":true,"recovered":true,"publications":[{"data":2,"offset":5}]}}}"#);
    let log = stage.log();
    assert!(log[1].contains(r#""subs":{"s":{"recover":true,"epoch":"e","offset":4}}"#), "{log:?}");
    assert!(log.contains(&"MESSAGE SNAPSHOT value=5 text=2 id=5 name=s".to_owned()));
    assert!(log.iter().any(|line| line.starts_with("SERVICE SYNTHETIC type=unsubscribed") && line.contains("name=t")));
    assert!(!log.iter().any(|line| line.starts_with("GAP")), "{log:?}");
}

#[test]
fn many_subscriptions_go_out_in_frames_that_the_service_takes() {
    let channels: Vec<String> =
        (0..120).map(|n| format!("{{\"channel\":\"c{n}\",\"token\":\"{}\"}}", "t".repeat(1_000))).collect();
    let mut stage = Stage::new(&[
        ("protocol", "centrifugo"),
        ("url", "ws://c"),
        ("centrifugo.subscriptions", &format!("[{}]", channels.join(","))),
    ]);
    stage.connect(PLAIN);
    let frames: Vec<String> =
        lines(&mut stage, &["send"]).into_iter().filter(|line| line.contains("\"subscribe\"")).collect();
    assert_eq!(frames.len(), 3, "several commands share a frame");
    assert!(frames.iter().all(|frame| frame.len() < 64 << 10 && !frame.contains("\n\n")));
    assert_eq!(frames.iter().map(|frame| frame.matches("\"subscribe\"").count()).sum::<usize>(), 120);
}

#[test]
fn what_the_connect_handler_says_is_told() {
    let mut stage = Stage::new(&[("protocol", "centrifugo"), ("url", "ws://c")]);
    stage.connect(r#"{"client":"c","data":{"motd": "Hi"},"ping":25}"#);
    assert!(stage.log().contains(&r#"SERVICE type=connected text={"motd": "Hi"}"#.to_owned()));
}

#[test]
fn a_payload_and_its_answer_are_passed_on_byte_for_byte() {
    let mut stage = Stage::up(&[], PLAIN);
    let request = stage.call("rpc", r#"{"method":"m","data":{"a" :  [1, 2]}}"#);
    let sent = stage.log();
    assert!(sent[0].contains(r#""data":{"a" :  [1, 2]}"#), "{sent:?}");
    stage.text(&format!(r#"{{"id":{},"rpc":{{"data": {{"b" :  1}}}}}}"#, id_of(&sent[0])));
    assert_eq!(stage.log(), [format!("done {request} OK {{\"data\": {{\"b\" :  1}}}}")]);
}

#[test]
fn an_abandoned_call_is_forgotten_and_a_lost_link_ends_the_others() {
    let mut stage = Stage::up(&[], PLAIN);
    let first = stage.call("rpc", r#"{"method":"m"}"#);
    let second = stage.call("rpc", r#"{"method":"m"}"#);
    let id = id_of(&stage.log()[0]);
    stage.abandon(first);
    stage.text(&format!(r#"{{"id":{id},"rpc":{{}}}}"#));
    assert!(stage.log().is_empty());
    stage.closed(1006, "");
    assert!(stage.log().contains(&format!("done {second} ERR_LINK_LOST")));
    let third = stage.call("rpc", r#"{"method":"m"}"#);
    assert_eq!(stage.log(), [format!("done {third} ERR_WRONG_STATE")]);
}
