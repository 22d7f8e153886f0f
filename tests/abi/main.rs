//! The binary interface: the header, the symbols, the constants, the shared object.
//!
//! `PARLOR_UPDATE_HEADER=1 cargo test --test abi header` writes include/parlor.h, the constants of the C++ headers and those
//! of src/ffi anew. Without the variable nothing is ever written.

mod constants;
mod cpp;
mod elf;
mod header;
mod library;
mod symbols;
mod symbols_of;

use std::path::PathBuf;

/// A file of the repository.
fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
