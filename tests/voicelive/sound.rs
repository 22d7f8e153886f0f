//! Ten minutes of audio both ways, byte for byte.

use parlor::model::{Kind, Status};
use parlor::sim::voicelive::{Turn, tone};
use serde_json::Value;

use crate::host::{Host, sim};

/// Processor time of this process so far, in seconds: simulator and client together.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

#[test]
fn ten_minutes_each_way_are_exact_to_the_byte() {
    const MINUTES: usize = 10;
    let words = MINUTES * 60 * 10;
    let sim = sim(|config| {
        config.turns = vec![Turn::Say("la ".repeat(words))];
        config.pace = std::time::Duration::ZERO;
    });
    let set = [
        ("voicelive.session", r#"{"turn_detection":null}"#),
        ("queue.max_bytes", "1073741824"),
        ("queue.max_events", "1000000"),
    ];
    let mut host = Host::ready(&sim.http_url(), &set);
    let before = cpu();
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
            assert!(piece.len() <= 4800, "at most 100 ms in a message");
            got.extend(piece);
        }
    }
    assert!(got == microphone, "what the microphone gave, {} of {total} bytes", got.len());
    let middle = cpu();
    host.call("response.create", "{}");
    got.clear();
    loop {
        let told = host.next(crate::host::PATIENCE).unwrap();
        match told.kind {
            Kind::Audio => got.extend_from_slice(&told.data),
            Kind::ReplyEnded => break,
            _ => {}
        }
    }
    assert!(got == tone(0, total), "what was spoken, {} of {total} bytes", got.len());
    println!(
        "processor time for a minute of audio, client and simulator together, unoptimised: {:.3} s out, {:.3} s in",
        (middle - before) / MINUTES as f64,
        (cpu() - middle) / MINUTES as f64
    );
}
