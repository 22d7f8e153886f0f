//! What the service's own client was seen to do wrong, each as a test that this one does it right. The number is that of
//! the table in docs/toolchat.md.

use std::time::Duration;

use parlor::model::{Action, Kind, Status};
use parlor::sim::toolchat::{Generation, Quirks, Step};
use parlor::sim::{Faults, Refusal};
use serde_json::{Value, json};

use crate::host::{Host, TOOLS, asked, eventually, sent, sim};

/// How long silence is watched before it counts as silence.
const QUIET: Duration = Duration::from_millis(400);

#[test]
fn w01_closing_during_an_outage_is_final() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    sim.set_faults(Faults { refuse_upgrade: Some(Refusal::status(503)), ..Faults::default() });
    sim.cut(1006);
    host.until("RECONNECTING:SERVER_ERROR");
    let close = host.client.close(0).expect("alive");
    host.done(close);
    host.until("CLOSED");
    let before = sim.record().entries().len();
    sim.set_faults(Faults::default());
    assert!(host.words(QUIET).is_empty());
    assert_eq!(sim.record().entries().len(), before, "no session comes back from the dead");
}

#[test]
fn w01_a_tool_that_runs_while_the_client_is_closed_stays_silent() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[("toolchat.tool_timeout_ms", "200")]);
    sim.call_tool("add", &json!({}));
    host.until("TOOL_CALL");
    sim.set_faults(Faults { refuse_upgrade: Some(Refusal::status(503)), ..Faults::default() });
    sim.cut(1006);
    host.until("RECONNECTING:SERVER_ERROR");
    host.client.close(0).expect("alive");
    host.until("CLOSED");
    assert!(host.words(QUIET).is_empty(), "its deadline passes without a word");
}

#[test]
fn w02_one_loss_is_one_transition() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    for _ in 0..5 {
        sim.cut(1006);
        let mut lost = 0;
        loop {
            let told = host.until_any("a state", |told| told.kind == Kind::State);
            lost += u32::from(told.name == "RECONNECTING");
            if told.name == "READY" {
                break;
            }
        }
        assert_eq!(lost, 1);
    }
}

#[test]
fn w03_waits_grow_are_spread_and_end_where_the_options_say() {
    let sim = sim(|config| config.quirks.ticket = Some(Refusal::status(503)));
    let more = [("retry.initial_ms", "10"), ("retry.max_ms", "60"), ("retry.max_attempts", "6")];
    let most = [10, 20, 40, 60, 60];
    let mut longest = Vec::new();
    for _ in 0..8 {
        let mut host = Host::connecting(&sim.http_url(), &more);
        let mut waits = Vec::new();
        loop {
            let told = host.until_any("a state", |told| told.kind == Kind::State);
            if told.name == "FAILED" {
                break;
            }
            if told.name == "RECONNECTING" {
                let json: Value = serde_json::from_str(&told.json).expect("JSON");
                let number = |name: &str| json[name].as_u64().expect("a number");
                waits.push((number("attempt"), number("delay_ms")));
            }
        }
        assert_eq!(waits.len(), most.len());
        for (at, ((attempt, wait), most)) in waits.iter().zip(most).enumerate() {
            assert!(*attempt == at as u64 + 1 && *wait <= most, "attempt {attempt} waits {wait} ms");
        }
        longest.extend(waits[3..].iter().map(|(_, wait)| *wait));
    }
    // Sixteen waits of at most 60 ms: that all are alike, or none is beyond what the first two could have been, has a
    // chance of less than one in a million.
    assert!(longest.iter().any(|wait| *wait != longest[0]), "{longest:?}");
    assert!(longest.iter().any(|wait| *wait > 20), "{longest:?}");
}

#[test]
fn w03_without_a_limit_there_is_none() {
    let sim = sim(|config| config.quirks.ticket = Some(Refusal::status(503).times(40)));
    let more = [("retry.initial_ms", "1"), ("retry.max_ms", "2"), ("retry.max_attempts", "0")];
    let mut host = Host::connecting(&sim.http_url(), &more);
    assert!(host.states("CONNECTED").iter().filter(|word| word.starts_with("RECONNECTING")).count() == 40);
}

#[test]
fn w04_classes_come_from_statuses_and_not_from_sentences() {
    // Words that its own client takes for a reason to try again, and for a reason to stop.
    let again = r#"{"error":"websocket network timeout, try later"}"#;
    let stop = r#"{"error":"Nicht berechtigt: unauthorized, forbidden"}"#;
    for (status, body, word) in [
        (401, again, "CREDENTIAL_NEEDED"),
        (403, again, "FAILED:FORBIDDEN"),
        (404, again, "FAILED:HTTP_NOT_FOUND"),
        (408, stop, "RECONNECTING:HTTP"),
        (425, stop, "RECONNECTING:HTTP"),
        (429, stop, "RECONNECTING:RATE_LIMITED"),
        (500, stop, "RECONNECTING:SERVER_ERROR"),
        (502, stop, "RECONNECTING:SERVER_ERROR"),
        (503, stop, "RECONNECTING:SERVER_ERROR"),
        (504, stop, "RECONNECTING:SERVER_ERROR"),
    ] {
        let sim = sim(|config| {
            config.quirks.ticket = Some(Refusal { body: body.into(), ..Refusal::status(status) });
        });
        let mut host = Host::connecting(&sim.http_url(), &[]);
        host.until_any(word, |told| told.word() == word || told.word().split(':').next() == Some(word));
    }
    // And the service's own wish goes before the waits of the client, which are 50 ms at most.
    let sim = sim(|config| {
        config.quirks.ticket = Some(Refusal::status(429).header("Retry-After", "1").times(1));
    });
    let mut host = Host::connecting(&sim.http_url(), &[]);
    assert!(host.until("RECONNECTING:RATE_LIMITED").json.contains("\"delay_ms\":1000"));
}

#[test]
fn w05_an_upgrade_that_is_refused_gets_one_fresh_ticket() {
    let sim = sim(|config| config.quirks.refuse_tickets = Some(401));
    let mut host = Host::connecting(&sim.http_url(), &[]);
    host.until("FAILED:UNAUTHORIZED");
    assert_eq!(sim.tickets(), 2);
    assert_eq!(host.words(QUIET).len(), 0, "and nothing after that");
}

#[test]
fn w06_every_way_of_saying_no_is_understood() {
    let codes = [1008, 4001, 4002, 4003, 4004, 4005, 4006];
    let closes = codes.map(|code| Quirks { close_at_once: Some(code), ..Quirks::default() });
    let words = ["TICKET_INVALID", "TICKET_EXPIRED", "TICKET_USED", "AUTH_ERROR", ""];
    let frames = words.map(|code| Quirks { auth_error: Some(code.into()), ..Quirks::default() });
    let upgrades = [401, 403].map(|status| Quirks { refuse_tickets: Some(status), ..Quirks::default() });
    for quirks in closes.into_iter().chain(frames).chain(upgrades) {
        let sim = sim(|config| config.quirks = quirks.clone());
        let mut host = Host::connecting(&sim.http_url(), &[]);
        host.until("RECONNECTING:UNAUTHORIZED");
        sim.set_quirks(Quirks::default());
        host.until("CONNECTED");
        assert_eq!(sim.tickets(), 2, "{quirks:?}");
    }
}

#[test]
fn w07_nothing_is_waited_for_without_a_limit() {
    let limits = [
        ("answer.timeout_ms", "150"),
        ("toolchat.tools_timeout_ms", "150"),
        ("toolchat.ticket_timeout_ms", "150"),
        ("handshake.timeout_ms", "150"),
    ];
    let stalls = |faults: Faults| {
        let sim = sim(|_| {});
        sim.set_faults(faults);
        (sim, ())
    };
    for (what, sim, word) in [
        ("ticket", stalls(Faults { stall_http: true, ..Faults::default() }).0, "RECONNECTING:TIMEOUT"),
        ("upgrade", stalls(Faults { stall_upgrade: true, ..Faults::default() }).0, "RECONNECTING:HANDSHAKE_TIMEOUT"),
        ("session", sim(|config| config.quirks.mute_session = true), "RECONNECTING:NO_ANSWER"),
        ("tools", sim(|config| config.quirks.mute_tools = true), "RECONNECTING:NO_ANSWER"),
    ] {
        let mut host = Host::new(&sim.http_url(), &limits);
        host.act(Action::SetTools { json: TOOLS.into() });
        host.client.connect(0).expect("alive");
        let lost = host.until_any(what, |told| told.word() == word);
        assert!(!lost.text.is_empty(), "{what}");
    }
    // The check of a ticket: without an answer its date decides.
    let sim = sim(|config| config.single_use = false);
    let mut host = Host::ready(&sim.http_url(), &limits);
    sim.set_faults(Faults { stall_http: true, ..Faults::default() });
    sim.cut(1006);
    host.until("READY");
    assert_eq!(sim.tickets(), 1);
}

#[test]
fn w08_the_end_of_an_old_socket_does_not_touch_the_new_one() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    let old = sim.peers().remove(0);
    old.freeze();
    host.call("reconnect", "");
    host.until("RECONNECTING:CONNECTION_LOST");
    host.until("READY");
    old.reset();
    let said = host.say("still here?");
    assert_eq!(host.done(said).status, Status::Ok);
    host.until("REPLY_ENDED");
    assert!(host.words(QUIET).iter().all(|word| !word.starts_with("RECONNECTING")));
}

#[test]
fn w09_a_result_of_an_outage_is_sent_and_asked_again_it_is_answered_again() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    let id = sim.call_tool("add", &json!({}));
    host.until("TOOL_CALL");
    sim.set_faults(Faults { refuse_upgrade: Some(Refusal::status(503)), ..Faults::default() });
    sim.cut(1006);
    host.until("RECONNECTING:SERVER_ERROR");
    let result = host.result(&id, "42", false);
    assert_eq!(host.done(result).status, Status::Ok);
    sim.set_faults(Faults::default());
    eventually("the answer arrived", || sim.answers().contains_key(&id));
    // The service asks for it as soon as it sees the client, so the answer may have come twice; the tool ran once.
    assert!(sim.answers()[&id].iter().all(|answer| answer["result"] == 42));
    // It asks once more after the next message of the user, as a service may that has lost count.
    let so_far = sim.answers()[&id].len();
    host.say("and now?");
    host.until("REPLY_ENDED");
    sim.emit(&json!({"type": "tool_call_request", "callId": id, "toolName": "add", "parameters": {}}));
    eventually("it was answered again", || sim.answers()[&id].len() > so_far);
    assert!(sim.answers()[&id].iter().all(|answer| answer["result"] == 42));
    assert!(!host.words(QUIET).contains(&"TOOL_CALL".to_owned()));
}

#[test]
fn w10_a_tool_that_hangs_is_answered_for() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[("toolchat.tool_timeout_ms", "100")]);
    let id = sim.call_tool("add", &json!({}));
    host.until("TOOL_CALL");
    host.until("SERVICE:TIMEOUT");
    eventually("the service was told", || sim.answers().contains_key(&id));
    let late = host.result(&id, "42", false);
    assert_eq!(host.done(late).status, Status::Timeout);
    assert_eq!(sim.answers()[&id].len(), 1, "what comes late is not sent");
}

#[test]
fn w10_a_host_that_takes_no_calls_leaves_nobody_waiting() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[("events.kinds", "all,-TOOL_CALL")]);
    let id = sim.call_tool("add", &json!({}));
    host.until("SERVICE:UNSUPPORTED");
    eventually("the service was told", || sim.answers().contains_key(&id));
    assert!(sim.answers()[&id][0]["error"].as_str().is_some_and(|why| why.contains("no tool calls")));
}

#[test]
fn w10_a_tool_is_cancelled_with_its_run_and_with_the_client() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[("toolchat.conversation", "conv_1")]);
    let stopped = sim.call_tool("add", &json!({}));
    host.until("TOOL_CALL");
    host.act(Action::Interrupt { json: String::new() });
    assert_eq!(host.until("SERVICE:CANCELLED").id, stopped);
    let late = host.result(&stopped, "42", false);
    assert_eq!(host.done(late).status, Status::Cancelled);
    let closed = sim.call_tool("add", &json!({}));
    host.until_any("the call", |told| told.kind == Kind::ToolCall && told.id == closed);
    host.client.close(0).expect("alive");
    assert_eq!(host.until("SERVICE:CANCELLED").id, closed);
    host.until("CLOSED");
    eventually("the service was told", || sim.answers().contains_key(&stopped) && sim.answers().contains_key(&closed));
    assert!(sim.answers().values().flatten().all(|answer| answer["error"].is_string()));
}

#[test]
fn w11_results_are_never_nothing_and_names_are_exact() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    let empty = sim.call_tool("add", &json!({}));
    host.until("TOOL_CALL");
    host.result(&empty, "", false);
    let alien = sim.call_tool("toString", &json!({}));
    eventually("both are answered", || sim.answers().len() == 2);
    assert_eq!(sim.answers()[&empty][0].get("result"), Some(&Value::Null));
    assert_eq!(sim.answers()[&alien][0]["error"], "Tool not found: toString");
    sim.emit(&json!({"type": "tool_call_request", "toolName": "add"}));
    host.until("SERVICE:PROTOCOL");
    assert_eq!(sim.answers().len(), 2, "what has no id gets no answer");
}

#[test]
fn w12_what_can_not_be_sent_says_so_and_what_can_wait_waits() {
    let sim = sim(|_| {});
    let mut host = Host::new(&sim.http_url(), &[]);
    let refused = host.say("x");
    assert_eq!(host.done(refused).status, Status::WrongState);
    let context = host.act(Action::SetContext { key: "locale".into(), text: "de".into(), json: String::new() });
    let tools = host.act(Action::SetTools { json: TOOLS.into() });
    assert!(host.done(context).status == Status::Ok && host.done(tools).status == Status::Ok);
    host.client.connect(0).expect("alive");
    for _ in 0..2 {
        host.until("READY");
        sim.cut(1006);
    }
    let configured = sent(&sim).iter().filter(|text| text.contains(r#""contextHelpers":{"locale":"de"}"#)).count();
    assert!(configured >= 2, "each session is told of it");
}

#[test]
fn w12_what_is_said_without_a_session_waits_where_the_options_say_so() {
    let sim = sim(|_| {});
    let mut host = Host::new(&sim.http_url(), &[("offline.max_requests", "2")]);
    let (one, two, three) = (host.say("one"), host.say("two"), host.say("three"));
    assert_eq!(host.done(three).status, Status::QueueFull);
    host.client.connect(0).expect("alive");
    for request in [one, two] {
        assert_eq!(host.done(request).status, Status::Ok);
    }
    let said = || -> Vec<String> { sent(&sim).into_iter().filter(|text| text.contains("chat_message")).collect() };
    eventually("both have arrived", || said().len() == 2);
    let said = said();
    assert!(said[0].contains("\"one\"") && said[1].contains("\"two\""), "{said:?}");
}

#[test]
fn w13_every_form_of_the_address_works_and_tickets_may_hold_anything() {
    let sim = sim(|_| {});
    let (http, ws) = (sim.http_url(), sim.ws_url());
    for url in
        [http.clone(), format!("{http}/"), ws.clone(), format!("{ws}/ws"), format!("{ws}/ws/"), format!("{http}/?a=1")]
    {
        let mut host = Host::ready(&url, &[]);
        let patch = host.call("PATCH /api/v1/threads/t", r#"{"title":"x"}"#);
        assert_eq!(host.done(patch).status, Status::Ok, "{url}");
    }
}

#[test]
fn w14_an_open_socket_needs_no_new_ticket() {
    let sim = sim(|config| config.ticket_life = Duration::from_millis(200));
    let mut host = Host::ready(&sim.http_url(), &[]);
    assert!(host.words(QUIET).is_empty());
    assert_eq!(asked(&sim), ["POST /api/v1/tickets"]);
    assert!(host.client.mirror().contains("\"expires_at\":\"20"), "the unit is in the name: a date");
}

#[test]
fn w15_states_are_told_in_their_order_and_the_host_can_wake_it() {
    let sim = sim(|_| {});
    let mut host = Host::new(&sim.http_url(), &[("retry.initial_ms", "3600000"), ("retry.max_ms", "3600000")]);
    host.act(Action::SetTools { json: TOOLS.into() });
    host.client.connect(0).expect("alive");
    assert_eq!(host.states("READY"), ["CONNECTING", "CONNECTED", "READY"]);
    for code in [1012, 1006] {
        sim.cut(code);
        let word = if code == 1012 { "RECONNECTING:SERVICE_CLOSED" } else { "RECONNECTING:CONNECTION_LOST" };
        let lost = host.until_any("the loss", |told| told.kind == Kind::State);
        assert_eq!(lost.word(), word, "at once, and before anything else");
        assert!(lost.json.contains("\"attempt\":1") && lost.json.contains("delay_ms"), "{}", lost.json);
        assert!(code != 1012 || lost.text.contains("1012"), "{}", lost.text);
        // The wait is an hour at most; the network has come back.
        host.client.network_changed();
        assert_eq!(host.states("READY"), ["CONNECTED", "GAP", "READY"], "back is back when the session is");
    }
    // The service's own goodbye is final, and says so.
    sim.cut(1000);
    assert!(host.until("FAILED:SERVICE_CLOSED").text.contains("connect again"));
    host.client.close(0).expect("alive");
    assert_eq!(host.states("CLOSED").last().map(String::as_str), Some("CLOSED"));
}

#[test]
fn w16_a_silent_link_is_noticed_and_heartbeats_are_answered_while_the_host_is_busy() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[("idle.timeout_ms", "300"), ("keepalive.interval_ms", "100")]);
    // The host takes no event all this time.
    sim.emit(&json!({"type": "heartbeat_ping", "timestamp": "T", "pingTime": 123}));
    eventually("the pong came", || {
        sent(&sim).iter().any(|text| text.contains("heartbeat_pong") && text.contains("123"))
    });
    sim.freeze_all();
    host.until("RECONNECTING:IDLE_TIMEOUT");
    host.until("READY");
}

#[test]
fn w17_what_can_not_be_read_is_shown() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    let garbage = ["{", "null", "[1]", r#"{"x":1}"#, r#"{"type":"chat_event","data":7}"#];
    for text in garbage {
        sim.send_text(text);
        let told = host.until("SERVICE:PROTOCOL");
        assert!(told.data == text.as_bytes() && !told.text.is_empty(), "{text}: {told:?}");
    }
    sim.each(|peer| peer.send_binary(&[0xff, 0xfe]));
    assert_eq!(host.until("SERVICE:PROTOCOL").data, [0xff, 0xfe]);
    let mirror: Value = serde_json::from_str(&host.client.mirror()).expect("JSON");
    assert_eq!(mirror["unreadable"], garbage.len() + 1);
    let said = host.say("all is well?");
    assert_eq!(host.done(said).status, Status::Ok);
}

#[test]
fn w18_codes_usage_and_reasons_arrive() {
    let event = |event: &str, data: Value| Step::Raw(json!({"type": "chat_event", "event": event, "data": data}));
    let sim = sim(|config| {
        config.generation = Generation::Documented;
        config.runs = vec![
            vec![
                event(
                    "provider-event",
                    json!({"type": "tool-result", "toolName": "lat_x", "toolCallId": "c", "result": [1]}),
                ),
                event("latitude-event", json!({"type": "chain-error", "error": {"message": "over", "code": "E1"}})),
                Step::Raw(json!({"type": "brand_new", "x": 1})),
                Step::Text("Hi".into()),
            ],
            vec![Step::Fail("no model".into())],
        ];
    });
    let mut host = Host::ready(&sim.http_url(), &[("toolchat.profile", "documented"), ("events.kinds", "all")]);
    assert!(host.client.mirror().contains("\"session\":\"session_1\""), "{}", host.client.mirror());
    host.say("one");
    let result = host.until_any("the result", |told| told.kind == Kind::Service && told.name == "lat_x");
    assert_eq!((result.id.as_str(), result.text.as_str()), ("c", "[1]"));
    let error = host.until("SERVICE:SERVICE");
    assert_eq!((error.text.as_str(), error.name.as_str()), ("over", "E1"));
    let frame = host.until_any("it as it came", |told| told.kind == Kind::Frame && told.text.contains("brand_new"));
    assert_eq!(frame.text, r#"{"type":"brand_new","x":1}"#);
    assert_eq!(host.until("SERVICE").json, frame.text, "what nobody knows is handed over as it is");
    let usage = host.until_any("the usage", |told| told.kind == Kind::Service && told.name == "stop");
    assert!(usage.text.contains("\"totalTokens\":46"));
    assert_eq!(host.until("REPLY_ENDED").name, "stop");
    host.say("two");
    let failed = host.until("REPLY_ENDED:SERVICE");
    assert_eq!((failed.text.as_str(), failed.name.as_str()), ("no model", "RUN_FAILED"));
    assert!(failed.json.contains("\"data\":{\"errorCode\""));
}

#[test]
fn w19_thoughts_and_tools_are_events_and_not_sentences() {
    let sim = sim(|config| {
        config.pace = Duration::from_millis(30);
        config.runs = vec![vec![
            Step::Think("r1".into(), "hm hm".into()),
            Step::Tools(vec![("add".into(), json!({"x": 1}))]),
            Step::Text("Done.".into()),
        ]];
    });
    let mut host = Host::ready(&sim.http_url(), &[]);
    host.say("think");
    let mut seen = Vec::new();
    let took = loop {
        let told = host.until("REASONING");
        assert_eq!(told.id, "r1");
        let end = told.name == "end";
        seen.push((told.name, told.text));
        if end {
            break told.value;
        }
    };
    let of = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    assert_eq!(seen, [of("start", ""), of("delta", "hm "), of("delta", "hm"), of("end", "hm hm")]);
    // Two pieces, and the service waits after each.
    assert!((50..20_000).contains(&took), "{took} ms");
    let call = host.until("TOOL_CALL");
    assert_eq!((call.name.as_str(), call.text.as_str()), ("add", r#"{"x":1}"#));
    host.result(&call.id, "2", false);
    assert_eq!(host.until("MESSAGE").text, "Done.", "and nothing else is in the text");
}

#[test]
fn w20_without_a_session_nobody_is_connected() {
    let sim = sim(|config| config.quirks.mute_session = true);
    let mut host = Host::connecting(&sim.http_url(), &[]);
    eventually("the socket is open", || host.client.mirror().contains("\"phase\":\"session\""));
    let said = host.say("x");
    assert_eq!(host.done(said).status, Status::WrongState);
    assert!(host.words(QUIET).iter().all(|word| word != "CONNECTED" && word != "READY"));
}

#[test]
fn w21_secrets_are_not_shown() {
    let sim = sim(|config| config.quirks.refuse_tickets = Some(401));
    let more = [("credential", "my-secret-token"), ("toolchat.server_key", "my-secret-key"), ("log.level", "trace")];
    let mut host = Host::connecting(&sim.http_url(), &more);
    let mut all = String::new();
    loop {
        let told = host.until_any("an event", |_| true);
        all.push_str(&format!("{told:?}"));
        all.push_str(&host.client.mirror());
        if told.kind == Kind::State && told.name == "FAILED" {
            break;
        }
    }
    assert!(!all.contains("my-secret") && !all.contains("ws_ticket_"), "{all}");
}
