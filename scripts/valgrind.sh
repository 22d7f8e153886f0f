#!/bin/sh
# The contract tests under valgrind's memcheck: no wild access, and no block that is definitely lost, on either side.
#
#   scripts/valgrind.sh [TEST ...]
set -eu
cd "$(dirname "$0")/.."

skip() { echo "SKIPPED valgrind: $1"; exit 0; }
command -v valgrind >/dev/null || skip "there is no valgrind on this machine"
command -v gcc >/dev/null || skip "there is no gcc on this machine"

cargo build --lib --features "${PARLOR_FEATURES:-testkit,audio}"
target=${CARGO_TARGET_DIR:-target}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$(realpath "$target/debug/libparlor.so")" "$folder/libparlor.so"
ln -s libparlor.so "$folder/libparlor.so.0"

tests=${*:-"audio bad_handles counters destroy_inside destroy_running destructor keep_get layout order outputs panic queue_full
            reentrancy strings unknown_kind verbs wake_fd would_deadlock torture"}
for name in $tests; do
    gcc -std=c99 -g -O1 -I include -I tests/contract "tests/contract/$name.c" -pthread -o "$folder/$name" \
        -L "$folder" -lparlor -Wl,-rpath,"$folder"
    # One "possibly lost" block of 48 bytes is the std::thread::Thread of a thread that is ending; it is not counted.
    if ! PARLOR_WATCHDOG=600 PARLOR_TORTURE_CALLBACKS=5000 PARLOR_TORTURE_SECONDS=2 \
        valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect \
        --errors-for-leak-kinds=definite,indirect --fair-sched=yes "$folder/$name" >"$folder/out" 2>&1; then
        cat "$folder/out"
        echo "valgrind: $name FAILED"
        exit 1
    fi
    echo "valgrind: $name passed"
done
