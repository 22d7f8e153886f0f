//! From the bytes of a sound file to samples: WAV, MP3, Ogg Vorbis. It is work, so it is done on no thread that others
//! wait for.

use std::io::Cursor;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::{Pcm, read_wav};

/// The most samples that a file may hold, so that a small file can not fill the memory: 12 minutes at 48 kHz.
const MOST: usize = 12 * 60 * 48_000;

/// Reads a whole file, whatever it is called. Several channels are mixed into one.
///
/// # Errors
/// Why it can not be read; the bytes come back with it.
pub(crate) fn decode(file: Vec<u8>) -> Result<Pcm, (Vec<u8>, String)> {
    if let Ok(pcm) = read_wav(&file) {
        return Ok(pcm);
    }
    if !known(&file) {
        return Err((file, "it is no WAV, MP3 or Ogg file".to_owned()));
    }
    // What can not be read is handed to the host as it came, and the reader takes what it is given.
    let copy = file.clone();
    read(file).map_err(|why| (copy, why))
}

/// Whether these can be the first bytes of a file that is read here. The reader looks for a beginning anywhere in what it
/// is given, and would find one in noise.
fn known(file: &[u8]) -> bool {
    matches!(file, [b'I', b'D', b'3', ..] | [b'O', b'g', b'g', b'S', ..])
        || matches!(file, [0xff, second, ..] if second & 0xe0 == 0xe0)
}

fn read(file: Vec<u8>) -> Result<Pcm, String> {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(file)), Default::default());
    let (formats, meta) = (FormatOptions::default(), MetadataOptions::default());
    let probed = symphonia::default::get_probe().probe(&Hint::new(), stream, formats, meta);
    let mut format = probed.map_err(|error| error.to_string())?;
    let track = format.default_track(TrackType::Audio).ok_or("it holds no sound")?;
    let id = track.id;
    let parameters =
        track.codec_params.as_ref().and_then(|all| all.audio()).ok_or("it does not say how it is encoded")?;
    let decoders = symphonia::default::get_codecs();
    let made = decoders.make_audio_decoder(parameters, &AudioDecoderOptions::default());
    let mut decoder = made.map_err(|error| error.to_string())?;
    let mut pcm = Pcm::default();
    let mut samples: Vec<i16> = Vec::new();
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) if packet.track_id == id => packet,
            Ok(Some(_)) => continue,
            Ok(None) | Err(Error::ResetRequired) => break,
            // A file that was cut off is heard as far as it goes.
            Err(_) if !pcm.data.is_empty() => break,
            Err(error) => return Err(error.to_string()),
        };
        match decoder.decode(&packet) {
            Ok(decoded) => {
                let spec = decoded.spec();
                let channels = spec.channels().count().max(1);
                pcm.rate = spec.rate();
                samples.clear();
                samples.resize(decoded.samples_interleaved(), 0);
                decoded.copy_to_slice_interleaved(&mut samples);
                for frame in samples.chunks_exact(channels) {
                    let sum: i32 = frame.iter().map(|sample| i32::from(*sample)).sum();
                    pcm.data.extend_from_slice(&((sum / channels as i32) as i16).to_le_bytes());
                }
            }
            // A faulty packet is left out.
            Err(Error::DecodeError(_) | Error::IoError(_)) => {}
            Err(error) => return Err(error.to_string()),
        }
        if pcm.data.len() > MOST * 2 {
            return Err("it holds more than twelve minutes".to_owned());
        }
    }
    if pcm.rate == 0 || pcm.data.is_empty() {
        return Err("it holds no sound".to_owned());
    }
    Ok(pcm)
}

#[cfg(test)]
mod tests {
    use super::decode;

    const MP3: &[u8] = include_bytes!("../../tests/data/tone.mp3");
    const OGG: &[u8] = include_bytes!("../../tests/data/tone.ogg");

    /// Half a second of 440 Hz at half of the loudest, which is in both files.
    #[test]
    fn a_tone_is_read_from_both() {
        for (name, file, rate) in [("mp3", MP3, 24_000), ("ogg", OGG, 44_100)] {
            let pcm = decode(file.to_vec()).expect(name);
            assert_eq!(pcm.rate, rate, "{name}");
            assert!((pcm.seconds() - 0.5).abs() < 0.001, "{name}: {} s", pcm.seconds());
            let samples: Vec<i16> =
                pcm.data.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
            let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
            let crossings = middle.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
            assert!((218..=222).contains(&crossings), "{name}: {crossings} in a quarter of a second");
            let loudest = middle.iter().map(|sample| sample.unsigned_abs()).max();
            assert!(loudest.is_some_and(|loudest| (14_000..18_000).contains(&loudest)), "{name}: {loudest:?}");
        }
    }

    /// Whatever comes is read or refused, and comes back when it is refused.
    #[test]
    fn what_can_not_be_read_comes_back() {
        for bytes in [&b""[..], b"no sound at all", b"ID3", b"OggS", &[0xff, 0xfb, 0, 0]] {
            assert_eq!(decode(bytes.to_vec()).expect_err("no file").0, bytes);
        }
        let seed = 7;
        let mut random = fastrand::Rng::with_seed(seed);
        for round in 0..200 {
            let mut file = if round % 2 == 0 { MP3.to_vec() } else { OGG.to_vec() };
            file.truncate(random.usize(..file.len()));
            for _ in 0..random.usize(..20) {
                if !file.is_empty() {
                    let at = random.usize(..file.len());
                    file[at] = random.u8(..);
                }
            }
            let _ = decode(file);
        }
    }
}
