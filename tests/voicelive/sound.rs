//! Ten minutes of audio both ways, byte for byte.

use parlor::model::{Kind, Status};
use parlor::sim::voicelive::{Turn, tone};
use serde_json::Value;

use crate::host::{Host, sim};

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
    // A microphone has its own pace; this one waits for the service every ten seconds of audio.
    for seconds in microphone.chunks(480_000) {
        for piece in seconds.chunks(960) {
            host.client.send_audio(piece).unwrap();
        }
        let request = host.call("input_audio_buffer.commit", "");
        assert_eq!(host.done(request).status, Status::Ok);
    }
    let mut got = Vec::with_capacity(total);
    for entry in sim.record().entries() {
        let Some(message) = entry.text().and_then(|text| serde_json::from_str::<Value>(text).ok()) else { continue };
        if let Some(audio) = message["audio"].as_str() {
            use base64::Engine as _;
            let piece = base64::engine::general_purpose::STANDARD.decode(audio).unwrap();
            assert_eq!(piece.len(), 960, "20 ms in a message");
            got.extend(piece);
        }
    }
    assert!(got == microphone, "what the microphone gave, {} of {total} bytes", got.len());
    let middle = cpu("parlor-io");
    host.call("response.create", "{}");
    got.clear();
    let mut frames = 0;
    loop {
        let told = host.next(crate::host::PATIENCE).unwrap();
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
        "{MINUTES} minutes each way, {frames} frames of 20 ms, {total} bytes, all as they were; processor time of the \
         client's thread for a minute of audio, {}: {:.3} s out, {:.3} s in (its transcript and its events included)",
        if cfg!(debug_assertions) { "unoptimised" } else { "optimised" },
        (middle - before) / MINUTES as f64,
        (cpu("parlor-io") - middle) / MINUTES as f64
    );
}
