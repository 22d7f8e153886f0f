#!/bin/sh
# Holds a conversation: starts the simulator of a service (PROTOCOL, gateway unless it is said), lets a program of
# examples/c talk to it, and ends the simulator. With PARLOR_URL=http://... the same program talks to that address, and
# you write the lines.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
demo=$target/demo
mkdir -p "$demo"

say() { printf '\n== %s\n' "$*"; }

case ${PROTOCOL:-gateway} in
gateway) service=gateway program=chat ;;
voxta) service=voxta program=voxta_talk ;;
*) echo "PROTOCOL=$PROTOCOL has no demonstration; there is gateway and voxta" >&2; exit 2 ;;
esac
# What the program takes besides the address.
keeps=
[ "$service" != voxta ] || keeps=$demo/heard.wav

say "building the library, the simulator and examples/c/$program.c"
${CARGO:-cargo} build --quiet --locked --features sim --lib --bin parlor-sim
# Programs ask for the library by the name that carries the version of its binary interface.
case $(uname) in
Darwin) ln -sf ../debug/libparlor.dylib "$demo/libparlor.dylib" && ln -sf ../debug/libparlor.dylib "$demo/libparlor.0.dylib" ;;
*) ln -sf ../debug/libparlor.so "$demo/libparlor.so" && ln -sf ../debug/libparlor.so "$demo/libparlor.so.0" ;;
esac
${CC:-cc} -std=c99 -Wall -Wextra -Iinclude "examples/c/$program.c" -o "$demo/$program" -L"$demo" -lparlor -Wl,-rpath,"$(cd "$demo" && pwd)"

if [ -n "${PARLOR_URL:-}" ]; then
    say "talking to $PARLOR_URL: write a line to say it, Ctrl-D to leave"
    exec "$demo/$program" "$PARLOR_URL" $keeps
fi

: >"$demo/simulator.out"
"$target/debug/parlor-sim" "$service" --script demo --speed 1.5 --port 0 >"$demo/simulator.out" 2>"$demo/simulator.log" &
simulator=$!
trap 'kill "$simulator" 2>/dev/null || true; wait "$simulator" 2>/dev/null || true' EXIT INT TERM

# It says where it listens as soon as it does.
url=
while [ -z "$url" ]; do
    kill -0 "$simulator" 2>/dev/null || { cat "$demo/simulator.log" >&2; echo "the simulator has not started" >&2; exit 1; }
    url=$(sed -n 's/^listening on \(http:[^ ]*\).*/\1/p' "$demo/simulator.out")
    [ -n "$url" ] || sleep 0.05
done

say "talking to the simulated $service at $url (what passes on the wire: $demo/simulator.log)"
"$demo/$program" "$url" $keeps <examples/c/chat.txt
case $service in
gateway) say "the end. With PARLOR_URL=http://127.0.0.1:8081 make demo, the same program talks to your own gateway." ;;
*) say "the end. With PARLOR_URL=http://... make demo PROTOCOL=$service, the same program talks to your own server." ;;
esac
