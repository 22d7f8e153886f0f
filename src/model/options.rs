//! The options of a client: set by number or by name, checked when they are set.

use std::collections::BTreeMap;

use super::options_table::{KEYS, KeyKind, KeyRow};
use super::{Error, Secret};

/// The value of one option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// A whole number, a flag or the place of a word.
    Number(i64),
    /// A text.
    Text(String),
    /// A text that is never shown.
    Secret(Secret),
}

/// The options that were set. What was not set has the default of the table.
#[derive(Clone, Debug, Default)]
pub struct Options {
    values: BTreeMap<i32, OptionValue>,
}

fn row(number: i32) -> Result<&'static KeyRow, Error> {
    KEYS.iter().find(|row| row.number == number).ok_or_else(|| {
        Error::invalid(format!(
            "there is no option {number}; the PARLOR_OPT_ constants of the header are all there are"
        ))
    })
}

fn label(row: &KeyRow) -> String {
    format!("option {} ({})", row.number, row.name)
}

impl Options {
    /// Sets a number, a flag, or a word by its place.
    ///
    /// # Errors
    /// No such option, another type, or out of range; the text names the option and what it takes.
    pub fn set_i64(&mut self, number: i32, value: i64) -> Result<(), Error> {
        let row = row(number)?;
        let (low, high) = match row.kind {
            KeyKind::Number(low, high) => (low, high),
            KeyKind::Flag => (0, 1),
            KeyKind::Word(words) => (0, words.len() as i64 - 1),
            KeyKind::Text | KeyKind::Secret => return Err(Error::invalid(format!("{} takes a text", label(row)))),
        };
        if !(low..=high).contains(&value) {
            return Err(Error::invalid(format!("{} takes {low} to {high}, not {value}", label(row))));
        }
        self.values.insert(number, OptionValue::Number(value));
        Ok(())
    }

    /// Sets a text, or a word.
    ///
    /// # Errors
    /// No such option, another type, or not one of its words.
    pub fn set_str(&mut self, number: i32, value: &str) -> Result<(), Error> {
        let row = row(number)?;
        match row.kind {
            KeyKind::Text => self.values.insert(number, OptionValue::Text(value.to_owned())),
            KeyKind::Secret => self.values.insert(number, OptionValue::Secret(Secret::new(value))),
            KeyKind::Word(words) => {
                let place = words.iter().position(|word| word.eq_ignore_ascii_case(value)).ok_or_else(|| {
                    Error::invalid(format!("{} takes {}, not \"{value}\"", label(row), words.join(" or ")))
                })?;
                self.values.insert(number, OptionValue::Number(place as i64))
            }
            KeyKind::Number(..) => return Err(Error::invalid(format!("{} takes a whole number", label(row)))),
            KeyKind::Flag => return Err(Error::invalid(format!("{} takes 0 or 1", label(row)))),
        };
        Ok(())
    }

    /// Sets any option by its name, from a text, as config files have it.
    ///
    /// # Errors
    /// No such name, or a text that is not of the option's type.
    pub fn set_named(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let row = KEYS.iter().find(|row| row.name == name).ok_or_else(|| {
            Error::invalid(format!("there is no option \"{name}\"; the table of options in the docs has all names"))
        })?;
        match row.kind {
            KeyKind::Number(low, high) => {
                let parsed = value.trim().parse().map_err(|_| {
                    Error::invalid(format!("{} takes a whole number from {low} to {high}, not \"{value}\"", label(row)))
                })?;
                self.set_i64(row.number, parsed)
            }
            KeyKind::Flag => match value.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => self.set_i64(row.number, 1),
                "0" | "false" | "no" | "off" => self.set_i64(row.number, 0),
                _ => Err(Error::invalid(format!("{} takes true or false, not \"{value}\"", label(row)))),
            },
            KeyKind::Text | KeyKind::Secret | KeyKind::Word(_) => self.set_str(row.number, value),
        }
    }

    /// Whether the option was set by the host.
    #[must_use]
    pub fn is_set(&self, number: i32) -> bool {
        self.values.contains_key(&number)
    }

    /// The number of an option of a numeric type, or its default.
    #[must_use]
    pub fn i64(&self, number: i32) -> i64 {
        if let Some(OptionValue::Number(value)) = self.values.get(&number) {
            return *value;
        }
        match row(number) {
            Ok(row) => match row.kind {
                KeyKind::Word(words) => words.iter().position(|word| *word == row.default).unwrap_or(0) as i64,
                _ => row.default.parse().unwrap_or(0),
            },
            Err(_) => 0,
        }
    }

    /// Whether a flag is on.
    #[must_use]
    pub fn flag(&self, number: i32) -> bool {
        self.i64(number) != 0
    }

    /// A time option as nanoseconds; 0 stands for no limit and becomes `None`.
    #[must_use]
    pub fn time(&self, number: i32) -> Option<super::Nanos> {
        match self.i64(number) {
            0 => None,
            ms => Some(super::millis(ms as u64)),
        }
    }

    /// The text of an option, or its default. Secrets are revealed: the caller must not show them.
    #[must_use]
    pub fn str(&self, number: i32) -> &str {
        match self.values.get(&number) {
            Some(OptionValue::Text(text)) => text,
            Some(OptionValue::Secret(secret)) => secret.reveal(),
            _ => row(number).map_or("", |row| row.default),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key;
    use super::Options;

    #[test]
    fn setting_and_reading() {
        let mut options = Options::default();
        assert_eq!(options.i64(key::QUEUE_MAX_EVENTS), 4096);
        options.set_named("queue.max_events", " 64 ").expect("in range");
        options.set_named("delivery", "Thread").expect("a word");
        options.set_named("events.lazy", "yes").expect("a flag");
        assert_eq!(options.i64(key::QUEUE_MAX_EVENTS), 64);
        assert_eq!(options.i64(key::DELIVERY), 1);
        assert!(options.flag(key::EVENTS_LAZY));
        assert_eq!(options.str(key::GATEWAY_EVENTS), "all");
        options.set_str(key::CREDENTIAL, "secret-key").expect("a text");
        assert_eq!(options.str(key::CREDENTIAL), "secret-key");
        assert!(!format!("{options:?}").contains("secret-key"));
        assert_eq!(options.time(key::CONNECT_TIMEOUT_MS), Some(10_000_000_000));
    }

    #[test]
    fn errors_name_the_option_and_what_it_takes() {
        let mut options = Options::default();
        for (error, expected) in [
            (options.set_i64(key::URL, 1), "option 2 (url) takes a text"),
            (options.set_str(key::CONNECT_TIMEOUT_MS, "x"), "option 100 (connect.timeout_ms) takes a whole number"),
            (options.set_i64(key::QUEUE_MAX_EVENTS, 3), "takes 16 to 1000000, not 3"),
            (options.set_str(key::DELIVERY, "push"), "takes queue or thread, not \"push\""),
            (options.set_named("nope", "1"), "there is no option \"nope\""),
            (options.set_i64(77, 1), "there is no option 77"),
            (options.set_named("queue.max_events", "many"), "not \"many\""),
        ] {
            let text = error.expect_err(expected).text;
            assert!(text.contains(expected), "{text}");
        }
    }
}
