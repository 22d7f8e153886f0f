//! Conversations from end to end.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parlor::model::{Action, Kind, RequestId, Say, Status};
use parlor::sim::toolchat::{Generation, Step, ToolchatSim, demo};
use parlor::sim::{Faults, Refusal, Seen};
use serde_json::json;

use crate::host::{Host, PATIENCE, Told, asked, eventually, sent, sim};

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
    host.act(Action::SetTools { json: tools.into() });
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

/// The body of the last call, which said how long it was.
fn last_body(sim: &ToolchatSim) -> Vec<u8> {
    let entries = sim.record().entries();
    let last = entries.into_iter().rev().find_map(|entry| match entry.seen {
        Seen::Http { body, headers, .. } => Some((body, headers)),
        _ => None,
    });
    let (body, headers) = last.expect("a call");
    assert!(headers.iter().any(|(name, value)| name == "content-length" && *value == body.len().to_string()));
    body
}

/// The end of an upload, and how far it was said to have come on the way.
fn progress(host: &mut Host, request: RequestId) -> (Told, Vec<i64>) {
    let mut told = Vec::new();
    loop {
        let event = host.until_any("its end", |told| told.request == request);
        if event.kind == Kind::RequestDone {
            return (event, told);
        }
        told.push(event.value);
    }
}

#[test]
fn files_are_sent_piece_by_piece_from_the_disk_and_from_memory_and_their_progress_is_told() {
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let path = std::env::temp_dir().join(format!("parlor-upload-{}.bin", std::process::id()));
    std::fs::write(&path, &content).expect("a folder for what is temporary");
    let on_disk = json!({"path": path.display().to_string(), "type": "image/png"});
    let in_memory = json!({"name": "m.bin", "base64": STANDARD.encode(&content)});
    for (generation, profile) in [(Generation::Current, "current"), (Generation::Documented, "documented")] {
        let sim = sim(|config| config.generation = generation);
        let mut host = Host::ready(&sim.http_url(), &[("toolchat.profile", profile)]);
        for files in [json!([on_disk]), json!([in_memory]), json!([on_disk, in_memory])] {
            let request = host.call("POST /api/v1/upload", &json!({"files": files}).to_string());
            let (done, told) = progress(&mut host, request);
            assert_eq!(done.status, Status::Ok, "{}", done.text);
            let count = files.as_array().map_or(0, Vec::len);
            let body = last_body(&sim);
            assert!(told.len() > 5 * count && told.is_sorted(), "{told:?}");
            assert_eq!(told.last().copied(), i64::try_from(body.len()).ok(), "the last one is the end");
            let found = memchr::memmem::find_iter(&body, &content).count();
            assert_eq!(found, count, "byte for byte");
        }
    }
    std::fs::remove_file(&path).expect("it is there");
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    for path in ["/there/is/no/such/file", "/"] {
        let request = host.call("POST /api/v1/upload", &json!({"files": [{"path": path}]}).to_string());
        let done = host.done(request);
        assert!(done.status == Status::InvalidArgument && done.text.contains(path), "{}", done.text);
    }
}

#[test]
fn threads_components_and_what_is_stored_are_told() {
    let sim = sim(|config| {
        config.runs = vec![vec![Step::Text("Look.".into()), Step::Show("Card".into(), json!({"title": "T"}))]];
    });
    let mut host = Host::ready(&sim.http_url(), &[]);
    host.say("show me");
    let thread = host.until("CHAT_STARTED");
    assert_eq!((thread.id.as_str(), thread.name.as_str()), ("conv_1", "thread_1"));
    for props in ["{}", r#"{"title":"T"}"#] {
        let shown = host.until("TRIGGER");
        assert_eq!((shown.name.as_str(), shown.text.as_str()), ("Card", props));
    }
    host.until("REPLY_ENDED");
    let stored = host.until("RECEIPT");
    assert_eq!((stored.id.as_str(), stored.name.as_str()), ("thread_1", "persisted"));
    // What comes next goes on there.
    host.say("more");
    host.until("REPLY_ENDED");
    assert!(sent(&sim).iter().any(|text| text.contains(r#""content":"more","media":[],"providerResId":"conv_1""#)));
}

#[test]
fn stopping_a_run_stops_it() {
    let sim = sim(|config| {
        config.runs = vec![vec![Step::Tools(vec![("add".into(), json!({}))]), Step::Text("never said".into())]];
    });
    let mut host = Host::ready(&sim.http_url(), &[("toolchat.conversation", "conv_1")]);
    host.say("go");
    let call = host.until("TOOL_CALL");
    host.act(Action::Interrupt { json: String::new() });
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

#[test]
fn another_generation_is_spoken_from_the_option_alone() {
    let sim = sim(|config| {
        config.generation = Generation::Documented;
        config.server_key = "key".into();
    });
    // Nothing of the profile of that name is used.
    let profile = r#"{"base":"current","name":"third","validate_path":"","token_header":"authorization",
        "token_prefix":"Bearer ","key_header":"x-chat-server-key","configure_on":"open","stop_type":"",
        "chat_members":{"app":"Z"},"chat_sources":{"convUuid":"conversation"},"chat_parameters":["mood"],
        "retry":{"initial_ms":1,"factor_percent":100,"max_ms":2,"max_attempts":9},
        "operations":["GET /api/v1/agent-configurations"]}"#;
    let mut host = Host::ready(&sim.http_url(), &[("toolchat.profile", profile), ("toolchat.server_key", "key")]);
    host.act(Action::Say(Say { text: "hello".into(), json: r#"{"mood":"calm"}"#.into() }));
    assert_eq!(host.until("MESSAGE").text, "hello");
    let said = sent(&sim).into_iter().find(|text| text.contains("chat_message")).expect("it was said");
    assert_eq!(said, r#"{"type":"chat_message","content":"hello","app":"Z","mood":"calm"}"#);
    let call = host.call("GET /api/v1/agent-configurations", "");
    assert_eq!(host.done(call).status, Status::Ok);
    sim.cut(1006);
    host.until("GAP");
    host.until("READY");
    assert!(host.client.mirror().contains("\"profile\":\"third\""));
}

#[test]
fn the_system_events_of_the_first_description_have_their_places() {
    let sim = sim(|config| {
        config.generation = Generation::Documented;
        config.runs = vec![vec![Step::Text("Hi.".into())], vec![Step::Fail("no model".into())]];
    });
    let mut host = Host::connecting(&sim.http_url(), &[("toolchat.profile", "documented")]);
    let mut place = |there: &str, word: &str| {
        let told = host.until(word);
        println!("{there:<14} {word} {}", told.json);
        told
    };
    place("ESTABLISHED", "READY");
    sim.cut(1006);
    let lost = place("LOST", "RECONNECTING:CONNECTION_LOST");
    assert!(lost.json.contains("\"attempt\":1") && lost.json.contains("\"delay_ms\""), "RECONNECTING: {}", lost.json);
    place("RESTORED", "GAP");
    place("RESTORED", "READY");
    host.say("one");
    assert_eq!(host.until("REPLY_ENDED").status, Status::Ok, "COMPLETED");
    host.say("two");
    assert_eq!(host.until("REPLY_ENDED:SERVICE").text, "no model", "ERROR");
    sim.emit(&json!({"type": "error", "error": "elsewhere"}));
    assert_eq!(host.until("SERVICE:SERVICE").text, "elsewhere", "ERROR");
    sim.set_faults(Faults { refuse_http: Some(Refusal::status(503)), ..Faults::default() });
    let mut host = Host::connecting(&sim.http_url(), &[("toolchat.profile", "documented")]);
    let states = host.states("FAILED:SERVER_ERROR");
    assert_eq!(states.len(), 6, "CONNECTING, and five attempts, of which the last ends it: {states:?}");
}
