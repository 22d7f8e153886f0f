//! The C++ headers, in every dialect that they promise: each compiles by itself and without a warning, and what they do
//! is tried by programs that talk to a service without a network. `cargo test --test cpp --features testkit`.

#![cfg(all(target_os = "linux", feature = "testkit"))]

#[allow(dead_code, reason = "the archive is not needed here")]
#[path = "../abi/library.rs"]
mod library;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder that the programs go to, with the shared object under the names that linkers and loaders ask for.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cpp");
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

/// A compiler, a standard, and whether there are exceptions and type information.
#[derive(Clone, Copy, Debug)]
struct Dialect {
    compiler: &'static str,
    standard: &'static str,
    bare: bool,
}

const fn dialect(compiler: &'static str, standard: &'static str, bare: bool) -> Dialect {
    Dialect { compiler, standard, bare }
}

const DIALECTS: &[Dialect] = &[
    dialect("g++", "c++17", false),
    dialect("g++", "c++17", true),
    dialect("g++", "c++20", false),
    dialect("g++", "c++20", true),
    dialect("clang++", "c++17", false),
    dialect("clang++", "c++17", true),
    dialect("clang++", "c++20", false),
    dialect("clang++", "c++20", true),
];

impl Dialect {
    /// Says why when the compiler is missing.
    fn there(self, what: &str) -> bool {
        let there = Command::new(self.compiler).arg("--version").output().is_ok();
        if !there {
            println!("SKIPPED {what}: {} is not on this machine", self.compiler);
        }
        there
    }

    fn command(self) -> Command {
        let mut command = Command::new(self.compiler);
        command.arg(format!("-std={}", self.standard));
        command.args(["-Wall", "-Wextra", "-Werror", "-pedantic-errors", "-Wconversion", "-Wsign-conversion"]);
        command.args(["-Wshadow", "-Wundef", "-Wold-style-cast", "-Wnon-virtual-dtor", "-Woverloaded-virtual"]);
        if self.bare {
            command.args(["-fno-exceptions", "-fno-rtti"]);
        }
        command.arg("-I").arg(root().join("include"));
        command
    }

    /// Compiles one of the programs here.
    fn compile(self, name: &str, link: bool) -> PathBuf {
        let program = folder().join(format!("{name}-{}-{}-{}", self.compiler, self.standard, self.bare));
        let mut command = self.command();
        command.arg(root().join("tests/cpp").join(format!("{name}.cpp"))).args(["-g", "-pthread", "-o"]).arg(&program);
        if link {
            command.arg("-L").arg(folder()).arg("-lparlor").arg(format!("-Wl,-rpath,{}", folder().display()));
        }
        well(&command.output().expect("it was there"), &format!("{name} in {self:?}"));
        program
    }
}

fn well(output: &Output, what: &str) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{what}: {}\n{text}", output.status);
}

const FULL: Dialect = dialect("g++", "c++17", false);
const BARE: Dialect = dialect("clang++", "c++20", true);

/// Runs a program in these dialects.
fn hold(name: &str, link: bool, dialects: &[Dialect]) {
    for dialect in dialects {
        if dialect.there(name) {
            let output = Command::new(dialect.compile(name, link)).output().expect("it runs");
            well(&output, &format!("{name} in {dialect:?}"));
            assert_eq!(String::from_utf8_lossy(&output.stdout), "ok\n", "{name} in {dialect:?}");
        }
    }
}

#[test]
fn results() {
    hold("results", true, &[BARE]);
}

#[test]
fn delivery() {
    hold("delivery", true, &[FULL, BARE]);
}

#[test]
fn arguments() {
    hold("arguments", false, &[FULL]);
}

#[test]
fn throwing() {
    if FULL.there("throwing") {
        well(&Command::new(FULL.compile("throwing", true)).output().expect("it runs"), "throwing");
    }
}

#[test]
fn no_value() {
    use std::os::unix::process::ExitStatusExt as _;
    let dialect = dialect("g++", "c++17", true);
    if dialect.there("no_value") {
        let output = Command::new(dialect.compile("no_value", true)).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("failed with PARLOR_ERR_BAD_HANDLE: "), "{said}");
        assert_eq!(output.status.signal(), Some(libc::SIGABRT));
    }
}

/// All headers twice, then each by itself, in every dialect: without a warning.
#[test]
fn headers_in_every_dialect() {
    let mut headers = vec!["parlor.hpp".to_owned()];
    for entry in std::fs::read_dir(root().join("include/parlor")).expect("a folder") {
        headers.push(format!("parlor/{}", entry.expect("an entry").file_name().to_string_lossy()));
    }
    assert!(headers.len() >= 10, "{headers:?}");
    let alone: Vec<&String> = headers.iter().collect();
    for dialect in DIALECTS.iter().filter(|dialect| dialect.there(&format!("{dialect:?}"))) {
        let usable = |header: &&&String| !(dialect.bare && header.ends_with("throwing.hpp"));
        let twice = alone.iter().chain(alone.iter()).filter(usable).map(|header| format!("#include <{header}>\n"));
        check(*dialect, &twice.collect::<String>(), "all headers twice");
    }
    let first = FULL;
    for header in alone.iter().filter(|_| first.there("each header alone")) {
        check(first, &format!("#include <{header}>\n"), header);
    }
}

/// The code in the guide compiles, every block by itself.
#[test]
fn guide_compiles() {
    let first = FULL;
    if !first.there("guide") {
        return;
    }
    let guide = std::fs::read_to_string(root().join("docs/cpp.md")).expect("a page");
    let blocks: Vec<&str> = guide.split("\n```cpp\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(blocks.len() >= 9, "{} blocks", blocks.len());
    let mut source = String::from(
        "#include <parlor.hpp>\n#include <parlor/throwing.hpp>\n#include <cstdio>\n#include <thread>\n#include <vector>\n",
    );
    source += "using namespace std::chrono_literals;\n";
    for (number, block) in blocks.iter().enumerate() {
        // What a block does not make itself is given to it.
        let made = block.contains("parlor::options options;");
        let options = if made { "" } else { ", parlor::options& options" };
        let unused = if made { "" } else { "(void)options;" };
        source += &format!("void f{number}(parlor::client& client{options}) {{ (void)client; {unused}\n{block}\n}}\n");
    }
    check(first, &source, "guide");
}

/// What a program must not do does not compile.
#[test]
fn mistakes_do_not_compile() {
    let first = FULL;
    if !first.there("mistakes") {
        return;
    }
    let program =
        |line: &str| format!("#include <parlor.hpp>\nvoid f(parlor::client& a, parlor::batch& b) {{ {line} }}\n");
    check(first, &program("parlor::client c = std::move(a); parlor::batch d = std::move(b);"), "moving");
    for (line, why) in [
        ("parlor::client c = a;", "deleted"),
        ("parlor::batch c = b;", "deleted"),
        ("parlor::options o; o.set(parlor::opt::retry_max_ms, 5);", "no matching"),
        ("parlor::options o; o.set(parlor::opt::url, 5);", "no matching"),
        ("parlor::handlers h; h.on<parlor::event_kind::state>([](parlor::on::sentence) {});", "does not take events"),
        ("a.take();", "nodiscard"),
    ] {
        let said = compile(first, &program(line), "mistake").expect_err(line);
        assert!(said.contains(why), "{line}: {said}");
    }
}

fn check(dialect: Dialect, source: &str, what: &str) {
    if let Err(said) = compile(dialect, source, &what.replace(|c: char| !c.is_ascii_alphanumeric(), "-")) {
        panic!("{what} in {dialect:?}:\n{said}");
    }
}

/// Only looks whether it would compile; the answer is what the compiler complains of.
fn compile(dialect: Dialect, source: &str, name: &str) -> Result<(), String> {
    let path = folder().join(format!("{name}.cpp"));
    std::fs::write(&path, source).expect("a file");
    let output = dialect.command().arg("-fsyntax-only").arg(&path).output().expect("it was there");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
