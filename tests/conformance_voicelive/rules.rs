//! The life of a connection, and the rules between messages.

use parlor::model::{Action, PlaybackPhase, Secret};

use crate::stage::{CREATED, Stage, UPDATED};

#[test]
fn from_the_dial_to_the_session() {
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.open();
    stage.text(r#"{"type":"error","error":{"message":"early"}}"#);
    stage.text(CREATED);
    assert_eq!(
        stage.log(),
        // The stage writes the effects of a step behind its events.
        [
            "dial ws://vl/voice-live/realtime?api-version=2026-07-15&model=m",
            "CONNECTED",
            "SERVICE SERVICE type=error text=early",
            "SERVICE type=session.created id=sess_1",
            "CHAT_STARTED id=sess_1",
            "READY",
        ]
    );
}

#[test]
fn an_initial_session_is_waited_for() {
    let mut stage = Stage::new(&[("voicelive.session", r#"{"instructions":"x"}"#)]);
    stage.begin();
    stage.open();
    stage.text(CREATED);
    assert!(!stage.log().contains(&"READY".to_owned()));
    stage.text(UPDATED);
    assert!(stage.log().contains(&"READY".to_owned()));
}

#[test]
fn tools_may_be_set_before_there_is_a_session() {
    let mut stage = Stage::new(&[]);
    let request = stage.act(Action::SetTools { json: r#"[{"name":"f"}]"#.into() });
    assert_eq!(stage.log(), [format!("done {request} OK")]);
    let refused = stage.say("too early");
    assert_eq!(stage.log(), [format!("done {refused} WRONG_STATE")]);
    stage.begin();
    stage.open();
    stage.text(CREATED);
    assert_eq!(stage.sent()[0]["session"]["tools"][0]["name"], "f");
    let request = stage.call("session.update", r#"{"session":{"instructions":"x"}}"#);
    stage.log();
    stage.text(UPDATED);
    assert!(stage.log().contains(&"READY".to_owned()));
    stage.text(UPDATED);
    assert!(stage.log().contains(&format!("done {request} OK")));
}

#[test]
fn silence_is_not_waited_for_for_ever() {
    for (wanted, messages) in [("", &[][..]), (r#"{"instructions":"x"}"#, &[CREATED][..])] {
        let mut stage = Stage::new(&[("voicelive.session", wanted), ("answer.timeout_ms", "10000")]);
        stage.begin();
        stage.open();
        messages.iter().for_each(|message| stage.text(message));
        stage.log();
        stage.pass(9_999);
        assert!(stage.log().is_empty());
        stage.pass(1);
        assert!(stage.log().contains(&"lost: retry PARLOR_ERR_NO_ANSWER".to_owned()));
    }
}

#[test]
fn thirty_connections_a_minute_and_no_more() {
    let mut stage = Stage::new(&[]);
    for n in 0..35 {
        stage.begin();
        let log = stage.log();
        assert_eq!(log.iter().any(|line| line.starts_with("dial")), n < 30, "{n}");
        let waits = log.iter().any(|line| line.starts_with("SERVICE SYNTHETIC type=connection.waiting value=60000"));
        assert_eq!(waits, n >= 30, "{n}: {log:?}");
        if n < 30 {
            stage.closed(1006, 0);
            stage.log();
        }
    }
    stage.pass(60_000);
    assert!(stage.log().iter().any(|line| line.starts_with("dial")));
}

#[test]
fn what_each_end_means() {
    for (close, http, expected) in [
        (1000, 0, "retry PARLOR_ERR_SERVICE_CLOSED"),
        (1001, 0, "retry PARLOR_ERR_SERVICE_CLOSED"),
        (1006, 0, "retry PARLOR_ERR_CONNECTION_LOST"),
        (1008, 0, "give up PARLOR_ERR_SERVICE_CLOSED"),
        (1011, 0, "retry PARLOR_ERR_SERVICE_CLOSED"),
        (4000, 0, "retry PARLOR_ERR_SERVICE_CLOSED"),
        (0, 302, "give up PARLOR_ERR_REDIRECT"),
        (0, 401, "give up PARLOR_ERR_UNAUTHORIZED"),
        (0, 403, "give up PARLOR_ERR_FORBIDDEN"),
        (0, 404, "give up PARLOR_ERR_HTTP_NOT_FOUND"),
        (0, 429, "retry PARLOR_ERR_RATE_LIMITED"),
        (0, 500, "retry PARLOR_ERR_SERVER_ERROR"),
    ] {
        let mut stage = Stage::ready(&[]);
        stage.closed(close, http);
        assert!(stage.log().contains(&format!("lost: {expected}")), "{close} {http}");
    }
}

#[test]
fn a_token_serves_one_connection() {
    let mut stage = Stage::new(&[("voicelive.auth", "token"), ("credential", "first")]);
    stage.begin();
    assert!(stage.log()[0].starts_with("dial"));
    stage.closed(1006, 0);
    stage.begin();
    assert!(stage.log().contains(&"lost: credential PARLOR_ERR_UNAUTHORIZED".to_owned()));
    stage.act(Action::SetCredential { value: Secret::new("second") });
    stage.begin();
    assert!(stage.log().iter().any(|line| line.starts_with("dial")));
}

#[test]
fn the_expiry_is_told_before_it_comes() {
    // The stage's calendar stands at 1000 s.
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.open();
    stage.text(r#"{"type":"session.created","session":{"id":"s","expires_at":1100}}"#);
    stage.log();
    stage.pass(39_999);
    assert!(stage.log().is_empty());
    stage.pass(1);
    assert!(stage.log()[0].starts_with("SERVICE SYNTHETIC type=session.expiring"));
}

#[test]
fn what_hung_on_the_link_ends_with_it() {
    let mut stage = Stage::ready(&[]);
    let said = stage.say("Hi");
    stage.text(r#"{"type":"response.created","response":{"id":"r"}}"#);
    stage.text(r#"{"type":"response.audio.delta","response_id":"r","item_id":"i","delta":"AQI="}"#);
    let waiting = stage.say("More");
    let held = stage.call("conversation.item.delete", r#"{"item_id":"i"}"#);
    stage.log();
    stage.closed(1006, 0);
    let log = stage.log();
    for line in [
        "AUDIO_ENDED SYNTHETIC id=r name=interrupted".to_owned(),
        "REPLY_ENDED SYNTHETIC LINK_LOST id=r name=link_lost role=assistant".to_owned(),
        "AI_STATE SYNTHETIC text=idle name=idle".to_owned(),
        "CHAT_CLOSED SYNTHETIC id=sess_1".to_owned(),
        format!("done {waiting} LINK_LOST"),
        format!("done {held} LINK_LOST"),
    ] {
        assert!(log.contains(&line), "{line} is missing in {log:?}");
    }
    assert!(!log.contains(&format!("done {said} LINK_LOST")), "it had ended already");
    stage.begin();
    stage.open();
    stage.pass(5000);
    stage.log();
    stage.text(CREATED);
    let log = stage.log();
    assert_eq!(log.iter().filter(|line| line.starts_with("GAP value=5000")).count(), 1, "{log:?}");
}

#[test]
fn a_reply_that_comes_in_between_is_waited_for() {
    let mut stage = Stage::ready(&[]);
    let request = stage.call("response.create", r#"{"event_id":"mine"}"#);
    stage.sent();
    stage.text(r#"{"type":"error","error":{"code":"conversation_already_has_active_response","message":"m","event_id":"mine"}}"#);
    assert!(stage.sent().is_empty());
    stage.text(r#"{"type":"response.created","response":{"id":"theirs"}}"#);
    stage.text(r#"{"type":"response.done","response":{"id":"theirs","status":"completed"}}"#);
    assert_eq!(stage.sent().len(), 1);
    stage.text(r#"{"type":"response.created","response":{"id":"ours"}}"#);
    assert!(stage.log().contains(&format!("done {request} OK")));
}

#[test]
fn a_reply_that_was_taken_for_another_one_is_asked_for_again() {
    let mut stage = Stage::ready(&[]);
    stage.call("response.create", r#"{"event_id":"mine","response":{"instructions":"x"}}"#);
    stage.text(r#"{"type":"response.created","response":{"id":"theirs"}}"#);
    stage.text(r#"{"type":"error","error":{"code":"conversation_already_has_active_response","message":"m","event_id":"mine"}}"#);
    stage.sent();
    stage.text(r#"{"type":"response.done","response":{"id":"theirs","status":"completed"}}"#);
    assert_eq!(stage.sent()[0]["response"]["instructions"], "x");
}

#[test]
fn results_of_several_calls_make_one_reply() {
    let mut stage = Stage::ready(&[]);
    stage.text(r#"{"type":"response.created","response":{"id":"r"}}"#);
    for call in ["a", "b"] {
        stage.text(&format!(r#"{{"type":"response.function_call_arguments.done","response_id":"r","call_id":"{call}","name":"f","arguments":"{{}}"}}"#));
        // Told a second time by its item, it is still one call.
        stage.text(&format!(r#"{{"type":"response.output_item.done","item":{{"id":"i{call}","type":"function_call","call_id":"{call}","name":"f","arguments":"{{}}"}}}}"#));
    }
    assert_eq!(stage.log().iter().filter(|line| line.starts_with("TOOL_CALL")).count(), 2);
    let result = |id: &str| Action::ToolResult { id: id.into(), result: "x".into(), failed: id == "b" };
    stage.act(result("a"));
    stage.text(r#"{"type":"response.done","response":{"id":"r","status":"completed"}}"#);
    let sent = stage.sent();
    assert_eq!(sent.len(), 1, "the other call has no result yet: {sent:?}");
    stage.act(result("b"));
    let sent = stage.sent();
    assert_eq!(sent[0]["item"]["output"], r#"{"error":"x"}"#);
    assert_eq!(sent[1]["type"], "response.create");
    assert_eq!(sent.len(), 2);
}

#[test]
fn who_cuts_in_is_heard_and_the_rest_is_cut_off() {
    for (session, truncates) in [("", true), (r#""turn_detection":{"type":"server_vad","auto_truncate":true}"#, false)]
    {
        let mut stage = Stage::ready(&[]);
        if !session.is_empty() {
            stage.text(&format!(r#"{{"type":"session.updated","session":{{{session}}}}}"#));
        }
        stage.text(r#"{"type":"response.created","response":{"id":"r"}}"#);
        let second = base64_of(48_000);
        stage.text(&format!(
            r#"{{"type":"response.audio.delta","response_id":"r","item_id":"i","content_index":0,"delta":"{second}"}}"#
        ));
        let phase = PlaybackPhase::Started;
        let (id, sender, json) = ("r".into(), String::new(), String::new());
        stage.act(Action::Playback(parlor::model::Playback { phase, id, sender, json }));
        stage.log();
        stage.pass(400);
        stage.text(r#"{"type":"input_audio_buffer.speech_started","item_id":"u"}"#);
        stage.text(r#"{"type":"response.audio.delta","response_id":"r","item_id":"i","delta":"AQI="}"#);
        let log = stage.log();
        assert!(log.contains(&"AUDIO_ENDED SYNTHETIC value=400 id=r name=interrupted".to_owned()), "{log:?}");
        assert!(!log.iter().any(|line| line.starts_with("AUDIO ")), "{log:?}");
        let cut: Vec<_> = stage.sent().iter().map(|message| message["audio_end_ms"].as_i64()).collect();
        assert_eq!(cut, if truncates { vec![Some(400)] } else { vec![] });
    }
}

fn base64_of(bytes: usize) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(vec![0; bytes])
}

#[test]
fn the_microphone_is_silent_until_there_is_a_session() {
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.open();
    stage.audio(&[0; 960]);
    assert!(stage.sent().is_empty());
    stage.text(CREATED);
    stage.audio(&[0; 960]);
    assert_eq!(stage.sent().len(), 1);
    assert_eq!(stage.mirror()["session"]["id"], "sess_1");
}
