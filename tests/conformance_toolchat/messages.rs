//! What every message of the service becomes, for both profiles from one table.

use crate::stage::{NOW, Stage};

/// A message, and what it comes to in a session that is ready and has the tool `add`: the events, then what is done.
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
];

const CONFIGURE: &str = r#"{"type":"configure_tools","toolSchemas":[{"description":"adds","name":"add","parameters":[]}],"contextHelpers":{}}"#;

#[test]
fn every_message_in_both_profiles() {
    for profile in ["current", "documented"] {
        for (message, expected) in TABLE {
            let expected: Vec<String> =
                expected.iter().map(|line| line.replace("NOW", NOW).replace("CONFIGURE", CONFIGURE)).collect();
            let mut stage = Stage::with_tool(&[("toolchat.profile", profile)]);
            stage.text(message);
            assert_eq!(stage.log(), expected, "{profile}: {message}");
            // The same in a binary message, as some servers frame it.
            if message.starts_with('{') {
                let mut stage = Stage::with_tool(&[("toolchat.profile", profile)]);
                stage.binary(message.as_bytes());
                assert_eq!(stage.log(), expected, "{profile}, binary: {message}");
            }
        }
    }
}

#[test]
fn a_run_is_told_as_messages_with_thoughts_in_between() {
    let mut stage = Stage::up(&[]);
    let delta = |text: &str| {
        format!(
            r#"{{"type":"chat_event","event":"provider-event","data":{{"type":"text-delta","textDelta":"{text}"}}}}"#
        )
    };
    let thought = |what: &str, text: &str| {
        format!(
            r#"{{"type":"chat_event","event":"provider-event","data":{{"type":"reasoning-{what}","id":"r","text":"{text}"}}}}"#
        )
    };
    stage.text(&delta("One moment"));
    stage.text(&thought("start", ""));
    stage.text(&thought("delta", "what "));
    stage.now += parlor::model::millis(1500);
    stage.text(&thought("delta", "now?"));
    stage.text(&thought("end", ""));
    stage.text(&delta("It is late. Good"));
    stage.text(&delta(" night."));
    stage.text(
        r#"{"type":"chat_event","event":"latitude-event","data":{"type":"chain-completed","finishReason":"stop"}}"#,
    );
    stage.text(r#"{"type":"chat_finished","uuid":"conv_1"}"#);
    assert_eq!(
        stage.log(),
        [
            "REPLY_STARTED id=reply-1",
            "TEXT_DELTA text=One moment id=reply-1",
            "SENTENCE text=One moment id=reply-1",
            "MESSAGE text=One moment id=reply-1",
            "REASONING id=r name=start",
            "REASONING text=what  id=r name=delta",
            "REASONING text=now? id=r name=delta",
            "REASONING value=1500 text=what now? id=r name=end",
            "TEXT_DELTA text=It is late. Good id=reply-1",
            "SENTENCE text=It is late. id=reply-1",
            "TEXT_DELTA text= night. id=reply-1",
            "SERVICE type=chain-completed name=stop",
            "SENTENCE text=Good night. id=reply-1",
            "MESSAGE text=It is late. Good night. id=reply-1",
            "REPLY_ENDED id=reply-1 name=stop",
        ]
    );
    assert_eq!(stage.mirror()["conversation"], "conv_1");
}

#[test]
fn a_cut_run_says_how_far_it_came() {
    let mut stage = Stage::up(&[]);
    stage.text(r#"{"type":"chat_event","event":"content-delta","data":{"delta":"Half a sen"}}"#);
    stage.log();
    stage.closed(0, 1006);
    assert_eq!(stage.log(), ["lost: retry CONNECTION_LOST", "REPLY_ENDED LINK_LOST text=Half a sen id=reply-1"]);
}

#[test]
fn garbage_neither_panics_nor_is_silent() {
    let mut stage = Stage::with_tool(&[]);
    let seed = r#"{"type":"tool_call_request","callId":"t1","toolName":"add","parameters":{"x":[1,"é",null]},"data":{"type":"text-delta"}}"#;
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..20_000 {
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=random.usize(0..4) {
            let at = random.usize(0..bytes.len());
            match random.u8(0..3) {
                0 => bytes[at] = random.u8(..),
                1 => drop(bytes.drain(at..)),
                _ => bytes.insert(at, b"{}[]\",:\\"[random.usize(0..8)]),
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => stage.text(text),
            Err(_) => stage.binary(&bytes),
        }
        if round == 0 {
            assert!(!stage.log().is_empty());
        }
        stage.log();
    }
    assert!(stage.losses.is_empty(), "no garbage of this kind ends the link");
}
