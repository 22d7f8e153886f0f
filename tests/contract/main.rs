//! The contract of the header, tested from C: each file of this folder is compiled as C99 and again as C++17, with every
//! warning an error, linked with the shared object and run. `cargo test --test contract --features testkit`.

#![cfg(all(target_os = "linux", feature = "testkit"))]

#[path = "../abi/library.rs"]
mod library;
mod null_args;
#[path = "../abi/symbols_of.rs"]
mod symbols_of;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract").join(path)
}

/// The folder that the programs go to, with the shared object under the name that the loader asks for.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("contract");
        std::fs::create_dir_all(&folder).expect("a folder for the programs");
        for name in ["libparlor.so.0", "libparlor.so"] {
            match std::os::unix::fs::symlink(library::shared_object(), folder.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => panic!("{name}: {error}"),
                _ => {}
            }
        }
        folder
    })
}

/// A compiler in one language standard.
struct Dialect {
    compiler: &'static str,
    standard: &'static str,
    language: &'static str,
}

const C99: Dialect = Dialect { compiler: "gcc", standard: "c99", language: "c" };
const CPP17: Dialect = Dialect { compiler: "g++", standard: "c++17", language: "c++" };

impl Dialect {
    fn command(&self) -> Command {
        let mut command = Command::new(self.compiler);
        command.args([&format!("-std={}", self.standard), "-x", self.language]);
        command.args(["-Wall", "-Wextra", "-Werror", "-pedantic-errors", "-Wconversion", "-Wundef", "-Wshadow"]);
        if self.language == "c" {
            command.args(["-Wstrict-prototypes", "-Wmissing-prototypes"]);
        }
        command.arg("-I").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("include")).arg("-I").arg(here(""));
        command
    }
}

fn run(command: &mut Command, what: &str) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{what}: {}\n{text}", output.status);
    text
}

/// Compiles one file in one dialect, links it with the library and runs it. The program's own watchdog ends it.
fn hold(source: &Path, dialect: &Dialect, link: bool) {
    let name = source.file_stem().expect("a file").to_string_lossy().into_owned();
    let program = folder().join(format!("{name}-{}", dialect.standard));
    let mut compile = dialect.command();
    compile.arg(source).args(["-x", "none", "-g", "-O1", "-pthread", "-o"]).arg(&program);
    if link {
        compile.arg("-L").arg(folder()).arg("-lparlor").arg(format!("-Wl,-rpath,{}", folder().display()));
    } else {
        compile.arg("-ldl");
    }
    run(&mut compile, &format!("{name}: compiling as {}", dialect.standard));
    let mut program = Command::new(&program);
    program.env("PARLOR_LIBRARY", library::shared_object());
    let text = run(&mut program, &format!("{name}: as {}", dialect.standard));
    print!("{name} as {}: {text}", dialect.standard);
}

macro_rules! programs {
    ($($name:ident $(, $link:literal)?;)*) => {
        $(#[test]
        fn $name() {
            let source = here(concat!(stringify!($name), ".c"));
            let link = true $(&& $link)?;
            hold(&source, &C99, link);
            hold(&source, &CPP17, link);
        })*

        /// Every C file of the folder is a test here, so that none can be forgotten.
        const PROGRAMS: &[&str] = &[$(stringify!($name)),*];
    };
}

programs! {
    audio;
    audio_thread;
    bad_handles;
    counters;
    destroy_busy;
    destroy_inside;
    destroy_running;
    destructor;
    dlopen, false;
    double_include;
    exactly_once;
    exit_without_shutdown;
    fork;
    header_alone;
    keep_get;
    layout;
    microphone;
    order;
    outputs;
    panic;
    queue_full;
    reentrancy;
    strings;
    torture;
    unknown_kind;
    verbs;
    wake_fd;
    would_deadlock;
}

#[test]
fn every_file_is_run() {
    for entry in std::fs::read_dir(here("")).expect("this folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "c") {
            let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
            assert!(PROGRAMS.contains(&name.as_str()), "{name}.c is not in the list of programs");
        }
    }
}

/// Every standard that the compilers here know takes the header without a warning.
#[test]
fn header_in_every_standard() {
    let mut tried = 0;
    for (compilers, language, standards) in [
        (["gcc", "clang"], "c", &["c99", "c11", "c17", "c2x", "gnu99"][..]),
        (["g++", "clang++"], "c++", &["c++11", "c++14", "c++17", "c++20"][..]),
    ] {
        for compiler in compilers {
            if Command::new(compiler).arg("--version").output().is_err() {
                println!("SKIPPED {compiler}: it is not on this machine");
                continue;
            }
            for standard in standards {
                for source in ["header_alone.c", "double_include.c"] {
                    let mut command = Dialect { compiler, standard, language }.command();
                    command.arg("-fsyntax-only").arg(here(source));
                    run(&mut command, &format!("{compiler} -std={standard} {source}"));
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 0, "there is no compiler to try the header with");
}

#[test]
fn null_args() {
    let source = folder().join("null_args.c");
    std::fs::write(&source, null_args::program()).expect("the program can be written");
    hold(&source, &C99, true);
    hold(&source, &CPP17, true);
}

/// The list of calls that reentrancy.c and fork.c make is the header's.
#[test]
fn every_call_is_made_in_every_call() {
    let list = std::fs::read_to_string(here("every_call.h")).expect("a file");
    let header = null_args::header();
    for function in symbols_of::functions_of(&header) {
        // Shutting down is its own test, in would_deadlock.c and fork.c.
        let called = function.name == "parlor_shutdown" || list.contains(&format!("{}(", function.name));
        assert!(called, "every_call.h does not call {}", function.name);
    }
}
