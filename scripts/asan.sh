#!/bin/sh
# The contract tests and those of the C++ headers under AddressSanitizer and UndefinedBehaviorSanitizer.
#
# The C side is instrumented by gcc, and the library's own allocations go through the interposed malloc: use after free and
# leaks on either side are found. With `rust` as the first argument the library is instrumented as well, which the stable
# compiler does when it is asked with RUSTC_BOOTSTRAP=1.
#
#   scripts/asan.sh [rust] [TEST ...]     without names: all that make sense under a sanitizer
set -eu
cd "$(dirname "$0")/.."

skip() { echo "SKIPPED asan: $1"; exit 0; }
command -v g++ >/dev/null && command -v gcc >/dev/null || skip "there is no gcc or g++ on this machine"

rust=no
if [ "${1:-}" = rust ]; then rust=yes; shift; fi

target=${CARGO_TARGET_DIR:-target}
if [ "$rust" = yes ]; then
    triple=$(rustc -vV | sed -n 's/^host: //p')
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo build --lib --features testkit,audio --target "$triple" \
        --target-dir "$target/asan"
    library="$target/asan/$triple/debug"
    nm "$library/libparlor.so" | grep -q __asan_ || { echo "asan: the library is not instrumented"; exit 1; }
else
    cargo build --lib --features "${PARLOR_FEATURES:-testkit,audio}"
    library="$target/debug"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$(realpath "$library/libparlor.so")" "$folder/libparlor.so"
ln -s libparlor.so "$folder/libparlor.so.0"

# fork.c and exit_without_shutdown.c leave on purpose what a leak checker would report, and dlopen.c unloads what it needs.
tests=${*:-"audio bad_handles counters destroy_busy destroy_inside destroy_running destructor exactly_once keep_get layout order
            outputs panic queue_full reentrancy strings torture unknown_kind verbs wake_fd would_deadlock
            cpp/results cpp/delivery"}
for test in $tests; do
    name=${test#cpp/}
    case $test in
    cpp/*) compile="g++ -std=c++17" source=tests/cpp/$name.cpp ;;
    *) compile="gcc -std=c99" source=tests/contract/$name.c ;;
    esac
    $compile -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
        -I include -I tests/contract "$source" -pthread -o "$folder/$name" \
        -L "$folder" -lparlor -Wl,-rpath,"$folder"
    nm "$folder/$name" | grep -q __asan_ || { echo "asan: $name is not instrumented"; exit 1; }
    if ! ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 "$folder/$name" >"$folder/out" 2>&1; then
        cat "$folder/out"
        echo "asan: $name FAILED"
        exit 1
    fi
    echo "asan: $name passed"
done
