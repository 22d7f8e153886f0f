//! The header is what src/ffi says, made section by section, so that a C programmer reads it in a sensible order.

use std::fmt::Write as _;

use cbindgen::{Builder, Config};

use crate::{constants, cpp, file, read};

/// The sections of the header: a title, and the files of src/ffi that it is made from.
const SECTIONS: &[(&str, &[&str])] = &[
    ("Version", &["version"]),
    ("Handles, and what you are called with", &["types"]),
    ("Statuses", &["status_codes", "status"]),
    ("The library", &["library"]),
    ("Options", &["options", "option_keys"]),
    ("Clients", &["client"]),
    ("Actions: they return at once, and each ends with one REQUEST_DONE event", &["actions"]),
    ("Events", &["kinds", "event", "event_read"]),
    ("Batches of events", &["batch"]),
    ("Speech for audio threads", &["audio"]),
];

/// Makes the whole header.
pub(crate) fn generate() -> String {
    let mut header = read("src/ffi/header/top.h");
    for (title, files) in SECTIONS {
        let line = "-".repeat(114usize.saturating_sub(title.len()));
        let _ = write!(header, "\n/* {title} {line} */\n\n{}", section(files));
    }
    header.push_str(&read("src/ffi/header/bottom.h"));
    header
}

fn section(files: &[&str]) -> String {
    let config = Config::from_file(file("cbindgen.toml")).expect("cbindgen.toml is valid");
    let mut builder = Builder::new().with_config(config);
    for name in files {
        builder = builder.with_src(file(&format!("src/ffi/{name}.rs")));
    }
    let mut bytes = Vec::new();
    builder.generate().expect("src/ffi can be parsed").write(&mut bytes);
    let text = String::from_utf8(bytes).expect("cbindgen writes UTF-8");
    tidy(text.trim()) + "\n"
}

/// What cbindgen has no setting for.
fn tidy(text: &str) -> String {
    // The struct is declared before anything else, since callbacks name it.
    let text = one_line_comments(text);
    let text = text.replace("typedef struct parlor_event {", "struct parlor_event {").replace("} parlor_event;", "};");
    let mut blocks: Vec<String> = Vec::new();
    let mut was_row = false;
    for block in text.split("\n\n").map(str::trim_end).filter(|block| !block.trim().is_empty()) {
        let block = row(block).or_else(|| declaration(block)).unwrap_or_else(|| block.to_owned());
        // Rows of constants stand together as a table; everything else keeps its distance.
        let is_row = block.starts_with("#define ") && !block.contains('\n');
        match blocks.last_mut() {
            Some(last) if was_row && is_row => *last = format!("{last}\n{block}"),
            _ => blocks.push(block),
        }
        was_row = is_row;
    }
    blocks.join("\n\n")
}

/// A function, its parameters in as few lines as hold them.
fn declaration(block: &str) -> Option<String> {
    let (doc, function) = block.split_once("\nPARLOR_API")?;
    let mut text = format!("{doc}\n");
    let mut line = String::from("PARLOR_API");
    for word in function.split_whitespace() {
        // A parameter ends with a comma, and only behind one may a line end.
        if line.ends_with(',') && line.len() + 1 + parameter_len(function, word) > 118 {
            text.push_str(&line);
            text.push('\n');
            line = format!("    {word}");
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    Some(text + &line)
}

/// The length of the parameter that begins with this word; a parameter never has more than a few words.
fn parameter_len(function: &str, word: &str) -> usize {
    let at = word.as_ptr().addr() - function.as_ptr().addr();
    function[at..].find([',', ';']).map_or(word.len(), |end| end + 1)
}

/// Comments that have one line take one line.
fn one_line_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut result = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        match lines[at..] {
            [open, only, close, ..] if open.trim() == "/**" && close.trim() == "*/" => {
                let indent = &open[..open.len() - open.trim_start().len()];
                result.push(format!("{indent}/** {} */", only.trim().trim_start_matches("* ")));
                at += 3;
            }
            _ => {
                result.push(lines[at].to_owned());
                at += 1;
            }
        }
    }
    result.join("\n")
}

/// A constant with a comment of one line, as one row of a table.
fn row(block: &str) -> Option<String> {
    let (doc, define) = match block.rsplit_once('\n') {
        Some((doc, define)) => (Some(doc), define),
        None => (None, block),
    };
    let (name, value) = define.strip_prefix("#define ")?.split_once(' ')?;
    // A negative number wants parentheses, so that it can never join what stands before it.
    let value = if value.starts_with('-') { format!("({value})") } else { value.to_owned() };
    let define = format!("#define {name} {value}");
    let Some(doc) = doc else { return Some(define) };
    let text = doc.strip_prefix("/** ").and_then(|doc| doc.strip_suffix(" */")).filter(|text| !text.contains('\n'));
    let line = text.map(|text| format!("{define:<43} /**< {text} */"));
    Some(line.filter(|line| line.chars().count() <= 140).unwrap_or_else(|| format!("{doc}\n{define}")))
}

/// Compares a file with what it should be, or writes it when the host asks for that.
fn hold(path: &str, expected: &str) -> Result<(), String> {
    let found = std::fs::read_to_string(file(path)).unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    if std::env::var_os("PARLOR_UPDATE_HEADER").is_some_and(|value| value == "1") {
        std::fs::write(file(path), expected).map_err(|error| format!("{path}: {error}"))?;
        println!("{path} was written anew");
        return Ok(());
    }
    Err(format!("{path} is not what the sources say:\n{}", difference(&found, expected)))
}

/// The lines that only one of the two has.
fn difference(found: &str, expected: &str) -> String {
    let lines = |a: &str, b: &str, mark: char| -> String {
        let others: std::collections::HashSet<&str> = b.lines().collect();
        a.lines().filter(|line| !others.contains(line)).take(40).fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{mark} {line}");
            text
        })
    };
    let text = lines(found, expected, '-') + &lines(expected, found, '+');
    if text.is_empty() { "the order of lines is another one".into() } else { text }
}

#[test]
fn header_is_what_the_sources_say() {
    let mut faults = Vec::new();
    for (path, expected) in constants::generated() {
        faults.extend(hold(path, &expected).err());
    }
    let header = generate();
    faults.extend(hold("include/parlor.h", &header).err());
    for (path, expected) in cpp::generated(&header) {
        faults.extend(hold(path, &expected).err());
    }
    assert!(
        faults.is_empty(),
        "{}\nIf the change is meant: PARLOR_UPDATE_HEADER=1 cargo test --test abi header, and look at the difference.",
        faults.join("\n")
    );
}

#[test]
fn header_documents_every_function_for_its_reader() {
    let header = read("include/parlor.h");
    for function in crate::symbols_of::functions_of(&header) {
        let doc = function.doc;
        assert!(doc.contains("\\threadsafety"), "{}: no \\threadsafety", function.name);
        assert!(doc.contains("\\since"), "{}: no \\since", function.name);
        for name in function.parameters.iter().map(|(name, _)| *name) {
            let told = doc.contains(&format!("\\param {name} "))
                // A length, a capacity or a tag of a documented pair needs no words of its own.
                || name.ends_with("_len") || name == "capacity" || name == "buffer" || name.starts_with("header_");
            assert!(told || name == "status", "{}: \\param {name} is missing", function.name);
        }
    }
}
