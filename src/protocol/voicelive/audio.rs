//! Audio on its way out and in: raw at the host's side, base64 on the wire.

use serde_json::Value;

/// How audio is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// `pcm16`, `g711_ulaw` or `g711_alaw`.
    pub(super) name: &'static str,
    pub(super) rate: u32,
    /// Bytes in one sample.
    width: u32,
}

const PCM: Format = Format { name: "pcm16", rate: 24_000, width: 2 };

impl Default for Format {
    fn default() -> Format {
        PCM
    }
}

impl Format {
    fn named(name: &str, rate: Option<u64>) -> Format {
        let rate = rate.and_then(|rate| u32::try_from(rate).ok()).filter(|rate| (4000..=192_000).contains(rate));
        match name {
            "g711_ulaw" | "audio/pcmu" => Format { name: "g711_ulaw", rate: 8000, width: 1 },
            "g711_alaw" | "audio/pcma" => Format { name: "g711_alaw", rate: 8000, width: 1 },
            other => {
                // pcm16_16000hz, and pcm16-16000hz as it was spelled once.
                let digits = other.strip_prefix("pcm16").map(|rest| rest.trim_matches(|c: char| !c.is_ascii_digit()));
                let own = digits.and_then(|digits| digits.parse().ok());
                Format { rate: own.or(rate).unwrap_or(PCM.rate), ..PCM }
            }
        }
    }

    /// What a session says about the audio that it hears.
    pub(super) fn input(session: &Value) -> Format {
        let nested = &session["audio"]["input"]["format"];
        match nested {
            Value::Null => {
                let rate = session["input_audio_sampling_rate"].as_u64();
                Format::named(session["input_audio_format"].as_str().unwrap_or("pcm16"), rate)
            }
            nested => Format::of_nested(nested),
        }
    }

    /// What a session says about the audio that it speaks.
    pub(super) fn output(session: &Value) -> Format {
        match &session["audio"]["output"]["format"] {
            Value::Null => Format::named(session["output_audio_format"].as_str().unwrap_or("pcm16"), None),
            nested => Format::of_nested(nested),
        }
    }

    fn of_nested(nested: &Value) -> Format {
        let name = nested.as_str().or_else(|| nested["type"].as_str());
        Format::named(name.unwrap_or("audio/pcm"), nested["rate"].as_u64())
    }

    /// How long so many bytes last, in milliseconds.
    pub(super) fn lasts(&self, bytes: usize) -> f64 {
        bytes as f64 * 1000.0 / f64::from(self.rate * self.width)
    }
}

/// The microphone: what the host gives, in messages of at most 100 ms.
#[derive(Debug, Default)]
pub(super) struct Microphone {
    /// A part of a sample whose rest has not come.
    rest: Vec<u8>,
}

impl Microphone {
    /// Forgets what is left over.
    pub(super) fn reset(&mut self) {
        self.rest.clear();
    }

    /// Cuts what was picked up into messages.
    pub(super) fn cut(&mut self, pcm: &[u8], format: Format, channels: u32, mut send: impl FnMut(String)) {
        let step = (format.width * channels.max(1)) as usize;
        let piece = (format.rate / 10) as usize * step;
        let mut pcm = pcm;
        if !self.rest.is_empty() {
            let missing = (step - self.rest.len() % step) % step;
            let (head, tail) = pcm.split_at(missing.min(pcm.len()));
            self.rest.extend_from_slice(head);
            pcm = tail;
            if !self.rest.len().is_multiple_of(step) {
                return;
            }
            send(append(&std::mem::take(&mut self.rest)));
        }
        let whole = pcm.len() / step * step;
        for piece in pcm[..whole].chunks(piece) {
            send(append(piece));
        }
        self.rest.extend_from_slice(&pcm[whole..]);
    }
}

const HEAD: &str = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"";

fn append(pcm: &[u8]) -> String {
    let mut message = String::with_capacity(HEAD.len() + pcm.len().div_ceil(3) * 4 + 2);
    message.push_str(HEAD);
    base64_simd::STANDARD.encode_append(pcm, &mut message);
    message.push_str("\"}");
    message
}

/// Decodes into `out`, whose memory is used again and again.
///
/// # Errors
/// It is no base64.
pub(super) fn decode(base64: &str, out: &mut Vec<u8>) -> Result<(), ()> {
    out.clear();
    if base64_simd::STANDARD.decode_append(base64.as_bytes(), out).is_ok() {
        return Ok(());
    }
    // Without its padding it is still plain what is meant.
    out.clear();
    base64_simd::STANDARD_NO_PAD.decode_append(base64.trim_end_matches('=').as_bytes(), out).map_err(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Format, Microphone, decode};

    #[test]
    fn formats() {
        for (session, input, output) in [
            (json!({}), ("pcm16", 24_000), ("pcm16", 24_000)),
            (
                json!({"input_audio_format": "pcm16", "input_audio_sampling_rate": 16000, "output_audio_format": "pcm16_8000hz"}),
                ("pcm16", 16_000),
                ("pcm16", 8000),
            ),
            (
                json!({"input_audio_format": "g711_ulaw", "output_audio_format": "pcm16-16000hz"}),
                ("g711_ulaw", 8000),
                ("pcm16", 16_000),
            ),
            (
                json!({"audio": {"input": {"format": {"type": "audio/pcma"}}, "output": {"format": {"type": "audio/pcm", "rate": 24000}}}}),
                ("g711_alaw", 8000),
                ("pcm16", 24_000),
            ),
            (
                json!({"input_audio_sampling_rate": 0, "output_audio_format": "pcm16_1hz"}),
                ("pcm16", 24_000),
                ("pcm16", 1),
            ),
        ] {
            let (found_in, found_out) = (Format::input(&session), Format::output(&session));
            assert_eq!((found_in.name, found_in.rate), input, "{session}");
            assert_eq!((found_out.name, found_out.rate), output, "{session}");
        }
        assert!((Format::default().lasts(4800) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn pieces_are_short_and_samples_stay_whole() {
        for channels in [1, 2] {
            let mut microphone = Microphone::default();
            let given: Vec<u8> = (0..40_000_u32).map(|n| (n * 7) as u8).collect();
            let (mut sent, mut bytes) = (Vec::new(), Vec::new());
            let mut at = 0;
            for length in [1, 2, 960, 961, 20_001, 3, 1, 18_071] {
                microphone.cut(&given[at..at + length], Format::default(), channels, |message| sent.push(message));
                at += length;
            }
            for message in &sent {
                let message: serde_json::Value = serde_json::from_str(message).expect("JSON");
                let mut piece = Vec::new();
                decode(message["audio"].as_str().expect("a text"), &mut piece).expect("base64");
                assert!(piece.len() <= 4800 * channels as usize && piece.len() % (2 * channels as usize) == 0);
                bytes.extend(piece);
            }
            assert_eq!(bytes, given);
        }
    }

    #[test]
    fn base64_with_and_without_its_padding() {
        let mut out = Vec::new();
        for (text, expected) in
            [("AAECAw==", Some(vec![0, 1, 2, 3])), ("AAECAw", Some(vec![0, 1, 2, 3])), ("", Some(vec![]))]
        {
            assert_eq!(decode(text, &mut out).ok().map(|()| out.clone()), expected, "{text}");
        }
        assert!(decode("A*==", &mut out).is_err() && decode("A", &mut out).is_err());
    }
}
