//! Ten thousand tool calls over a link that breaks three hundred times.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parlor::model::{Kind, State};
use parlor::sim::toolchat::ToolchatSim;
use serde_json::json;

use crate::host::{Host, PATIENCE, Told, sim};

const CALLS: usize = 10_000;
const CUTS: usize = 300;
/// How many calls are open at once at most: fewer than the answers that are kept (option toolchat.results_kept, 1024),
/// since any of them can be asked for again.
const OPEN: usize = 400;

/// What the host has seen and done.
#[derive(Default)]
struct Book {
    /// How often each call was handed to it.
    executed: HashMap<String, u32>,
    /// The calls that it has in hand and has not answered yet.
    running: Vec<String>,
    /// How often the link was lost.
    losses: usize,
}

impl Book {
    fn note(&mut self, told: Told) {
        match told.kind {
            Kind::ToolCall => {
                *self.executed.entry(told.id.clone()).or_default() += 1;
                self.running.push(told.id);
            }
            Kind::State => {
                assert!(told.name != "FAILED", "{}", told.text);
                self.losses += usize::from(told.name == "RECONNECTING");
            }
            _ => {}
        }
    }

    /// Answers some of the calls, in any order.
    fn answer(&mut self, host: &Host, count: usize, random: &mut fastrand::Rng) {
        for _ in 0..count.min(self.running.len()) {
            let id = self.running.swap_remove(random.usize(0..self.running.len()));
            host.result(&id, &format!("{{\"id\":\"{id}\"}}"), false);
        }
    }
}

/// The service makes so many calls, as far as there is room for them.
fn ask(sim: &ToolchatSim, asked: &mut usize, count: usize) {
    for _ in 0..count.min(OPEN.saturating_sub(sim.open_calls())) {
        *asked += 1;
        sim.call_tool("add", &json!({"n": *asked}));
    }
}

#[test]
fn every_call_is_executed_once_and_answered_whatever_happens_to_the_link() {
    let seed = std::env::var("PARLOR_STORM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(11);
    println!("seed {seed} (PARLOR_STORM_SEED)");
    let mut random = fastrand::Rng::with_seed(seed);
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[("retry.initial_ms", "1"), ("retry.max_ms", "5")]);
    let (mut book, mut asked, mut offline) = (Book::default(), 0, 0);
    let begun = Instant::now();
    for cut in 1..=CUTS {
        // A cut counts only where there is something to cut.
        let since = Instant::now();
        while sim.sessions() == 0 {
            let late = since.elapsed() > PATIENCE || host.client.state() == State::Failed;
            assert!(!late, "cut {cut}: the client is {:?}: {:.400}", host.client.state(), host.client.mirror());
            // A host that took nothing would be let go of in the end.
            while let Some(told) = host.next(Instant::now() + Duration::from_millis(1)) {
                book.note(told);
            }
        }
        let due = random.usize(0..=CALLS * cut / CUTS - asked);
        ask(&sim, &mut asked, due);
        // The link breaks before, while and after the host sees the calls, and before, while and after it answers.
        for _ in 0..random.usize(0..80) {
            let Some(told) = host.next(Instant::now() + Duration::from_millis(1)) else { break };
            book.note(told);
        }
        book.answer(&host, random.usize(0..60), &mut random);
        sim.cut([1001, 1006, 1012][random.usize(0..3)]);
        if random.bool() {
            let before = book.running.len();
            book.answer(&host, random.usize(0..60), &mut random);
            offline += before - book.running.len();
        }
    }
    while asked < CALLS || book.executed.len() < CALLS || !book.running.is_empty() || sim.open_calls() > 0 {
        assert!(
            begun.elapsed() < PATIENCE * 5,
            "{} of {CALLS} executed, {} running, {} open, {} sessions, {:?}: {:.400}",
            book.executed.len(),
            book.running.len(),
            sim.open_calls(),
            sim.sessions(),
            host.client.state(),
            host.client.mirror()
        );
        while let Some(told) = host.next(Instant::now() + Duration::from_millis(1)) {
            book.note(told);
        }
        book.answer(&host, usize::MAX, &mut random);
        let left = CALLS - asked;
        ask(&sim, &mut asked, left);
    }
    let answers = sim.answers();
    let twice = book.executed.values().filter(|count| **count != 1).count();
    let unanswered = book.executed.keys().filter(|id| !answers.contains_key(*id)).count();
    let wrong = answers
        .iter()
        .filter(|(id, all)| all.iter().any(|answer| answer["result"]["id"].as_str() != Some(id.as_str())))
        .count();
    let repeated: usize = answers.values().map(|all| all.len() - 1).sum();
    println!(
        "{CALLS} tool calls over {} lost links in {:.1} s: {} executed once, {twice} more than once, {unanswered} \
         unanswered, {wrong} with a wrong answer; {offline} were answered within an outage, and {repeated} answers were \
         sent again because the service had asked again",
        book.losses,
        begun.elapsed().as_secs_f64(),
        book.executed.len() - twice
    );
    assert_eq!((book.executed.len(), answers.len(), twice, unanswered, wrong), (CALLS, CALLS, 0, 0, 0));
    assert!(book.losses >= CUTS, "each cut was one");
}
