//! Nothing is lost silently: many numbered messages through many forced reconnects, of every code that a client comes back
//! after. `PARLOR_TEST_LOSS=full` sends 100000 through 200 of them; without it there are fewer of both.

use std::time::Duration;

use parlor::model::{Kind, flag};
use parlor::sim::centrifugo::{CentrifugoSim, Config, Rules};
use parlor::sim::tokenbowl::{self, Generation, TokenBowlSim};

use crate::live::{Live, eventually};

/// Every code of a Centrifugo server after which a client comes back. After 3013 it waits for two seconds, and after 3014
/// for a fresh token, so these two are sent once.
const CODES: [u16; 18] =
    [3000, 3001, 3004, 3005, 3006, 3008, 3009, 3010, 3011, 3012, 3499, 4000, 4001, 4499, 1000, 1001, 1011, 1012];
const ONCE: [u16; 2] = [3013, 3014];
/// The same for a plain WebSocket; 0 is an end without a close frame.
const PLAIN: [u16; 5] = [1000, 1001, 1011, 1012, 0];

const SET: [(&str, &str); 3] = [("retry.initial_ms", "2"), ("retry.stable_ms", "1"), ("queue.max_events", "1000000")];

/// How many messages, and how many disconnects.
fn size() -> (u64, u64) {
    if std::env::var("PARLOR_TEST_LOSS").is_ok_and(|size| size == "full") { (100_000, 200) } else { (6_000, 12) }
}

/// A service that is spoken through and cut off.
trait Service {
    fn say(&self, text: &str);
    fn cut(&self, at: u64);
    fn listens(&self) -> bool;
}

fn code(at: u64, once: &[u16]) -> u16 {
    once.get(at as usize).copied().unwrap_or(CODES[(at as usize) % CODES.len()])
}

impl Service for CentrifugoSim {
    fn say(&self, text: &str) {
        self.hub().publish("numbers", text);
    }

    fn cut(&self, at: u64) {
        // Without a token there is none that could be invalid.
        self.hub().disconnect("", code(at, &ONCE[..1]), "again");
    }

    fn listens(&self) -> bool {
        self.hub().listeners("numbers") == 1
    }
}

struct Bowl(TokenBowlSim, Generation);

impl Service for Bowl {
    fn say(&self, text: &str) {
        let to = if text.len().is_multiple_of(2) { Some("bob") } else { None };
        self.0.say("alice", to, text).expect("members");
    }

    fn cut(&self, at: u64) {
        match (self.1, PLAIN[(at as usize) % PLAIN.len()]) {
            (Generation::B, _) => self.0.hub().disconnect("", code(at, &ONCE), "again"),
            (Generation::A, 0) => self.0.reset_all(),
            (Generation::A, code) => self.0.close_all(code, "again"),
        }
    }

    fn listens(&self) -> bool {
        match self.1 {
            Generation::B => self.0.hub().listeners("room:main") == 1,
            Generation::A => self.0.connections() == 1,
        }
    }
}

/// Says all of them, with a forced reconnect every so often, and reads along. `waits` says whether it waits until the host
/// has caught up before it goes on; where it does not, the next cut may come while it catches up.
fn run(service: &impl Service, live: &mut Live, waits: impl Fn(u64) -> bool) {
    let (messages, drops) = size();
    eventually("it listens", || service.listens());
    let each = messages / drops;
    for drop in 0..drops {
        for at in 0..each {
            service.say(&(drop * each + at).to_string());
            if at == each / 2 {
                // Somewhere in the middle, so that some are on their way and some come while nobody listens.
                service.cut(drop);
                live.take(Duration::ZERO);
            }
        }
        let end = std::time::Instant::now() + crate::live::PATIENCE;
        while !service.listens() {
            assert!(std::time::Instant::now() < end, "it never came back");
            live.take(Duration::from_millis(1));
        }
        if waits(drop) {
            let last = (drop * each + each - 1).to_string();
            let sign = format!("up to {last}");
            live.until(&sign, |event| event.kind == Kind::Message && event.text == last);
        }
    }
    service.say(&messages.to_string());
    live.until("the last one", |event| event.kind == Kind::Message && event.text == messages.to_string());
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    delivered: u64,
    recovered: u64,
    gaps: u64,
    /// Gaps that say that something is missing, and how much is.
    open: u64,
    covered: u64,
}

/// Each is delivered once and in order, or an open gap stands before what is missing, on the same link.
fn tally(live: &Live, what: &str) -> Tally {
    let (messages, drops) = size();
    let (mut tally, mut next, mut open) = (Tally::default(), 0u64, false);
    for event in live.events.iter().filter(|event| matches!(event.kind, Kind::Message | Kind::Gap | Kind::State)) {
        if event.kind == Kind::State {
            open &= event.name != "RECONNECTING";
            continue;
        }
        if event.kind == Kind::Gap {
            tally.gaps += 1;
            let is_open = !event.json.contains("\"complete\":true");
            tally.open += u64::from(is_open);
            open |= is_open;
            continue;
        }
        let number: u64 = event.text.parse().expect("a number");
        assert!(number >= next, "{what}: {number} comes twice or too late, {next} was next");
        assert!(number == next || open, "{what}: {} before {number} are missing and no gap says so", number - next);
        tally.covered += number - next;
        tally.delivered += 1;
        tally.recovered += u64::from(event.flags & flag::SNAPSHOT != 0);
        next = number + 1;
    }
    assert_eq!((next, tally.delivered + tally.covered), (messages + 1, messages + 1), "{what}");
    println!(
        "{what}: {messages} messages, {drops} forced disconnects: {} delivered once and in order, {} of them brought \
         back; {} gaps, {} of them open, which cover {}",
        tally.delivered, tally.recovered, tally.gaps, tally.open, tally.covered
    );
    tally
}

fn centrifugo(recovery: bool) -> Tally {
    let rules = Rules { recovery, history: if recovery { 2_000 } else { 0 }, ..Rules::default() };
    let sim = CentrifugoSim::spawn(Config { rules, ..Config::default() }).expect("loopback is there");
    let url = sim.ws_url();
    let own = [("protocol", "centrifugo"), ("url", url.as_str()), ("centrifugo.subscriptions", r#"["numbers"]"#)];
    let mut live = Live::ready(&[&own[..], &SET[..]].concat());
    // Without a memory of the channel there is nothing to catch up with.
    run(&sim, &mut live, |drop| recovery && most(drop));
    tally(&live, if recovery { "centrifugo, with recovery" } else { "centrifugo, without recovery" })
}

fn most(drop: u64) -> bool {
    drop % 4 != 3
}

fn bowl(what: &str, config: tokenbowl::Config, waits: impl Fn(u64) -> bool) -> Tally {
    let generation = config.generation;
    let bowl = Bowl(crate::chat::sim(config), generation);
    let mut live = crate::chat::ready(&bowl.0, "bob", &SET);
    run(&bowl, &mut live, waits);
    tally(&live, what)
}

#[test]
fn centrifugo_with_recovery_loses_nothing() {
    let tally = centrifugo(true);
    assert!(tally.covered == 0 && tally.gaps == 0 && tally.recovered > 0, "{tally:?}");
}

#[test]
fn centrifugo_without_recovery_covers_what_is_missing_by_a_gap() {
    let tally = centrifugo(false);
    assert!(tally.gaps > 0 && tally.gaps <= size().1 && tally.recovered == 0, "{tally:?}");
}

#[test]
fn token_bowl_with_recovery_loses_nothing() {
    let mut config = tokenbowl::Config { kept: 1_000, ..tokenbowl::Config::default() };
    (config.rules.recovery, config.rules.history) = (true, 2_000);
    let tally = bowl("tokenbowl, with recovery", config, most);
    // After code 3014 the service has forgotten the positions, and the store helps out.
    assert!(tally.covered == 0 && tally.open == 0 && tally.recovered > 0 && tally.gaps <= 1, "{tally:?}");
}

#[test]
fn token_bowl_without_recovery_loses_nothing_that_the_store_keeps() {
    let config = tokenbowl::Config { kept: 1_000, ..tokenbowl::Config::default() };
    let tally = bowl("tokenbowl, without recovery, a store of 1000", config, most);
    // Open ones: those whose link was lost again before they were filled, which the next link did.
    assert!(tally.covered == 0 && tally.open <= size().1 / 4 && tally.recovered > 0, "{tally:?}");
}

#[test]
fn token_bowl_with_a_small_store_covers_what_is_missing_by_a_gap() {
    let tally = bowl("tokenbowl, without recovery, a store of 100", tokenbowl::Config::default(), |_| true);
    assert!(tally.open > 0 && tally.recovered > 0, "{tally:?}");
}

#[test]
fn generation_a_loses_nothing_that_the_store_keeps() {
    let config = tokenbowl::Config { kept: 1_000, generation: Generation::A, ..tokenbowl::Config::default() };
    let tally = bowl("tokenbowl, generation A, a store of 1000", config, most);
    assert!(tally.covered == 0 && tally.open <= size().1 / 4 && tally.recovered > 0, "{tally:?}");
}
