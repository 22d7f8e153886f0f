//! Nothing is lost silently: many numbered publications through many forced reconnects.

use std::collections::BTreeSet;
use std::time::Duration;

use parlor::model::Kind;
use parlor::sim::centrifugo::{CentrifugoSim, Config, Rules};

use crate::live::{Live, eventually};

const MESSAGES: u64 = 100_000;
const DROPS: u64 = 200;
/// Every code after which a client comes back.
const CODES: [u16; 14] = [3000, 3001, 3004, 3005, 3006, 3008, 3009, 3010, 3011, 3012, 3013, 4000, 4499, 1012];

/// Publishes all of them, with a forced reconnect every so often, and reads along.
fn run(recovery: bool) -> (Live, CentrifugoSim) {
    let rules = Rules { recovery, history: if recovery { 2_000 } else { 0 }, ..Rules::default() };
    let sim = CentrifugoSim::spawn(Config { rules, ..Config::default() }).expect("loopback is there");
    let url = sim.ws_url();
    let set = [
        ("protocol", "centrifugo"),
        ("url", url.as_str()),
        ("centrifugo.subscriptions", r#"["numbers"]"#),
        ("retry.initial_ms", "2"),
        ("retry.stable_ms", "1"),
        ("queue.max_events", "1000000"),
    ];
    let mut live = Live::ready(&set);
    eventually("it is subscribed", || sim.hub().listeners("numbers") == 1);
    let each = MESSAGES / DROPS;
    for drop in 0..DROPS {
        for at in 0..each {
            sim.hub().publish("numbers", &(drop * each + at).to_string());
            if at == each / 2 {
                // Somewhere in the middle, so that some are on their way and some come while nobody listens.
                sim.hub().disconnect("", CODES[(drop as usize) % CODES.len()], "again");
                live.take(Duration::ZERO);
            }
        }
        let mut patience = 0;
        while sim.hub().listeners("numbers") == 0 && patience < 20_000 {
            live.take(Duration::from_millis(1));
            patience += 1;
        }
    }
    eventually("it listens again", || sim.hub().listeners("numbers") == 1);
    sim.hub().publish("numbers", &MESSAGES.to_string());
    live.until("the last one", |event| event.kind == Kind::Message && event.text == MESSAGES.to_string());
    (live, sim)
}

#[test]
fn with_recovery_each_is_delivered_once_and_in_order() {
    let (live, _sim) = run(true);
    let mut next = 0;
    let mut recovered = 0;
    for event in live.of(Kind::Message) {
        assert_eq!(event.text, next.to_string(), "in order and once");
        next += 1;
        recovered += u64::from(event.flags & parlor::model::flag::SNAPSHOT != 0);
    }
    assert_eq!(next, MESSAGES + 1);
    assert!(live.of(Kind::Gap).is_empty());
    assert!(recovered > 0, "some were missed and came back");
    println!(
        "{MESSAGES} messages, {DROPS} forced disconnects: all delivered once, {recovered} of them recovered, 0 gaps"
    );
}

#[test]
fn without_recovery_what_is_missing_is_covered_by_a_gap() {
    let (live, _sim) = run(false);
    let (mut seen, mut last, mut gaps, mut covered) = (BTreeSet::new(), None::<u64>, 0u64, 0u64);
    let mut gap_open = false;
    for event in live.events.iter().filter(|event| matches!(event.kind, Kind::Message | Kind::Gap)) {
        if event.kind == Kind::Gap {
            assert_eq!(event.name, "numbers");
            gaps += 1;
            gap_open = true;
            continue;
        }
        let number: u64 = event.text.parse().expect("a number");
        assert!(last.is_none_or(|last| number > last) && seen.insert(number), "in order and once");
        let missing = number - last.map_or(0, |last| last + 1);
        assert!(missing == 0 || gap_open, "{missing} before {number} are missing and no gap says so");
        covered += missing;
        gap_open = false;
        last = Some(number);
    }
    assert_eq!(last, Some(MESSAGES));
    assert!(gaps > 0 && gaps <= DROPS);
    assert_eq!(seen.len() as u64 + covered, MESSAGES + 1);
    println!(
        "{MESSAGES} messages, {DROPS} forced disconnects: {} delivered once, {covered} covered by {gaps} gaps",
        seen.len()
    );
}
