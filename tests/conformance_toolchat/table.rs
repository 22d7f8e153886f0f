//! Every message of the service and every one of the client, in both profiles, from one table.

use parlor::model::Action;

use crate::stage::{ADD, CONFIGURED, ESTABLISHED, NOW, Stage};

/// Steps, one a line, and what they come to in a session that is ready and has the tool `add`. A step is a message of the
/// service; `> verb ...`, an action of the host; `> session`, a loss and the session after it; `? name`, a look at the
/// mirror; `@ {...}`, a profile with the one of the row as its base. What counts for one profile only says which, before a
/// bar; what ends with an ellipsis is a beginning.
const TABLE: &[(&str, &[&str])] = &[
    (r#"{"type":"session_established","sessionId":"s9"}"#, &["SERVICE type=session_established", "send CONFIGURE"]),
    (r#"{"type":"tools_configured","data":{"toolCount":2,"toolNames":["a","b"]}}"#, &["SERVICE type=tools_configured"]),
    (r#"{"type":"tools_configured","toolCount":2}"#, &["SERVICE type=tools_configured"]),
    (r#"{"type":"client_tools_updated","data":{"toolCount":1}}"#, &["SERVICE type=client_tools_updated"]),
    (r#"{"type":"configure_tools","data":{"toolSchemas":[]}}"#, &["SERVICE type=configure_tools"]),
    (
        r#"{"type":"chat_event","event":"provider-event","data":{"type":"text-delta","textDelta":"Hi. You"}}"#,
        &["REPLY_STARTED id=reply-1", "TEXT_DELTA text=Hi. You id=reply-1", "SENTENCE text=Hi. id=reply-1"],
    ),
    (r#"{"type":"chat_event","event":"provider-event","data":{"type":"text-delta","textDelta":""}}"#, &[]),
    (
        r#"{"type":"chat_event","event":"provider-event","data":{"type":"text-delta","text":"x"}}"#,
        &["SERVICE PROTOCOL type=text-delta"],
    ),
    (r#"{"type":"chat_event","event":"provider-event","data":{"type":"text","text":"x"}}"#, &["SERVICE type=text"]),
    (
        r#"{"type":"chat_event","event":"content-delta","data":{"delta":"Hi"}}"#,
        &["REPLY_STARTED id=reply-1", "TEXT_DELTA text=Hi id=reply-1"],
    ),
    (
        r#"{"type":"chat_event","event":"provider-event","data":{"type":"reasoning-start","id":"r"}}"#,
        &["REPLY_STARTED id=reply-1", "REASONING id=r name=start"],
    ),
    (
        r#"{"type":"chat_event","event":"provider-event","data":{"type":"reasoning-delta","text":"hm"}}"#,
        &["REPLY_STARTED id=reply-1", "REASONING text=hm id=reasoning name=delta"],
    ),
    (
        r#"{"type":"chat_event","event":"provider-event","data":{"type":"reasoning-end","id":"r"}}"#,
        &["REPLY_STARTED id=reply-1", "REASONING id=r name=end"],
    ),
    (
        r#"{"type":"chat_event","event":"provider-event","data":{"type":"tool-call","toolName":"lat_x","toolCallId":"c","args":{"a":1}}}"#,
        &["REPLY_STARTED id=reply-1", r#"SERVICE type=tool-call text={"a":1} id=c name=lat_x"#],
    ),
    (
        r#"{"type":"chat_event","event":"provider-event","data":{"type":"tool-result","toolName":"lat_x","toolCallId":"c","result":[1]}}"#,
        &["REPLY_STARTED id=reply-1", "SERVICE type=tool-result text=[1] id=c name=lat_x"],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"tool-result","toolName":"any","toolCallId":"c","result":"r"}}"#,
        &["REPLY_STARTED id=reply-1", r#"SERVICE type=tool-result text="r" id=c name=any"#],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"chain-started"}}"#,
        &["SERVICE type=chain-started"],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"provider-started","uuid":"u","messages":[]}}"#,
        &["SERVICE type=provider-started"],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"tool-completed","toolName":"x"}}"#,
        &["SERVICE type=tool-completed"],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"step-started"}}"#,
        &["SERVICE type=step-started"],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"tools-started","tools":[]}}"#,
        &["SERVICE type=tools-started"],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"tools-requested"}}"#,
        &["SERVICE type=tools-requested"],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"provider-completed","finishReason":"stop","tokenUsage":{"totalTokens":46}}}"#,
        &[r#"SERVICE type=provider-completed text={"totalTokens":46} name=stop"#],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"chain-completed","finishReason":"length"}}"#,
        &["SERVICE type=chain-completed name=length"],
    ),
    (
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"chain-error","error":{"message":"over","code":429}}}"#,
        &["SERVICE SERVICE type=chain-error text=over name=429"],
    ),
    (r#"{"type":"chat_event","event":"other-event","data":{}}"#, &["SERVICE type=other-event"]),
    (r#"{"type":"chat_event","event":"provider-event","data":5}"#, &["SERVICE PROTOCOL"]),
    (r#"{"type":"chat_finished","uuid":"conv_1"}"#, &["REPLY_STARTED id=reply-1", "REPLY_ENDED id=reply-1"]),
    (
        r#"{"type":"chat_error","error":"no model","data":{"errorCode":"E7"}}"#,
        &["REPLY_STARTED id=reply-1", "REPLY_ENDED SERVICE text=no model id=reply-1 name=E7"],
    ),
    (r#"{"type":"error","error":"bad","data":{"errorCode":"E8"}}"#, &["SERVICE SERVICE type=error text=bad name=E8"]),
    (
        r#"{"type":"tool_call_request","callId":"t1","toolName":"add","parameters":{"x":41}}"#,
        &["REPLY_STARTED id=reply-1", r#"TOOL_CALL text={"x":41} id=t1 name=add"#],
    ),
    (
        r#"{"type":"tool_call_request","callId":"t1","toolName":"add"}"#,
        &["REPLY_STARTED id=reply-1", "TOOL_CALL text={} id=t1 name=add"],
    ),
    (
        r#"{"type":"tool_call_request","callId":"t2","toolName":"nosuch","parameters":{}}"#,
        &[
            "REPLY_STARTED id=reply-1",
            "SERVICE NOT_FOUND type=tool_call_request text=Tool not found: nosuch id=t2 name=nosuch",
            r#"send {"type":"tool_call_response","callId":"t2","error":"Tool not found: nosuch"}"#,
        ],
    ),
    (r#"{"type":"tool_call_request","toolName":"add"}"#, &["SERVICE PROTOCOL type=tool_call_request"]),
    (r#"{"type":"tool_call_request","callId":"t","toolName":7}"#, &["SERVICE PROTOCOL type=tool_call_request"]),
    (
        r#"{"type":"tool_call_request","callId":"t3","toolName":"ask_user_question","parameters":{"type":"single"}}"#,
        &[
            r#"TRIGGER text={"type":"single"} id=t3 name=ask_user_question"#,
            r#"send {"type":"tool_call_response","callId":"t3","result":{"rendered":true}}"#,
        ],
    ),
    (
        r#"{"type":"ui_component","toolCallId":"u1","componentName":"Card","props":{"a":1},"status":"streaming"}"#,
        &[r#"TRIGGER text={"a":1} id=u1 name=Card"#],
    ),
    (r#"{"type":"ui_component","toolCallId":"u1","componentName":"Card"}"#, &["TRIGGER text={} id=u1 name=Card"]),
    (r#"{"type":"ui_component","componentName":"Card"}"#, &["SERVICE PROTOCOL type=ui_component name=Card"]),
    (
        r#"{"type":"thread_created","data":{"providerResId":"conv_2","threadId":"th","canUpdateMetadata":true}}"#,
        &["CHAT_STARTED id=conv_2 name=th"],
    ),
    (
        r#"{"type":"messages_persisted","data":{"threadId":"th","providerResId":"conv_2"}}"#,
        &["RECEIPT id=th name=persisted"],
    ),
    (
        r#"{"type":"heartbeat_ping","timestamp":"T","pingTime":123}"#,
        &[r#"send {"type":"heartbeat_pong","timestamp":"NOW","originalTimestamp":"T","pingTime":123}"#],
    ),
    (r#"{"type":"heartbeat_ping"}"#, &[r#"send {"type":"heartbeat_pong","timestamp":"NOW"}"#]),
    (r#"{"type":"heartbeat_ack","timestamp":"T"}"#, &[]),
    (
        r#"{"type":"authentication_error","error":"used up","code":"TICKET_USED"}"#,
        &["SERVICE UNAUTHORIZED type=authentication_error text=used up name=TICKET_USED", "lost: retry UNAUTHORIZED"],
    ),
    (
        r#"{"type":"authentication_error"}"#,
        &["SERVICE UNAUTHORIZED type=authentication_error", "lost: retry UNAUTHORIZED"],
    ),
    (r#"{"type":"brand_new","x":1}"#, &["SERVICE type=brand_new"]),
    (r#"{"x":1}"#, &["SERVICE PROTOCOL"]),
    ("null", &["SERVICE PROTOCOL"]),
    ("[1]", &["SERVICE PROTOCOL"]),
    ("{", &["SERVICE PROTOCOL"]),
    (r#"{"type":"chat_event","data":{"#, &["SERVICE PROTOCOL"]),
    // What the host has the client say.
    (
        "> say hello",
        &[
            r#"current|send {"type":"chat_message","content":"hello","media":[]}"#,
            r#"documented|send {"type":"chat_message","content":"hello","app":"UD21","media":[],"saveToDatabase":false,"userId":"u1"}"#,
            "done 2 OK",
        ],
    ),
    (
        r#"> say hello {"media":["u"],"providerResId":"c1","mcpHeaders":{"s":{"h":"v"}}}"#,
        &[
            r#"current|send {"type":"chat_message","content":"hello","mcpHeaders":{"s":{"h":"v"}},"media":["u"],"providerResId":"c1"}"#,
            "current|done 2 OK",
            "documented|done 2 INVALID_ARGUMENT say: there is no \"mcpHeaders\"…",
        ],
    ),
    (
        r#"> say hello {"app":"X","convUuid":"c1","agentPromptPath":"p","saveToDatabase":true,"userId":"u2"}"#,
        &[
            "current|done 2 INVALID_ARGUMENT say: there is no \"agentPromptPath\"…",
            r#"documented|send {"type":"chat_message","content":"hello","agentPromptPath":"p","app":"X","convUuid":"c1","media":[],"saveToDatabase":true,"userId":"u2"}"#,
            "documented|done 2 OK",
        ],
    ),
    (
        "> session",
        &[
            "lost: retry CONNECTION_LOST",
            r#"current|Post /api/v1/tickets/validate {"ticket":"t1"}"#,
            "dial ws://chat/ws?ticket=t1",
            "documented|send CONFIGURE",
            "SERVICE type=session_established",
            "CONNECTED",
            "current|send CONFIGURE",
            "SERVICE type=tools_configured",
            "READY",
        ],
    ),
    (
        "@ {\"ticket_message\":\"ticket_authenticate\"}\n> session",
        &[
            "lost: retry CONNECTION_LOST",
            r#"current|Post /api/v1/tickets/validate {"ticket":"t1"}"#,
            "dial ws://chat/ws",
            r#"send {"type":"ticket_authenticate","ticket":"t1","clientInfo":{"timestamp":"NOW","userAgent":"AGENT"}}"#,
            "documented|send CONFIGURE",
            "SERVICE type=session_established",
            "CONNECTED",
            "current|send CONFIGURE",
            "SERVICE type=tools_configured",
            "READY",
        ],
    ),
    (
        r#"> set_tools [{"name":"t","description":"d","parameters":[{"name":"p","type":"string","description":"pd","isRequired":true,"schema":{"type":"string","enum":["a"]}}],"timeoutMs":5}]"#,
        &[
            r#"send {"type":"update_tools","toolSchemas":[{"description":"d","name":"t","parameters":[{"description":"pd","isRequired":true,"name":"p","schema":{"enum":["a"],"type":"string"},"type":"string"}]}]}"#,
            "done 2 OK",
        ],
    ),
    (
        r#"> set_tools {"toolSchemas":[],"generativeComponents":[{"name":"Card","description":"c","propsSchemaJson":"{}"}]}"#,
        &[
            r#"send {"type":"update_tools","toolSchemas":[],"generativeComponents":[{"description":"c","name":"Card","propsSchemaJson":"{}"}]}"#,
            "done 2 OK",
        ],
    ),
    (
        "> set_context locale de\n> set_context page {\"n\":1}",
        &[
            r#"send {"type":"update_context_helpers","contextHelpers":{"locale":"de"}}"#,
            "done 2 OK",
            r#"send {"type":"update_context_helpers","contextHelpers":{"locale":"de","page":{"n":1}}}"#,
            "done 3 OK",
        ],
    ),
    (
        "{\"type\":\"tool_call_request\",\"callId\":\"t1\",\"toolName\":\"add\",\"parameters\":{\"x\":41}}\n> tool_result t1 {\"sum\":42}",
        &[
            "REPLY_STARTED id=reply-1",
            r#"TOOL_CALL text={"x":41} id=t1 name=add"#,
            r#"send {"type":"tool_call_response","callId":"t1","result":{"sum":42}}"#,
            "done 2 OK",
        ],
    ),
    (
        "{\"type\":\"tool_call_request\",\"callId\":\"t1\",\"toolName\":\"add\",\"parameters\":{\"x\":41}}\n> tool_error t1 no \"luck\"",
        &[
            "REPLY_STARTED id=reply-1",
            r#"TOOL_CALL text={"x":41} id=t1 name=add"#,
            r#"send {"type":"tool_call_response","callId":"t1","error":"no \"luck\""}"#,
            "done 2 OK",
        ],
    ),
    (
        "> call heartbeat_ping",
        &[r#"send {"type":"heartbeat_ping","timestamp":"NOW","pingTime":1762171200000}"#, "done 2 OK"],
    ),
    (
        r#"> interrupt {"conversationUuid":"c1"}"#,
        &[
            r#"current|send {"type":"stop_run","conversationUuid":"c1"}"#,
            "current|done 2 OK",
            "documented|done 2 UNSUPPORTED…",
        ],
    ),
    // The shortest conversation.
    (
        "{\"type\":\"chat_finished\",\"uuid\":\"conv_1\",\"data\":{\"messageCount\":2}}\n? conversation\n> say more",
        &[
            "REPLY_STARTED id=reply-1",
            "REPLY_ENDED id=reply-1",
            "conversation is \"conv_1\"",
            r#"current|send {"type":"chat_message","content":"more","media":[],"providerResId":"conv_1"}"#,
            r#"documented|send {"type":"chat_message","content":"more","app":"UD21","convUuid":"conv_1","media":[],"saveToDatabase":false,"userId":"u1"}"#,
            "done 2 OK",
        ],
    ),
];

const CONFIGURE: &str = r#"{"type":"configure_tools","toolSchemas":[{"description":"adds","name":"add","parameters":[]}],"contextHelpers":{}}"#;

/// What there is to say, by its type: the client's messages, the service's, and the data of its `chat_event`.
const CATALOGUE: [&[&str]; 3] = [
    &[
        "chat_message",
        "configure_tools",
        "update_tools",
        "update_context_helpers",
        "tool_call_response",
        "heartbeat_pong",
        "heartbeat_ping",
        "stop_run",
        "ticket_authenticate",
    ],
    &[
        "session_established",
        "tools_configured",
        "client_tools_updated",
        "configure_tools",
        "chat_event",
        "chat_finished",
        "chat_error",
        "error",
        "tool_call_request",
        "ui_component",
        "thread_created",
        "messages_persisted",
        "heartbeat_ping",
        "heartbeat_ack",
        "authentication_error",
    ],
    &[
        "text-delta",
        "reasoning-start",
        "reasoning-delta",
        "reasoning-end",
        "tool-call",
        "tool-result",
        "chain-started",
        "step-started",
        "provider-started",
        "provider-completed",
        "tools-started",
        "tool-completed",
        "tools-requested",
        "chain-completed",
        "chain-error",
    ],
];

/// One step of a row.
fn take(stage: &mut Stage, step: &str, checks: bool) {
    let Some(step) = step.strip_prefix("> ") else {
        return match step.strip_prefix("? ") {
            Some(name) => {
                let line = format!("{name} is {}", stage.mirror()[name]);
                stage.note(line);
            }
            None => stage.text(step),
        };
    };
    let (verb, rest) = step.split_once(' ').unwrap_or((step, ""));
    let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let owned = str::to_owned;
    let action = match verb {
        "session" => {
            stage.closed(0, 1006);
            stage.begin();
            if checks {
                stage.answer(200, r#"{"valid":true}"#);
            }
            stage.open();
            stage.text(ESTABLISHED);
            return stage.text(CONFIGURED);
        }
        "say" => {
            stage.say(first, more);
            return;
        }
        "call" => {
            stage.call(first, more);
            return;
        }
        "tool_result" | "tool_error" => {
            stage.result(first, more, verb == "tool_error");
            return;
        }
        "set_tools" => Action::SetTools { json: owned(rest) },
        "interrupt" => Action::Interrupt { json: owned(rest) },
        "set_context" if more.starts_with('{') => {
            Action::SetContext { key: owned(first), text: String::new(), json: owned(more) }
        }
        "set_context" => Action::SetContext { key: owned(first), text: owned(more), json: String::new() },
        other => panic!("there is no step {other}"),
    };
    stage.act(action);
}

/// Whether a line is what the table says.
fn fits(line: &str, expected: &str) -> bool {
    expected.strip_suffix('…').map_or(line == expected, |beginning| line.starts_with(beginning))
}

#[test]
fn every_row_in_both_profiles() {
    let agent = concat!("parlor/", env!("CARGO_PKG_VERSION"));
    for profile in ["current", "documented"] {
        for (given, expected) in TABLE {
            let expected: Vec<String> = expected
                .iter()
                .filter_map(|line| match line.split_once('|') {
                    Some((of, line)) if matches!(of, "current" | "documented") => (of == profile).then_some(line),
                    _ => Some(*line),
                })
                .map(|line| line.replace("NOW", NOW).replace("CONFIGURE", CONFIGURE).replace("AGENT", agent))
                .collect();
            let (changes, steps) = given
                .strip_prefix("@ {")
                .map_or(("", *given), |rest| rest.split_once('\n').expect("a profile and then its steps"));
            let option = match changes {
                "" => profile.to_owned(),
                changes => format!("{{\"base\":\"{profile}\",{changes}"),
            };
            let ready = || {
                let mut stage = Stage::new(&[("toolchat.profile", option.as_str()), ("toolchat.user_id", "u1")]);
                stage.act(Action::SetTools { json: ADD.into() });
                stage.connect();
                stage.text(CONFIGURED);
                stage.log();
                stage
            };
            let mut stage = ready();
            steps.lines().for_each(|step| take(&mut stage, step, profile == "current"));
            let log = stage.log();
            let same =
                log.len() == expected.len() && log.iter().zip(&expected).all(|(line, expected)| fits(line, expected));
            assert!(same, "{profile}: {given}\n  came to  {log:#?}\n  not to {expected:#?}");
            // The same in a binary message, as some servers frame it.
            if given.starts_with('{') && !given.contains('\n') {
                let mut stage = ready();
                stage.binary(given.as_bytes());
                assert_eq!(stage.log(), expected, "{profile}, binary: {given}");
            }
        }
    }
    println!("{} rows in both profiles", TABLE.len());
}

#[test]
fn the_table_leaves_nothing_out() {
    let said = |line: &str, type_: &str| line.contains(&format!("\"type\":\"{type_}\""));
    let [client, service, events] = CATALOGUE;
    for type_ in client {
        let line = |line: &&str| {
            let line = line.replace("CONFIGURE", CONFIGURE);
            line.split_once('|').map_or(line.as_str(), |(_, line)| line).starts_with("send ") && said(&line, type_)
        };
        assert!(TABLE.iter().any(|(_, expected)| expected.iter().any(&line)), "no row sends {type_}");
    }
    for type_ in service {
        let message = format!("{{\"type\":\"{type_}\"");
        assert!(TABLE.iter().any(|(given, _)| given.starts_with(&message)), "no row receives {type_}");
    }
    for type_ in events {
        assert!(
            TABLE.iter().any(|(given, _)| given.contains("\"chat_event\"") && said(given, type_)),
            "no row receives the chat_event {type_}"
        );
    }
}
