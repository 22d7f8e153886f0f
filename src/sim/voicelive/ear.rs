//! The ear: finds where speech begins and ends in what a client sends, and reads what is said from the caption that a
//! WAV file can carry, since nothing in here understands speech.

use serde_json::Value;

/// A filler word is a sound that is shorter than this; a word is longer.
const FILLER_MS: usize = 300;
/// How much audio is looked at together.
const WINDOW_MS: usize = 10;

/// What was noticed, with the place in all that was ever heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noticed {
    Started {
        ms: usize,
    },
    /// With what was buffered until then, which makes the turn; what comes behind it in the same piece belongs to the next.
    Stopped {
        ms: usize,
        bytes: usize,
    },
}

/// The state of one connection's microphone.
#[derive(Debug, Default)]
pub(super) struct Ear {
    /// What was appended and not committed, in bytes.
    pub(super) buffered: usize,
    /// All of it, ever.
    heard: usize,
    /// Since when there is sound that may become speech.
    sound_since: Option<usize>,
    speaking: bool,
    silence_ms: usize,
    /// What the last recording says of itself.
    pub(super) caption: Option<String>,
}

impl Ear {
    /// Takes a piece in. Without turn detection it is only kept.
    pub(super) fn listen(&mut self, pcm: &[u8], format: &str, per_ms: usize, detection: &Value) -> Vec<Noticed> {
        if let Some(caption) = caption(pcm) {
            self.caption = Some(caption);
        }
        let mut noticed = Vec::new();
        if detection.is_null() {
            self.buffered += pcm.len();
            self.heard += pcm.len();
            return noticed;
        }
        let enough = detection["silence_duration_ms"].as_u64().unwrap_or(500) as usize;
        let mut shortest = detection["speech_duration_ms"].as_u64().unwrap_or(0) as usize;
        if detection["remove_filler_words"] == true {
            shortest = shortest.max(FILLER_MS);
        }
        for window in pcm.chunks(WINDOW_MS * per_ms) {
            let began = self.heard / per_ms;
            self.heard += window.len();
            self.buffered += window.len();
            let now = self.heard / per_ms;
            if is_loud(window, format) {
                self.silence_ms = 0;
                let since = *self.sound_since.get_or_insert(began);
                if !self.speaking && now - since >= shortest {
                    self.speaking = true;
                    noticed.push(Noticed::Started { ms: since });
                }
                continue;
            }
            if !self.speaking {
                self.sound_since = None;
                continue;
            }
            self.silence_ms += now - began;
            if self.silence_ms >= enough {
                (self.speaking, self.sound_since, self.silence_ms) = (false, None, 0);
                noticed.push(Noticed::Stopped { ms: now, bytes: std::mem::take(&mut self.buffered) });
            }
        }
        noticed
    }
}

/// Whether a piece of audio is speech rather than silence.
fn is_loud(audio: &[u8], format: &str) -> bool {
    // Clients append zeros for silence whatever the format is. In G.711 those are a level of full scale, and no sound.
    let moves = || audio.windows(2).any(|pair| pair[0] != pair[1]);
    match format {
        // What is loud has a high exponent, which stands in the middle bits.
        "g711_ulaw" | "audio/pcmu" => moves() && audio.iter().any(|byte| (!byte & 0x70) > 0x20),
        "g711_alaw" | "audio/pcma" => moves() && audio.iter().any(|byte| ((byte ^ 0x55) & 0x70) > 0x20),
        _ => audio.as_chunks::<2>().0.iter().any(|sample| i16::from_le_bytes(*sample).unsigned_abs() > 500),
    }
}

/// The comment of a WAV file, if a piece of audio is the begin of one.
fn caption(pcm: &[u8]) -> Option<String> {
    let head = pcm.get(..pcm.len().min(1024)).filter(|head| head.starts_with(b"RIFF"))?;
    let at = head.windows(4).position(|name| name == b"ICMT")?;
    let length = u32::from_le_bytes(head.get(at + 4..at + 8)?.try_into().ok()?) as usize;
    let text = head.get(at + 8..at + 8 + length)?;
    Some(String::from_utf8_lossy(text).trim_end_matches('\0').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Ear, Noticed};

    fn pcm(ms: usize, loud: bool) -> Vec<u8> {
        let sample: i16 = if loud { 9000 } else { 0 };
        sample.to_le_bytes().repeat(ms * 24)
    }

    #[test]
    fn speech_begins_and_ends_wherever_the_pieces_do() {
        let recording = [pcm(300, false), pcm(400, true), pcm(700, false), pcm(200, true), pcm(600, false)].concat();
        for piece in [960, 48_000, recording.len()] {
            let mut ear = Ear::default();
            let vad = json!({"type": "server_vad", "silence_duration_ms": 500});
            let noticed: Vec<Noticed> =
                recording.chunks(piece).flat_map(|piece| ear.listen(piece, "pcm16", 48, &vad)).collect();
            let started = |ms| Noticed::Started { ms };
            let stopped = |ms, turn_ms: usize| Noticed::Stopped { ms, bytes: turn_ms * 48 };
            let expected = [started(300), stopped(1200, 1200), started(1400), stopped(2100, 900)];
            assert_eq!(noticed, expected, "pieces of {piece}");
            assert_eq!(ear.buffered, 100 * 48, "the rest is of no turn yet");
        }
    }

    #[test]
    fn filler_words_silence_and_no_detection() {
        for (audio, format, per_ms, vad, expected) in [
            (pcm(200, true), "pcm16", 48, json!({"remove_filler_words": true}), 0),
            (pcm(400, true), "pcm16", 48, json!({"remove_filler_words": true}), 1),
            (pcm(400, true), "pcm16", 48, json!(null), 0),
            (pcm(100, true), "pcm16", 48, json!({"speech_duration_ms": 200}), 0),
            (vec![0xff; 800], "g711_ulaw", 8, json!({}), 0),
            (vec![0; 800], "g711_ulaw", 8, json!({}), 0),
            ([0x80, 0].repeat(400), "g711_ulaw", 8, json!({}), 1),
            (vec![0xd5; 800], "g711_alaw", 8, json!({}), 0),
            ([0x2a, 0xaa].repeat(400), "g711_alaw", 8, json!({}), 1),
        ] {
            let mut ear = Ear::default();
            assert_eq!(ear.listen(&audio, format, per_ms, &vad).len(), expected, "{format} {vad}");
            assert_eq!(ear.buffered, audio.len());
        }
    }

    #[test]
    fn a_recording_says_what_is_said_in_it() {
        let mut ear = Ear::default();
        ear.listen(
            b"RIFF\x00\x00\x00\x00WAVELIST\x14\x00\x00\x00INFOICMT\x06\x00\x00\x00Hello\0",
            "pcm16",
            48,
            &json!(null),
        );
        assert_eq!(ear.caption.as_deref(), Some("Hello"));
        ear.listen(b"RIFF\x00ICMT\xff\xff\xff\xff", "pcm16", 48, &json!(null));
        assert_eq!(ear.caption.as_deref(), Some("Hello"));
    }
}
