//! What comes out of the sound device: an interruption cuts where the ear was, and nothing old is heard behind a cut.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use parlor::sim::voicelive::{Turn, VoiceLiveSim};

use crate::host::{PATIENCE, sent, sim};
use crate::kit::programs::{Program, compile};

/// The host program, compiled once: the tests run side by side.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| compile("tests/voicelive/listen.c", &[]))
}

fn singer(pace_ms: u64, format: &str) -> VoiceLiveSim {
    sim(|config| {
        config.turns = vec![Turn::Say("la ".repeat(60))];
        config.pace = Duration::from_millis(pace_ms);
        config.output_format = Some(format.to_owned());
    })
}

/// The two numbers of a line such as `heard 510 told 500`.
fn numbers(line: &str) -> Vec<i64> {
    line.split(' ').filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn an_interruption_cuts_where_the_ear_was() {
    println!("interrupted by | while | format | heard, ms | told to the host | truncated at | difference");
    for (mode, pace_ms, format, ms) in [
        ("interrupt", 60, "pcm16", 400),
        ("interrupt", 0, "pcm16", 300),
        ("voice", 60, "pcm16", 500),
        ("voice", 0, "pcm16_8000hz", 250),
        ("voice", 0, "g711_ulaw", 350),
    ] {
        let sim = singer(pace_ms, format);
        let ms_text = ms.to_string();
        let mut running = Program::start(Command::new(program()).args([&sim.http_url(), mode, &ms_text]));
        let told = numbers(&running.wait_line("heard"));
        let end = numbers(&running.wait_line("end"))[0];
        // A reply that is done was said at once: six seconds of it wait to be heard.
        let done = running.heard().iter().any(|line| line == "all said");
        assert_eq!(done, pace_ms == 0, "{:?}", running.heard());
        let (status, _, said) = running.finish(PATIENCE);
        assert!(status.success(), "{said}");
        let truncated = sim
            .record()
            .wait(PATIENCE, |entry| entry.text().is_some_and(|text| text.contains("conversation.item.truncate")));
        assert!(truncated.is_some(), "{mode} {format}: nothing was truncated");
        let cuts: Vec<i64> = sent(&sim).iter().filter_map(|message| message["audio_end_ms"].as_i64()).collect();
        println!(
            "{mode} | {} | {format} | {end} | {} | {} | {} ms",
            if done { "the reply is done" } else { "it is being made" },
            told[1],
            cuts[0],
            cuts[0] - end
        );
        assert_eq!(cuts.len(), 1, "once is enough: {cuts:?}");
        assert!((cuts[0] - end).abs() <= 20, "truncated at {} ms, heard were {end} ms", cuts[0]);
        assert_eq!(told[1], cuts[0]);
        assert!(end >= ms && end < ms + 1000, "{end}");
    }
}

#[test]
fn nothing_old_is_heard_behind_a_cut() {
    for pace_ms in [0, 60] {
        let sim = singer(pace_ms, "pcm16");
        sim.set_turns(vec![Turn::Say("la ".repeat(60)), Turn::Say("Here I am again.".into())]);
        let mut running = Program::start(Command::new(program()).args([&sim.http_url(), "cut", "300"]));
        running.wait_line("cut now");
        sim.reset_all();
        let heard = numbers(&running.wait_line("heard"));
        let old = numbers(&running.wait_line("old"))[0];
        let end = numbers(&running.wait_line("end"))[0];
        let (status, _, said) = running.finish(PATIENCE);
        assert!(status.success(), "{said}");
        println!(
            "{} ms were heard, the client told {}; {old} ms of it behind the cut, then {} ms of the new reply",
            heard[0],
            heard[1],
            end - heard[0]
        );
        assert_eq!(old, 0);
        assert!((end - heard[0] - 400).abs() <= 20, "four words of the new reply: {}", end - heard[0]);
    }
}
