//! Links that break: what is restored, what is said about the rest.

use std::time::Duration;

use parlor::model::{Action, Kind, State, Status};
use parlor::sim::voicelive::Turn;
use serde_json::json;

use crate::host::{Host, Told, sent, sim};

#[test]
fn the_session_comes_back_as_it_was_confirmed() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[("voicelive.session", r#"{"instructions":"One."}"#)]);
    let request = host.call("session.update", r#"{"session":{"temperature":0.7,"turn_detection":null}}"#);
    host.done(request);
    let request = host.call("session.update", r#"{"session":{"instructions":"refuse me"}}"#);
    host.done(request);
    let request = host.act(Action::SetTools { json: r#"[{"name":"t"}]"#.into() });
    host.done(request);
    sim.record().clear();
    sim.reset_all();
    let gap = host.until(Kind::Gap);
    assert_eq!(gap.json()["history"], "lost");
    assert_ne!(gap.json()["old_session"], gap.json()["new_session"]);
    host.state(State::Ready);
    let replayed = sent(&sim);
    assert_eq!(replayed.len(), 1);
    assert_eq!(
        replayed[0]["session"],
        json!({"instructions": "One.", "temperature": 0.7, "turn_detection": null, "tools": [{"type": "function", "name": "t"}]})
    );
}

#[test]
fn the_text_of_the_conversation_is_told_to_the_new_session() {
    let sim = sim(|config| config.turns = vec![Turn::Say("Once upon a time.".into())]);
    let mut host = Host::ready(&sim.http_url(), &[("voicelive.restore_history", "1")]);
    let (key, text, json) = ("place".into(), "a cave".into(), String::new());
    host.act(Action::SetContext { key, text, json });
    host.say("Tell me a story.");
    host.until(Kind::ReplyEnded);
    sim.reset_all();
    assert_eq!(host.until(Kind::Gap).json()["history"], "text");
    host.state(State::Ready);
    host.say("And then?");
    host.until(Kind::ReplyStarted);
    let told: Vec<(String, String)> = sim
        .items()
        .iter()
        .filter_map(|item| Some((item["role"].as_str()?.to_owned(), item["content"][0]["text"].as_str()?.to_owned())))
        .collect();
    let expected =
        [("system", "a cave"), ("user", "Tell me a story."), ("assistant", "Once upon a time."), ("user", "And then?")];
    assert_eq!(told, expected.map(|(role, text)| (role.to_owned(), text.to_owned())));
}

#[test]
fn a_result_that_comes_after_the_cut_is_told_with_its_call() {
    let sim = sim(|config| config.turns = vec![Turn::Tool("look".into(), json!({"far": true}))]);
    let mut host = Host::ready(&sim.http_url(), &[("retry.max_attempts", "0")]);
    host.say("Look.");
    let call = host.until(Kind::ToolCall);
    host.until(Kind::ReplyEnded);
    sim.restart(Duration::from_millis(30));
    host.state(State::Reconnecting);
    let request = host.answer(&call.id, "a ship");
    assert_eq!(host.done(request).status, Status::Ok);
    let fits = |told: &Told| told.kind == Kind::ReplyEnded && told.text.contains("The tool says a ship.");
    host.up_to("the reply about the result", fits);
    let items = sim.items();
    assert_eq!((&items[0]["type"], &items[0]["arguments"]), (&json!("function_call"), &json!("{\"far\":true}")));
    assert_eq!(items[1]["type"], "function_call_output");
}
