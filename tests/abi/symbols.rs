//! The exports are the same set in four places: the source, the header, the list of record, the shared object.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::library;
use crate::symbols_of::functions_of;
use crate::{file, read};

fn in_source() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(file("src/ffi")).expect("src/ffi is a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        for part in text.split("#[unsafe(no_mangle)]").skip(1) {
            let after = part.split("extern \"C\" fn ").nth(1).expect("what is exported is a C function");
            names.insert(after.split('(').next().expect("a name").to_owned());
        }
        assert_eq!(
            text.matches("no_mangle").count(),
            text.matches("#[unsafe(no_mangle)]").count(),
            "{}",
            path.display()
        );
    }
    names
}

fn recorded() -> BTreeMap<String, String> {
    let text = read("include/parlor.symbols");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let rows: Vec<(String, String)> = lines
        .map(|line| {
            let mut parts = line.split_whitespace();
            let (Some(name), Some(since), None) = (parts.next(), parts.next(), parts.next()) else {
                panic!("include/parlor.symbols: \"{line}\" is not a name and the version that brought it");
            };
            (name.to_owned(), since.to_owned())
        })
        .collect();
    assert!(rows.is_sorted(), "include/parlor.symbols is sorted by name");
    rows.into_iter().collect()
}

#[test]
fn symbols_agree_in_source_header_and_list() {
    let header_text = read("include/parlor.h");
    let functions = functions_of(&header_text);
    let header: BTreeSet<String> = functions.iter().map(|function| function.name.to_owned()).collect();
    assert_eq!(functions.len(), header.len(), "a function is declared twice");
    let recorded = recorded();
    let list: BTreeSet<String> = recorded.keys().cloned().collect();
    assert_eq!(in_source(), header, "left: src/ffi, right: include/parlor.h");
    assert_eq!(
        list, header,
        "left: include/parlor.symbols, right: include/parlor.h. A new function gets its line with the version that \
         brings it; a line may go only together with a new PARLOR_ABI_VERSION"
    );
    for function in &functions {
        let since = &recorded[function.name];
        assert!(function.doc.contains(&format!("\\since {since}\n")), "{}: \\since is not {since}", function.name);
    }
}

#[test]
fn symbols_of_the_shared_object_are_the_list() {
    let object = library::shared_object();
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(&object).output();
    let Ok(output) = output else {
        println!("SKIPPED symbols_of_the_shared_object_are_the_list: there is no nm on this machine");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("names are ASCII");
    let exported: BTreeSet<String> =
        text.lines().filter_map(|line| line.split_whitespace().nth(2)).map(str::to_owned).collect();
    let list: BTreeSet<String> = recorded().into_keys().collect();
    assert_eq!(exported, list, "left: {}, right: include/parlor.symbols", object.display());
}
