//! Speech that is a tone, and how long it lasts.

/// So many bytes of speech, beginning at this place of the reply: what a client must have received.
pub fn tone(from: usize, bytes: usize) -> Vec<u8> {
    (from..from + bytes).map(|at| (at.wrapping_mul(31) >> 2) as u8).collect()
}

/// Bytes of a millisecond of audio in a format: `pcm16`, `pcm16_16000hz`, `g711_ulaw`.
pub(super) fn bytes_per_ms(format: &str, rate: Option<u64>) -> usize {
    if format.starts_with("g711") || format == "audio/pcmu" || format == "audio/pcma" {
        return 8;
    }
    let digits: String = format.trim_start_matches("pcm16").chars().filter(char::is_ascii_digit).collect();
    let rate = digits.parse().ok().or(rate).unwrap_or(24_000);
    usize::try_from(rate * 2 / 1000).unwrap_or(48).max(2)
}
