//! What actions send besides the rows of the table, and when they do not.

use parlor::model::Action;

use crate::stage::{ADD, Stage};

#[test]
fn slips_in_what_is_said_are_named() {
    let mut stage = Stage::up(&[]);
    for (json, expected) in [
        (r#"{"app":"X"}"#, "there is no \"app\"; it takes media, providerResId, mcpHeaders"),
        (r#"{"media":"u"}"#, "\"media\" is \"u\", but it takes an array"),
    ] {
        stage.say("x", json);
        let log = stage.log();
        assert!(log.len() == 1 && log[0].contains("INVALID_ARGUMENT") && log[0].contains(expected), "{log:?}");
    }
}

#[test]
fn without_a_session_it_is_refused_or_waits_as_long_as_the_options_say() {
    let mut stage = Stage::new(&[]);
    stage.say("x", "");
    assert!(stage.log()[0].starts_with("done 1 WRONG_STATE"));
    let mut stage = Stage::new(&[("offline.max_requests", "2"), ("offline.ttl_ms", "1000")]);
    for text in ["one", "two", "three"] {
        stage.say(text, "");
    }
    assert!(stage.log()[0].starts_with("done 3 QUEUE_FULL"));
    stage.connect();
    let log = stage.log();
    assert_eq!(
        log[log.len() - 4..],
        [
            r#"send {"type":"chat_message","content":"one","media":[]}"#,
            "done 1 OK",
            r#"send {"type":"chat_message","content":"two","media":[]}"#,
            "done 2 OK"
        ]
    );
    stage.closed(0, 1006);
    stage.say("late", "");
    stage.log();
    stage.pass(1000);
    assert!(stage.log()[0].starts_with("done 4 EXPIRED"));
}

#[test]
fn tools_and_context_are_updated_in_a_session_and_kept_without_one() {
    let mut stage = Stage::up(&[]);
    stage.act(Action::SetTools { json: ADD.into() });
    stage.act(Action::SetContext { key: "k".into(), text: "v".into(), json: String::new() });
    stage.act(Action::SetContext { key: "o".into(), text: String::new(), json: r#"{"a":[1]}"#.into() });
    stage.act(Action::SetContext { key: "k".into(), text: String::new(), json: String::new() });
    stage.call("update_context_helpers", r#"{"contextHelpers":{"z":1}}"#);
    let log: Vec<String> = stage.log().into_iter().filter(|line| line.starts_with("send")).collect();
    let context = |json: &str| format!(r#"send {{"type":"update_context_helpers","contextHelpers":{json}}}"#);
    assert_eq!(
        log,
        [
            r#"send {"type":"update_tools","toolSchemas":[{"description":"adds","name":"add","parameters":[]}]}"#
                .to_owned(),
            context(r#"{"k":"v"}"#),
            context(r#"{"k":"v","o":{"a":[1]}}"#),
            context(r#"{"o":{"a":[1]}}"#),
            context(r#"{"o":{"a":[1]},"z":1}"#),
        ]
    );
}

#[test]
fn components_go_with_the_tools() {
    let mut stage = Stage::new(&[]);
    let card = r#"{"name":"Card","description":"a card","propsSchemaJson":"{}"}"#;
    stage.act(Action::SetTools { json: format!(r#"{{"generativeComponents":[{card}]}}"#) });
    stage.connect();
    let log = stage.log();
    let sent = log.iter().find(|line| line.starts_with("send")).expect("components are told too");
    assert!(sent.contains(r#""toolSchemas":[],"generativeComponents":[{"#), "{sent}");
}

#[test]
fn a_run_is_stopped_by_its_conversation() {
    let mut stage = Stage::up(&[]);
    stage.act(Action::Interrupt { json: String::new() });
    assert!(stage.log()[0].starts_with("done 1 WRONG_STATE"));
    stage.act(Action::Interrupt { json: r#"{"conversationUuid":"c9"}"#.into() });
    assert_eq!(stage.log(), [r#"send {"type":"stop_run","conversationUuid":"c9"}"#, "done 2 OK"]);
    let mut stage = Stage::up(&[("toolchat.profile", "documented")]);
    stage.act(Action::Interrupt { json: String::new() });
    assert!(stage.log()[0].starts_with("done 1 UNSUPPORTED"));
}

#[test]
fn the_operations_of_both_profiles() {
    for (profile, name, json, expected) in [
        (
            "current",
            "GET /api/v1/messages/query",
            r#"{"entityId":"e","metadata":{"a":1}}"#,
            "Get /api/v1/messages/query?format=client&entityId=e&metadata=%7B%22a%22%3A1%7D",
        ),
        (
            "current",
            "PATCH /api/v1/threads/{providerResId}",
            r#"{"providerResId":"c 1","title":"T","tag":null}"#,
            r#"Patch /api/v1/threads/c%201 {"tag":null,"title":"T"}"#,
        ),
        ("current", "GET /api/v1/agent-configuration", "", "Get /api/v1/agent-configuration"),
        (
            "current",
            "PUT /api/v1/agent-configuration",
            r#"{"app":"a","promptPath":"p","versionUuid":"v"}"#,
            r#"Put /api/v1/agent-configuration {"app":"a","promptPath":"p","versionUuid":"v"}"#,
        ),
        ("current", "GET /api/v1/translations/de", "", "Get /api/v1/translations/de"),
        (
            "documented",
            "GET /api/v1/threads/user/u1",
            r#"{"includeArchived":true,"limit":5}"#,
            "Get /api/v1/threads/user/u1?includeArchived=true&limit=5",
        ),
        ("documented", "GET /api/v1/threads/conv/{convUuid}", r#"{"convUuid":"c"}"#, "Get /api/v1/threads/conv/c"),
        ("documented", "GET /api/v1/messages/thread/t", "", "Get /api/v1/messages/thread/t?format=client"),
        ("documented", "GET /api/v1/messages/conv/c", "", "Get /api/v1/messages/conv/c?format=client"),
        (
            "documented",
            "POST /api/v1/threads",
            r#"{"userId":"u","convUuid":"c","title":"t","agentType":"a"}"#,
            r#"Post /api/v1/threads {"agentType":"a","convUuid":"c","title":"t","userId":"u"}"#,
        ),
        ("documented", "GET /api/v1/agent-configurations", "", "Get /api/v1/agent-configurations"),
    ] {
        let mut stage = Stage::up(&[("toolchat.profile", profile)]);
        stage.call(name, json);
        assert_eq!(stage.log(), [expected], "{profile} {name}");
        stage.answer(200, r#"{"success":true}"#);
        assert_eq!(stage.log(), [r#"done 1 OK {"success":true}"#]);
    }
    // What nobody has translated is asked for in English, once.
    let mut stage = Stage::up(&[]);
    stage.call("GET /api/v1/translations/xx", "");
    stage.answer(404, "{}");
    assert_eq!(stage.log(), ["Get /api/v1/translations/xx", "Get /api/v1/translations/en"]);
    stage.answer(404, "{}");
    assert!(stage.log()[0].starts_with("done 1 HTTP_NOT_FOUND"));
    let mut stage = Stage::up(&[]);
    stage.call("GET /api/v1/threads/user/u1", "");
    assert!(stage.log()[0].contains("the profile current has no operation"));
    stage.call("PUT /api/v1/agent-configuration", "{}");
    assert!(stage.log()[0].contains("\"app\" is missing"));
}

#[test]
fn uploads_are_forms_and_answers_that_never_come_end_with_the_link() {
    let mut stage = Stage::up(&[]);
    stage.call(
        "POST /api/v1/upload",
        r#"{"files":[{"name":"a.txt","type":"text/plain","base64":"aGk="}],"folder":"f"}"#,
    );
    let type_ = &stage.calls[0].1.headers.iter().find(|(name, _)| name == "content-type").expect("a form").1;
    assert!(type_.starts_with("multipart/form-data; boundary=parlor-"), "{type_}");
    stage.log();
    stage.closed(0, 1006);
    assert!(stage.log()[1].starts_with("done 1 LINK_LOST"));
}
