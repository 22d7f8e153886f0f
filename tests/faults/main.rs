//! The network's bad days: each is played against a live client, and what the client makes of it is written down in a
//! table. `docs/faults.md` explains the rows.
//!
//! Every fault is played twice: once to see which events come, with which status and after how long, and once to
//! destroy the client in the middle of it.

#![cfg(all(target_os = "linux", feature = "sim"))]
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

fn all() -> Vec<fault::Fault> {
    let groups = [connecting::faults(), secured::faults(), links::faults(), frames::faults(), actions::faults()];
    groups.into_iter().flatten().collect()
}

#[test]
fn the_network_has_bad_days() {
    let faults = all();
    assert!(faults.len() >= 40, "only {} faults", faults.len());
    let lines = table::play(&faults);
    table::print(&lines);
    names::release();
    assert!(wait_for_threads(Duration::from_secs(5)), "threads of the library are left");
    let wrong: Vec<String> = lines.iter().filter_map(table::Line::wrong).collect();
    assert!(wrong.is_empty(), "{} of {} rows are wrong:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

#[test]
fn the_page_has_every_fault() {
    let path = kit::programs::file("docs/faults.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (prose, _) = page.split_once("\n| fault |").unwrap_or((&page, ""));
    let fresh = format!("{}\n\n{}", prose.trim_end(), table::page(&all()));
    if std::env::var_os("PARLOR_UPDATE_DOCS").is_some() {
        std::fs::write(&path, fresh).unwrap();
    } else {
        assert!(
            page == fresh,
            "docs/faults.md is not what is tested; `PARLOR_UPDATE_DOCS=1 make faults` writes it anew"
        );
    }
}
