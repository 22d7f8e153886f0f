//! What is heard and what hears: the speech of replies and the microphone.

use parlor::model::{Action, Kind, Playback, PlaybackPhase};

use crate::stage::Stage;

fn wav(samples: &[u8], rate: u32) -> Vec<u8> {
    let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    out.extend_from_slice(&rate.to_le_bytes());
    out.extend_from_slice(&(rate * 2).to_le_bytes());
    out.extend_from_slice(&[2, 0, 16, 0]);
    out.extend_from_slice(b"data");
    out.extend_from_slice(&(samples.len() as u32).to_le_bytes());
    out.extend_from_slice(samples);
    out
}

fn chunk(message: &str, index: usize, url: &str) -> String {
    format!(
        r#"{{"$type":"replyChunk","sessionId":"S","messageId":"{message}","senderId":"c1","startIndex":{},"endIndex":{},"text":"Word. ","audioUrl":"{url}","isNarration":false}}"#,
        index * 6,
        index * 6 + 6
    )
}

fn end(message: &str) -> String {
    format!(r#"{{"$type":"replyEnd","sessionId":"S","messageId":"{message}","senderId":"c1"}}"#)
}

/// A minute of sound that differs in every sample, in 40 pieces.
fn minute() -> Vec<Vec<u8>> {
    let samples: Vec<u8> =
        (0..60 * 8000_u32).flat_map(|n| ((n.wrapping_mul(40_503) >> 4) as u16).to_le_bytes()).collect();
    samples.chunks(samples.len() / 40).map(<[u8]>::to_vec).collect()
}

fn played(stage: &mut Stage, phase: PlaybackPhase, id: &str) {
    stage.act(Action::Playback(Playback { phase, id: id.into(), sender: String::new(), json: String::new() }));
}

#[test]
fn a_minute_in_forty_pieces_that_come_in_any_order_is_heard_without_a_gap() {
    let pieces = minute();
    for seed in 0..8 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut stage = Stage::ready(&[("voxta.speech", "pcm"), ("credential", "k")]);
        let mut heard = Vec::new();
        let mut ended = 0;
        let collect = |stage: &mut Stage, heard: &mut Vec<u8>, ended: &mut usize| {
            for event in stage.events() {
                match event.kind {
                    Kind::Audio => heard.extend_from_slice(&event.data),
                    Kind::AudioEnded => *ended += 1,
                    _ => {}
                }
            }
        };
        for index in 0..pieces.len() {
            stage.hub(&chunk("m", index, &format!("/api/tts/gens/{index}")));
            while !stage.calls.is_empty() && random.bool() {
                answer_any(&mut stage, &pieces, &mut random);
            }
            collect(&mut stage, &mut heard, &mut ended);
        }
        stage.hub(&end("m"));
        while !stage.calls.is_empty() {
            assert!(stage.calls.len() <= 6, "not everything at once");
            answer_any(&mut stage, &pieces, &mut random);
            collect(&mut stage, &mut heard, &mut ended);
        }
        assert!(heard == pieces.concat(), "sample for sample");
        assert_eq!(ended, 1);
    }
}

fn answer_any(stage: &mut Stage, pieces: &[Vec<u8>], random: &mut fastrand::Rng) {
    let at = random.usize(..stage.calls.len());
    let http = &stage.calls[at].1;
    assert!(http.headers.contains(&("authorization".to_owned(), "Bearer k".to_owned())) && !http.idempotent);
    let index: usize = http.url.rsplit('/').next().unwrap().parse().unwrap();
    stage.answer(at, 200, &[], &wav(&pieces[index], 8000));
}

#[test]
fn an_interruption_at_any_point_completes_a_reply_once() {
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..200 {
        let mut stage = Stage::ready(&[("voxta.speech", "pcm")]);
        let (cut_at, mut done) = (random.usize(..30), 0);
        let mut cut = false;
        for step in 0..30 {
            match random.u8(..6) {
                0 | 1 if done < 10 => {
                    stage.hub(&chunk("m", done, if random.bool() { "/a" } else { "" }));
                    done += 1;
                }
                2 if done == 10 => stage.hub(&end("m")),
                3 if !stage.calls.is_empty() => {
                    stage.answer(0, if random.bool() { 200 } else { 404 }, &[], &wav(&[1, 2], 8000))
                }
                4 => played(&mut stage, PlaybackPhase::Started, "m"),
                5 => played(&mut stage, PlaybackPhase::Completed, "m"),
                _ => {}
            }
            if step == cut_at && done > 0 {
                cut = true;
                match random.u8(..3) {
                    0 => stage.hub(r#"{"$type":"interruptSpeech","sessionId":"S"}"#),
                    1 => stage.hub(r#"{"$type":"replyCancelled","sessionId":"S","messageId":"m"}"#),
                    _ => drop(stage.act(Action::Interrupt { json: String::new() })),
                }
            }
        }
        // The rest comes too, and the host reports what it hears.
        stage.hub(&end("m"));
        while !stage.calls.is_empty() {
            stage.answer(0, 200, &[], &wav(&[1, 2], 8000));
        }
        played(&mut stage, PlaybackPhase::Completed, "m");
        let completions = stage.log().iter().filter(|line| line.contains("speechPlaybackComplete")).count();
        // A reply that was cut before anything of it was known has nothing to complete until it ends.
        assert_eq!(completions, 1, "round {round}, cut: {cut}");
    }
}

#[test]
fn each_report_of_the_host_acknowledges_the_next_piece_with_its_real_duration() {
    let mut stage = Stage::ready(&[("voxta.speech", "pcm")]);
    for index in 0..2 {
        stage.hub(&chunk("m", index, "/a"));
    }
    stage.hub(&chunk("m", 2, "silence:500"));
    for samples in [8000, 4000] {
        stage.answer(0, 200, &[], &wav(&vec![1; samples * 2], 8000));
    }
    stage.hub(&end("m"));
    stage.log();
    for expected in [
        r#""startIndex":0,"endIndex":6,"duration":1,"#,
        r#""startIndex":6,"endIndex":12,"duration":0.5,"#,
        r#""startIndex":12,"endIndex":18,"#,
    ] {
        played(&mut stage, PlaybackPhase::Started, "m");
        assert!(stage.log()[0].contains(expected));
    }
    played(&mut stage, PlaybackPhase::Completed, "m");
    assert!(stage.log()[0].contains("speechPlaybackComplete"));
}

#[test]
fn what_an_audio_thread_hears_is_reported_by_the_library() {
    let mut stage = Stage::ready(&[("voxta.speech", "pcm")]);
    stage.hear("m", 0, false);
    for index in 0..2 {
        stage.hub(&chunk("m", index, "/a"));
        stage.answer(0, 200, &[], &wav(&[1; 16_000], 8000));
    }
    stage.hub(&end("m"));
    stage.log();
    for (ms, whole, expected) in [
        (0, false, None),
        (20, false, Some(r#""startIndex":0,"endIndex":6,"duration":1,"#)),
        (1000, false, None),
        (1040, false, Some(r#""startIndex":6,"endIndex":12,"duration":1,"#)),
        (2000, true, Some("speechPlaybackComplete")),
        (2000, true, None),
    ] {
        stage.hear("m", ms, whole);
        stage.pass(40);
        let log = stage.log();
        assert_eq!(log.len(), usize::from(expected.is_some()), "{ms} ms: {log:?}");
        assert!(expected.is_none_or(|expected| log[0].contains(expected)), "{ms} ms: {log:?}");
    }
    // Somebody cuts in: the ear falls silent, and the reply is complete, once.
    stage.hear("n", 0, false);
    stage.hub(&chunk("n", 0, "/a"));
    stage.answer(0, 200, &[], &wav(&[1; 16_000], 8000));
    stage.hub(&end("n"));
    stage.hear("n", 500, false);
    stage.pass(40);
    stage.log();
    stage.act(Action::Interrupt { json: String::new() });
    let log = stage.log();
    assert!(log.iter().any(|line| line == "AUDIO_ENDED SYNTHETIC ERR_CANCELLED id=n"), "{log:?}");
    assert!(log.iter().any(|line| line == "silence"), "{log:?}");
    stage.hear("n", 500, true);
    stage.pass(1000);
    let completions = log.into_iter().chain(stage.log()).filter(|line| line.contains("speechPlaybackComplete")).count();
    assert_eq!(completions, 1);
    // The audio thread goes away in the middle: nobody will hear the rest.
    stage.hear("o", 0, false);
    stage.hub(&chunk("o", 0, "/a"));
    stage.answer(0, 200, &[], &wav(&[1; 16_000], 8000));
    stage.hub(&end("o"));
    stage.deaf();
    stage.pass(40);
    assert!(stage.log().iter().any(|line| line.contains("speechPlaybackComplete")));
}

#[test]
fn speech_as_it_is_encoded_and_speech_that_can_not_be_had() {
    let mut stage = Stage::ready(&[("voxta.speech", "encoded"), ("credential", "k")]);
    for url in ["/a", "https://elsewhere/b.mp3", "/c", "", "ftp://x"] {
        stage.hub(&chunk("m", 0, url));
    }
    assert_eq!(stage.calls.len(), 3);
    assert!(stage.calls[1].1.headers.iter().all(|(name, _)| name != "authorization"), "the key stays at home");
    stage.answer(0, 200, &[], &wav(&[1, 2], 8000));
    stage.answer(0, 200, &[], b"ID3 and so on");
    stage.answer(0, 404, &[], b"");
    stage.hub(&end("m"));
    let heard: Vec<String> = stage.log().into_iter().filter(|line| line.starts_with("AUDIO")).collect();
    assert_eq!(
        heard,
        [
            "AUDIO id=m name=audio/wav sender=c1 role=assistant",
            "AUDIO id=m name=audio/mpeg sender=c1 role=assistant",
            "AUDIO ERR_HTTP_NOT_FOUND text=the server answered HTTP 404 for a piece of speech id=m sender=c1 role=assistant",
            "AUDIO ERR_INVALID_ARGUMENT text=the chunk's audioUrl is no http address id=m sender=c1 role=assistant",
            "AUDIO_ENDED SYNTHETIC id=m",
        ]
    );
}

#[test]
fn a_minute_of_microphone_arrives_as_it_was_given() {
    let mut stage = Stage::ready(&[
        ("voxta.microphone_rate", "16000"),
        ("voxta.silence_ms", "0"),
        ("voxta.auth", "query"),
        ("credential", "k"),
    ]);
    stage.audio(&[1; 100]);
    stage.hub(r#"{"$type":"recordingRequest","sessionId":"S","enabled":true}"#);
    assert_eq!(stage.log(), ["MICROPHONE value=1", "dial 1 ws://vx/ws/audio/input/stream?sessionId=S&access_token=k"]);
    stage.opened(1);
    assert_eq!(
        stage.log(),
        [
            r#"microphone {"contentType":"audio/wav","sampleRate":16000,"channels":1,"bitsPerSample":16,"bufferMilliseconds":30}"#
        ]
    );
    let minute: Vec<u8> =
        (0..60 * 16_000_u32).flat_map(|n| ((n.wrapping_mul(40_503) >> 4) as u16).to_le_bytes()).collect();
    for piece in minute.chunks(700) {
        stage.audio(piece);
    }
    assert!(stage.sent.iter().all(|frame| frame.len() == 960));
    assert!(stage.sent.concat() == minute, "byte for byte");
    // After a fifth of a second of quiet, silence is told instead of sent.
    stage.sent.clear();
    stage.audio(&[0; 960 * 10]);
    assert_eq!((stage.sent.len(), stage.log().len()), (6, 4));
    // A pause keeps the socket for a while, and a lost one comes back.
    stage.hub(r#"{"$type":"recordingRequest","sessionId":"S","enabled":false}"#);
    stage.audio(&[9; 960]);
    stage.pass(30_000);
    let log: Vec<String> = stage.log().into_iter().filter(|line| !line.starts_with("send")).collect();
    assert_eq!(log, ["MICROPHONE", r#"microphone {"type":"keepalive"}"#, "close 1 1000"]);
    stage.hub(r#"{"$type":"recordingRequest","sessionId":"S","enabled":true}"#);
    stage.opened(1);
    stage.log();
    stage.closed(1, 0, 1006);
    stage.pass(1_000);
    assert!(stage.log().iter().any(|line| line.starts_with("dial 1")));
}

#[test]
fn what_is_heard_can_interrupt_and_be_said() {
    let mut stage = Stage::ready(&[("voxta.barge_in", "1"), ("voxta.send_transcript", "1")]);
    stage.hub(r#"{"$type":"replyStart","sessionId":"S","messageId":"m","senderId":"c1"}"#);
    stage.log();
    stage.hub(r#"{"$type":"speechRecognitionStart"}"#);
    assert!(stage.log()[1].contains(r#"{"$type":"interrupt","sessionId":"S"}"#));
    stage.hub(r#"{"$type":"speechRecognitionEnd","text":"stop"}"#);
    assert!(stage.log()[2].contains(r#"{"$type":"send","sessionId":"S","text":"stop","doReply":true}"#));
}
