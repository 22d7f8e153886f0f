//! The README is held to the programs and to the Makefile.

use crate::kit::{read, root};

/// The first fenced block behind a text, without its fences.
pub(crate) fn block_after(path: &str, text: &str) -> String {
    let whole = read(path);
    let (_, behind) = whole.split_once(text).unwrap_or_else(|| panic!("{path} does not hold \"{text}\""));
    let (_, block) = behind.split_once("\n```").unwrap_or_else(|| panic!("{path}: no block behind \"{text}\""));
    let (_, block) = block.split_once('\n').expect("a fence ends its line");
    let (block, _) = block.split_once("\n```").unwrap_or_else(|| panic!("{path}: an open block behind \"{text}\""));
    block.to_owned()
}

/// A conversation without what differs from run to run: how often it took to come back, and how long that was; and
/// without what `make demo` prints around it.
#[cfg(feature = "sim")]
pub(crate) fn transcript(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("==") && !line.starts_with('$')) {
        let line = match line.split_once(" down for ") {
            Some((before, after)) => format!("{before} down for N{}", after.trim_start_matches(char::is_numeric)),
            None => line.to_owned(),
        };
        if line.starts_with("* RECONNECTING") {
            if lines.last().is_none_or(|last| last != "* RECONNECTING") {
                lines.push("* RECONNECTING".into());
            }
        } else {
            lines.push(line);
        }
    }
    lines
}

#[test]
fn the_readme_holds_hello_as_it_is() {
    assert_eq!(block_after("README.md", "## The smallest program"), read("examples/c/hello.c").trim_end());
}

#[test]
fn examples_stay_short_enough_to_be_read() {
    let mut seen = 0;
    for folder in ["examples/c", "examples/cpp"] {
        for entry in std::fs::read_dir(root().join(folder)).expect("there are examples") {
            let path = entry.expect("a folder can be listed").path();
            let text = std::fs::read_to_string(&path).expect("an example is a text");
            assert!(text.lines().count() < 120, "{}: 120 lines or more", path.display());
            assert!(text.lines().all(|line| line.len() <= 120), "{}: a line of more than 120 bytes", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 13, "{seen} examples");
}

#[test]
fn targets_that_the_texts_speak_of_are_in_the_makefile() {
    let makefile = read("Makefile");
    for path in ["README.md", "CONTRIBUTING.md"] {
        let text = read(path);
        let mut seen = 0;
        for (at, _) in text.match_indices("`make ") {
            let target: String = text[at + 6..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            assert!(makefile.contains(&format!("\n{target}:")), "{path} speaks of make {target}");
            seen += 1;
        }
        assert!(seen > 0, "{path} speaks of no target");
    }
    for target in makefile.lines().filter_map(|line| line.strip_prefix(".PHONY:")).flat_map(str::split_whitespace) {
        assert!(makefile.contains(&format!("\n{target}:")), "make {target} has no rule");
    }
}

#[test]
fn names_of_the_abi_in_the_texts_are_in_the_header() {
    let header = read("include/parlor.h");
    let mut seen = 0;
    for path in ["README.md", "CONTRIBUTING.md", "bindings/README.md", "bindings/cpp/README.md"]
        .into_iter()
        .map(String::from)
        .chain(guide())
    {
        let text = read(&path);
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let name = word.strip_prefix("PARLOR_").or_else(|| word.strip_prefix("parlor_"));
            // Environment variables, prefixes that end with `_`, and file names are no names of the ABI.
            let variables = ["PARLOR_URL", "PARLOR_LOG", "PARLOR_UPDATE_HEADER", "PARLOR_UPDATE_DOCS"];
            // The pages name the variables of the longer tests by their whole name.
            let longer = ["PARLOR_LIVE_SUITE", "PARLOR_VOICELIVE_CUTS", "PARLOR_STORM_SEED", "PARLOR_SEED"];
            let other = variables.contains(&word) || longer.contains(&word) || word.starts_with("PARLOR_TEST_");
            if name.is_some_and(|name| !name.is_empty()) && !word.ends_with('_') && !other {
                let there = header.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|known| known == word);
                assert!(there, "{path} speaks of {word}, which is not in include/parlor.h");
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "{seen} names");
}

/// The pages of the guide.
pub(crate) fn guide() -> Vec<String> {
    let pages = std::fs::read_dir(root().join("docs")).expect("there is a guide");
    let names = pages.map(|page| page.expect("a folder can be listed").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect()
}

#[test]
fn links_between_the_texts_lead_somewhere() {
    let mut seen = 0;
    for path in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bindings/README.md", "bindings/cpp/README.md"]
        .into_iter()
        .map(String::from)
        .chain(guide())
    {
        let folder = root().join(&path).parent().expect("a file is in a folder").to_path_buf();
        // Code has brackets of its own.
        let text: String = read(&path).split("\n```").step_by(2).collect();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                assert!(folder.join(file).exists(), "{path} links to {target}");
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "{seen} links");
}
