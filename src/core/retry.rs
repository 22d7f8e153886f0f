//! Backoff: exponential with full jitter. Each wait is drawn evenly between nothing and a ceiling that grows, so that
//! a thousand clients that lost one server do not come back in one moment.

use crate::model::{Nanos, Options, key, millis};

/// The clock of the attempts. It reads no time and draws from its own seed.
#[derive(Clone, Debug)]
pub struct Retry {
    initial: Nanos,
    most: Nanos,
    factor_percent: u64,
    max_attempts: u32,
    failed: u32,
    random: fastrand::Rng,
}

impl Retry {
    /// The policy that the options ask for, drawing its jitter from this seed.
    #[must_use]
    pub fn new(options: &Options, seed: u64) -> Retry {
        let most = millis(options.i64(key::RETRY_MAX_MS) as u64);
        Retry {
            initial: millis(options.i64(key::RETRY_INITIAL_MS) as u64).min(most),
            most,
            factor_percent: options.i64(key::RETRY_FACTOR_PERCENT) as u64,
            max_attempts: options.i64(key::RETRY_MAX_ATTEMPTS) as u32,
            failed: 0,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// An attempt has failed: how long to wait for the next one, or `None` when there have been enough.
    pub fn next(&mut self, at_least: Option<Nanos>) -> Option<Nanos> {
        self.failed = self.failed.saturating_add(1);
        if self.max_attempts != 0 && self.failed >= self.max_attempts {
            return None;
        }
        let drawn = self.random.u64(0..=self.ceiling());
        Some(drawn.max(at_least.unwrap_or(0)))
    }

    /// The longest that the next wait can be drawn.
    #[must_use]
    pub fn ceiling(&self) -> Nanos {
        let mut ceiling = self.initial;
        for _ in 1..self.failed.max(1) {
            ceiling = (ceiling / 100).saturating_mul(self.factor_percent);
            if ceiling >= self.most {
                return self.most;
            }
        }
        ceiling
    }

    /// How many attempts in a row have failed.
    #[must_use]
    pub fn failed(&self) -> u32 {
        self.failed
    }

    /// The link has held: count anew.
    pub fn reset(&mut self) {
        self.failed = 0;
    }

    /// A number between nothing and `most`, for other waits that must not fall together.
    pub fn jitter(&mut self, most: Nanos) -> Nanos {
        self.random.u64(0..=most)
    }
}

#[cfg(test)]
mod tests {
    use super::Retry;
    use crate::model::{Options, key, millis};

    #[test]
    fn waits_grow_to_the_cap_and_are_spread_evenly() {
        let mut options = Options::default();
        options.set_i64(key::RETRY_INITIAL_MS, 100).expect("in range");
        options.set_i64(key::RETRY_MAX_MS, 1000).expect("in range");
        let ceilings = [100, 200, 400, 800, 1000, 1000];
        let mut sums = [0u64; 6];
        for seed in 0..500 {
            let mut retry = Retry::new(&options, seed);
            for (at, ceiling) in ceilings.iter().enumerate() {
                let wait = retry.next(None).expect("no limit");
                assert!(wait <= millis(*ceiling), "seed {seed}");
                sums[at] += wait;
            }
        }
        for (sum, ceiling) in sums.iter().zip(ceilings) {
            let mean = sum / 500;
            assert!(mean > millis(ceiling) * 4 / 10 && mean < millis(ceiling) * 6 / 10, "mean {mean} of {ceiling} ms");
        }
    }

    #[test]
    fn the_service_can_ask_for_more_and_enough_is_enough() {
        let mut options = Options::default();
        options.set_i64(key::RETRY_MAX_ATTEMPTS, 3).expect("in range");
        let mut retry = Retry::new(&options, 1);
        assert!(retry.next(Some(millis(60_000))).expect("second") >= millis(60_000));
        assert!(retry.next(None).is_some());
        assert_eq!(retry.next(None), None, "three attempts have failed");
        retry.reset();
        assert!(retry.next(None).is_some());
    }
}
