//! Ten thousand tool calls over links that break three hundred times.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parlor::model::Kind;
use serde_json::json;

use crate::host::{Host, PATIENCE, sim};

const CALLS: usize = 10_000;
const CUTS: usize = 300;

#[test]
fn every_call_is_executed_once_and_answered_whatever_happens_to_the_link() {
    let sim = sim(|_| {});
    let more = [
        ("toolchat.results_kept", "20000"),
        ("retry.initial_ms", "1"),
        ("retry.max_ms", "5"),
        ("request.max_pending", "20000"),
    ];
    let mut host = Host::ready(&sim.http_url(), &more);
    let mut random = fastrand::Rng::with_seed(11);
    let mut executed: HashMap<String, u32> = HashMap::new();
    let (mut asked, mut cuts) = (0, 0);
    // What a host has in hand and has not answered yet.
    let mut running: Vec<String> = Vec::new();
    let begun = Instant::now();
    while executed.len() < CALLS || !running.is_empty() || sim.open_calls() > 0 {
        assert!(
            begun.elapsed() < PATIENCE * 5,
            "{} of {CALLS} executed, {asked} asked, {cuts} cuts, {} running, {} open, {} sessions, {:?}: {}",
            executed.len(),
            running.len(),
            sim.open_calls(),
            sim.sessions(),
            host.client.state(),
            host.client.mirror().chars().take(400).collect::<String>()
        );
        // More than 4096 at once would be refused, which is a rule of its own.
        let room = 2_000_usize.saturating_sub(sim.open_calls());
        for _ in 0..random.usize(1..60).min(CALLS - asked).min(room) {
            asked += 1;
            sim.call_tool("add", &json!({"n": asked}));
        }
        if cuts < CUTS && random.u8(0..3) > 0 {
            cuts += 1;
            sim.cut(if random.bool() { 1006 } else { 1012 });
        }
        while let Some(told) = host.next(Instant::now() + Duration::from_millis(1)) {
            if told.kind == Kind::ToolCall {
                *executed.entry(told.id.clone()).or_default() += 1;
                running.push(told.id);
            }
            assert!(told.kind != Kind::State || told.name != "FAILED", "{}", told.text);
        }
        // Answered in any order, and some of them while there is no link.
        while !running.is_empty() && random.u8(0..8) > 0 {
            let id = running.swap_remove(random.usize(0..running.len()));
            host.result(&id, &format!("{{\"id\":\"{id}\"}}"), false);
        }
    }
    let answers = sim.answers();
    let twice = executed.values().filter(|count| **count != 1).count();
    let unanswered = executed.keys().filter(|id| !answers.contains_key(*id)).count();
    let wrong = answers
        .iter()
        .filter(|(id, all)| all.iter().any(|answer| answer["result"]["id"].as_str() != Some(id.as_str())))
        .count();
    let repeated: usize = answers.values().map(|all| all.len() - 1).sum();
    println!(
        "{CALLS} tool calls over {cuts} cuts in {:.1} s: {} executed once, {twice} twice, {unanswered} unanswered, \
         {wrong} with a wrong answer; {repeated} answers were sent again because the service asked again",
        begun.elapsed().as_secs_f64(),
        executed.len() - twice
    );
    assert_eq!((executed.len(), twice, unanswered, wrong, cuts), (CALLS, 0, 0, 0, CUTS));
}
