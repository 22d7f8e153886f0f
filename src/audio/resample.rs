//! From one sample rate to another, piece by piece: 16-bit mono in, 16-bit mono out.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{
    Async, FixedAsync, Indexing, Resampler as _, SincInterpolationParameters, SincInterpolationType, WindowFunction,
};

/// How many points of its input one sample of the output is made of. Speech has little above 8 kHz, and twice as many
/// cost twice as much.
const POINTS: usize = 128;

/// A stream that is being resampled. What comes out begins with the first sample that went in and is as long as that was:
/// the delay of the filter is taken off at the beginning and made up for at the end.
pub(crate) struct Resampler {
    from: u32,
    to: u32,
    /// Nothing where both rates are the same: then every sample goes through as it is.
    engine: Option<Async<f32>>,
    /// What does not fill a step of the engine yet.
    pending: Vec<f32>,
    step: Vec<f32>,
    /// What the filter's delay has put before the first sample and is to be taken off.
    skip: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// # Errors
    /// The rates can not be brought together, and why.
    pub(crate) fn new(from: u32, to: u32) -> Result<Resampler, String> {
        let mut resampler =
            Resampler { from, to, engine: None, pending: Vec::new(), step: Vec::new(), skip: 0, taken: 0, given: 0 };
        if from == 0 || to == 0 {
            return Err(format!("{from} Hz can not become {to} Hz"));
        }
        if from != to {
            let ratio = f64::from(to) / f64::from(from);
            let parameters = SincInterpolationParameters::new(POINTS, WindowFunction::BlackmanHarris2)
                .interpolation(SincInterpolationType::Quadratic);
            // A step of 10 ms is what the engine adds to the way of a sample.
            let step = (from / 100).max(64) as usize;
            let engine = Async::new_sinc(ratio, 1.0, &parameters, step, 1, FixedAsync::Input)
                .map_err(|error| format!("{from} Hz can not become {to} Hz: {error}"))?;
            resampler.skip = delay(from, to);
            resampler.step = vec![0.0; engine.output_frames_max()];
            resampler.engine = Some(engine);
        }
        Ok(resampler)
    }

    /// The rate of what goes in.
    pub(crate) const fn from(&self) -> u32 {
        self.from
    }

    /// Takes samples in, little-endian, and appends what has become of them and of those before.
    pub(crate) fn push(&mut self, pcm: &[u8], out: &mut Vec<i16>) {
        let samples = pcm.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
        self.taken += samples.len() as u64;
        if self.engine.is_none() {
            self.given = self.taken;
            return out.extend(samples);
        }
        self.pending.extend(samples.map(|sample| f32::from(sample) / 32_768.0));
        self.run(out);
    }

    /// The stream has ended: appends the rest of it. The next sample begins another one.
    pub(crate) fn finish(&mut self, out: &mut Vec<i16>) {
        let wanted = (self.taken * u64::from(self.to)).div_ceil(u64::from(self.from));
        if self.engine.is_some() {
            // Silence pushes what is still in the filter out; more of it than is wanted is cut off again.
            let from = out.len();
            while self.given < wanted {
                let step = self.engine.as_ref().map_or(0, |engine| engine.input_frames_next());
                self.pending.resize(self.pending.len().next_multiple_of(step.max(1)).max(step), 0.0);
                self.run(out);
            }
            let over = (self.given - wanted) as usize;
            out.truncate(out.len().saturating_sub(over).max(from));
        }
        self.reset();
    }

    /// Forgets the stream.
    pub(crate) fn reset(&mut self) {
        self.pending.clear();
        (self.taken, self.given) = (0, 0);
        if let Some(engine) = &mut self.engine {
            engine.reset();
            self.skip = delay(self.from, self.to);
        }
    }

    fn run(&mut self, out: &mut Vec<i16>) {
        let Some(engine) = &mut self.engine else { return };
        let mut at = 0;
        while self.pending.len() - at >= engine.input_frames_next() {
            let frames = self.step.len();
            let input = &self.pending[at..];
            let (Ok(input), Ok(mut output)) =
                (SequentialSlice::new(input, 1, input.len()), SequentialSlice::new_mut(&mut self.step, 1, frames))
            else {
                break;
            };
            // The sizes are the engine's own, so that there is nothing to refuse; what it refuses all the same is lost.
            let (used, made) = engine
                .process_into_buffer(&input, &mut output, None::<&Indexing>)
                .unwrap_or((self.pending.len() - at, 0));
            at += used;
            let skipped = self.skip.min(made);
            self.skip -= skipped;
            self.given += (made - skipped) as u64;
            out.extend(self.step[skipped..made].iter().map(|value| (value * 32_768.0).round() as i16));
        }
        self.pending.drain(..at);
    }
}

/// How many samples of the output lie before the one that stands where the first of the input stood: half of the filter,
/// less the one that the engine goes on before it begins.
fn delay(from: u32, to: u32) -> usize {
    let half = POINTS as f64 / 2.0 * f64::from(to) / f64::from(from);
    (half.round() as usize).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::Resampler;

    fn tone(rate: u32, hertz: f64, samples: usize) -> Vec<u8> {
        let value = |at: usize| (at as f64 * hertz * std::f64::consts::TAU / f64::from(rate)).sin() * 12_000.0;
        (0..samples).flat_map(|at| (value(at) as i16).to_le_bytes()).collect()
    }

    #[test]
    fn the_same_rate_changes_nothing() {
        let mut resampler = Resampler::new(24_000, 24_000).expect("rates");
        let mut out = Vec::new();
        resampler.push(&[1, 0, 255, 255, 7], &mut out);
        resampler.finish(&mut out);
        assert_eq!(out, [1, -1]);
    }

    /// A tone stays that tone at every pair of rates, begins where it began, and is as long, however it is cut up.
    #[test]
    fn a_tone_stays_where_it_was() {
        for (from, to) in [(8000, 48_000), (16_000, 24_000), (22_050, 48_000), (24_000, 44_100), (48_000, 16_000)] {
            let pcm = tone(from, 440.0, from as usize);
            let mut resampler = Resampler::new(from, to).expect("rates");
            let mut whole = Vec::new();
            resampler.push(&pcm, &mut whole);
            resampler.finish(&mut whole);
            assert_eq!(whole.len(), to as usize, "{from} to {to}");
            let wanted = tone(to, 440.0, to as usize);
            let wanted = wanted.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
            let edge = to as usize / 50;
            let off = wanted.zip(&whole).skip(edge).take(to as usize - 2 * edge);
            let most = off.map(|(wanted, found)| (i32::from(wanted) - i32::from(*found)).abs()).max();
            // Where half of the filter is no whole number of samples, all is moved by less than half of one.
            let half = 6_000.0 * 440.0 * std::f64::consts::TAU / f64::from(to);
            assert!(most.is_some_and(|most| f64::from(most) < 60.0 + half), "{from} to {to}: {most:?} of 12000");

            let mut pieces = Vec::new();
            let mut at = 0;
            while at < pcm.len() {
                let end = (at + 2 * (1 + at % 977)).min(pcm.len());
                resampler.push(&pcm[at..end], &mut pieces);
                at = end;
            }
            resampler.finish(&mut pieces);
            assert!(pieces == whole, "{from} to {to} in pieces");
        }
    }

    #[test]
    fn what_can_not_be_is_said() {
        assert!(Resampler::new(0, 48_000).is_err() && Resampler::new(8000, 0).is_err());
        let mut resampler = Resampler::new(8000, 16_000).expect("rates");
        let mut out = Vec::new();
        resampler.finish(&mut out);
        assert!(out.is_empty(), "nothing becomes nothing");
    }
}
