//! The constants of the header are those of the library, by name and number, in both directions.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use parlor::core::Counters;
use parlor::model::{KEYS, KeyKind, KeyRow, Kind, State, Status, flag, key};

use crate::read;

/// The files of src/ffi that say nothing but what the tables of src/model say.
pub(crate) fn generated() -> [(&'static str, String); 2] {
    [("src/ffi/option_keys.rs", option_keys()), ("src/ffi/status_codes.rs", status_codes())]
}

const WIDTH: usize = 116;

/// A sentence as doc comment lines.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("///");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = String::from("///");
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + &line + "\n"
}

fn constant_of(row: &KeyRow) -> String {
    format!("PARLOR_OPT_{}", row.name.to_ascii_uppercase().replace('.', "_"))
}

fn option_keys() -> String {
    let mut text = String::from(
        "//! The numbers of the options, made from the table in src/model by `PARLOR_UPDATE_HEADER=1 cargo test --test abi header`.\n",
    );
    for row in KEYS {
        let takes = match row.kind {
            KeyKind::Text => "text".to_owned(),
            KeyKind::Secret => "secret text".to_owned(),
            KeyKind::Flag => "0 or 1".to_owned(),
            KeyKind::Number(low, high) => format!("{low} to {high}"),
            KeyKind::Word(words) => words.join(", "),
        };
        let default = if row.default.is_empty() { "\"\"" } else { row.default };
        let doc = format!("\"{}\" ({takes}; default {default}; since {}): {}", row.name, row.since, row.doc);
        let _ = write!(text, "\n{}pub const {}: i32 = {};\n", comment(&doc), constant_of(row), row.number);
    }
    text
}

fn status_codes() -> String {
    let mut text = String::from(
        "//! The statuses, made from the table in src/model by `PARLOR_UPDATE_HEADER=1 cargo test --test abi header`.\n\n\
         use super::status::parlor_status;\n",
    );
    for status in Status::ALL {
        let (first, rest) = status.text().split_at(1);
        let sentence = format!("{}{rest}.", first.to_uppercase());
        let _ =
            write!(text, "\n{}pub const {}: parlor_status = {};\n", comment(&sentence), status.name(), *status as i32);
    }
    text
}

/// Every `#define` of the header that has a plain number.
fn defines() -> BTreeMap<String, i64> {
    let header = read("include/parlor.h");
    let lines = header.lines().filter_map(|line| line.strip_prefix("#define "));
    lines
        .filter_map(|line| {
            let (name, value) = line.split_once(' ')?;
            let value =
                value.split(" /**").next().unwrap_or(value).trim().trim_start_matches('(').trim_end_matches(')');
            Some((name.to_owned(), value.parse().ok()?))
        })
        .collect()
}

#[test]
fn constants_are_the_tables_in_both_directions() {
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    let mut add = |name: String, number: i64| assert!(expected.insert(name.clone(), number).is_none(), "twice: {name}");
    for status in Status::ALL {
        add(status.name().to_owned(), *status as i64);
    }
    for kind in Kind::ALL {
        add(format!("PARLOR_EVENT_{}", kind.name()), *kind as i64);
    }
    for row in KEYS {
        add(constant_of(row), row.number.into());
        let words = match row.number {
            key::DELIVERY => "DELIVERY",
            key::QUEUE_OVERFLOW => "OVERFLOW",
            key::LOG_LEVEL => "LOG",
            _ => continue,
        };
        let KeyKind::Word(list) = row.kind else { panic!("{} takes words", row.name) };
        for (place, word) in list.iter().enumerate() {
            add(format!("PARLOR_{words}_{}", word.to_ascii_uppercase()), place as i64);
        }
    }
    for number in 0..=5 {
        let state = State::from_number(number);
        assert_eq!(state as i32, number, "every state has its own number");
        add(format!("PARLOR_STATE_{}", state.name()), number.into());
    }
    let flags = [("FINAL", flag::FINAL), ("SYNTHETIC", flag::SYNTHETIC), ("SNAPSHOT", flag::SNAPSHOT)];
    for (name, bit) in flags.into_iter().chain([("COALESCED", flag::COALESCED)]) {
        add(format!("PARLOR_FLAG_{name}"), bit.into());
    }
    use parlor::core::Counter as C;
    let counters = [
        ("LIVE_CLIENTS", C::LiveClients),
        ("LIVE_OPTIONS", C::LiveOptions),
        ("LIVE_BATCHES", C::LiveBatches),
        ("LIVE_THREADS", C::LiveThreads),
        ("DROPPED_EVENTS", C::DroppedEvents),
        ("PANICS", C::Panics),
        ("LATE_ANSWERS", C::LateAnswers),
        ("LIVE_AUDIO", C::LiveAudio),
    ];
    assert_eq!(counters.len() as i32, Counters::COUNT, "a counter without a constant");
    for (name, counter) in counters {
        add(format!("PARLOR_COUNTER_{name}"), counter as i64);
    }
    // These belong to the header alone.
    for (name, number) in [
        ("PARLOR_AI_IDLE", 0),
        ("PARLOR_AI_THINKING", 1),
        ("PARLOR_AI_SPEAKING", 2),
        ("PARLOR_AUDIO_HEARD", 0),
        ("PARLOR_AUDIO_UNDERRUNS", 1),
        ("PARLOR_AUDIO_WAITING", 2),
        ("PARLOR_AUDIO_DROPPED", 3),
        ("PARLOR_AUDIO_RATE", 4),
        ("PARLOR_AUDIO_CHANNELS", 5),
        ("PARLOR_PLAYBACK_STARTED", 0),
        ("PARLOR_PLAYBACK_COMPLETED", 1),
        ("PARLOR_FEATURE_TESTKIT", 1),
        ("PARLOR_FEATURE_SIMULATORS", 2),
        ("PARLOR_FEATURE_SCHEMA", 4),
        ("PARLOR_ABI_VERSION", 0),
    ] {
        add(name.to_owned(), number);
    }
    for (part, text) in ["MAJOR", "MINOR", "PATCH"].iter().zip(env!("CARGO_PKG_VERSION").split('.')) {
        add(format!("PARLOR_VERSION_{part}"), text.parse().expect("a number"));
    }
    let found = defines();
    let missing: Vec<_> = expected.iter().filter(|(name, number)| found.get(*name) != Some(number)).collect();
    let unknown: Vec<_> = found.iter().filter(|(name, _)| !expected.contains_key(*name)).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing or wrong: {missing:?}\nunknown: {unknown:?}");
}
