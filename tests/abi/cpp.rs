//! The C++ headers say everything that include/parlor.h says: its constants are made from it, and every function and
//! every field of it is used.

use std::fmt::Write as _;

use parlor::model::{KEYS, KeyKind};

use crate::symbols_of::functions_of;
use crate::{file, read};

const WIDTH: usize = 116;

/// A constant of the header.
struct Constant {
    name: String,
    doc: String,
}

/// Groups of constants: the prefix, the enum of C++, and what it is.
const GROUPS: &[(&str, &str, &str)] = &[
    (
        "PARLOR_EVENT_",
        "event_kind",
        "What an event is about. Ignore kinds that you do not know: later versions bring more.",
    ),
    ("PARLOR_STATE_", "client_state", "What a client is doing."),
    ("PARLOR_AI_", "ai_activity", "What the AI is doing."),
    ("PARLOR_LOG_", "log_level", "How much is logged."),
    ("PARLOR_DELIVERY_", "delivery_mode", "How events reach the program."),
    ("PARLOR_OVERFLOW_", "overflow_policy", "What to do when the queue is full."),
    ("PARLOR_PLAYBACK_", "playback_phase", "What the loudspeaker does."),
    ("PARLOR_COUNTER_", "counter", "What is counted."),
    ("PARLOR_AUDIO_", "audio_counter", "What is counted of the speech that an audio thread reads."),
    ("PARLOR_FEATURE_", "feature", "What a build of the library may hold."),
    ("PARLOR_FLAG_", "event_flag", "What is marked at an event."),
];

const STATUSES: &[&str] = &["PARLOR_OK", "PARLOR_DEFERRED", "PARLOR_TIMED_OUT"];

/// What the C++ headers use as it is.
const AS_IT_IS: &[&str] = &[
    "PARLOR_H",
    "PARLOR_API",
    "PARLOR_STRLEN",
    "PARLOR_FOREVER",
    "PARLOR_OLDEST",
    "PARLOR_VERSION_MAJOR",
    "PARLOR_VERSION_MINOR",
    "PARLOR_VERSION_PATCH",
    "PARLOR_VERSION_NUMBER",
    "PARLOR_ABI_VERSION",
];

/// Every `#define` of a header with its comment, which stands before it or behind it.
fn constants_of(header: &str) -> Vec<Constant> {
    let mut found = Vec::new();
    let mut doc = String::new();
    for line in header.lines() {
        if let Some(define) =
            line.trim_start_matches('#').trim_start().strip_prefix("define ").filter(|_| line.starts_with('#'))
        {
            let name = define.split([' ', '(']).next().unwrap_or_default().to_owned();
            let behind = define.split_once("/**< ").map(|(_, doc)| doc.trim_end_matches("*/").trim().to_owned());
            found.push(Constant { name, doc: behind.unwrap_or_else(|| std::mem::take(&mut doc)) });
        } else if line.starts_with("/**") || (line.starts_with(" *") && !doc.is_empty()) {
            let part = line.trim_end_matches("*/").trim_start_matches("/**").trim_start_matches(" *").trim();
            doc = if line.starts_with("/**") { format!("{part} ") } else { doc + part + " " };
        } else {
            doc.clear();
        }
    }
    found.iter_mut().for_each(|constant| constant.doc = constant.doc.trim().to_owned());
    found
}

/// A comment of as few lines as hold it.
fn comment(indent: &str, doc: &str) -> String {
    let mut text = String::new();
    let mut line = format!("{indent}///");
    for word in doc.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            text += &line;
            text.push('\n');
            line = format!("{indent}///");
        }
        line.push(' ');
        line += word;
    }
    if doc.is_empty() { text } else { text + &line + "\n" }
}

fn member(name: &str, prefix: &str) -> String {
    let member = name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase();
    assert!(!KEYWORDS.contains(&member.as_str()), "{name} would be a keyword of C++");
    member
}

const KEYWORDS: &[&str] = &[
    "auto", "break", "case", "default", "delete", "do", "new", "switch", "this", "throw", "try", "union", "using",
    "void",
];

fn enumeration(name: &str, doc: &str, number: &str, members: &[(String, &Constant)]) -> String {
    let mut text = format!("\n{}enum class {name} : {number} {{\n", comment("", doc));
    for (member, constant) in members {
        text += &comment("  ", &constant.doc);
        let _ = writeln!(text, "  {member} = {},", constant.name);
    }
    text + "};\n"
}

fn file_of(guard: &str, head: &str, includes: &str, body: &str) -> String {
    format!(
        "// {head}\n// Made from parlor.h by `make header`; do not edit it.\n#ifndef {guard}\n#define {guard}\n\n{includes}\n\
         namespace parlor {{\n{body}\n}}  // namespace parlor\n\n#endif  // {guard}\n"
    )
}

/// include/parlor/constants.hpp and include/parlor/option_keys.hpp as they should be.
pub(crate) fn generated(header: &str) -> [(&'static str, String); 2] {
    let constants = constants_of(header);
    let mut body = String::new();
    let mut used = 0;
    let statuses: Vec<_> = constants
        .iter()
        .filter(|constant| constant.name.starts_with("PARLOR_ERR_") || STATUSES.contains(&constant.name.as_str()))
        .map(|constant| {
            let prefix = if constant.name.starts_with("PARLOR_ERR_") { "PARLOR_ERR_" } else { "PARLOR_" };
            (member(&constant.name, prefix), constant)
        })
        .collect();
    used += statuses.len();
    let doc =
        "How a call or a request went: 0 is good, a positive number is good with a remark, a negative one is an error.";
    body += &enumeration("status_code", doc, "std::int32_t", &statuses);
    for (prefix, name, doc) in GROUPS {
        let members: Vec<_> = constants
            .iter()
            .filter(|constant| constant.name.starts_with(prefix))
            .map(|constant| (member(&constant.name, prefix), constant))
            .collect();
        assert!(!members.is_empty(), "parlor.h has no {prefix}");
        used += members.len();
        let number = if *name == "event_flag" { "std::uint32_t" } else { "std::int32_t" };
        body += &enumeration(name, doc, number, &members);
        if *name == "event_kind" {
            let rows: Vec<String> = members.iter().map(|(member, _)| format!("  X({member})")).collect();
            body += "\n// Every kind, for the headers that do something with each.\n#define PARLOR_CPP_KINDS(X) \\\n";
            body += &(rows.join(" \\\n") + "\n");
        }
    }
    let constants_file = file_of(
        "PARLOR_CONSTANTS_HPP",
        "The constants of parlor.h as enums of C++.",
        "#include <cstdint>\n\n#include \"../parlor.h\"\n",
        &body,
    );

    let mut body =
        String::from("\n/// The keys of the options: options.set(opt::url, \"http://…\").\nnamespace opt {\n");
    for constant in constants.iter().filter(|constant| constant.name.starts_with("PARLOR_OPT_")) {
        used += 1;
        let name = member(&constant.name, "PARLOR_OPT_");
        let row = KEYS.iter().find(|row| row.name.replace('.', "_") == name);
        let row = row.unwrap_or_else(|| panic!("{} is in no table", constant.name));
        let kind = match row.kind {
            KeyKind::Text | KeyKind::Secret => "text_key",
            KeyKind::Flag => "flag_key",
            KeyKind::Number(..) if row.name.ends_with("_ms") => "time_key",
            KeyKind::Number(..) => "number_key",
            KeyKind::Word(_) => match row.name {
                "delivery" => "enum_key<delivery_mode>",
                "queue.overflow" => "enum_key<overflow_policy>",
                "log.level" => "enum_key<log_level>",
                _ => "word_key",
            },
        };
        body += &comment("", &constant.doc);
        let _ = writeln!(body, "inline constexpr {kind} {name}{{{}}};", constant.name);
    }
    body += "}  // namespace opt\n";
    for constant in &constants {
        used += usize::from(AS_IT_IS.contains(&constant.name.as_str()));
    }
    let unknown: Vec<&str> = constants
        .iter()
        .map(|constant| constant.name.as_str())
        .filter(|name| {
            let grouped = GROUPS.iter().any(|(prefix, ..)| name.starts_with(prefix));
            let other = name.starts_with("PARLOR_ERR_") || name.starts_with("PARLOR_OPT_");
            !(grouped || other || STATUSES.contains(name) || AS_IT_IS.contains(name))
        })
        .collect();
    assert!(unknown.is_empty(), "parlor.h has constants that tests/abi/cpp.rs knows no enum of C++ for: {unknown:?}");
    assert!(used >= 150, "{used} constants");
    let options_file = file_of(
        "PARLOR_OPTION_KEYS_HPP",
        "The options of parlor.h, each with the type of what it takes.",
        "#include \"options.hpp\"\n",
        &body,
    );
    [("include/parlor/constants.hpp", constants_file), ("include/parlor/option_keys.hpp", options_file)]
}

/// Whether the text holds this name by itself, not as a part of a longer one.
fn has_name(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|known| known == name)
}

/// Whether the text begins with this name, and it is not a part of a longer one.
fn has_name_first(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next() == Some(name)
}

/// The C++ headers that are written by hand.
fn written() -> String {
    let mut all = read("include/parlor.hpp");
    for entry in std::fs::read_dir(file("include/parlor")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if !["constants.hpp", "option_keys.hpp"].iter().any(|name| path.ends_with(name)) {
            all += &std::fs::read_to_string(&path).expect("a header");
        }
    }
    // What is only spoken of is not used.
    all.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn cpp_uses_every_function_of_the_header() {
    let headers = written();
    let parlor_h = read("include/parlor.h");
    let functions = functions_of(&parlor_h);
    assert!(functions.len() >= 40, "{} functions", functions.len());
    let missing: Vec<_> =
        functions.iter().map(|function| function.name).filter(|name| !has_name(&headers, name)).collect();
    assert!(missing.is_empty(), "include/parlor/*.hpp have nothing that calls {missing:?}");
    for word in
        headers.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("parlor_"))
    {
        assert!(has_name(&parlor_h, word), "include/parlor/*.hpp speak of {word}, which parlor.h does not have");
    }
}

#[test]
fn cpp_reads_every_field_of_an_event() {
    let headers = written();
    let header = read("include/parlor.h");
    let (_, fields) = header.split_once("\nstruct parlor_event {\n").expect("the struct");
    let (fields, _) = fields.split_once("\n};").expect("its end");
    let names: Vec<&str> = fields
        .lines()
        .filter(|line| line.ends_with(';'))
        .map(|line| line.trim_end_matches(';').rsplit([' ', '*']).next().expect("a field has a name"))
        .collect();
    assert!(names.len() >= 28, "{names:?}");
    let reads = |name: &str| headers.split("raw_->").skip(1).any(|rest| has_name_first(rest, name));
    for name in names {
        // The size is for hosts that run with a library older than their header, which parlor::options refuses.
        let read = name == "size" || reads(name);
        assert!(read, "nothing of include/parlor/event.hpp reads the field {name}");
    }
}
