//! How a run is told, from its messages; and what is none.

use crate::stage::Stage;

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
