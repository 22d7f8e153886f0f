//! The program that talks to a Voxta server.

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
