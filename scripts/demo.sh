#!/bin/sh
# Holds a conversation: starts the simulator of a service, lets an example talk to it, and ends the simulator.
# With PARLOR_URL=http://... the same program talks to that service, and you write the lines.
# PROTOCOL names the service: gateway unless said.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
demo=$target/demo
protocol=${PROTOCOL:-gateway}
case $protocol in
gateway) program=chat lines=chat.txt again="PARLOR_URL=http://127.0.0.1:8081 make demo" ;;
voxta) program=voxta_talk lines=chat.txt again="PARLOR_URL=http://127.0.0.1:5384 make demo PROTOCOL=voxta" ;;
toolchat) program=toolchat_tools lines=toolchat.txt again="PARLOR_URL=http://127.0.0.1:8080 make demo PROTOCOL=toolchat" ;;
tokenbowl) program=tokenbowl_two lines=tokenbowl.txt again="PARLOR_URL=http://127.0.0.1:8000 make demo PROTOCOL=tokenbowl" ;;
voicelive) program=voicelive_talk lines=voicelive.txt again="PARLOR_URL=ws://127.0.0.1:8080 make demo PROTOCOL=voicelive" ;;
*) echo "there is no demo of the protocol \"$protocol\"; there are gateway, voxta, tokenbowl, toolchat and voicelive" >&2; exit 2 ;;
esac
# Where a program keeps what is heard, if it does.
heard=
[ "$protocol" != voxta ] || heard=$demo/heard.wav
mkdir -p "$demo"

say() { printf '\n== %s\n' "$*"; }

say "building the library, the simulator and examples/c/$program.c"
# The tests name the features that they have built already.
${CARGO:-cargo} build --quiet --locked --features "${PARLOR_DEMO_FEATURES:-sim}" --lib --bin parlor-sim
# Programs ask for the library by the name that carries the version of its binary interface.
case $(uname) in
Darwin) ln -sf ../debug/libparlor.dylib "$demo/libparlor.dylib" && ln -sf ../debug/libparlor.dylib "$demo/libparlor.0.dylib" ;;
*) ln -sf ../debug/libparlor.so "$demo/libparlor.so" && ln -sf ../debug/libparlor.so "$demo/libparlor.so.0" ;;
esac
${CC:-cc} -std=c99 -Wall -Wextra -Iinclude "examples/c/$program.c" -o "$demo/$program" -L"$demo" -lparlor -Wl,-rpath,"$(cd "$demo" && pwd)"

if [ -n "${PARLOR_URL:-}" ]; then
    say "talking to $PARLOR_URL: write a line to say it, Ctrl-D to leave"
    exec "$demo/$program" "$PARLOR_URL" $heard
fi

: >"$demo/simulator.out"
"$target/debug/parlor-sim" "$protocol" --script demo --speed 1.5 --port 0 >"$demo/simulator.out" 2>"$demo/simulator.log" &
simulator=$!
trap 'kill "$simulator" 2>/dev/null || true; wait "$simulator" 2>/dev/null || true' EXIT INT TERM

# It says where it listens as soon as it does.
url=
while [ -z "$url" ]; do
    kill -0 "$simulator" 2>/dev/null || { cat "$demo/simulator.log" >&2; echo "the simulator has not started" >&2; exit 1; }
    url=$(sed -n 's/^listening on \(http:[^ ]*\).*/\1/p' "$demo/simulator.out")
    [ -n "$url" ] || sleep 0.05
done

say "talking to the simulated $protocol at $url (what passes on the wire: $demo/simulator.log)"
"$demo/$program" "$url" $heard <"examples/c/$lines"
say "the end. With $again, the same program talks to your own $protocol."
