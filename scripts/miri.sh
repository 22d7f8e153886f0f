#!/bin/sh
# The parts that need no socket under miri: the vocabulary, the core, and the pointer work of the border.
#
#   scripts/miri.sh [FILTER ...]          PARLOR_MIRI_SEEDS=0..16 runs many schedules instead of one
set -eu
cd "$(dirname "$0")/.."

skip() { echo "SKIPPED miri: $1"; exit 0; }
cargo +nightly miri --version >/dev/null 2>&1 ||
    skip "there is no nightly toolchain with miri; rustup component add miri rust-src --toolchain nightly"

seeds=""
if [ -n "${PARLOR_MIRI_SEEDS:-}" ]; then seeds="-Zmiri-many-seeds=$PARLOR_MIRI_SEEDS"; fi
target="${CARGO_TARGET_DIR:-target}/miri"

run() {
    provenance=$1
    shift
    MIRIFLAGS="-Zmiri-tree-borrows -Zmiri-disable-isolation $provenance $seeds" \
        cargo +nightly miri test --lib --features testkit,audio --target-dir "$target" -- "$@"
}

if [ $# -gt 0 ]; then
    run -Zmiri-permissive-provenance "$@"
else
    # Our own pointers obey the strict rules. Locks of parking_lot that are fought over keep pointers in integers, so the
    # tests with threads run under the permissive ones.
    run -Zmiri-strict-provenance ffi:: model::
    # Resampling is arithmetic by the million, and a mebibyte of microphone is as many steps: both are left to the usual tests.
    run -Zmiri-permissive-provenance core:: audio::buffer --skip core::output --skip core::microphone
fi
