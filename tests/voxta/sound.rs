//! Speech and microphone over real sockets, with the function that an audio thread calls.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parlor::core::Opened;
use parlor::model::{Kind, Status};
use parlor::sim::voxta::{Clip, Reply, VoxtaSim};
use parlor::sim::{Frame, Seen};
use serde_json::Value;

use crate::conversation::{mirror, ready, sim_with};
use crate::host::{Host, PATIENCE};

const RATE: u32 = 24_000;

/// Sound that differs in every sample.
fn noise(samples: u32) -> Vec<u8> {
    (0..samples).flat_map(|n| ((n.wrapping_mul(40_503) >> 4) as i16).to_le_bytes()).collect()
}

/// What a minute is cut into, and the sentences that it belongs to.
fn minute(pieces: usize) -> (Vec<u8>, Vec<Clip>, Reply) {
    let whole = noise(60 * RATE);
    // The later a piece, the sooner it may come: six are fetched at a time, and they overtake each other.
    let clips = whole.chunks(whole.len() / pieces).enumerate().map(|(at, piece)| Clip {
        delay: Duration::from_millis([40, 5, 25, 0, 60, 10, 1][at % 7]),
        ..Clip::wav(piece, RATE)
    });
    let clips = clips.collect();
    let words: Vec<String> = (0..pieces).map(|at| format!("Sentence number {at}.")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    (whole, clips, Reply::say(&words))
}

/// Messages of one type that the server got, in their order.
fn sent(sim: &VoxtaSim, type_: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for entry in sim.record().entries() {
        let Some(text) = entry.text() else { continue };
        for record in text.split('\u{1e}').filter(|record| record.contains(type_)) {
            let record: Value = serde_json::from_str(record).expect("JSON");
            let message = record["arguments"][0].clone();
            if message["$type"] == type_ {
                found.push(message);
            }
        }
    }
    found
}

/// Reads so many frames of mono, or until nothing has come for a while.
fn listen(ear: &mut Opened, frames: usize) -> Vec<i16> {
    let mut all = Vec::with_capacity(frames);
    let mut out = vec![0.0_f32; 480];
    let mut last = Instant::now();
    while all.len() < frames && last.elapsed() < PATIENCE {
        let wanted = (frames - all.len()).min(480);
        let heard = ear.reader.read(&mut out[..wanted], 1);
        all.extend(out[..heard].iter().map(|sample| (sample * 32_768.0) as i16));
        if heard > 0 {
            last = Instant::now();
        } else {
            std::thread::yield_now();
        }
    }
    all
}

#[test]
fn a_minute_in_forty_pieces_that_overtake_each_other_is_heard_sample_by_sample() {
    let (whole, clips, reply) = minute(40);
    let sim = sim_with(|config| (config.speech, config.clips, config.replies) = (true, clips, vec![reply]));
    let mut host = ready(&sim, &[("voxta.speech", "pcm"), ("audio.rate", "24000"), ("audio.channels", "1")]);
    let mut ear = host.client.open_audio(0, 0).expect("an ear");
    host.say("Tell me.");
    // All of it has come before the last is read, so that nothing but the library can put a gap into it.
    host.until("AUDIO_ENDED");
    let heard = listen(&mut ear, 60 * RATE as usize);
    let wanted: Vec<i16> = whole.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    assert!(heard == wanted, "sample for sample: {} of {}", heard.len(), wanted.len());
    assert_eq!((ear.progress.underruns(), ear.progress.dropped()), (0, 0));
    // An audio thread goes on reading, and so finds that the reply is over.
    let until = Instant::now() + PATIENCE;
    while sent(&sim, "speechPlaybackComplete").is_empty() && Instant::now() < until {
        assert_eq!(ear.reader.read(&mut [0.0; 48], 1), 0);
        std::thread::yield_now();
    }
    let starts = sent(&sim, "speechPlaybackStart");
    assert_eq!(starts.len(), 40);
    assert!(starts.iter().all(|start| start["duration"] == 1.5), "the real duration");
    let fetched = fetched(&sim);
    assert_eq!(fetched.len(), 40);
    println!("60 s in 40 pieces: {} frames heard, 0 underruns, 40 starts, 1 completion", heard.len());
    assert_eq!(sent(&sim, "speechPlaybackComplete").len(), 1);
}

/// The pieces of speech that were asked for.
fn fetched(sim: &VoxtaSim) -> Vec<String> {
    let entries = sim.record().entries();
    let gets = entries.iter().filter_map(|entry| entry.http()).filter(|(method, ..)| *method == "GET");
    gets.map(|(_, target, _)| target.to_owned()).collect()
}

#[test]
fn speech_is_brought_to_the_rate_of_the_device_whatever_it_was_encoded_as() {
    let tone = |name: &str| std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).expect(name);
    let clip = |type_: &str, file| Clip { content_type: type_.to_owned(), file, delay: Duration::ZERO };
    // The second says that it is something else than it is.
    let clips = vec![clip("audio/mpeg", tone("tone.mp3")), clip("audio/x-wav", tone("tone.ogg"))];
    let sim = sim_with(|config| {
        config.speech = true;
        config.clips = clips;
        config.replies = vec![Reply::say(&["One.", "Two."])];
    });
    let mut host = ready(&sim, &[("voxta.speech", "pcm")]);
    let mut ear = host.client.open_audio(48_000, 1).expect("an ear");
    host.say("Sing.");
    let mut rates = Vec::new();
    while rates.len() < 2 {
        let told = host.until_any("AUDIO", |told| told.kind == Kind::Audio);
        assert_eq!((told.name.as_str(), told.status), ("pcm16", Status::Ok), "{}", told.text);
        rates.push(told.value);
    }
    assert_eq!(rates, [24_000, 44_100]);
    host.until("AUDIO_ENDED");
    let heard = listen(&mut ear, 47_000);
    let crossings = heard.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
    // 440 Hz for a second, less what was not read of its end.
    assert!((840..=890).contains(&crossings), "{crossings} in {} frames", heard.len());
    assert!(sim.record().wait_text(PATIENCE, "speechPlaybackStart").is_some());
}

#[test]
fn two_hundred_interruptions_each_complete_their_reply_once() {
    let seed = std::env::var("PARLOR_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_121);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let piece = noise(RATE / 10);
    let clips = (0..7).map(|at| Clip { delay: Duration::from_millis(at % 3), ..Clip::wav(&piece, RATE) }).collect();
    let sim = sim_with(|config| {
        config.speech = true;
        config.clips = clips;
        config.pace = Duration::ZERO;
        config.replies = vec![Reply::say(&["One.", "Two.", "Three.", "Four.", "Five.", "Six."])];
    });
    let mut host = ready(&sim, &[("voxta.speech", "pcm")]);
    let mut ear = host.client.open_audio(RATE, 1).expect("an ear");
    let mut out = vec![0.0; 240];
    for round in 0..200 {
        host.say("Go on.");
        let told: Value = serde_json::from_str(&host.until("REPLY_STARTED").json).expect("JSON");
        let id = told["messageId"].as_str().unwrap_or_default().to_owned();
        // Anywhere between the first message of the reply and long after the last of it was heard.
        let most = random.u32(0..120);
        let mut heard = 0;
        for _ in 0..most {
            heard += ear.reader.read(&mut out, 1);
            while host.next(Instant::now()).is_some() {}
            std::thread::sleep(Duration::from_micros(random.u64(0..300)));
        }
        match random.u8(0..3) {
            0 => host.interrupt(),
            1 => sim.interrupt(),
            _ => {
                host.interrupt();
                sim.interrupt();
            }
        }
        let complete = |entry: &parlor::sim::Entry| {
            entry.text().is_some_and(|text| text.contains("speechPlaybackComplete") && text.contains(&id))
        };
        let found = sim.record().wait(PATIENCE, complete);
        assert!(found.is_some(), "round {round}: no completion for {id}, {heard} frames were heard");
        assert!(sim.settle(PATIENCE), "the server is done with the reply");
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for complete in sent(&sim, "speechPlaybackComplete") {
        *counts.entry(complete["messageId"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let wrong: Vec<_> = counts.iter().filter(|(_, count)| **count != 1).collect();
    assert!(wrong.is_empty(), "more than one completion: {wrong:?}");
    assert_eq!(counts.len(), 200, "every reply has its one");
    println!(
        "200 interruptions: {} completions, none missing, none twice; {} frames were heard",
        counts.len(),
        ear.progress.heard()
    );
}

#[test]
fn somebody_who_begins_to_speak_silences_the_reply_at_once() {
    let (_, clips, reply) = minute(40);
    let sim = sim_with(|config| (config.speech, config.clips, config.replies) = (true, clips, vec![reply]));
    let mut host = ready(&sim, &[("voxta.speech", "pcm"), ("voxta.barge_in", "1")]);
    let mut ear = host.client.open_audio(RATE, 1).expect("an ear");
    host.say("Tell me.");
    let heard = listen(&mut ear, RATE as usize).len();
    assert_eq!(heard, RATE as usize, "a second of it");
    sim.transcribe("Stop!");
    assert!(sim.record().wait_text(PATIENCE, r#""$type":"interrupt""#).is_some());
    assert!(sim.record().wait_text(PATIENCE, "speechPlaybackComplete").is_some());
    let ended = host.until_any("AUDIO_ENDED", |told| told.kind == Kind::AudioEnded);
    assert_eq!(ended.status, Status::Cancelled);
    // The cut has reached the ear before the host was told of it.
    assert_eq!(ear.reader.read(&mut [0.0; 480], 1), 0);
    assert_eq!(ear.progress.heard(), u64::from(RATE));
    assert_eq!(sent(&sim, "speechPlaybackComplete").len(), 1);
}

#[test]
fn a_minute_of_microphone_is_what_the_server_gets() {
    let sim = sim_with(|config| config.understood = vec!["Open the door.".to_owned()]);
    let mut host = ready(&sim, &[("voxta.microphone_rate", "16000"), ("voxta.send_transcript", "1")]);
    sim.request_recording(true);
    host.until("MICROPHONE");
    let config = sim.record().wait_text(PATIENCE, "bufferMilliseconds").expect("the socket's first message");
    let config: Value = serde_json::from_str(config.text().unwrap_or_default()).expect("JSON");
    assert_eq!(
        (&config["sampleRate"], &config["channels"], &config["bitsPerSample"]),
        (&16_000.into(), &1.into(), &16.into())
    );
    let given = noise(60 * 16_000);
    let began = Instant::now();
    for piece in given.chunks(700) {
        while let Err(error) = host.client.send_audio(piece) {
            assert_eq!(error.status, Status::QueueFull, "{}", error.text);
            assert!(began.elapsed() < PATIENCE);
            std::thread::yield_now();
        }
    }
    let got = |sim: &VoxtaSim| -> Vec<u8> {
        let entries = sim.record().entries();
        let pieces = entries.iter().filter_map(|entry| match &entry.seen {
            Seen::Frame(Frame::Binary(bytes)) => Some(bytes.as_slice()),
            _ => None,
        });
        pieces.flatten().copied().collect()
    };
    let mut received = got(&sim);
    while received.len() < given.len() && began.elapsed() < PATIENCE {
        std::thread::yield_now();
        received = got(&sim);
    }
    assert!(received == given, "byte for byte: {} of {}", received.len(), given.len());
    println!("60 s of microphone: {} bytes given, {} received, equal", given.len(), received.len());
    // Then somebody is quiet for a while: the server is told, understands, and the text becomes the user's message.
    host.client.send_audio(&[0; 32_000]).expect("room");
    assert!(sim.record().wait_text(PATIENCE, r#""type":"silence""#).is_some());
    assert_eq!(host.until("TRANSCRIPT").text, "Open the door.");
    assert_eq!(host.until("MESSAGE").text, "Open the door.");
    assert_eq!(mirror(&host)["microphone"], true);
}

/// A tone of 48 kHz comes out as the same tone of 16 kHz, and as long.
#[test]
fn a_microphone_of_another_rate_is_resampled() {
    for (rate, send) in [(48_000_u32, "16000"), (44_100, "16000"), (8_000, "16000"), (48_000, "0")] {
        let sim = sim_with(|_| {});
        let given = rate.to_string();
        let set = [("voxta.microphone_rate", given.as_str()), ("voxta.microphone_send_rate", send)];
        let mut host = ready(&sim, &set);
        sim.request_recording(true);
        host.until("MICROPHONE");
        let wanted = if send == "0" { rate } else { 16_000 };
        let head = format!("\"sampleRate\":{wanted},");
        assert!(sim.record().wait_text(PATIENCE, &head).is_some(), "{head}");
        let tone: Vec<u8> = (0..2 * rate)
            .map(|at| (f64::from(at) * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin() * 9000.0)
            .flat_map(|sample| (sample.round() as i16).to_le_bytes())
            .collect();
        for piece in tone.chunks(2048) {
            host.client.send_audio(piece).expect("room");
        }
        let enough = wanted as usize * 2 * 19 / 10;
        let began = Instant::now();
        let mut got = Vec::new();
        while got.len() < enough && began.elapsed() < PATIENCE {
            got = sim
                .record()
                .entries()
                .into_iter()
                .filter_map(|entry| match entry.seen {
                    Seen::Frame(Frame::Binary(bytes)) => Some(bytes),
                    _ => None,
                })
                .flatten()
                .collect();
            std::thread::yield_now();
        }
        let samples: Vec<i16> = got.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        let second = &samples[wanted as usize / 2..wanted as usize * 3 / 2];
        let crossings = second.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
        assert!((878..=882).contains(&crossings), "{rate} to {wanted}: {crossings}");
    }
}

/// The host's own verbs that the tests of other services have no use for.
impl Host {
    fn interrupt(&self) {
        let action = parlor::model::Action::Interrupt { json: String::new() };
        self.client.act(action, 0).expect("an interruption");
    }
}
