//! The Token Bowl programs, against the simulator of that service.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use parlor::sim::tokenbowl::{Config, TokenBowlSim, key_of};

use crate::kit::{Running, read, root};

#[test]
fn two_users_chat_and_one_catches_up() {
    let sim = TokenBowlSim::spawn(Config { demo: true, ..Config::default() }).expect("a port of the loopback");
    let mut program = Running::start("tokenbowl_two", &[&sim.http_url()]);
    program.write(&read("examples/c/tokenbowl.txt"));
    program.end_input();
    let ended = program.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let said = ended.said.join("\n");
    for line in [
        "[bob hears] alice: Hello, everyone!",
        "[alice hears] bob: Hi, alice. Nice bowl.",
        "[bob hears] alice (direct): Only you can read this.",
        "[bob is RECONNECTING]",
        "[bob has a gap] closed: nothing is missing",
        "[bob hears] root: The bowl is open!   (missed, and caught up)",
        "[bob hears] root: Whoever is away will read this later.   (missed, and caught up)",
        "[bob hears] alice: Welcome back, bob.",
        "[bob is CLOSED]",
    ] {
        assert_eq!(said.matches(line).count(), 1, "{line} in {said}");
    }
}

/// A Python program as bob; `None`, with the reason, where there is no Python.
fn python(sim: &TokenBowlSim, name: &str, arguments: &[&str]) -> Option<Child> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    if Command::new(&python).arg("--version").output().is_err() {
        println!("SKIPPED: there is no {python} on this machine");
        return None;
    }
    let child = Command::new(python)
        .arg("-B")
        .arg(root().join("examples/python").join(name))
        .arg(sim.http_url())
        .args(arguments)
        .env("PARLOR_LIBRARY", crate::kit::library())
        .env("PYTHONPATH", root().join("bindings/python"))
        .env("TOKEN_BOWL_CHAT_API_KEY", key_of("bob"))
        .stdout(Stdio::piped())
        .spawn();
    Some(child.expect("python starts"))
}

fn eventually(what: &str, so: impl Fn() -> bool) {
    let end = std::time::Instant::now() + crate::kit::PATIENCE;
    while !so() {
        assert!(std::time::Instant::now() < end, "never: {what}");
        std::thread::yield_now();
    }
}

fn arrived(sim: &TokenBowlSim) {
    eventually("it came", || sim.hub().listeners("user:bob") == 1);
}

#[test]
fn the_bot_answers_who_names_it() {
    let sim = TokenBowlSim::spawn(Config::default()).expect("a port of the loopback");
    let Some(mut bot) = python(&sim, "tokenbowl_bot.py", &["Bowlbot"]) else { return };
    let mut lines = BufReader::new(bot.stdout.take().expect("a pipe")).lines();
    assert_eq!(lines.next().and_then(Result::ok).as_deref(), Some("Bowlbot is running"));
    sim.say("alice", None, "Nobody is meant").expect("a member");
    sim.say("alice", None, "Hello, bowlbot").expect("a member");
    assert_eq!(lines.next().and_then(Result::ok).as_deref(), Some("answered alice"));
    sim.say("alice", Some("bob"), "bowlbot, go home").expect("a member");
    assert_eq!(lines.next().and_then(Result::ok).as_deref(), Some("answered alice"));
    assert!(bot.wait().expect("it ends").success());
    let said: Vec<String> = sim.hub().log("room:main").into_iter().map(|(_, data)| data).collect();
    assert!(said.iter().any(|data| data.contains("Hello alice!")), "{said:?}");
}

#[test]
fn the_logger_writes_every_message_also_those_that_it_missed() {
    let sim = TokenBowlSim::spawn(Config::default()).expect("a port of the loopback");
    let file = std::env::temp_dir().join(format!("parlor-tokenbowl-{}.log", std::process::id()));
    let path = file.to_str().expect("UTF-8").to_owned();
    let Some(mut logger) = python(&sim, "tokenbowl_logger.py", &[&path, "3"]) else { return };
    arrived(&sim);
    let mut lines = BufReader::new(logger.stdout.take().expect("a pipe")).lines();
    sim.say("alice", None, "one").expect("a member");
    assert_eq!(lines.next().and_then(Result::ok).as_deref(), Some("logged: alice: one"));
    sim.hub().disconnect("", 3011, "force reconnect");
    sim.say("alice", None, "two").expect("a member");
    sim.say("alice", Some("bob"), "three").expect("a member");
    assert!(logger.wait().expect("it ends").success());
    let written = std::fs::read_to_string(&file).expect("the log");
    let _ = std::fs::remove_file(&file);
    let contents: Vec<String> = written
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["content"].to_string())
        .collect();
    assert_eq!(contents, ["\"one\"", "\"two\"", "\"three\""]);
}

#[test]
fn the_monitor_counts_by_kind_and_user() {
    let sim = TokenBowlSim::spawn(Config::default()).expect("a port of the loopback");
    let Some(monitor) = python(&sim, "tokenbowl_monitor.py", &["4"]) else { return };
    arrived(&sim);
    for (from, to) in [("alice", None), ("root", None), ("alice", Some("bob")), ("alice", None)] {
        sim.say(from, to, "x").expect("a member");
    }
    let output = monitor.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("by kind: direct 1, room 3") && said.contains("by user: alice 3, root 1"), "{said}");
}

#[test]
fn the_monitor_watches_for_several_users_at_once() {
    let sim = TokenBowlSim::spawn(Config::default()).expect("a port of the loopback");
    let users = ["bob", "root"].map(|name| format!("{name}={}", key_of(name)));
    let Some(monitor) = python(&sim, "tokenbowl_monitor.py", &["2", &users[0], &users[1]]) else { return };
    arrived(&sim);
    eventually("the other one is there", || sim.hub().listeners("user:root") == 1);
    for (to, text) in [(None, "all"), (Some("bob"), "to bob"), (Some("root"), "to root")] {
        sim.say("alice", to, text).expect("members");
    }
    let output = monitor.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    for line in ["[bob] alice: all", "[root] alice: all", "[bob] alice: to bob", "[root] alice: to root"] {
        assert!(said.contains(line), "{line} in {said}");
    }
    assert!(said.contains("by kind: direct 2, room 2") && said.contains("by user: alice 4"), "{said}");
}

#[test]
fn the_quick_start_works() {
    let sim = TokenBowlSim::spawn(Config::default()).expect("a port of the loopback");
    let Some(mut hello) = python(&sim, "tokenbowl_hello.py", &[]) else { return };
    let mut lines = BufReader::new(hello.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    assert_eq!(lines.next().as_deref(), Some("Connected!"));
    assert_eq!(lines.next().as_deref(), Some("bob (room): Hello, everyone!"), "its own, heard once");
    sim.say("alice", Some("bob"), "Hi, bob").expect("members");
    assert_eq!(lines.next().as_deref(), Some("alice (direct): Hi, bob"));
    sim.hub().disconnect("bob", 3001, "shutdown");
    let lost = lines.next().expect("a line");
    assert!(lost.starts_with("Error: the service closed the connection with code 3001"), "{lost}");
    eventually("it is back", || sim.hub().listeners("user:bob") == 1);
    sim.say("alice", None, "bye").expect("a member");
    let rest: Vec<String> = lines.collect();
    assert!(rest.contains(&"alice (room): bye".to_owned()), "{rest:?}");
    assert_eq!(rest.last().map(String::as_str), Some("Disconnected. Received 3 messages"));
    assert!(hello.wait().expect("it ends").success());
    // What can not be said is an error of the very call, and the program goes on to its end.
    let Some(hello) = python(&sim, "tokenbowl_hello.py", &[&"x".repeat(10_001)]) else { return };
    let output = hello.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("Error: say: \"text\" takes 1 to 10000 characters, not 10001"), "{said}");
}
