//! C programs: built against the shared library, run, and ended.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::host::PATIENCE;

#[path = "../../abi/library.rs"]
mod shared_object;

pub(crate) fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder with the shared library under its plain name and under the one that programs ask for, and room for them.
pub(crate) fn library() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        // A folder of this test program: another one may link at the same time.
        let program = std::env::current_exe().expect("this program has a path");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(program.file_name().expect("a name"));
        std::fs::create_dir_all(&folder).expect("a folder");
        for name in ["libparlor.so", "libparlor.so.0"] {
            let copied = std::fs::copy(shared_object::shared_object(), folder.join(name));
            copied.expect("the library can be copied");
        }
        folder
    })
}

/// Compiles a C program; `flags` come last.
pub(crate) fn compile(source: &str, flags: &[&str]) -> PathBuf {
    let library = library();
    let name = Path::new(source).file_stem().expect("a file").to_str().expect("ASCII");
    let program = library.join(name);
    let output = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".to_owned()))
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-g", "-O1", "-pthread"])
        .arg("-I")
        .arg(file("include"))
        .arg(file(source))
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(library)
        .args(["-lparlor", "-ldl", "-Wl,-rpath"])
        .arg(library)
        .args(flags)
        .output()
        .expect("a C compiler");
    assert!(output.status.success(), "{source}: {}", String::from_utf8_lossy(&output.stderr));
    program
}

/// A program that runs. It is ended when this is dropped.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
    errors: Option<std::thread::JoinHandle<String>>,
    heard: Vec<String>,
    name: String,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Program {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let stdout = child.stdout.take().expect("piped");
        let mut stderr = child.stderr.take().expect("piped");
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        let errors = std::thread::spawn(move || {
            let mut said = String::new();
            // What is not text is of no use in a report.
            let _ = stderr.read_to_string(&mut said);
            said
        });
        Program { child, lines, errors: Some(errors), heard: Vec::new(), name }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("taken once")
    }

    /// Waits for a line that begins so.
    #[track_caller]
    pub(crate) fn wait_line(&mut self, begin: &str) -> String {
        let deadline = Instant::now() + 2 * PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.heard.push(line.clone());
                    if line.starts_with(begin) {
                        return line;
                    }
                }
                Err(why) => {
                    let gone = why == RecvTimeoutError::Disconnected;
                    let _ = self.child.kill();
                    let said = self.errors.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
                    let how = if gone { "ended" } else { "is silent" };
                    panic!("{} {how} before \"{begin}\":\n{}\n{said}", self.name, self.heard.join("\n"));
                }
            }
        }
    }

    /// Waits for the end; gives its status, the time until then, and what it wrote to its error output.
    #[track_caller]
    pub(crate) fn finish(mut self, limit: Duration) -> (ExitStatus, Duration, String) {
        let began = Instant::now();
        drop(self.child.stdin.take());
        // The output ends when the program does.
        while began.elapsed() < limit {
            match self.lines.recv_timeout(limit.saturating_sub(began.elapsed())) {
                Ok(line) => self.heard.push(line),
                Err(_) => break,
            }
        }
        let status = loop {
            match self.child.try_wait().expect("a child") {
                Some(status) => break status,
                None if began.elapsed() > limit => {
                    let _ = self.child.kill();
                    let said = self.errors.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
                    panic!("{} did not end within {limit:?}:\n{}\n{said}", self.name, self.heard.join("\n"));
                }
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        let took = began.elapsed();
        let said = self.errors.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        (status, took, said)
    }

    /// What it has written so far.
    pub(crate) fn heard(&self) -> &[String] {
        &self.heard
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
