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
# Which services are in it: SERVICES, or the default of Cargo.toml. One kind of library at a time, since one that
# is built together with the others keeps what only they would need.
for kind in ${PARLOR_KINDS:-cdylib staticlib}; do
    CARGO_ENCODED_RUSTFLAGS="$flags" ${CARGO:-cargo} rustc --release --lib --locked ${SERVICES:+--features "$SERVICES"} --crate-type "$kind"
done

ls -l "${CARGO_TARGET_DIR:-target}"/release/libparlor.*[!d]
