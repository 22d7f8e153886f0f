//! What goes out: every member of the session by itself, every message of the client, every verb.

use parlor::model::{Action, Playback, PlaybackPhase, Say, Status};
use serde_json::{Value, json};

use crate::stage::{Stage, UPDATED};
use crate::tables::{CLIENT, openai_table, session_table};

fn update(name: &str, value: &Value) -> Action {
    let mut session = serde_json::Map::new();
    session.insert(name.to_owned(), value.clone());
    Action::Call { name: "session.update".into(), json: json!({ "session": session }).to_string() }
}

#[test]
fn every_member_of_the_session_goes_out_as_it_came_in() {
    let (mut good, mut bad) = (0, 0);
    for (dialect, table) in [("azure", session_table()), ("openai", openai_table())] {
        for (name, fits, does_not) in table {
            for value in fits {
                let mut stage = Stage::ready(&[("voicelive.dialect", dialect)]);
                let action = update(name, &value);
                stage.check(&action).unwrap_or_else(|error| panic!("{name} = {value}: {error}"));
                let request = stage.act(action);
                let sent = stage.sent();
                let mut session = json!({ name: value });
                if dialect == "openai" {
                    session["type"] = json!("realtime");
                }
                assert_eq!(sent, [json!({"type": "session.update", "session": session})]);
                stage.text(UPDATED);
                assert!(stage.log().contains(&format!("done {request} OK")));
                // The next session gets it too.
                stage.closed(1006, 0);
                stage.begin();
                stage.open();
                stage.text(crate::stage::CREATED);
                assert_eq!(stage.sent(), sent);
                good += 1;
            }
            for value in does_not {
                let error = Stage::ready(&[]).check(&update(name, &value)).expect_err(&format!("{name} = {value}"));
                assert!(error.status == Status::InvalidArgument && error.text.contains(name), "{}", error.text);
                bad += 1;
            }
        }
    }
    println!("{good} values sent and replayed, {bad} refused with their place");
}

#[test]
fn the_session_tables_hold_every_member_that_the_library_knows() {
    let source = include_str!("../../src/protocol/voicelive/model.rs");
    let known = source.split("const PARTS").next().expect("the sessions stand first");
    let mut values = String::new();
    for (name, fits, _) in session_table().into_iter().chain(openai_table()) {
        values.push_str(&format!("{}", json!({ name: fits })));
    }
    let mut count = 0;
    for name in ["may(", "must(", "reset("].iter().flat_map(|way| known.split(way).skip(1)) {
        let Some(name) = name.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
        assert!(values.contains(&format!("\"{name}\":")), "no table has a value for {name}");
        count += 1;
    }
    assert!(count > 80, "only {count} members were found");
    println!("{count} members of sessions, each in a table");
}

#[test]
fn every_message_of_the_client() {
    for (name, json, answer) in CLIENT {
        let mut stage = Stage::ready(&[]);
        let request = stage.call(name, json);
        let mut expected: Value = serde_json::from_str(if json.is_empty() { "{}" } else { json }).expect("JSON");
        expected["type"] = json!(name);
        assert_eq!(stage.sent(), [expected]);
        let done = format!("done {request} OK");
        assert_eq!(stage.log().contains(&done), answer.is_empty(), "{name}");
        if !answer.is_empty() {
            stage.text(answer);
            assert!(stage.log().contains(&done), "{name}");
        }
    }
}

#[test]
fn verbs() {
    let mut stage = Stage::ready(&[]);
    stage.say("Hi");
    let sent = stage.sent();
    assert_eq!(sent[0]["item"]["content"], json!([{"type": "input_text", "text": "Hi"}]));
    assert_eq!(sent[1], json!({"type": "response.create"}));
    let json = r#"{"role":"assistant","item_id":"mine","previous_item_id":"root","respond":false}"#;
    stage.act(Action::Say(Say { text: "I".into(), json: json.into() }));
    let message = json!({"type": "conversation.item.create", "previous_item_id": "root",
        "item": {"id": "mine", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "I"}]}});
    assert_eq!(stage.sent(), [message]);
    for (action, said) in [
        (Action::Say(Say { text: "x".into(), json: r#"{"author":"x"}"#.into() }), "there is no author"),
        (Action::Subscribe { json: String::new() }, "sends everything"),
        (Action::SetTools { json: "5".into() }, "list of tools"),
        (Action::SetTools { json: r#"{"tools":[],"x":1}"#.into() }, "there is no x"),
        (Action::ToolResult { id: String::new(), result: String::new(), failed: false }, "id is missing"),
        (
            Action::Playback(Playback {
                phase: PlaybackPhase::Started,
                id: String::new(),
                sender: String::new(),
                json: "[]".into(),
            }),
            "must be a JSON object",
        ),
    ] {
        let error = stage.check(&action).expect_err(said);
        assert!(error.text.contains(said), "{}", error.text);
    }
}

#[test]
fn openai_gets_its_own_shape() {
    let mut stage = Stage::ready(&[("voicelive.dialect", "openai")]);
    stage.call("session.update", r#"{"session":{"voice":"marin","modalities":["text"]}}"#);
    assert_eq!(
        stage.sent(),
        [json!({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"],
            "audio": {"output": {"voice": "marin"}}}})]
    );
    let request = stage.call("session.update", r#"{"session":{"avatar":{"character":"x"}}}"#);
    assert!(stage.log().contains(&format!("done {request} INVALID_ARGUMENT")));
}
