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

#[test]
fn two_hundred_cuts_lose_no_result_and_play_nothing_old() {
    let runs: usize = std::env::var("PARLOR_VOICELIVE_CUTS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(200);
    let sim = sim(|config| config.pace = Duration::from_micros(300));
    let set =
        [("voicelive.session", r#"{"instructions":"Stay."}"#), ("retry.max_attempts", "0"), ("retry.max_ms", "5")];
    let mut host = Host::ready(&sim.http_url(), &set);
    let mut dice = fastrand::Rng::with_seed(7);
    for run in 0..runs {
        sim.set_turns(vec![Turn::Tool("count".into(), json!({ "run": run })), Turn::Say("la ".repeat(20))]);
        // The quota of the service is thirty connections a minute, which this test is not about: every other client is
        // a new one.
        if run % 25 == 24 {
            drop(std::mem::replace(&mut host, Host::ready(&sim.http_url(), &set)));
        }
        host.say("Count.");
        let point = dice.u32(0..30);
        let (mut seen, mut answered, mut cut, mut result, mut gaps) = (0, None, false, None, 0);
        let mut old_replies: Vec<String> = Vec::new();
        let mut live: Vec<String> = Vec::new();
        loop {
            let Some(told) = host.next(Duration::from_secs(20)) else {
                panic!("run {run}, cut at {point}: nothing more came; answered {answered:?}, result {result:?}")
            };
            seen += 1;
            match told.kind {
                Kind::ToolCall => answered = Some(host.answer(&told.id, &format!("run {run}"))),
                Kind::RequestDone if Some(told.request) == answered => result = Some(told.status),
                Kind::ReplyStarted => live.push(told.id.clone()),
                Kind::Audio => assert!(!old_replies.contains(&told.id), "run {run}: audio of a reply before the cut"),
                Kind::Gap => gaps += 1,
                Kind::State if told.value == State::Reconnecting as i64 => old_replies.append(&mut live),
                _ => {}
            }
            if !cut && seen >= point {
                cut = true;
                sim.reset_all();
            }
            // Before the tool was called, the request itself is lost, and the host asks again.
            if cut && answered.is_none() && told.kind == Kind::State && told.value == State::Ready as i64 {
                sim.set_turns(vec![Turn::Tool("count".into(), json!({ "run": run })), Turn::Say("la ".repeat(20))]);
                host.say("Count again.");
            }
            let last = told.kind == Kind::ReplyEnded && told.status == Status::Ok && !told.text.is_empty();
            if last && cut && (gaps == 1) && result.is_some() {
                break;
            }
            if last && cut && gaps == 0 {
                // The cut came when all was said already.
                host.until(Kind::Gap);
                host.state(State::Ready);
                break;
            }
        }
        assert_eq!(result, Some(Status::Ok), "run {run}, cut at {point}");
        assert_eq!(sim.session()["instructions"], "Stay.", "run {run}");
    }
    println!("{runs} cuts: every session restored, every result taken, no GAP told twice");
}
