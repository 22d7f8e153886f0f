//! Pitfalls of official clients that show only with a host and a network, each a test of that name.

use std::time::Duration;

use parlor::model::{Kind, State};
use parlor::sim::centrifugo::{CentrifugoSim, Config, Rules};

use crate::live::{Live, eventually};

fn sim(rules: Rules) -> CentrifugoSim {
    CentrifugoSim::spawn(Config { rules, ..Config::default() }).expect("loopback is there")
}

fn subscribed(sim: &CentrifugoSim) -> Live {
    let url = sim.ws_url();
    let live = Live::ready(&[
        ("protocol", "centrifugo"),
        ("url", url.as_str()),
        ("centrifugo.subscriptions", r#"[{"channel":"a","recoverable":true}]"#),
    ]);
    eventually("it listens", || sim.hub().listeners("a") == 1);
    live
}

#[test]
fn nothing_is_told_after_close() {
    let sim = sim(Rules::default());
    let mut live = subscribed(&sim);
    for n in 0..100 {
        sim.hub().publish("a", &n.to_string());
    }
    let closing = live.client.close(0).expect("not destroyed");
    for n in 100..200 {
        sim.hub().publish("a", &n.to_string());
    }
    assert_eq!(live.done(closing).status, parlor::model::Status::Ok);
    live.state(State::Closed);
    let told = live.events.len();
    assert_eq!(live.events.last().map(|event| event.kind), Some(Kind::State), "CLOSED is the last word");
    eventually("the server has let go of it", || sim.hub().clients() == 0);
    for n in 200..300 {
        sim.hub().publish("a", &n.to_string());
    }
    live.take(Duration::from_millis(100));
    assert_eq!(live.events.len(), told);
}

#[test]
fn a_handler_that_blocks_holds_up_neither_pings_nor_other_clients() {
    let sim = sim(Rules { ping: 1, pong: Some(Duration::from_secs(1)), ..Rules::default() });
    let mut blocked = subscribed(&sim);
    let url = sim.ws_url();
    let mut other = Live::ready(&[("protocol", "centrifugo"), ("url", &url)]);
    sim.record().clear();
    // The host of the first takes nothing; its pongs go out all the same, and the second goes on.
    let pongs = || sim.record().entries().iter().filter(|entry| entry.text() == Some("{}")).count();
    eventually("three pongs of each", || pongs() >= 6);
    assert_eq!(other.call("rpc", r#"{"method":"echo","data":1}"#).json, r#"{"data":1}"#);
    assert_eq!(blocked.client.state(), State::Ready);
    sim.hub().publish("a", "1");
    blocked.until("what has waited", |event| event.kind == Kind::Message);
    assert!(blocked.events.iter().all(|event| event.name != "RECONNECTING"));
}

#[test]
fn the_position_is_not_moved_by_a_slow_handler_of_an_older_session() {
    let sim = sim(Rules::default());
    let mut live = subscribed(&sim);
    for n in 0..50 {
        sim.hub().publish("a", &n.to_string());
    }
    // The host has taken none of it when the link goes, comes back, and more is published.
    let listening = |clients: usize| eventually("as many listen", || sim.hub().listeners("a") == clients);
    for drop in 0..3 {
        sim.hub().disconnect("", 3011, "again");
        listening(0);
        for n in 0..50 {
            sim.hub().publish("a", &(50 + drop * 50 + n).to_string());
        }
        listening(1);
    }
    for n in 0..200 {
        let next = live.until("the next", |event| event.kind == Kind::Message);
        assert_eq!(next.text, n.to_string(), "each once and in order");
    }
    assert!(live.of(Kind::Gap).is_empty());
}

#[test]
fn a_late_close_of_an_old_socket_does_not_end_the_new_connection() {
    let sim = sim(Rules { ping: 1, pong: None, ..Rules::default() });
    let url = sim.ws_url();
    let set = [("protocol", "centrifugo"), ("url", url.as_str()), ("centrifugo.ping_grace_ms", "200")];
    let mut live = Live::ready(&set);
    // The old socket falls silent and is given up; only then does the server close it.
    let old = sim.peers();
    sim.freeze_all();
    live.state(State::Reconnecting);
    live.state(State::Ready);
    for peer in old {
        peer.close(3500, "late");
    }
    assert_eq!(live.call("rpc", r#"{"method":"echo","data":1}"#).json, r#"{"data":1}"#);
    assert_eq!(live.client.state(), State::Ready);
}
