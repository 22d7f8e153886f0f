//! Ten minutes of audio both ways, byte for byte.

use base64::Engine as _;
use parlor::model::Kind;
use parlor::sim::voicelive::{Turn, tone};
use serde_json::Value;

use crate::host::{Host, PATIENCE, sim};

/// Processor time that the threads of this process with names like this have used so far, in seconds.
fn cpu(name: &str) -> f64 {
    let mut seconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        let Some((head, tail)) = stat.rsplit_once(')') else { continue };
        if !head.split_once('(').is_some_and(|(_, found)| found.starts_with(name)) {
            continue;
        }
        let fields: Vec<&str> = tail.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        seconds += (ticks(11) + ticks(12)) / 100.0;
    }
    seconds
}

#[test]
fn ten_minutes_each_way_are_exact_to_the_byte() {
    const MINUTES: usize = 10;
    // A word is a frame of 20 ms.
    let words = MINUTES * 60 * 50;
    let sim = sim(|config| {
        config.turns = vec![Turn::Say("la ".repeat(words))];
        config.pace = std::time::Duration::ZERO;
        config.word_ms = 20;
    });
    let set = [
        ("voicelive.session", r#"{"turn_detection":null}"#),
        ("queue.max_bytes", "1073741824"),
        ("queue.max_events", "1000000"),
    ];
    let mut host = Host::ready(&sim.http_url(), &set);
    let before = cpu("parlor-io");
    let total = MINUTES * 60 * 48_000;
    let microphone = tone(0, total);
    sim.record().clear();
    let mut got = Vec::with_capacity(total);
    // Pieces that wait go out together, at most 100 ms of them. A microphone gives one every 20 ms; this one gives the next
    // as soon as the last has arrived: in one message, or in two where the ring between the threads goes round.
    let mut messages = 0;
    for piece in microphone.chunks(960) {
        host.client.send_audio(piece).unwrap();
        let end = got.len() + piece.len();
        while got.len() < end {
            let arrived = sim.record().wait(PATIENCE, |entry| entry.text().is_some()).unwrap();
            let taken = sim.record().take();
            for entry in taken.iter().filter(|entry| entry.text().is_some()) {
                let message: Value = serde_json::from_str(entry.text().unwrap()).unwrap();
                assert_eq!(message["type"], "input_audio_buffer.append", "{arrived:?}");
                got.extend(
                    base64::engine::general_purpose::STANDARD.decode(message["audio"].as_str().unwrap()).unwrap(),
                );
                messages += 1;
            }
        }
    }
    let pieces = total / 960;
    assert!((pieces..pieces + pieces / 500).contains(&messages), "{pieces} pieces came in {messages} messages");
    assert!(got == microphone, "what the microphone gave, {} of {total} bytes", got.len());
    let middle = cpu("parlor-io");
    host.call("response.create", "{}");
    got.clear();
    let mut frames = 0;
    loop {
        let told = host.next(PATIENCE).unwrap();
        match told.kind {
            Kind::Audio => {
                assert_eq!(told.data.len(), 960, "20 ms in an event");
                frames += 1;
                got.extend_from_slice(&told.data);
            }
            Kind::ReplyEnded => break,
            _ => {}
        }
    }
    assert!(got == tone(0, total), "what was spoken, {} of {total} bytes", got.len());
    println!(
        "{MINUTES} minutes each way, {pieces} frames of 20 ms out in {messages} messages and {frames} in, {total} bytes, all as they were; processor time of the \
         client's thread for a minute of audio, {}: {:.3} s out, {:.3} s in (its transcript and its events included)",
        if cfg!(debug_assertions) { "unoptimised" } else { "optimised" },
        (middle - before) / MINUTES as f64,
        (cpu("parlor-io") - middle) / MINUTES as f64
    );
}
