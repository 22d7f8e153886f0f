//! Compiling and running one program.
#![cfg_attr(not(feature = "sim"), allow(dead_code, reason = "the programs are not run"))]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything here may take before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A folder for what is compiled here, with the library under the names that linkers and loaders ask for.
fn workshop() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        // Cargo has put the shared library of this very build beside the test.
        let test = std::env::current_exe().expect("this program has a path");
        let deps = test.parent().expect("a program is in a folder");
        let place = deps.parent().and_then(Path::parent).expect("target/PROFILE/deps").join("examples-c");
        std::fs::create_dir_all(&place).expect("the target folder can be written to");
        let (built, names) = if cfg!(target_os = "macos") {
            ("libparlor.dylib", ["libparlor.dylib", "libparlor.0.dylib"])
        } else {
            ("libparlor.so", ["libparlor.so", "libparlor.so.0"])
        };
        for name in names {
            let new = place.join(format!("{name}.new"));
            std::fs::copy(deps.join(built), &new).unwrap_or_else(|error| panic!("{built}: {error}"));
            std::fs::rename(new, place.join(name)).expect("a rename within one folder");
        }
        place
    })
}

/// The shared library of this very build.
pub(crate) fn library() -> PathBuf {
    workshop().join(if cfg!(target_os = "macos") { "libparlor.0.dylib" } else { "libparlor.so.0" })
}

/// Compiles `examples/c/NAME.c` as strictly as C99 can be read.
pub(crate) fn compile(name: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let place = workshop();
    let program = place.join(name);
    let output = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".into()))
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Iinclude"])
        .arg(format!("examples/c/{name}.c"))
        .arg("-o")
        .arg(&program)
        .arg(format!("-L{}", place.display()))
        .arg("-lparlor")
        .arg(format!("-Wl,-rpath,{}", place.display()))
        .current_dir(root())
        .output()
        .expect("a C compiler: cc, or what the environment variable CC names");
    assert!(output.status.success(), "{name}.c:\n{}", String::from_utf8_lossy(&output.stderr));
    program
}

/// Compiles `examples/cpp/NAME.cpp` as strictly as C++17 can be read.
pub(crate) fn compile_cpp(name: &str) -> PathBuf {
    let place = workshop();
    let program = place.join(format!("{name}-cpp-{:?}", std::thread::current().id()));
    let output = Command::new(std::env::var("CXX").unwrap_or_else(|_| "c++".into()))
        .args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wshadow", "-Iinclude", "-pthread"])
        .arg(format!("examples/cpp/{name}.cpp"))
        .arg("-o")
        .arg(&program)
        .arg(format!("-L{}", place.display()))
        .arg("-lparlor")
        .arg(format!("-Wl,-rpath,{}", place.display()))
        .current_dir(root())
        .output()
        .expect("a C++ compiler: c++, or what the environment variable CXX names");
    assert!(output.status.success(), "{name}.cpp:\n{}", String::from_utf8_lossy(&output.stderr));
    program
}

/// A program that runs. It is ended when the test lets go of it.
pub(crate) struct Running {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Option<JoinHandle<String>>,
    said: Vec<String>,
}

/// How a program has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) said: Vec<String>,
    pub(crate) complained: String,
}

impl Running {
    /// A program of examples/c.
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Running {
        Running::program(&compile(name), arguments)
    }

    pub(crate) fn program(program: &Path, arguments: &[&str]) -> Running {
        let mut child = Command::new(program)
            .args(arguments)
            .env_remove("PARLOR_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // The test may have ended already.
                let _ = sender.send(line);
            }
        });
        let mut stderr = child.stderr.take().expect("stderr is a pipe");
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let input = child.stdin.take();
        Running { child, input, lines, errors: Some(errors), said: Vec::new() }
    }

    /// Writes to the program's standard input.
    pub(crate) fn write(&mut self, text: &str) {
        let input = self.input.as_mut().expect("the input was not ended");
        input.write_all(text.as_bytes()).expect("the program reads its input");
    }

    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits for a line that holds the text.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.said.last().is_some_and(|line| line.contains(text)) {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.push(line),
                Err(_) => panic!("it never said \"{text}\", but\n{}", self.said.join("\n")),
            }
        }
    }

    /// Waits until the program ends by itself.
    pub(crate) fn wait(mut self) -> Ended {
        let until = Instant::now() + PATIENCE;
        // The sender goes when the program has closed its output.
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.said.push(line);
        }
        assert!(Instant::now() < until, "it did not end, but said\n{}", self.said.join("\n"));
        let code = self.child.wait().expect("it was started here").code();
        let complained = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        Ended { code, said: std::mem::take(&mut self.said), complained }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
