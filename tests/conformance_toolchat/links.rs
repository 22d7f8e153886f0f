//! How a connection comes about, and what each way of losing it leads to.

use parlor::model::{Action, Secret, Status};
use parlor::protocol::Loss;

use crate::stage::{ADD, CONFIGURED, ESTABLISHED, NOW, Stage, TICKET};

const ASK: &str =
    r#"Post /api/v1/tickets {"clientInfo":{"timestamp":"2025-11-03T12:00:00.000Z","userAgent":"parlor/0.1.0"}"#;

fn headers(stage: &Stage) -> Vec<String> {
    stage.calls[0].1.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect()
}

#[test]
fn the_current_profile_connects_like_the_services_own_client() {
    let mut stage = Stage::new(&[("toolchat.entity_id", "brand-1"), ("toolchat.entity_type", "BRAND")]);
    stage.act(Action::SetTools { json: ADD.into() });
    stage.act(Action::SetContext { key: "locale".into(), text: "de".into(), json: String::new() });
    stage.begin();
    assert_eq!(
        headers(&stage),
        ["x-oddle-mp-auth-token: token", "x-oddle-chat-server-key: key", "content-type: application/json"]
    );
    stage.answer(200, TICKET);
    stage.open();
    stage.text(ESTABLISHED);
    stage.text(CONFIGURED);
    let agent = concat!("parlor/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        stage.log(),
        [
            "done 1 OK".to_owned(),
            "done 2 OK".to_owned(),
            format!(r#"Post /api/v1/tickets {{"clientInfo":{{"timestamp":"2025-11-03T12:00:00.000Z","userAgent":"{agent}"}},"entityId":"brand-1","entityType":"BRAND"}}"#),
            "dial ws://chat/ws?ticket=t1".into(),
            "SERVICE type=session_established".into(),
            "CONNECTED".into(),
            r#"send {"type":"configure_tools","toolSchemas":[{"description":"adds","name":"add","parameters":[]}],"contextHelpers":{"locale":"de"}}"#.into(),
            "SERVICE type=tools_configured".into(),
            "READY".into(),
        ]
    );
}

#[test]
fn the_documented_profile_sends_its_tools_as_soon_as_the_socket_is_open() {
    let mut stage = Stage::new(&[("toolchat.profile", "documented"), ("toolchat.user_id", "u1")]);
    stage.act(Action::SetTools { json: ADD.into() });
    stage.begin();
    assert_eq!(
        headers(&stage),
        ["authorization: Bearer token", "x-chat-server-key: key", "content-type: application/json"]
    );
    stage.answer(200, TICKET);
    let log = stage.log();
    assert!(log[1].contains(r#""userId":"u1""#), "{log:?}");
    stage.open();
    stage.text(CONFIGURED);
    stage.text(r#"{"type":"session_established","sessionId":"s1"}"#);
    let log = stage.log();
    assert!(log[0].starts_with(r#"send {"type":"configure_tools""#), "{log:?}");
    assert_eq!(log[1..], ["SERVICE type=tools_configured", "SERVICE type=session_established", "CONNECTED", "READY"]);
    assert_eq!(stage.mirror()["session"], "s1");
}

#[test]
fn a_third_profile_needs_nothing_but_the_option() {
    let profile = r#"{"base":"current","name":"next","ticket_path":"/t","socket_path":"/socket","ticket_parameter":"k",
        "token_header":"x-token","chat_members":{"v":2},"chat_sources":{"conv":"conversation"},"chat_parameters":["conv","mood"],
        "auth_close_codes":[4100],"final_close_codes":[4200],"operations":["GET /api/v9/runs/{id} ?limit:number"]}"#;
    let mut stage = Stage::new(&[("toolchat.profile", profile), ("toolchat.conversation", "c7")]);
    stage.begin();
    assert_eq!(headers(&stage)[0], "x-token: token");
    stage.answer(200, TICKET);
    stage.open();
    stage.text(ESTABLISHED);
    stage.log();
    stage.say("hi", r#"{"mood":"calm"}"#);
    stage.call("GET /api/v9/runs/5", r#"{"limit":2}"#);
    assert_eq!(
        stage.log(),
        [
            r#"send {"type":"chat_message","content":"hi","conv":"c7","mood":"calm","v":2}"#,
            "done 1 OK",
            "Get /api/v9/runs/5?limit=2"
        ]
    );
    stage.closed(0, 4200);
    assert_eq!(stage.log()[0], "lost: give up SERVICE_CLOSED");
}

#[test]
fn a_session_without_tools_is_ready_at_once_and_gets_its_context() {
    let mut stage = Stage::new(&[]);
    stage.act(Action::SetContext { key: "a".into(), text: "1".into(), json: String::new() });
    stage.connect();
    let log = stage.log();
    assert_eq!(
        log[log.len() - 3..],
        ["CONNECTED", "READY", r#"send {"type":"update_context_helpers","contextHelpers":{"a":"1"}}"#]
    );
}

#[test]
fn tools_that_are_never_confirmed_end_the_attempt() {
    let mut stage = Stage::new(&[]);
    stage.act(Action::SetTools { json: ADD.into() });
    stage.connect();
    stage.log();
    stage.pass(9_999);
    assert!(stage.log().is_empty());
    stage.pass(1);
    assert_eq!(stage.log(), ["lost: retry NO_ANSWER"]);
}

#[test]
fn a_held_ticket_is_checked_and_used_again_or_replaced() {
    for (status, body, expected) in [
        (200, r#"{"valid":true}"#, "dial ws://chat/ws?ticket=t1"),
        (200, r#"{"valid":false,"retryable":true}"#, ASK),
        (500, "", "dial ws://chat/ws?ticket=t1"),
        (401, "", "dial ws://chat/ws?ticket=t1"),
        (200, "<html>", "dial ws://chat/ws?ticket=t1"),
    ] {
        let mut stage = Stage::up(&[]);
        stage.closed(0, 1006);
        stage.begin();
        stage.answer(status, body);
        let log = stage.log();
        assert_eq!(log[1], r#"Post /api/v1/tickets/validate {"ticket":"t1"}"#);
        assert!(log[2].starts_with(expected.split(r#","userAgent"#).next().unwrap()), "HTTP {status} {body}: {log:?}");
    }
    // Nobody can say, and by its date it is over: a new one.
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.answer(200, r#"{"success":true,"ticket":"old","expiresAt":"2025-11-03T12:00:29Z"}"#);
    stage.open();
    stage.text(ESTABLISHED);
    stage.closed(0, 1006);
    stage.begin();
    stage.log();
    stage.call_fails(Status::Refused);
    assert!(stage.log()[0].starts_with("Post /api/v1/tickets {"));
    // Without a check, the date alone decides.
    let mut stage = Stage::up(&[("toolchat.profile", "documented")]);
    stage.closed(0, 1006);
    stage.begin();
    assert_eq!(stage.log()[1], "dial ws://chat/ws?ticket=t1");
}

#[test]
fn every_end_of_a_link_has_its_class() {
    for (http, close, expected) in [
        (401, 0, "retry UNAUTHORIZED"),
        (403, 0, "retry UNAUTHORIZED"),
        (404, 0, "give up HTTP_NOT_FOUND"),
        (429, 0, "retry RATE_LIMITED"),
        (500, 0, "retry SERVER_ERROR"),
        (503, 0, "retry SERVER_ERROR"),
        (0, 1000, "give up SERVICE_CLOSED"),
        (0, 1001, "retry SERVICE_CLOSED"),
        (0, 1005, "retry SERVICE_CLOSED"),
        (0, 1006, "retry CONNECTION_LOST"),
        (0, 1008, "retry UNAUTHORIZED"),
        (0, 1011, "retry SERVICE_CLOSED"),
        (0, 1012, "retry SERVICE_CLOSED"),
        (0, 4001, "retry UNAUTHORIZED"),
        (0, 4006, "retry UNAUTHORIZED"),
        (0, 4010, "retry SERVICE_CLOSED"),
        (0, 4500, "retry SERVICE_CLOSED"),
        (0, 0, "retry CONNECTION_LOST"),
    ] {
        let mut stage = Stage::up(&[]);
        stage.closed(http, close);
        assert_eq!(stage.log(), [format!("lost: {expected}")], "HTTP {http}, close {close}");
    }
}

#[test]
fn refused_tickets_are_replaced_once_and_then_it_stops() {
    for signal in ["upgrade", "frame", "close"] {
        let mut stage = Stage::new(&[]);
        for round in 0..2 {
            stage.begin();
            assert_eq!(stage.calls.len(), 1, "{signal}: a fresh ticket in round {round}");
            stage.answer(200, TICKET);
            match signal {
                "upgrade" => stage.closed(401, 0),
                "frame" => {
                    stage.open();
                    stage.text(r#"{"type":"authentication_error","error":"no","code":"TICKET_INVALID"}"#);
                }
                _ => {
                    stage.open();
                    stage.closed(0, 4003);
                }
            }
        }
        let [Loss::Retry { .. }, Loss::GiveUp { error }] = &stage.losses[..] else { panic!("{:?}", stage.losses) };
        assert_eq!(error.status, Status::Unauthorized);
        assert!(error.text.contains("credential") && error.text.contains("toolchat.server_key"), "{}", error.text);
    }
}

#[test]
fn an_old_ticket_that_is_refused_says_nothing_about_the_credential() {
    let mut stage = Stage::up(&[("toolchat.profile", "documented")]);
    for _ in 0..5 {
        stage.closed(0, 1006);
        stage.begin();
        stage.log();
        stage.closed(401, 0);
        assert!(stage.log()[0].starts_with("Post /api/v1/tickets {"), "the attempt goes on");
        stage.answer(200, TICKET);
        stage.open();
        stage.text(ESTABLISHED);
    }
    assert_eq!(stage.losses.len(), 5, "{:?}", stage.losses);
    // But the fresh one after it does.
    stage.closed(0, 1006);
    stage.begin();
    stage.closed(401, 0);
    stage.answer(200, TICKET);
    stage.closed(401, 0);
    assert!(matches!(stage.losses.last(), Some(Loss::GiveUp { .. })), "{:?}", stage.losses);
}

#[test]
fn a_ticket_that_was_lost_on_the_way_in_may_be_used_up() {
    let mut stage = Stage::new(&[]);
    for _ in 0..5 {
        stage.begin();
        stage.answer(200, TICKET);
        stage.closed(0, 1006);
        stage.begin();
        assert!(stage.log().last().expect("a check").starts_with("Post /api/v1/tickets/validate"));
        stage.answer(200, r#"{"valid":false,"code":"TICKET_USED"}"#);
        stage.answer(200, TICKET);
        stage.closed(0, 1006);
        stage.begin();
        stage.answer(200, r#"{"valid":true}"#);
        // It was not what it was said to be, but it was not fresh either.
        stage.closed(401, 0);
        stage.answer(200, TICKET);
        stage.open();
        stage.text(ESTABLISHED);
        stage.call("reconnect", "");
        stage.now += parlor::model::millis(61_000);
    }
    assert!(stage.losses.iter().all(|loss| matches!(loss, Loss::Retry { .. })), "{:?}", stage.losses);
}

#[test]
fn a_service_that_lets_in_and_puts_out_again_is_left_alone() {
    let mut stage = Stage::new(&[]);
    for _ in 0..2 {
        stage.connect();
        stage.closed(0, 1008);
    }
    assert!(matches!(stage.losses[..], [Loss::Retry { .. }, Loss::GiveUp { .. }]), "{:?}", stage.losses);
    // An hour later it is an accident of its own.
    let mut stage = Stage::new(&[]);
    for _ in 0..3 {
        stage.connect();
        stage.closed(0, 1008);
        stage.now += parlor::model::millis(3_600_000);
    }
    assert!(stage.losses.iter().all(|loss| matches!(loss, Loss::Retry { .. })), "{:?}", stage.losses);
}

#[test]
fn a_generation_that_takes_the_ticket_in_a_message_is_a_profile_too() {
    // As the service was for a day, before the ticket went into the address.
    let profile = r#"{"base":"documented","name":"messages","ticket_path":"/api/websocket/ticket",
        "ticket_message":"ticket_authenticate","configure_on":"session_established"}"#;
    let mut stage = Stage::new(&[("toolchat.profile", profile), ("url", "ws://chat/?a=1")]);
    stage.act(Action::SetTools { json: ADD.into() });
    stage.begin();
    stage.log();
    stage.answer(200, TICKET);
    stage.open();
    stage.text(r#"{"type":"authentication_success"}"#);
    stage.text(ESTABLISHED);
    let agent = concat!("parlor/", env!("CARGO_PKG_VERSION"));
    let log = stage.log();
    assert_eq!(
        log[..4],
        [
            "dial ws://chat/ws?a=1".to_owned(),
            format!(
                r#"send {{"type":"ticket_authenticate","ticket":"t1","clientInfo":{{"timestamp":"{NOW}","userAgent":"{agent}"}}}}"#
            ),
            "SERVICE type=authentication_success".into(),
            "SERVICE type=session_established".into(),
        ]
    );
    stage.text(r#"{"type":"authentication_error","error":"used","code":"TICKET_USED"}"#);
    assert!(matches!(stage.losses[..], [Loss::Retry { .. }]));
}

#[test]
fn no_ticket_and_why() {
    for (status, body, expected) in [
        (401, r#"{"code":"AUTH_INVALID"}"#, "credential UNAUTHORIZED"),
        (401, r#"{"code":"SERVER_KEY_INVALID"}"#, "give up UNAUTHORIZED"),
        (403, "", "give up FORBIDDEN"),
        (404, "", "give up HTTP_NOT_FOUND"),
        (500, r#"{"error":"Failed to generate ticket"}"#, "retry SERVER_ERROR"),
        (200, "<html>", "retry PROTOCOL"),
    ] {
        let mut stage = Stage::new(&[]);
        stage.begin();
        stage.log();
        stage.answer(status, body);
        assert_eq!(stage.log(), [format!("lost: {expected}")], "HTTP {status} {body}");
    }
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.log();
    stage.answer_with(429, &[("retry-after", "7")], r#"{"code":"RATE_LIMITED"}"#);
    stage.begin();
    stage.call_fails(Status::Timeout);
    let log = stage.log();
    assert_eq!((log[0].as_str(), log[2].as_str()), ("lost: retry RATE_LIMITED after 7000 ms", "lost: retry TIMEOUT"));
}

#[test]
fn one_request_for_a_ticket_serves_everybody() {
    let mut stage = Stage::new(&[]);
    stage.begin();
    let one = stage.call("refreshTicket", "");
    let two = stage.call("refreshTicket", "");
    assert_eq!(stage.calls.len(), 1);
    stage.log();
    stage.answer(200, TICKET);
    let done = r#"OK {"expiresAt":"2025-11-03T13:00:00Z"}"#;
    assert_eq!(
        stage.log(),
        [format!("done {one} {done}"), format!("done {two} {done}"), "dial ws://chat/ws?ticket=t1".to_owned()]
    );
    // A new ticket does not touch an open socket.
    stage.open();
    stage.text(ESTABLISHED);
    stage.log();
    stage.call("refreshTicket", "");
    stage.answer(200, r#"{"ticket":"t2","expiresAt":"2025-11-03T14:00:00Z"}"#);
    assert_eq!(stage.log().len(), 2);
    assert_eq!(stage.mirror()["ready"], true);
    // The next connection uses it, without a check, since it was never used.
    stage.closed(0, 1006);
    stage.begin();
    assert_eq!(stage.log()[1], "dial ws://chat/ws?ticket=t2");
}

#[test]
fn another_credential_needs_another_ticket() {
    let mut stage = Stage::up(&[]);
    stage.act(Action::SetCredential { value: Secret::new("fresh") });
    stage.closed(0, 1006);
    stage.begin();
    assert_eq!(headers(&stage)[0], "x-oddle-mp-auth-token: fresh");
    assert!(!stage.mirror().to_string().contains("fresh"), "the mirror keeps secrets");
}

#[test]
fn another_credential_does_not_wait_for_what_the_old_one_asked_for() {
    // While a ticket is asked for: the one that comes is another user's.
    let mut stage = Stage::new(&[]);
    stage.begin();
    let one = stage.call("refreshTicket", "");
    stage.act(Action::SetCredential { value: Secret::new("fresh") });
    assert_eq!(stage.calls.len(), 2);
    stage.log();
    stage.answer(200, TICKET);
    assert_eq!(stage.log(), [""; 0], "the old answer is for nobody");
    assert_eq!(headers(&stage)[0], "x-oddle-mp-auth-token: fresh");
    stage.answer(200, r#"{"ticket":"t2","expiresAt":"2025-11-03T13:00:00Z"}"#);
    assert_eq!(
        stage.log(),
        [format!(r#"done {one} OK {{"expiresAt":"2025-11-03T13:00:00Z"}}"#), "dial ws://chat/ws?ticket=t2".into()]
    );
    // While the old ticket is checked.
    let mut stage = Stage::up(&[]);
    stage.closed(0, 1006);
    stage.begin();
    stage.act(Action::SetCredential { value: Secret::new("fresh") });
    stage.log();
    stage.answer(200, r#"{"valid":true}"#);
    assert_eq!(stage.log(), [""; 0]);
    assert_eq!(headers(&stage)[0], "x-oddle-mp-auth-token: fresh");
    stage.answer(200, TICKET);
    assert_eq!(stage.log(), ["dial ws://chat/ws?ticket=t1"]);
}

#[test]
fn a_session_that_is_established_anew_is_told_everything_anew() {
    let mut stage = Stage::up(&[]);
    stage.act(Action::SetContext { key: "a".into(), text: "1".into(), json: String::new() });
    stage.log();
    stage.text(ESTABLISHED);
    assert_eq!(stage.log()[1], r#"send {"type":"update_context_helpers","contextHelpers":{"a":"1"}}"#);
}

#[test]
fn reconnect_fetches_a_fresh_ticket() {
    let mut stage = Stage::up(&[]);
    let request = stage.call("reconnect", "");
    assert_eq!(stage.log(), [format!("done {request} OK"), "lost: retry CONNECTION_LOST after 0 ms".to_owned()]);
    stage.begin();
    assert!(stage.log()[0].starts_with("Post /api/v1/tickets {"));
}
