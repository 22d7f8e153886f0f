//! The one table of the service's messages, both catalogs: what comes in, what the host is told.

use crate::stage::Stage;
use crate::tables::{EVENTS, message};

#[test]
fn every_message_of_both_catalogs() {
    for (type_, members, expected) in EVENTS {
        for type_last in [false, true] {
            let mut stage = Stage::ready(&[]);
            stage.text(&message(type_, members, type_last));
            assert_eq!(stage.log(), *expected, "{type_} {members}");
        }
    }
    println!("{} messages, each in two spellings of its members", EVENTS.len());
}

#[test]
fn the_table_holds_every_name_that_the_library_knows() {
    let source = include_str!("../../src/protocol/voicelive/name.rs");
    let names = source.split("NAMES: &[").nth(1).and_then(|rest| rest.split("];").next()).expect("the list of names");
    let known: Vec<&str> = names.split('"').skip(1).step_by(2).collect();
    assert!(known.len() >= 75, "{}", known.len());
    for name in known {
        assert!(EVENTS.iter().any(|(type_, ..)| *type_ == name), "{name} has no case");
    }
}

#[test]
fn a_turn_is_told_in_its_order() {
    let mut stage = Stage::ready(&[]);
    for (type_, members) in [
        ("response.created", r#""response":{"id":"r"}"#),
        ("response.audio_transcript.delta", r#"R4,"delta":"Hi. ""#),
        ("response.audio.delta", r#"R4,"delta":"AQI=""#),
        ("response.audio_transcript.delta", r#"R4,"delta":"Bye""#),
        ("response.audio.done", "R4"),
        ("response.done", r#""response":{"id":"r","status":"completed"}"#),
    ] {
        stage.text(&message(type_, members, false));
    }
    assert_eq!(
        stage.log(),
        [
            "REPLY_STARTED id=r role=assistant",
            "AI_STATE SYNTHETIC value=1 text=thinking name=thinking",
            "TEXT_DELTA text=Hi.  id=r name=transcript role=assistant",
            "SENTENCE SYNTHETIC text=Hi. id=r role=assistant",
            "AI_STATE SYNTHETIC value=2 text=speaking name=speaking",
            "AUDIO value=24000 id=r name=pcm16 role=assistant data=[1, 2]",
            "TEXT_DELTA text=Bye id=r name=transcript role=assistant",
            "AUDIO_ENDED id=r",
            "SENTENCE SYNTHETIC text=Bye id=r role=assistant",
            "REPLY_ENDED text=Hi. Bye id=r name=completed role=assistant",
            "AI_STATE SYNTHETIC text=idle name=idle",
        ]
    );
}
