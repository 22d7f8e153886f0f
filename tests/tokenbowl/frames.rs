//! Token Bowl frame by frame: what comes in, what the host is told, what goes out. The frames were taken from its servers
//! 2.0.1 and 1.1.5.

use parlor::model::Action;

use crate::stage::Stage;

pub(crate) const TOKEN: &str =
    r#"{"token":"J","url":"ws://c:1/connection/websocket","channels":["user:alice","room:main"],"user":"alice"}"#;
const ACCEPTED: &str =
    r#"{"client":"u","expires":true,"ttl":86400,"subs":{"user:alice":{},"room:main":{}},"ping":25,"pong":true}"#;
pub(crate) const PAGE: &str = r#"{"messages":[],"pagination":{"total":0,"offset":0,"limit":1,"has_more":false}}"#;

pub(crate) fn message(id: &str, from: &str, text: &str, second: u32) -> String {
    format!(
        r#"{{"id":"{id}","from_user_id":"i-{from}","from_username":"{from}","content":"{text}","message_type":"room","timestamp":"2025-11-07T12:00:{second:02}.000000+00:00"}}"#
    )
}

pub(crate) fn push(data: &str) -> String {
    format!(r#"{{"push":{{"channel":"room:main","pub":{{"data":{data},"offset":1}}}}}}"#)
}

pub(crate) fn new(more: &[(&str, &str)]) -> Stage {
    Stage::new(&[&[("protocol", "tokenbowl"), ("url", "http://t"), ("credential", "K")], more].concat())
}

/// Generation B, connected; what has happened until then is forgotten.
pub(crate) fn up(more: &[(&str, &str)]) -> Stage {
    let mut stage = new(more);
    again(&mut stage);
    stage.log();
    stage
}

/// Connects in generation B: with the token, and where it is asked where the store stands, with two empty lists.
pub(crate) fn again(stage: &mut Stage) {
    stage.begin();
    stage.answer(200, TOKEN);
    while !stage.calls.is_empty() {
        stage.answer(200, PAGE);
    }
    accept(stage);
}

/// The socket opens and the service accepts.
pub(crate) fn accept(stage: &mut Stage) {
    stage.open();
    let log = stage.log();
    let sent = log.iter().find(|line| line.contains("\"connect\"")).expect("a connect command").clone();
    let id = sent.split("\"id\":").nth(1).and_then(|rest| rest.split(',').next()).expect("an id").to_owned();
    stage.text(&format!("{{\"id\":{id},\"connect\":{ACCEPTED}}}"));
}

/// Generation A, connected; what has happened until then is forgotten.
pub(crate) fn up_a() -> Stage {
    let mut stage = new(&[("tokenbowl.generation", "a"), ("tokenbowl.gap_fill", "0")]);
    stage.begin();
    stage.open();
    stage.log();
    stage
}

#[test]
fn generation_b_connects_with_a_token_and_subscribes_to_nothing() {
    let mut stage = new(&[]);
    stage.begin();
    assert_eq!(
        stage.log(),
        [
            "http GET http://t/centrifugo/connection-token",
            "http GET http://t/messages?limit=1&offset=0",
            "http GET http://t/messages/direct?limit=1&offset=0",
        ]
    );
    stage.answer(200, TOKEN);
    stage.answer(200, PAGE);
    assert!(stage.log().is_empty(), "it is known where the store stands before anything can be missed");
    stage.answer(200, PAGE);
    assert_eq!(stage.log(), ["dial ws://c:1/connection/websocket"]);
    stage.open();
    let sent = stage.log();
    assert!(sent[0].starts_with(r#"send {"id":1,"connect":{"token":"J","name":"parlor""#), "{sent:?}");
    stage.text(&format!("{{\"id\":1,\"connect\":{ACCEPTED}}}"));
    assert_eq!(stage.log(), ["CONNECTED", "READY"], "no subscribe is sent: the service has subscribed the user itself");
    assert_eq!(stage.mirror()["user"], "alice");
    assert_eq!(stage.mirror()["subscriptions"]["room:main"]["state"], "subscribed");
}

#[test]
fn pushes_become_events() {
    for (data, expected) in [
        (message("m1", "bob", "Hi", 1), "MESSAGE text=Hi id=m1 name=bob sender=i-bob role=room"),
        (message("m2", "alice", "Me", 2), "MESSAGE value=1 text=Me id=m2 name=alice sender=i-alice role=room"),
        (r#"{"id":"m3","from_user_id":"","from_username":"gone","to_username":"alice","content":"x","message_type":"direct"}"#.into(),
            "MESSAGE text=x id=m3 name=gone role=direct"),
        (r#"{"id":"m4","from_username":"s","content":"x","message_type":"system"}"#.into(), "MESSAGE text=x id=m4 name=s role=system"),
        (r#"{"type":"read_receipt","message_id":"m1","read_by":"bob","read_at":"2025"}"#.into(), "RECEIPT id=m1 name=read sender=bob"),
        (r#"{"type":"typing","username":"bob","to_username":null}"#.into(), "TYPING value=1 name=bob sender=bob role=room"),
        (r#"{"type":"typing","username":"bob","to_username":"alice"}"#.into(), "TYPING value=1 name=bob sender=bob role=direct"),
        (r#"{"type":"unread_count","total_unread":3,"unread_room_messages":1,"unread_direct_messages":2}"#.into(), "UNREAD value=3"),
        (r#"{"type":"brand_new","x":1}"#.into(), "SERVICE type=brand_new"),
        (r#"{"id":"m9","content":"nobody said it"}"#.into(),
            "SERVICE PARLOR_ERR_PROTOCOL type= text=what came can not be understood: a message without content or sender"),
    ] {
        let mut stage = up(&[]);
        stage.text(&push(&data));
        assert_eq!(stage.log(), [expected], "{data}");
    }
}

#[test]
fn an_own_message_is_told_once_whichever_comes_first() {
    // The push comes before the answer, as the service publishes while it answers.
    let mut stage = up(&[]);
    let said = stage.say("Me", "");
    assert_eq!(stage.log(), [r#"http POST http://t/messages {"content":"Me"} once"#]);
    let mine = message("m1", "alice", "Me", 1);
    stage.text(&push(&mine));
    stage.answer(201, &mine);
    assert_eq!(
        stage.log(),
        [
            "MESSAGE value=1 text=Me id=m1 name=alice sender=i-alice role=room".to_owned(),
            format!("done {said} OK 201 {mine}")
        ]
    );
    let mut stage = up(&[]);
    stage.say("Me", r#"{"to":"bob"}"#);
    stage.log();
    stage.answer(201, &mine);
    stage.text(&push(&mine));
    assert_eq!(stage.log().iter().filter(|line| line.starts_with("MESSAGE")).count(), 1);
}

#[test]
fn answers_to_the_call_for_a_token() {
    for (status, body, expected) in [
        (401, r#"{"detail":"Invalid API key"}"#, "lost: credential PARLOR_ERR_UNAUTHORIZED"),
        (403, "", "lost: give up PARLOR_ERR_FORBIDDEN"),
        (404, "", "dial ws://t/ws x-api-key: K"),
        (429, "", "lost: retry PARLOR_ERR_RATE_LIMITED"),
        (500, "", "lost: retry PARLOR_ERR_SERVER_ERROR"),
        (503, "<html>", "lost: retry PARLOR_ERR_SERVER_ERROR"),
        (200, "<html>", "lost: give up PARLOR_ERR_PROTOCOL"),
        (200, r#"{"token":"J"}"#, "lost: give up PARLOR_ERR_PROTOCOL"),
    ] {
        let mut stage = new(&[("tokenbowl.gap_fill", "0")]);
        stage.begin();
        stage.log();
        stage.answer(status, body);
        assert_eq!(stage.log(), [expected], "{status} {body}");
    }
    let mut stage = new(&[("tokenbowl.generation", "b")]);
    stage.begin();
    stage.log();
    stage.answer(404, "");
    assert_eq!(stage.log(), ["lost: give up PARLOR_ERR_HTTP_NOT_FOUND"], "who says b means b");
}

#[test]
fn an_expired_token_is_replaced_by_a_fresh_connection() {
    let mut stage = new(&[("tokenbowl.gap_fill", "0")]);
    stage.begin();
    stage.answer(200, TOKEN);
    stage.open();
    stage.log();
    stage.text(r#"{"id":1,"error":{"code":109,"message":"token expired"}}"#);
    assert_eq!(stage.log(), ["lost: retry PARLOR_ERR_UNAUTHORIZED"]);
    stage.begin();
    assert_eq!(stage.log(), ["http GET http://t/centrifugo/connection-token"]);
}

#[test]
fn the_token_of_a_day_is_replaced_a_minute_before_its_end() {
    let mut stage = new(&[("tokenbowl.gap_fill", "0")]);
    stage.begin();
    stage.answer(200, TOKEN);
    stage.open();
    stage.text(r#"{"id":1,"connect":{"client":"u","expires":true,"ttl":86400,"subs":{"room:main":{}}}}"#);
    stage.log();
    stage.pass(86_340_000 - 1);
    assert!(stage.log().is_empty());
    stage.pass(1);
    assert_eq!(stage.log(), ["http GET http://t/centrifugo/connection-token"]);
    // Where the service has none just then, it is asked again; there is time enough.
    stage.answer(503, "");
    stage.pass(7_500);
    assert_eq!(stage.log(), ["http GET http://t/centrifugo/connection-token"]);
    stage.answer(200, &TOKEN.replace("\"J\"", "\"K\""));
    assert_eq!(stage.log(), [r#"send {"id":2,"refresh":{"token":"K"}}"#]);
    stage.text(r#"{"id":2,"refresh":{"client":"u","expires":true,"ttl":86400}}"#);
    stage.pass(86_000_000);
    assert!(stage.log().is_empty(), "a day more");
}

#[test]
fn generation_a_frame_by_frame() {
    let whole = message("m1", "bob", "Hi", 1);
    for (frame, expected) in [
        (whole.as_str(), "MESSAGE text=Hi id=m1 name=bob sender=i-bob role=room"),
        (r#"{"type":"ping","timestamp":"2025-11-01T00:00:00"}"#, r#"send {"type":"pong"}"#),
        (r#"{"type":"read_receipt","message_id":"m1","read_by":"bob"}"#, "RECEIPT id=m1 name=read sender=bob"),
        (
            r#"{"type":"typing","username":"bob","to_username":"alice"}"#,
            "TYPING value=1 name=bob sender=bob role=direct",
        ),
        (r#"{"type":"something"}"#, "SERVICE type=something"),
        ("[]", "SERVICE PARLOR_ERR_PROTOCOL type= text=what came can not be understood: it is not an object"),
    ] {
        let mut stage = up_a();
        stage.text(frame);
        assert_eq!(stage.log(), [expected], "{frame}");
    }
}

#[test]
fn requests_of_generation_a_are_sent_one_at_a_time() {
    let mut stage = up_a();
    let first = stage.say("One", "");
    let second = stage.say("Two", r#"{"to":"bob"}"#);
    let third = stage.call("ws:mark_room_read", "");
    let fourth = stage.call("ws:get_unread_count", "");
    assert_eq!(stage.log(), [r#"send {"content":"One","type":"message"}"#]);
    let ack = format!(r#"{{"type":"message_sent","status":"sent","message":{}}}"#, message("m1", "alice", "One", 1));
    stage.text(&ack);
    let log = stage.log();
    assert!(log[0].starts_with("MESSAGE value=1 text=One id=m1"), "{log:?}");
    assert_eq!(
        log[1..],
        [format!("done {first} OK {ack}"), r#"send {"content":"Two","to_username":"bob","type":"message"}"#.into()]
    );
    let error = r#"{"type":"error","error":"User bob not found"}"#;
    stage.text(error);
    assert_eq!(stage.log(), [format!("done {second} ERR_SERVICE {error}"), r#"send {"type":"mark_room_read"}"#.into()]);
    // What others do meanwhile is no answer.
    stage.text(&message("m2", "bob", "Hi", 2));
    assert_eq!(stage.log().len(), 1);
    let marked = r#"{"status":"marked_read","count":2}"#;
    stage.text(marked);
    assert_eq!(stage.log(), [format!("done {third} OK {marked}"), r#"send {"type":"get_unread_count"}"#.into()]);
    // An answer that nobody waits for any more is not taken for that of the next one.
    stage.abandon(fourth);
    let fifth = stage.call("ws:get_users", "");
    assert!(stage.log().is_empty());
    stage.text(r#"{"type":"unread_count","total_unread":4}"#);
    assert_eq!(stage.log(), ["UNREAD value=4", r#"send {"type":"get_users"}"#]);
    stage.closed(1006, "");
    assert_eq!(
        stage.log(),
        ["lost: retry PARLOR_ERR_CONNECTION_LOST".to_owned(), format!("done {fifth} ERR_LINK_LOST")]
    );
}

#[test]
fn the_oldest_servers_of_generation_a_are_understood() {
    let mut stage = up_a();
    let said = stage.say("One", "");
    stage.log();
    let ack = format!(r#"{{"status":"sent","message":{}}}"#, message("m1", "alice", "One", 1));
    stage.text(&ack);
    assert_eq!(stage.log()[1], format!("done {said} OK {ack}"));
    let said = stage.say("", "");
    assert_eq!(stage.log(), [format!("done {said} ERR_INVALID_ARGUMENT")], "what would crash the server is not sent");
    let said = stage.say("Two", "");
    stage.log();
    stage.text(r#"{"error":"nope"}"#);
    assert_eq!(stage.log(), [format!(r#"done {said} ERR_SERVICE {{"error":"nope"}}"#)]);
}

#[test]
fn generation_a_ends_by_its_own_rules() {
    for (status, expected) in [
        (401, "lost: credential PARLOR_ERR_UNAUTHORIZED"),
        (403, "lost: credential PARLOR_ERR_UNAUTHORIZED"),
        (404, "lost: give up PARLOR_ERR_HTTP_NOT_FOUND"),
        (503, "lost: retry PARLOR_ERR_SERVER_ERROR"),
    ] {
        let mut stage = new(&[("tokenbowl.generation", "a"), ("tokenbowl.gap_fill", "0")]);
        stage.begin();
        stage.log();
        stage.refused(status);
        assert_eq!(stage.log(), [expected], "{status}");
    }
    for (code, expected) in [
        (1008, "lost: credential PARLOR_ERR_UNAUTHORIZED"),
        (1006, "lost: retry PARLOR_ERR_CONNECTION_LOST"),
        (1000, "lost: retry PARLOR_ERR_SERVICE_CLOSED"),
        (1012, "lost: retry PARLOR_ERR_SERVICE_CLOSED"),
    ] {
        let mut stage = up_a();
        stage.closed(code, "");
        assert_eq!(stage.log(), [expected], "{code}");
    }
    // A server that has never pinged is not expected to; one that has and stops has forgotten this connection.
    let mut stage = up_a();
    stage.pass(600_000);
    assert!(stage.log().is_empty());
    stage.binary(br#"{"type":"ping"}"#);
    stage.log();
    stage.pass(60_000);
    assert_eq!(stage.log(), ["lost: retry PARLOR_ERR_IDLE_TIMEOUT"]);
}

#[test]
fn without_a_key_nothing_is_sent_and_the_host_is_asked() {
    let mut stage = Stage::new(&[("protocol", "tokenbowl"), ("url", "http://t")]);
    if std::env::var("TOKEN_BOWL_CHAT_API_KEY").is_ok() {
        return println!("SKIPPED: the environment has a key of its own");
    }
    stage.begin();
    assert_eq!(stage.log(), ["lost: credential PARLOR_ERR_UNAUTHORIZED"]);
    stage.credential("K");
    stage.begin();
    assert!(stage.log().contains(&"http GET http://t/centrifugo/connection-token".to_owned()));
}

#[test]
fn what_the_service_does_not_have_is_refused_by_the_call_itself() {
    let stage = new(&[]);
    for action in [
        Action::SetContext { key: "k".into(), text: "t".into(), json: String::new() },
        Action::SetTools { json: String::new() },
        Action::Interrupt { json: String::new() },
        Action::Subscribe { json: String::new() },
    ] {
        let error = stage.check(&action).expect_err("there is no such thing");
        assert_eq!(error.status, parlor::model::Status::Unsupported, "{}", error.text);
    }
}
