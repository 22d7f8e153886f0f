#!/bin/sh
# Installs Autobahn's test suite for WebSocket in target/autobahn, once. It is written for Python 2.7; where there is none,
# or no package index, this says `SKIPPED: reason` and ends with 77.
set -eu
cd "$(dirname "$0")/.."
folder=target/autobahn

skip() {
    echo "SKIPPED: $1"
    exit 77
}

[ -x "$folder/venv/bin/wstest" ] && exit 0
python=
for candidate in "${PYTHON2:-python2.7}" "$HOME"/.pyenv/versions/2.7.*/bin/python2.7; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c 'import ssl' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || skip "there is no Python 2.7, which Autobahn's suite is written for"
mkdir -p "$folder"
log=$folder/install.log
"$python" -m pip install --quiet --target "$folder/tools" 'virtualenv<20.22' >"$log" 2>&1 &&
    PYTHONPATH="$folder/tools" "$python" -m virtualenv --quiet "$folder/venv" >>"$log" 2>&1 &&
    "$folder/venv/bin/pip" install --quiet autobahntestsuite==0.8.2 >>"$log" 2>&1 ||
    skip "Autobahn's suite could not be installed: $(tail -1 "$log")"
