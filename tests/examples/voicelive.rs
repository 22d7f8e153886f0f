//! The programs that speak with Voice Live, against its simulator.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use parlor::sim::voicelive::{Config, Turn, VoiceLiveSim, demo};
use serde_json::json;

use crate::kit::{Running, read, root};

fn service(turns: Vec<Turn>) -> VoiceLiveSim {
    let pace = Duration::from_millis(5);
    VoiceLiveSim::spawn(Config { turns, pace, ..Config::default() }).expect("a port of the loopback")
}

#[test]
fn voicelive_talk_speaks_calls_its_tool_and_survives_a_cut() {
    let sim = service(demo());
    let mut program = Running::start("voicelive_talk", &[&sim.http_url()]);
    program.write(&read("examples/c/voicelive.txt"));
    program.end_input();
    let ended = program.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // How long the link was down is a matter of chance.
    let steady = |line: &&String| !line.starts_with("* RECONNECTING") && !line.starts_with("* GAP");
    let said: Vec<&str> = ended.said.iter().filter(steady).map(|line| line.trim()).collect();
    assert_eq!(
        said,
        [
            "* CONNECTING",
            "* CONNECTED",
            "* READY",
            "you: Good evening! Who are you?",
            "AI: Good evening!",
            "AI: This is the lighthouse.",
            "[1.2 s of speech]",
            "AI: What can I do for you?",
            "you: ~400",
            "[you speak]",
            "[you are silent]",
            "[heard: 900 milliseconds of speech.]",
            "[tool set_light {\"blink\":true,\"color\":\"green\"}]",
            "AI: Done.",
            "[0.9 s of speech]",
            "AI: The light is green now, and it blinks.",
            "you: Tell me a story.",
            "AI: Long ago a ship came in from the north.",
            "[0.9 s of speech, interrupted]",
            "* CONNECTED",
            "* READY",
            "you: What happened?",
            "AI: Sorry, I was gone for a moment.",
            "[1.1 s of speech]",
            "AI: Shall I begin again?",
            "you: Thank you, goodbye.",
            "[0.2 s of speech]",
            "AI: Safe travels!",
            "* CLOSED",
        ]
    );
    assert!(ended.said.iter().any(|line| line.contains("its history is gone")), "{ended:?}");
    let sent: Vec<serde_json::Value> =
        sim.record().entries().iter().filter_map(|entry| serde_json::from_str(entry.text()?).ok()).collect();
    let mut sessions = sent.iter().filter(|message| message["type"] == "session.update");
    let (first, second) = (sessions.next().expect("a session"), sessions.next().expect("another one"));
    assert_eq!(first["session"], second["session"], "the second session is as the first one was");
}

#[test]
fn the_python_program_adds_and_keeps_what_was_spoken() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    if Command::new(&python).arg("--version").output().is_err() {
        println!("SKIPPED: there is no {python} on this machine");
        return;
    }
    let sim = service(vec![Turn::Tool("add".into(), json!({"a": 40, "b": 2})), Turn::Say("It is 42.".into())]);
    let speech = std::env::temp_dir().join(format!("parlor-speech-{}.wav", std::process::id()));
    let mut child = Command::new(python)
        .arg(root().join("examples/python/voicelive_talk.py"))
        .arg(sim.http_url())
        .env("PARLOR_LIBRARY", crate::kit::library())
        .env("PYTHONPATH", root().join("bindings/python"))
        .env("SPEECH", &speech)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    child.stdin.take().expect("a pipe").write_all(b"40 and 2?\n").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for line in ["[tool add -> {\"sum\": 42}]", "AI: It is 42.", "* CLOSED"] {
        assert!(said.contains(line), "{line} in {said}");
    }
    let wav = std::fs::read(&speech).expect("the speech");
    let _ = std::fs::remove_file(&speech);
    assert!(wav.ends_with(&parlor::sim::voicelive::tone(0, 3 * 4800)), "three words of speech");
}
