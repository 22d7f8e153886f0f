//! The program that talks to a Voxta server.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use parlor::sim::voxta::{Config, Reply, VoxtaSim};

use crate::kit::Running;

#[test]
fn voxta_talk_prints_the_conversation_and_keeps_what_is_heard() {
    let config = Config { speech: true, pace: Duration::from_millis(5), ..Config::default() };
    let sim = VoxtaSim::spawn(config).expect("a port of the loopback");
    sim.set_replies(vec![Reply::say(&["Good evening.", "What now?"]), Reply::say(&["Goodbye."])]);
    let wav = std::env::temp_dir().join(format!("parlor-voxta-talk-{}.wav", std::process::id()));
    let mut talk = Running::start("voxta_talk", &[&sim.http_url(), wav.to_str().expect("a path in UTF-8")]);
    talk.write("Hello.\nBye.\n");
    talk.end_input();
    let ended = talk.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let said: Vec<&str> = ended.said.iter().map(String::as_str).filter(|line| !line.starts_with('*')).collect();
    assert_eq!(said, ["you: Hello.", "Mira: Good evening.", "Mira: What now?", "you: Bye.", "Mira: Goodbye."]);
    // The simulator speaks a tenth of a second for each sentence, at 16 kHz.
    let heard = std::fs::read(&wav).expect("a file");
    assert_eq!((heard.len(), &heard[..4], &heard[40..44]), (44 + 3 * 3200, &b"RIFF"[..], &9600_u32.to_le_bytes()[..]));
    std::fs::remove_file(&wav).expect("it can be removed");
    let entries = sim.record().entries();
    let texts = entries.iter().filter_map(|entry| entry.text());
    let completions = texts.filter(|text| text.contains("speechPlaybackComplete")).count();
    assert_eq!(completions, 2, "one for each reply");
}

#[test]
fn the_python_program_hears_and_is_heard() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    if Command::new(&python).arg("--version").output().is_err() {
        println!("SKIPPED: there is no {python} on this machine");
        return;
    }
    let config = Config {
        speech: true,
        understood: vec!["Good evening.".into()],
        replies: vec![Reply::say(&["Welcome!", "Do come in."])],
        pace: Duration::from_millis(5),
        ..Config::default()
    };
    let sim = VoxtaSim::spawn(config).expect("a port of the loopback");
    let mut child = Command::new(python)
        .arg(crate::kit::root().join("examples/python/voxta_audio.py"))
        .arg(sim.http_url())
        .env("PARLOR_LIBRARY", crate::kit::library())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    // It waits for the server to ask for its microphone.
    let limit = Duration::from_secs(20);
    assert!(sim.record().wait_text(limit, "subscribeToChat").is_some(), "it takes part in the chat");
    sim.request_recording(true);
    assert!(sim.record().wait_text(limit, "bufferMilliseconds").is_some(), "its microphone is there");
    // A fifth of a second of noise, and half a second of quiet: somebody has said something.
    let noise = (0..3200_i32).flat_map(|at| ((at * 7919 % 6000) as i16).to_le_bytes());
    let said: Vec<u8> = noise.chain(std::iter::repeat_n(0, 16_000)).collect();
    child.stdin.take().expect("a pipe").write_all(&said).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("heard: Good evening.") && told.contains("spoken: "), "{told}");
    assert!(sim.record().wait_text(limit, "\"text\":\"Good evening.\"").is_some(), "it became what the user says");
}
