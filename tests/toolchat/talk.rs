//! Conversations from end to end.

use std::time::Duration;

use parlor::model::{Kind, Status};
use parlor::sim::toolchat::{Generation, Step, demo};
use serde_json::json;

use crate::host::{Host, PATIENCE, asked, eventually, sent, sim};

#[test]
fn a_run_with_thoughts_tools_and_text_in_both_profiles() {
    for (profile, generation) in [("current", Generation::Current), ("documented", Generation::Documented)] {
        let sim = sim(|config| {
            config.generation = generation;
            config.server_key = "key".into();
            config.runs = vec![vec![
                Step::Think("r".into(), "let me see".into()),
                Step::Tools(vec![("add".into(), json!({"x": 41})), ("fail".into(), json!({}))]),
                Step::Text("It is 42. Good.".into()),
            ]];
        });
        let mut host = Host::ready(&sim.ws_url(), &[("toolchat.profile", profile), ("toolchat.server_key", "key")]);
        let said = host.say("what is 41 + 1?");
        assert_eq!(host.done(said).status, Status::Ok);
        let thought =
            host.until_any("the end of the thought", |told| told.kind == Kind::Reasoning && told.name == "end");
        assert_eq!((thought.id.as_str(), thought.text.as_str()), ("r", "let me see"));
        let one = host.until("TOOL_CALL");
        assert_eq!((one.name.as_str(), one.text.as_str()), ("add", r#"{"x":41}"#));
        let two = host.until("TOOL_CALL");
        // The second is answered first.
        host.result(&two.id, "no luck", true);
        host.result(&one.id, r#"{"sum":42}"#, false);
        let sentences: Vec<String> = (0..2).map(|_| host.until("SENTENCE").text).collect();
        assert_eq!(sentences, ["It is 42.", "Good."]);
        assert_eq!(host.until("MESSAGE").text, "It is 42. Good.");
        assert_eq!(host.until("REPLY_ENDED").name, "stop");
        let sent = sent(&sim);
        let answers: Vec<&String> = sent.iter().filter(|text| text.contains("tool_call_response")).collect();
        assert_eq!(
            answers,
            [
                r#"{"type":"tool_call_response","callId":"call_2","error":"no luck"}"#,
                r#"{"type":"tool_call_response","callId":"call_1","result":{"sum":42}}"#
            ]
        );
        assert_eq!(asked(&sim), ["POST /api/v1/tickets"], "{profile}");
    }
}

#[test]
fn the_demo_is_held_through_its_cut() {
    let sim = sim(|config| config.runs = demo());
    let mut host = Host::new(&sim.http_url(), &[]);
    let tools = r#"[{"name":"get_time","description":"the time","parameters":[]},{"name":"open_garage","description":"a door","parameters":[]}]"#;
    host.act(parlor::model::Action::SetTools { json: tools.into() });
    host.client.connect(0).expect("alive");
    host.until("READY");
    host.say("hello");
    host.until("REPLY_ENDED");
    host.say("time and garage, please");
    for _ in 0..2 {
        let call = host.until("TOOL_CALL");
        let failed = call.name == "open_garage";
        host.result(&call.id, if failed { "the door is stuck" } else { "\"23:10\"" }, failed);
    }
    host.until("REPLY_ENDED");
    host.say("and now?");
    let call = host.until("TOOL_CALL");
    host.result(&call.id, "\"23:11\"", false);
    host.until("REPLY_ENDED:LINK_LOST");
    host.until("GAP");
    host.until("READY");
    assert_eq!(host.until("MESSAGE").text, "Here I am again. Nothing was forgotten. Good night!");
    host.until("REPLY_ENDED");
    assert!(sim.answers().values().all(|answers| !answers.is_empty()));
}

#[test]
fn the_operations_reach_the_service() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    for (name, json, status, answer) in [
        ("GET /api/v1/messages/query", r#"{"entityId":"e"}"#, Status::Ok, "thread_1"),
        ("PATCH /api/v1/threads/conv_1", r#"{"title":"T"}"#, Status::Ok, "\"title\":\"T\""),
        ("PATCH /api/v1/threads/missing", r#"{"title":"T"}"#, Status::HttpNotFound, "not found"),
        ("GET /api/v1/agent-configuration", "", Status::Ok, "promptPath"),
        ("GET /api/v1/translations/en", "", Status::Ok, "Send"),
        // Nobody has translated it to that, so the service's own language has to do.
        ("GET /api/v1/translations/{locale}", r#"{"locale":"xx"}"#, Status::Ok, "\"resolvedLanguage\":\"en\""),
        ("POST /api/v1/upload", r#"{"files":[{"name":"a.txt","base64":"aGk="}]}"#, Status::Ok, "cdn/a.txt"),
        ("validateTicket", "", Status::Ok, "TICKET_USED"),
        ("refreshTicket", "", Status::Ok, "expiresAt"),
    ] {
        let request = host.call(name, json);
        let done = host.done(request);
        assert_eq!(done.status, status, "{name}: {}", done.text);
        assert!(done.json.contains(answer), "{name}: {}", done.json);
    }
}

#[test]
fn a_file_is_sent_piece_by_piece_and_its_progress_is_told() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    let path = std::env::temp_dir().join(format!("parlor-upload-{}.bin", std::process::id()));
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(&path, &content).expect("a folder for what is temporary");
    let upload = |path: &str| json!({"files": [{"path": path, "type": "image/png"}]}).to_string();
    let request = host.call("POST /api/v1/upload", &upload(&path.display().to_string()));
    let mut told = Vec::new();
    let done = loop {
        let event = host.until_any("its end", |told| told.request == request);
        if event.kind == Kind::RequestDone {
            break event;
        }
        told.push(event.value);
    };
    std::fs::remove_file(&path).expect("it is there");
    assert_eq!(done.status, Status::Ok, "{}", done.text);
    assert!(told.len() > 5 && told.is_sorted() && *told.last().expect("some") > 3_000_000, "{told:?}");
    let body = sim.record().entries().into_iter().rev().find_map(|entry| match entry.seen {
        parlor::sim::Seen::Http { body, headers, .. } => {
            assert!(headers.iter().any(|(name, value)| name == "content-length" && *value == body.len().to_string()));
            Some(body)
        }
        _ => None,
    });
    assert!(body.expect("it arrived").windows(content.len()).any(|part| part == content), "byte for byte");
    for (path, status) in [("/there/is/no/such/file", Status::InvalidArgument), ("/", Status::InvalidArgument)] {
        let request = host.call("POST /api/v1/upload", &upload(path));
        let done = host.done(request);
        assert!(done.status == status && done.text.contains(path), "{}", done.text);
    }
}

#[test]
fn stopping_a_run_stops_it() {
    let sim = sim(|config| {
        config.runs = vec![vec![Step::Tools(vec![("add".into(), json!({}))]), Step::Text("never said".into())]];
    });
    let mut host = Host::ready(&sim.http_url(), &[("toolchat.conversation", "conv_1")]);
    host.say("go");
    let call = host.until("TOOL_CALL");
    host.act(parlor::model::Action::Interrupt { json: String::new() });
    host.until("SERVICE:CANCELLED");
    host.until("REPLY_ENDED:SERVICE");
    let late = host.result(&call.id, "1", false);
    assert_eq!(host.done(late).status, Status::Cancelled);
    assert!(!sent(&sim).iter().any(|text| text.contains("\"result\"")));
}

#[test]
fn closing_is_final_and_answers_what_runs() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    sim.call_tool("add", &json!({}));
    host.until("TOOL_CALL");
    let close = host.client.close(0).expect("alive");
    assert_eq!(host.done(close).status, Status::Ok);
    host.until("CLOSED");
    eventually("the service was told", || sim.answers().contains_key("call_1"));
    assert!(sim.answers()["call_1"][0]["error"].as_str().expect("an error").contains("closed"));
    assert!(host.words(Duration::from_millis(200)).is_empty(), "CLOSED is the last word");
    assert!(PATIENCE > Duration::ZERO);
}
