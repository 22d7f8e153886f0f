//! In processes of their own: C programs that exit, fork, are shot at by SIGPIPE, and load the library again.

use std::process::Command;
use std::time::Duration;

use parlor::sim::gateway::{Config, GatewaySim};
use parlor::sim::{FloodPlan, Mix, StageConfig};
use serde_json::json;

use crate::kit::programs::{Program, compile, library};
use crate::kit::tls::Authority;

const LIMIT: Duration = Duration::from_secs(30);

/// Waits for a good end.
#[track_caller]
fn passes(program: Program) -> Duration {
    let (status, took, said) = program.finish(LIMIT);
    assert!(status.success(), "{status}\n{said}");
    took
}

/// A gateway that does not stop talking.
fn talkative() -> GatewaySim {
    let flood = Some(FloodPlan { count: u64::MAX, mix: Mix::Sentences, per_second: 2000 });
    GatewaySim::spawn(Config { flood, ..Config::default() }).unwrap()
}

#[test]
fn a_process_that_just_exits_ends_well_and_soon() {
    let program = compile("tests/lifecycle/exit.c", &[]);
    let sim = talkative();
    for mode in ["qm", "qe", "pm", "pe", "tm", "te", "wm", "we"] {
        let mut longest = Duration::ZERO;
        for _ in 0..5 {
            let mut running = Program::start(Command::new(&program).args([&sim.http_url(), mode]));
            running.wait_line("busy");
            longest = longest.max(passes(running));
        }
        println!("exit in mode {mode}: {:.0} ms at most", longest.as_secs_f64() * 1e3);
        assert!(longest < Duration::from_secs(2), "{mode}: {longest:?}");
    }
}

#[test]
fn a_process_that_exits_during_a_name_lookup_does_not_wait_for_it() {
    let program = compile("tests/lifecycle/lookup.c", &["-rdynamic"]);
    let mut running = Program::start(Command::new(&program).arg("exit"));
    running.wait_line("asked");
    let took = passes(running);
    assert!(took < Duration::from_secs(2), "{took:?}");
    passes(Program::start(Command::new(&program).arg("destroy")));
}

#[test]
fn a_reset_while_sending_raises_no_signal() {
    let program = compile("tests/lifecycle/sigpipe.c", &[]);
    let authority = Authority::new();
    let file = library().join("authority.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let tls = Some(authority.server("localhost", |_| ()));
    let stage = StageConfig { tls, ..StageConfig::default() };
    let sim = GatewaySim::spawn(Config { stage, ..Config::default() }).unwrap();
    let url = format!("https://localhost:{}", sim.addr().port());
    let mut running = Program::start(Command::new(&program).arg(&url).arg(&file));
    for round in 0..10 {
        running.wait_line("sending");
        // It sends already; it is shot at in the middle of that.
        assert!(sim.record().wait_text(LIMIT, "ping").is_some(), "round {round}");
        sim.reset_all();
        sim.record().clear();
    }
    passes(running);
}

#[test]
fn a_fork_leaves_the_connection_of_the_parent_alone() {
    let program = compile("tests/lifecycle/fork.c", &[]);
    let sim = GatewaySim::spawn(Config::default()).unwrap();
    let mut running = Program::start(Command::new(&program).arg(sim.http_url()));
    running.wait_line("forked");
    assert_eq!(sim.peers().len(), 1, "it is still the first connection");
    sim.broadcast("sentence_ready", &json!({"text": "Still there?"}));
    passes(running);
}

#[test]
fn the_library_can_be_used_after_a_shutdown() {
    let program = compile("tests/lifecycle/shutdown.c", &[]);
    let sim = GatewaySim::spawn(Config::default()).unwrap();
    passes(Program::start(Command::new(&program).arg(sim.http_url())));
}

#[test]
fn the_library_can_be_loaded_twenty_times() {
    let program = compile("tests/lifecycle/reload.c", &["-Wl,--as-needed"]);
    let sim = GatewaySim::spawn(Config::default()).unwrap();
    passes(Program::start(Command::new(&program).arg(library().join("libparlor.so")).arg(sim.http_url())));
}
