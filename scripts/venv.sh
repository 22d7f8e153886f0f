#!/bin/sh
# Makes a Python environment for the interop tests and installs exactly the packages named.
#
#   scripts/venv.sh target/venv-gateway voxta-gateway==0.1.0
#
# It is made once: a second call with the same packages returns at once. Where there is no Python, no venv
# module or no package index, it says `SKIPPED: reason` and ends with 77, which the tests print and honour.
set -eu

skip() {
    echo "SKIPPED: $1"
    exit 77
}

[ $# -ge 2 ] || { echo "usage: $0 DIR PACKAGE..." >&2; exit 2; }
dir=$1
shift
wanted=$*
stamp="$dir/.packages"

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$dir/bin/python" -c 'pass' 2>/dev/null; then
    exit 0
fi

python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 || skip "no $python in PATH"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || skip "$python is older than 3.10"

# Two tests may ask for the same environment at once: whoever makes the directory builds it, the other waits.
mkdir -p "$(dirname "$dir")"
lock="$dir.lock"
waited=0
until mkdir "$lock" 2>/dev/null; do
    waited=$((waited + 1))
    [ "$waited" -lt 300 ] || skip "$lock is held by somebody else; remove it if nobody is installing"
    sleep 1
done
trap 'rmdir "$lock"' EXIT
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

rm -rf "$dir"
log="$dir.log"
"$python" -m venv "$dir" >"$log" 2>&1 || skip "python venv failed, see $log"
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 "$@" >>"$log" 2>&1 \
    || skip "pip could not install $wanted, see $log"
echo "$wanted" >"$stamp"
