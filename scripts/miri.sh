#!/bin/sh
# The parts that need no socket under miri: the vocabulary, the core, and the pointer work of the border.
#
#   scripts/miri.sh [FILTER ...]          PARLOR_MIRI_SEEDS=0..16 runs many schedules instead of one
set -eu
cd "$(dirname "$0")/.."

skip() { echo "SKIPPED miri: $1"; exit 0; }
cargo +nightly miri --version >/dev/null 2>&1 ||
    skip "there is no nightly toolchain with miri; rustup component add miri rust-src --toolchain nightly"

flags="-Zmiri-strict-provenance -Zmiri-tree-borrows -Zmiri-disable-isolation"
if [ -n "${PARLOR_MIRI_SEEDS:-}" ]; then flags="$flags -Zmiri-many-seeds=$PARLOR_MIRI_SEEDS"; fi
export MIRIFLAGS="$flags"
[ $# -gt 0 ] || set -- model:: core:: ffi::
cargo +nightly miri test --lib --features testkit --target-dir "${CARGO_TARGET_DIR:-target}/miri" -- "$@"
