//! The programs that offer tools, against the simulator of the chat that calls them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use parlor::sim::toolchat::{Config, Step, ToolchatSim, demo};
use serde_json::json;

use crate::kit::{Running, read, root};

fn chat(runs: Vec<Vec<Step>>) -> ToolchatSim {
    ToolchatSim::spawn(Config { runs, ..Config::default() }).expect("a port of the loopback")
}

#[test]
fn toolchat_tools_answers_two_tools_through_a_cut() {
    let sim = chat(demo());
    let mut program = Running::start("toolchat_tools", &[&sim.http_url()]);
    program.write(&read("examples/c/toolchat.txt"));
    program.end_input();
    let ended = program.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // How often it had to try to come back is a matter of chance.
    let steady = |line: &&String| !line.starts_with("* RECONNECTING") && !line.starts_with("* GAP");
    let said: Vec<&str> = ended.said.iter().filter(steady).map(|line| line.trim()).collect();
    assert_eq!(
        said,
        [
            "* CONNECTING",
            "* CONNECTED",
            "* READY",
            "you: What can you do?",
            "[thought: They want to know what they can do here. I will be brief.]",
            "AI: Hello!",
            "AI: I can tell you the time, and I can open the garage.",
            "AI: What shall it be?",
            "you: What time is it? And please open the second door of the garage.",
            "[thought: Two things at once: the clock and the door.]",
            "[tool get_time {\"zone\":\"UTC\"} -> {\"time\":\"23:10\"}]",
            "[tool open_garage {\"door\":2} -> failed: the door is stuck]",
            "AI: It is late, and the second door does not open.",
            "AI: Shall I try the first one?",
            "you: And what time is it now?",
            "AI: One moment, I look",
            "[tool get_time {\"zone\":\"UTC\"} -> {\"time\":\"23:10\"}]",
            "[cut off; the service goes on when we are back]",
            "* CONNECTED",
            "* READY",
            "AI: Here I am again.",
            "AI: Nothing was forgotten.",
            "AI: Good night!",
            "* CLOSED",
        ]
    );
    assert_eq!(sim.answers()["call_2"][0]["error"], "the door is stuck");
}

#[test]
fn toolchat_tools_is_told_that_arguments_do_not_fit_before_it_sees_them() {
    let sim = chat(vec![vec![
        Step::Tools(vec![("open_garage".into(), json!({"door": 7}))]),
        Step::Text("There is no seventh door.".into()),
    ]]);
    let mut program = Running::start("toolchat_tools", &[&sim.http_url()]);
    program.write("Open the seventh door.\n");
    program.end_input();
    let ended = program.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.said.iter().any(|line| line.contains("[tool")), "{ended:?}");
    let error = sim.answers()["call_1"][0]["error"].to_string();
    assert!(error.contains("invalid arguments: door: the value is not one of 1 or 2"), "{error}");
}

#[test]
fn the_python_program_adds() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    if Command::new(&python).arg("--version").output().is_err() {
        println!("SKIPPED: there is no {python} on this machine");
        return;
    }
    let sim = chat(vec![vec![
        Step::Think("r".into(), "Let me add.".into()),
        Step::Tools(vec![("add".into(), json!({"a": 40, "b": 2})), ("roll_dice".into(), json!({}))]),
        Step::Text("It is 42. And no dice.".into()),
    ]]);
    let mut child = Command::new(python)
        .arg(root().join("examples/python/toolchat_tools.py"))
        .arg(sim.http_url())
        .env("PARLOR_LIBRARY", crate::kit::library())
        .env("PYTHONPATH", root().join("bindings/python"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    child.stdin.take().expect("a pipe").write_all(b"40 and 2?\n").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "[thought: Let me add.]",
        "[tool add -> {\"sum\": 42}]",
        "[tool roll_dice -> no dice]",
        "AI: It is 42.",
        "* CLOSED",
    ] {
        assert!(said.contains(line), "{line} in {said}");
    }
    assert_eq!(sim.answers()["call_1"][0]["result"], json!({"sum": 42}));
}
