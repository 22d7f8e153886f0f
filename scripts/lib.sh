#!/bin/sh
# Builds the release library: one link step over everything, and no path of the machine that built it inside.
set -eu
cd "$(dirname "$0")/.."

# The compiler writes the paths of its sources into panic messages. What they are here is nobody's business.
separator=$(printf '\037')
flags="--remap-path-prefix=$(pwd)=/parlor"
host=$(${RUSTC:-rustc} -vV | sed -n 's/^host: //p')
${CARGO:-cargo} fetch --locked --quiet --target "$host"
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    [ -d "$registry" ] && flags="$flags$separator--remap-path-prefix=$registry=/dep"
done
CARGO_ENCODED_RUSTFLAGS="$flags" ${CARGO:-cargo} build --release --lib --locked

ls -l "${CARGO_TARGET_DIR:-target}"/release/libparlor.*[!d]
