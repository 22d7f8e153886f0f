//! Log records: ordinary events of kind LOG, so they come on the same thread and in the same order as everything else,
//! and no second callback is needed. They never displace an event.

use crate::model::{Options, key};

/// How much a record matters. The numbers are those of the option `log.level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub(super) enum Level {
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
    Trace = 5,
}

const WORDS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The highest number that is told: the option where it is set, else the environment's wish, else nothing.
pub(super) fn threshold(options: &Options, environment: Option<&str>) -> i64 {
    if options.is_set(key::LOG_LEVEL) {
        return options.i64(key::LOG_LEVEL);
    }
    let wish = environment.unwrap_or_default().trim();
    WORDS.iter().position(|word| word.eq_ignore_ascii_case(wish)).unwrap_or(0) as i64
}

#[cfg(test)]
mod tests {
    use super::{Level, threshold};
    use crate::model::{Options, key};

    #[test]
    fn the_option_wins_over_the_environment() {
        let mut options = Options::default();
        assert_eq!(threshold(&options, None), 0);
        assert_eq!(threshold(&options, Some("Debug")), Level::Debug as i64);
        assert_eq!(threshold(&options, Some("everything")), 0);
        options.set_named("log.level", "off").expect("a level");
        assert_eq!(threshold(&options, Some("trace")), 0);
        options.set_i64(key::LOG_LEVEL, 5).expect("a level");
        assert_eq!(threshold(&options, None), Level::Trace as i64);
    }
}
