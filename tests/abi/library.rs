//! Where the built libraries are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The shared object with the features of this test run, built on first use.
///
/// Cargo builds only the rlib for a test, so the cdylib is asked for here, by a cargo of its own into a folder of its
/// own beside the one in use: the outer cargo holds the lock of that.
pub(crate) fn shared_object() -> PathBuf {
    built().join("libparlor.so")
}

/// The archive for linking statically.
#[allow(dead_code, reason = "not every test links statically")]
pub(crate) fn archive() -> PathBuf {
    built().join("libparlor.a")
}

/// The folder that cargo builds into: this program stands in `target/PROFILE/deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    program.ancestors().nth(3).map(Path::to_path_buf).expect("a test stands in target/PROFILE/deps")
}

fn built() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let target = target();
            let mut build = Command::new(env!("CARGO"));
            build.args(["build", "--lib", "--features", "sim,testkit", "--target-dir"]).arg(&target);
            build.current_dir(env!("CARGO_MANIFEST_DIR"));
            // Cargo tells a test about its package in variables that build scripts look at. With them in place all that
            // stands behind such a script would be built anew, here and by the next cargo without them.
            for (name, _) in std::env::vars_os() {
                let text = name.to_string_lossy();
                if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "OUT_DIR" {
                    build.env_remove(name);
                }
            }
            let output = build.output().expect("cargo runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            target.join("debug")
        })
        .clone()
}
