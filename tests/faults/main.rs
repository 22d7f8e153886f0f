//! The network's bad days: each is played against a live client, and what the client makes of it is written down in a
//! table. `docs/faults.md` explains the rows.
//!
//! Every fault is played twice: once to see which events come, with which status and after how long, and once to
//! destroy the client in the middle of it.

#![allow(clippy::unwrap_used, reason = "a test may fall over")]

mod actions;
mod connecting;
mod fault;
mod frames;
mod kit;
mod links;
mod names;
mod secured;
mod table;

use std::time::Duration;

use parlor::runtime::wait_for_threads;

#[test]
fn the_network_has_bad_days() {
    let groups = [connecting::faults(), secured::faults(), links::faults(), frames::faults(), actions::faults()];
    let faults: Vec<_> = groups.into_iter().flatten().collect();
    assert!(faults.len() >= 40, "only {} faults", faults.len());
    let lines = table::play(faults);
    table::print(&lines);
    names::release();
    assert!(wait_for_threads(Duration::from_secs(5)), "threads of the library are left");
    let wrong: Vec<String> = lines.iter().filter_map(table::Line::wrong).collect();
    assert!(wrong.is_empty(), "{} of {} rows are wrong:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}
