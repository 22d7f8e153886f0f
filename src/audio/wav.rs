//! RIFF files, as services send speech: PCM of 8 to 32 bits and 32-bit float, any number of channels.

/// 16-bit mono samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pcm {
    /// Samples a second.
    pub(crate) rate: u32,
    /// The samples, little-endian.
    pub(crate) data: Vec<u8>,
}

impl Pcm {
    /// How long it lasts, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        if self.rate == 0 { 0.0 } else { (self.data.len() / 2) as f64 / f64::from(self.rate) }
    }
}

struct Format {
    float: bool,
    channels: usize,
    rate: u32,
    /// Bytes of one sample of one channel.
    width: usize,
}

/// Reads a whole file. Several channels are mixed into one. A length that is not known yet, as streaming encoders write
/// it, means all that there is.
///
/// # Errors
/// It is no RIFF file, or of a kind that is not read here.
pub(crate) fn read_wav(file: &[u8]) -> Result<Pcm, &'static str> {
    if file.len() < 12 || &file[..4] != b"RIFF" || &file[8..12] != b"WAVE" {
        return Err("it is no WAV file");
    }
    let mut rest = &file[12..];
    let mut format = None;
    while rest.len() >= 8 {
        let (head, body) = rest.split_at(8);
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let chunk = &body[..length.min(body.len())];
        match &head[..4] {
            b"fmt " => format = Some(read_format(chunk)?),
            b"data" => {
                let format = format.ok_or("its data come before its format")?;
                return Ok(samples(chunk, &format));
            }
            _ => {}
        }
        // Chunks are padded to an even length.
        rest = body.get(length.saturating_add(length & 1)..).unwrap_or_default();
    }
    Err("it holds no data")
}

fn read_format(chunk: &[u8]) -> Result<Format, &'static str> {
    if chunk.len() < 16 {
        return Err("its format is cut off");
    }
    let half = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
    let tag = match half(0) {
        // The extensible form names the real one further on.
        0xfffe if chunk.len() >= 26 => half(24),
        tag => tag,
    };
    let (channels, bits) = (usize::from(half(2)), half(14));
    let rate = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
    let float = match (tag, bits) {
        (1, 8 | 16 | 24 | 32) => false,
        (3, 32) => true,
        _ => return Err("its samples are neither PCM nor 32-bit float"),
    };
    if channels == 0 || rate == 0 {
        return Err("its format has no channels or no rate");
    }
    Ok(Format { float, channels, rate, width: usize::from(bits / 8) })
}

fn samples(data: &[u8], format: &Format) -> Pcm {
    if format.channels == 1 && format.width == 2 {
        return Pcm { rate: format.rate, data: data[..data.len() & !1].to_vec() };
    }
    let frame = format.channels * format.width;
    let mut out = Vec::with_capacity(data.len() / frame * 2);
    for frame in data.chunks_exact(frame) {
        let sum: i64 = frame.chunks_exact(format.width).map(|bytes| i64::from(sample(bytes, format.float))).sum();
        let mixed = (sum / format.channels as i64) as i16;
        out.extend_from_slice(&mixed.to_le_bytes());
    }
    Pcm { rate: format.rate, data: out }
}

fn sample(bytes: &[u8], float: bool) -> i16 {
    match *bytes {
        [byte] => (i16::from(byte) - 128) << 8,
        [low, high] => i16::from_le_bytes([low, high]),
        [_, low, high] => i16::from_le_bytes([low, high]),
        [a, b, c, d] if float => {
            // The cast keeps what is too loud at the limit.
            (f32::from_le_bytes([a, b, c, d]) * 32_768.0) as i16
        }
        [_, _, low, high] => i16::from_le_bytes([low, high]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Pcm, read_wav};

    fn file(tag: u16, channels: u16, bits: u16, data: &[u8], length: u32) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WAVEjunk\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        out.extend_from_slice(&tag.to_le_bytes());
        out.extend_from_slice(&channels.to_le_bytes());
        out.extend_from_slice(&8000_u32.to_le_bytes());
        out.extend_from_slice(&[0; 6]);
        out.extend_from_slice(&bits.to_le_bytes());
        out.extend_from_slice(b"data");
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(data);
        out
    }

    #[test]
    fn every_width_becomes_sixteen_bits_and_one_channel() {
        let half = 0.5_f32.to_le_bytes();
        for (tag, channels, bits, data, expected) in [
            (1, 1, 16, &[1, 2, 3, 4, 5][..], &[0x0201_i16, 0x0403][..]),
            (1, 2, 16, &[100, 0, 200, 0], &[150]),
            (1, 1, 8, &[128, 255, 0], &[0, 127 << 8, -32768]),
            (1, 1, 24, &[9, 1, 2], &[0x0201]),
            (1, 1, 32, &[9, 9, 1, 2], &[0x0201]),
            (3, 1, 32, &half, &[16384]),
        ] {
            let pcm = read_wav(&file(tag, channels, bits, data, data.len() as u32)).expect("a WAV file");
            let expected: Vec<u8> = expected.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            assert_eq!(pcm, Pcm { rate: 8000, data: expected }, "{tag} {channels} {bits}");
        }
    }

    #[test]
    fn a_length_that_is_not_known_is_all_there_is() {
        let pcm = read_wav(&file(1, 1, 16, &[1, 0, 2, 0], u32::MAX)).expect("a WAV file");
        assert_eq!((pcm.data.len(), pcm.seconds()), (4, 2.0 / 8000.0));
    }

    #[test]
    fn what_is_no_wav_file_is_said() {
        for bytes in [
            &b""[..],
            b"ID3",
            b"RIFF\0\0\0\0WAVE",
            b"RIFF\0\0\0\0WAVEdata\x02\0\0\0aa",
            b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0aa",
        ] {
            assert!(read_wav(bytes).is_err());
        }
        assert!(read_wav(&file(85, 1, 16, &[1], 1)).is_err() && read_wav(&file(1, 0, 16, &[1], 1)).is_err());
        let good = file(1, 1, 16, &[1, 0], 2);
        for cut in 0..good.len() {
            let _ = read_wav(&good[..cut]);
        }
    }
}
