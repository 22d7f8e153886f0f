//! Pages of the guide that are made from tables of the code.

use std::fmt::Write as _;

use parlor::model::{KEYS, KeyKind, Kind, Options, Status, key};

use crate::kit::{read, root};

/// `docs/options.md` as the table of options has it.
fn options_page() -> String {
    let mut page = String::from(
        "# Options\n\n\
         Set an option by its number with `parlor_options_set_str` or `parlor_options_set_i64`, or by its name, as a \
         config file has it, with\n`parlor_options_set_named`. The constant is `PARLOR_OPT_` and the name in capitals, with \
         `_` for `.`. A value is checked when it is set,\nand an error says what the option takes.\n\n\
         This page is made from the table in `src/model/options_table.rs`: `make options` writes it anew.\n\n\
         | Name | Number | Takes | Default | What it does | Since |\n|---|---|---|---|---|---|\n",
    );
    for row in KEYS {
        let takes = match row.kind {
            KeyKind::Text => "text".to_owned(),
            KeyKind::Secret => "text, never shown".to_owned(),
            KeyKind::Flag => "0 or 1".to_owned(),
            KeyKind::Number(low, high) => format!("{low} to {high}"),
            KeyKind::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        };
        let default = if row.default.is_empty() { "empty".to_owned() } else { format!("`{}`", row.default) };
        let doc = row.doc.replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {} | {takes} | {default} | {doc} | {} |", row.name, row.number, row.since);
    }
    page
}

#[test]
fn options_page_is_the_table() {
    let path = root().join("docs/options.md");
    let page = options_page();
    if std::env::var_os("PARLOR_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/options.md is not what the table of options says; `make options` writes it anew");
}

#[test]
fn the_readme_says_of_every_service_whether_it_works() {
    let mut options = Options::default();
    options.set_str(key::PROTOCOL, "none of them").expect("a text");
    let refusal = parlor::protocol::create(&options).err().expect("there is no such protocol").text;
    let (_, spoken) = refusal.split_once("speaks ").expect("the error lists what there is");
    let spoken: Vec<&str> = spoken.split(", ").filter(|name| *name != "testkit").collect();
    let readme = read("README.md");
    for name in ["gateway", "voxta", "voicelive", "tokenbowl", "toolchat"] {
        let row = readme.lines().find(|line| line.starts_with('|') && line.contains(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("the README has no row for {name}"));
        let page = format!("works: [docs/{name}.md](docs/{name}.md)");
        let state = if spoken.contains(&name) { page.as_str() } else { "not there yet" };
        assert!(row.contains(state), "{row} should say: {state}");
    }
}

/// Whether the text holds this word by itself, not as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
        .any(|known| known.trim_matches('.') == word)
}

#[test]
fn options_and_kinds_that_the_guide_speaks_of_exist() {
    let mut seen = 0;
    for path in crate::texts::guide() {
        let text = read(&path);
        for quoted in text.split('`').skip(1).step_by(2) {
            let groups =
                ["queue.", "retry.", "events.", "offline.", "tls.", "gateway.", "request.", "idle.", "keepalive."];
            let dotted = groups.iter().any(|group| quoted.starts_with(group))
                && quoted.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_')
                && !quoted.ends_with(".md");
            if dotted {
                assert!(KEYS.iter().any(|row| row.name == quoted), "{path} speaks of the option {quoted}");
                seen += 1;
            }
        }
    }
    assert!(seen > 15, "{seen} options");
    let concepts = read("docs/concepts.md");
    for kind in [Kind::Message, Kind::Sentence, Kind::AiState, Kind::Speaker, Kind::Trigger, Kind::RequestDone] {
        assert!(has_word(&concepts, kind.name()), "docs/concepts.md does not explain {}", kind.name());
    }
    let delivery = read("docs/delivery.md");
    for kind in Kind::ALL {
        let told = kind.droppable() || !kind.maskable();
        assert!(!told || has_word(&delivery, kind.name()), "docs/delivery.md does not speak of {}", kind.name());
    }
    let errors = read("docs/errors.md");
    for status in [Status::Ok, Status::Rejected, Status::WrongState, Status::Timeout, Status::LinkLost, Status::Panic] {
        assert!(has_word(&errors, status.name()), "docs/errors.md does not explain {}", status.name());
    }
}
