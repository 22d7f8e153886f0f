use std::time::{Duration, Instant};

use super::{Device, Output};
use crate::audio::Reader;
use crate::model::{Event, Heard, Kind, Status};

const DEVICE: Device = Device { rate: 24_000, channels: 1, latency_ms: 0, buffer_ms: 60_000 };

fn spoken<'a>(id: &'a str, rate: i64, data: &'a [u8]) -> Event<'a> {
    Event { id, name: "pcm16", value: rate, data, ..Event::new(Kind::Audio) }
}

/// Reads until so many frames were heard.
fn read(reader: &mut Reader, frames: usize) -> Vec<f32> {
    let mut all = Vec::new();
    let until = Instant::now() + Duration::from_secs(20);
    while all.len() < frames {
        let mut out = vec![0.0; (frames - all.len()).min(480)];
        let heard = reader.read(&mut out, 1);
        all.extend_from_slice(&out[..heard]);
        assert!(Instant::now() < until, "{} of {frames} frames came", all.len());
        std::thread::yield_now();
    }
    all
}

#[test]
fn what_is_spoken_is_heard_and_known_to_be() {
    let output = Output::default();
    assert!(!output.wanted() && output.heard("m").is_none());
    let (mut reader, _) = output.open(DEVICE, || {}).expect("a way out");
    assert!(output.wanted());
    assert_eq!(output.open(DEVICE, || {}).err().map(|error| error.status), Some(Status::WrongState));
    let pcm: Vec<u8> = (0..2400_i16).flat_map(i16::to_le_bytes).collect();
    output.take(&spoken("m", 24_000, &pcm));
    assert_eq!(output.heard("m"), Some(Heard { ms: 0, whole: false }));
    let heard = read(&mut reader, 1200);
    assert!(heard.iter().enumerate().all(|(at, sample)| *sample == at as f32 / 32_768.0));
    assert_eq!(output.heard("m"), Some(Heard { ms: 50, whole: false }));
    assert_eq!(output.position(), ("m".to_owned(), Heard { ms: 50, whole: false }));
    output.take(&Event { id: "m", ..Event::new(Kind::AudioEnded) });
    output.take(&spoken("n", 12_000, &pcm));
    // The end of the one and the beginning of the other, at twice its rate.
    read(&mut reader, 1200 + 2400);
    assert_eq!(output.heard("m"), Some(Heard { ms: 100, whole: true }));
    assert_eq!(output.heard("n"), Some(Heard { ms: 100, whole: false }));
    assert_eq!(output.heard("x"), None);
    output.close();
    assert!(!output.wanted() && output.heard("n").is_none());
    assert_eq!(reader.read(&mut [0.0; 480], 1), 0);
}

#[test]
fn what_is_cut_off_is_silent_at_once_and_keeps_its_place() {
    for how in ["interrupted", "status", "call"] {
        let output = Output::default();
        let (mut reader, _) = output.open(DEVICE, || {}).expect("a way out");
        output.take(&spoken("m", 24_000, &[1; 48_000]));
        read(&mut reader, 2400);
        match how {
            "interrupted" => output.take(&Event { id: "m", name: how, ..Event::new(Kind::AudioEnded) }),
            "status" => output.take(&Event { id: "m", status: Status::Cancelled, ..Event::new(Kind::AudioEnded) }),
            _ => output.cut(),
        }
        assert_eq!(reader.read(&mut [0.0; 480], 1), 0, "{how}");
        assert_eq!(output.heard("m"), Some(Heard { ms: 100, whole: false }));
        // What is spoken next is heard, and does not change what is known of the other.
        output.take(&spoken("n", 48_000, &[2; 9600]));
        output.take(&Event { id: "n", ..Event::new(Kind::AudioEnded) });
        read(&mut reader, 2400);
        assert_eq!(output.heard("m"), Some(Heard { ms: 100, whole: false }), "{how}");
        assert_eq!(output.heard("n"), Some(Heard { ms: 100, whole: true }), "{how}");
    }
}

#[test]
fn what_can_not_be_played_is_let_be() {
    let output = Output::default();
    let (mut reader, _) = output.open(DEVICE, || {}).expect("a way out");
    output.take(&Event { name: "audio/mpeg", data: &[1; 10], ..Event::new(Kind::Audio) });
    output.take(&spoken("m", -1, &[1; 10]));
    output.take(&spoken("m", 0, &[1; 10]));
    output.take(&Event::new(Kind::AudioEnded));
    output.take(&spoken("n", 24_000, &[1, 0]));
    assert_eq!(read(&mut reader, 1), [1.0 / 32_768.0]);
}

/// Ten minutes of speech at once are heard from their first second on, and end with the handle.
#[test]
fn much_speech_at_once_is_neither_waited_for_nor_worked_off_for_nobody() {
    let output = Output::default();
    let device = Device { rate: 48_000, buffer_ms: 3_600_000, ..DEVICE };
    let (mut reader, _) = output.open(device, || {}).expect("a way out");
    let minute: Vec<u8> = vec![1; 24_000 * 60 * 2];
    for _ in 0..10 {
        output.take(&spoken("m", 24_000, &minute));
    }
    read(&mut reader, 480);
    let began = Instant::now();
    output.close();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
