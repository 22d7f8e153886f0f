//! Tool calls: executed once, answered as often as they are asked for.

use parlor::model::Action;

use crate::stage::{ADD, Stage};

fn ask(id: &str) -> String {
    format!(r#"{{"type":"tool_call_request","callId":"{id}","toolName":"add","parameters":{{}}}}"#)
}

fn sent(id: &str, result: &str) -> String {
    format!(r#"send {{"type":"tool_call_response","callId":"{id}","result":{result}}}"#)
}

fn failed(id: &str, why: &str) -> String {
    format!(r#"send {{"type":"tool_call_response","callId":"{id}","error":"{why}"}}"#)
}

fn back(stage: &mut Stage) {
    stage.begin();
    stage.answer(200, r#"{"valid":true}"#);
    stage.open();
    stage.text(r#"{"type":"session_established"}"#);
    stage.text(r#"{"type":"tools_configured"}"#);
}

#[test]
fn results_and_errors_are_sent_in_the_order_in_which_they_come() {
    let mut stage = Stage::with_tool(&[]);
    for id in ["1", "2", "3"] {
        stage.text(&ask(id));
    }
    stage.log();
    stage.result("3", "42", false);
    stage.result("1", "went wrong", true);
    stage.result("2", "", false);
    assert_eq!(
        stage.log(),
        [
            sent("3", "42"),
            "done 2 OK".into(),
            failed("1", "went wrong"),
            "done 3 OK".into(),
            sent("2", "null"),
            "done 4 OK".into()
        ]
    );
    stage.result("3", "43", false);
    stage.result("9", "1", false);
    let log = stage.log();
    assert!(log[0].starts_with("done 5 CONFLICT") && log[1].starts_with("done 6 NOT_FOUND"), "{log:?}");
}

#[test]
fn a_call_is_executed_once_whatever_happens_to_the_link() {
    let mut stage = Stage::with_tool(&[]);
    stage.text(&ask("1"));
    stage.text(&ask("1"));
    let calls = |log: &[String]| log.iter().filter(|line| line.starts_with("TOOL_CALL")).count();
    assert_eq!(calls(&stage.log()), 1, "the second asks for what runs already");
    // It ends while there is no link: the answer goes with the next session.
    stage.closed(0, 1006);
    stage.result("1", "7", false);
    let log = stage.log();
    assert!(log.contains(&"done 2 OK".to_owned()) && !log.iter().any(|line| line.starts_with("send")), "{log:?}");
    back(&mut stage);
    let log = stage.log();
    assert_eq!(log.last(), Some(&sent("1", "7")));
    // The answer was lost on its way: the service asks again, and gets it again.
    stage.text(&ask("1"));
    assert_eq!(stage.log(), [sent("1", "7")]);
    // A message of the user in between changes nothing about that.
    stage.say("x", "");
    stage.log();
    stage.text(&ask("1"));
    assert_eq!(stage.log(), [sent("1", "7")]);
}

#[test]
fn a_tool_that_takes_too_long_is_a_failed_tool() {
    let mut stage = Stage::new(&[("toolchat.tool_timeout_ms", "5000")]);
    let own = r#"[{"name":"add","description":"","parameters":[],"timeoutMs":100},{"name":"slow","description":"","parameters":[]}]"#;
    stage.act(Action::SetTools { json: own.into() });
    stage.connect();
    stage.text(r#"{"type":"tools_configured"}"#);
    stage.text(&ask("1"));
    stage.text(r#"{"type":"tool_call_request","callId":"2","toolName":"slow","parameters":{}}"#);
    stage.log();
    stage.pass(100);
    let why = "the tool did not answer in time";
    assert_eq!(
        stage.log(),
        [format!("SERVICE TIMEOUT type=tool_timed_out text={why} id=1 name=add"), failed("1", why)]
    );
    // The deadline goes on without a link, and the service is told with the next one.
    stage.closed(0, 1006);
    stage.pass(4900);
    assert_eq!(stage.log()[2..], [format!("SERVICE TIMEOUT type=tool_timed_out text={why} id=2 name=slow")]);
    back(&mut stage);
    assert_eq!(stage.log().last(), Some(&failed("2", why)));
    stage.result("1", "late", false);
    assert!(stage.log()[0].starts_with("done 2 TIMEOUT"));
}

#[test]
fn stopping_and_closing_cancel_what_runs() {
    let mut stage = Stage::with_tool(&[("toolchat.conversation", "c1")]);
    stage.text(&ask("1"));
    stage.log();
    stage.act(Action::Interrupt { json: String::new() });
    let why = "cancelled: the run was stopped";
    assert_eq!(
        stage.log()[..3],
        [
            format!("SERVICE CANCELLED type=tool_cancelled text={why} id=1 name=add"),
            r#"send {"type":"stop_run","conversationUuid":"c1"}"#.to_owned(),
            failed("1", why),
        ]
    );
    stage.result("1", "late", false);
    assert!(stage.log()[0].starts_with("done 3 CANCELLED"));
    stage.text(&ask("2"));
    stage.log();
    stage.farewell();
    assert_eq!(stage.log()[1], failed("2", "cancelled: the client was closed"));
}

#[test]
fn arguments_are_checked_where_the_option_says_so() {
    let tools = r#"[{"name":"add","description":"","parameters":[{"name":"x","type":"number","description":"","isRequired":true}]}]"#;
    for (on, expected) in
        [("1", failed("1", "invalid arguments: x is missing")), ("0", "TOOL_CALL text={} id=1 name=add".into())]
    {
        let mut stage = Stage::new(&[("toolchat.validate_arguments", on)]);
        stage.act(Action::SetTools { json: tools.into() });
        stage.connect();
        stage.text(r#"{"type":"tools_configured"}"#);
        stage.log();
        stage.text(&ask("1"));
        let log = stage.log();
        assert!(log.contains(&expected), "{log:?}");
    }
    // A schema that is none is told by the request that brings it, and the tools before it stay.
    let wrong = tools.replace(r#""isRequired":true"#, r#""schema":{"type":"whole"}"#);
    let mut stage = Stage::with_tool(&[("toolchat.validate_arguments", "1")]);
    stage.act(Action::SetTools { json: wrong.clone() });
    let log = stage.log();
    assert!(log.len() == 1 && log[0].starts_with("done 2 INVALID_ARGUMENT"), "{log:?}");
    assert!(log[0].contains(r#"set_tools: tool "add": parameter "x": its schema: at /type"#), "{log:?}");
    stage.text(&ask("1"));
    assert_eq!(stage.log()[1], "TOOL_CALL text={} id=1 name=add");
    // Whoever does not have it checked may write what only the service understands.
    let mut stage = Stage::with_tool(&[]);
    stage.act(Action::SetTools { json: wrong });
    assert_eq!(stage.log()[1], "done 2 OK");
}

#[test]
fn the_builtin_tools_are_the_hosts_where_it_offers_them() {
    let ask = r#"{"type":"tool_call_request","callId":"1","toolName":"render_ui","parameters":{}}"#;
    let mut stage = Stage::new(&[]);
    stage.act(Action::SetTools { json: ADD.replace("add", "render_ui") });
    stage.connect();
    stage.text(r#"{"type":"tools_configured"}"#);
    stage.log();
    stage.text(ask);
    assert_eq!(stage.log()[1], "TOOL_CALL text={} id=1 name=render_ui");
    let mut stage = Stage::with_tool(&[("toolchat.builtin_tools", "0")]);
    stage.text(ask);
    assert_eq!(stage.log()[2], failed("1", "Tool not found: render_ui"));
}

#[test]
fn names_of_other_worlds_are_not_found() {
    let mut stage = Stage::with_tool(&[]);
    stage.text(r#"{"type":"tool_call_request","callId":"1","toolName":"toString","parameters":{}}"#);
    assert_eq!(stage.log()[2], failed("1", "Tool not found: toString"));
}

#[test]
fn what_was_executed_is_not_executed_again_when_its_answer_is_forgotten() {
    let mut stage = Stage::with_tool(&[("toolchat.results_kept", "1")]);
    for id in ["1", "2"] {
        stage.text(&ask(id));
        stage.result(id, "7", false);
    }
    stage.log();
    stage.text(&ask("2"));
    assert_eq!(stage.log(), [sent("2", "7")]);
    stage.text(&ask("1"));
    let why = "the call was executed before, and its answer is not kept any more";
    let told = format!("SERVICE CONFLICT type=tool_call_request text={why} id=1 name=add");
    assert_eq!(stage.log(), [told, failed("1", why)]);
}

#[test]
fn a_flood_of_calls_is_turned_away_and_leaves_nothing_behind() {
    let mut stage = Stage::with_tool(&[]);
    for id in 0..4096 {
        stage.text(&ask(&id.to_string()));
    }
    stage.log();
    stage.text(&ask("one more"));
    let log = stage.log();
    assert!(log[0].starts_with("SERVICE QUEUE_FULL") && log[1].contains("too many tool calls"), "{log:?}");
    assert_eq!(stage.mirror()["calls"]["kept"], 0);
    stage.text(&ask(&"x".repeat(5000)));
    assert_eq!(stage.log(), ["SERVICE PROTOCOL type=tool_call_request name=add"]);
}
