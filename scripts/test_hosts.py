#!/usr/bin/env python3
"""Runs the packages of the hosts in the hosts themselves: every suite in tests/hosts. Only the standard library is used.

    scripts/test_hosts.py [SUITE...]

A suite is a folder with an executable file `run`. It finds the shared library with every service and the simulators in
PARLOR_LIBRARY, the program parlor-sim in PARLOR_SIM, and a folder for what it makes in PARLOR_OUT. It prints what it
likes, `SKIPPED name: reason` for what can not run here, and last of all `N passed, N failed, N skipped`.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
SUITES = ROOT / "tests" / "hosts"
SUMMARY = r"^(\d+) passed, (\d+) failed, (\d+) skipped$"
#: How long one suite may take, in seconds.
LONGEST = float(os.environ.get("PARLOR_HOSTS_LIMIT", "900"))


def environment():
    """Builds what the suites are run against."""
    cargo = os.environ.get("CARGO", "cargo")
    # With the features of the tests, so that nothing is built twice.
    command = [cargo, "build", "--quiet", "--locked", "--features", "sim,testkit", "--lib", "--bins"]
    built = subprocess.run(command, cwd=ROOT)
    if built.returncode != 0:
        sys.exit("the library and the simulator could not be built")
    name = {"darwin": "libparlor.dylib", "win32": "parlor.dll"}.get(sys.platform, "libparlor.so")
    return {"PARLOR_LIBRARY": str(TARGET / "debug" / name), "PARLOR_SIM": str(TARGET / "debug" / "parlor-sim")}


def run(suite, found):
    """Runs one suite; gives its counts and the lines of what was skipped."""
    out = TARGET / "hosts" / suite.name
    out.mkdir(parents=True, exist_ok=True)
    variables = {**os.environ, **found, "PARLOR_OUT": str(out), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen([str(suite / "run")], cwd=ROOT, env=variables, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, start_new_session=True)
    try:
        said = process.communicate(timeout=LONGEST)[0]
    except subprocess.TimeoutExpired:
        # The suite and what it has started, which are the members of the session made for it.
        os.killpg(process.pid, signal.SIGKILL)
        said = process.communicate()[0] + f"\nended after {LONGEST:.0f} seconds\n"
    print(said, end="" if said.endswith("\n") else "\n", flush=True)
    summary = re.findall(SUMMARY, said, re.M)
    if not summary:
        return 0, 1, 0
    passed, failed, skipped = map(int, summary[-1])
    return passed, max(failed, int(process.returncode != 0)), skipped


def main(wanted):
    suites = sorted(path.parent for path in SUITES.glob("*/run"))
    unknown = sorted(set(wanted) - {suite.name for suite in suites})
    if unknown or not suites:
        sys.exit(f"there is no suite {', '.join(unknown)}; there are {', '.join(suite.name for suite in suites)}")
    found = environment()
    total = (0, 0, 0)
    for suite in suites:
        if not wanted or suite.name in wanted:
            print(f"== {suite.name}", flush=True)
            total = tuple(map(sum, zip(total, run(suite, found))))
    print("hosts: {} passed, {} failed, {} skipped".format(*total))
    return 0 if total[1] == 0 and total[0] > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
