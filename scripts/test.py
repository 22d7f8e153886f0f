#!/usr/bin/env python3
"""Runs everything that must pass, and says what was skipped and why. Its last line: N passed, N failed, N skipped.

Each step keeps its log in target/test-logs. What fails is printed in full. `scripts/test.py STEP...` runs only those
steps; `scripts/test.py --list` names them. Only the standard library is used.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import check_dependencies
import check_library

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
LOGS = TARGET / "test-logs"
CARGO = os.environ.get("CARGO", "cargo")
FEATURES = ["--features", "sim,testkit"]
LONGEST_FILE = 600
# What one Rust test has printed.
SECTION = r"^---- (.+?) stdout ----\n(.*?)(?=^---- |^successes:|^failures:)"


class Tally:
    """What a step has found."""

    def __init__(self):
        self.passed, self.failed, self.skipped, self.faults = 0, 0, [], []

    def check(self, name, faults):
        """One check: no faults is a pass."""
        if faults:
            self.failed += 1
            self.faults += [f"{name}: {fault}" for fault in faults]
        else:
            self.passed += 1

    def skip(self, name, reason):
        self.skipped.append((name, reason))


def run(name, command, limit=900, env=None):
    """Runs a command into its log. Returns its exit status and its output."""
    log = LOGS / f"{name}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True, env={**os.environ, "CARGO_TERM_COLOR": "never", **(env or {})})
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            # The command and what it has started, which are the members of the session made for it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            out.write(f"\nended after {limit} seconds\n")
            status = -1
    # What cargo says of its progress stays in the log; nobody looks for a fault there.
    progress = re.compile(r"^ +(?:Compiling|Checking|Downloading|Downloaded|Blocking|Locking|Updating) .*\n", re.M)
    return status, progress.sub("", log.read_text(errors="replace"))


def command(name, *args, env=None):
    """A step that is one command, and passes when the command does."""
    def step(tally):
        status, output = run(name, list(args), env=env)
        tally.check(name, [] if status == 0 else [f"exit status {status}\n{output}"])
    return step


def script(name):
    """A step that is scripts/NAME.sh, which says SKIPPED and why where it can not run. It uses what the tests have built,
    and gives way to them."""
    def step(tally):
        status, output = run(name, ["nice", f"scripts/{name}.sh"], env={"PARLOR_FEATURES": FEATURES[1]})
        reasons = re.findall(r"^SKIPPED[ :]*(.*)$", output, re.M)
        for reason in reasons:
            tally.skip(name, reason.removeprefix(f"{name}: "))
        if status != 0 or not reasons:
            tally.check(name, [] if status == 0 else [f"exit status {status}\n{output}"])
    return step


def cargo_test(tally):
    """Every Rust test, and through tests/contract.rs and tests/examples.rs every C program."""
    args = [CARGO, "test", "--locked", "--no-fail-fast", *FEATURES, "--", "--show-output"]
    status, output = run("tests", args)
    for passed, failed in re.findall(r"^test result: \w+\. (\d+) passed; (\d+) failed;", output, re.M):
        tally.passed += int(passed)
        tally.failed += int(failed)
    for name, reason in re.findall(r"^test (\S+)(?: - should panic)? \.\.\. ignored(?:, (.*))?$", output, re.M):
        tally.skip(name, reason or "ignored without a reason")
    # A test that says SKIPPED and nothing else has not passed; one that says it of some rows has passed the others.
    for name, said in re.findall(SECTION, output, re.M | re.S):
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        reasons = [line.split("SKIPPED", 1)[1].lstrip(": ") for line in lines if "SKIPPED" in line]
        for reason in reasons:
            tally.skip(name, reason.removeprefix(f"{name.rsplit('::', 1)[-1]}: "))
        if reasons and len(reasons) == len(lines):
            tally.passed -= 1
    sections = dict(re.findall(SECTION, output, re.M | re.S))
    failed = re.findall(r"^test (.+?)(?: - should panic)? \.\.\. FAILED$", output, re.M)
    tally.faults += [f"test {name}:\n{sections.get(name, 'it said nothing')}" for name in failed]
    died = re.findall(r"process didn't exit successfully: (.*\(signal: .*\))", output)
    tally.failed += len(died)
    tally.faults += [f"a test program died: {how}\n{output}" for how in died]
    if status != 0 and not failed and not died:
        # It did not compile: then everything may matter.
        tally.failed += tally.failed == 0
        tally.faults.append(f"cargo test: exit status {status}\n{output}")


def hosts(tally):
    """Every suite of tests/hosts, in its own host. What one printed stands in its log."""
    built = {"PARLOR_RUST_TESTS": "done", "PARLOR_HOSTS_FEATURES": FEATURES[1]}
    status, output = run("hosts", [sys.executable, "scripts/test_hosts.py"], env=built)
    for suite, said in re.findall(r"^== (\w+)\n(.*?)(?=^== |^hosts: |\Z)", output, re.M | re.S):
        counts = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", said, re.M)
        passed, failed, _ = map(int, counts[-1]) if counts else (0, 1, 0)
        tally.passed, tally.failed = tally.passed + passed, tally.failed + failed
        if failed:
            tally.faults.append(f"hosts, {suite}:\n{said}")
        for name, reason in re.findall(r"^SKIPPED (.+?): (.*)$", said, re.M):
            tally.skip(f"{suite}: {name}", reason)
    if status != 0 and not tally.failed:
        tally.check("hosts", [f"exit status {status}\n{output}"])


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [ROOT / line for line in listed.stdout.splitlines()]
    skip = {TARGET, ROOT / ".git"}
    return [path for pattern in patterns for path in ROOT.rglob(pattern) if not skip & set(path.parents)]


def files(tally):
    """Small rooms: no source file is longer than 600 lines. The header is generated, and as long as it must be."""
    sources = tracked("*.rs", "*.c", "*.h", "*.hpp", "*.cpp", "*.py", "*.cs", "*.sh")
    long = []
    for path in sources:
        if path.is_file() and path != ROOT / "include/parlor.h":
            lines = path.read_bytes().count(b"\n")
            if lines > LONGEST_FILE:
                long.append(f"{path.relative_to(ROOT)} has {lines} lines, {LONGEST_FILE} are the most")
    tally.check("files", long if sources else ["no source files were found"])


def dependencies(tally):
    tally.check("licences and sources", check_dependencies.faults(ROOT, CARGO))
    if shutil.which("cargo-deny"):
        command("deny", CARGO, "deny", "check", "bans", "licenses", "sources")(tally)
    else:
        tally.skip("cargo deny", "cargo-deny is not installed; the same lists were checked without it")


def library(tally):
    """The release library as it is shipped, installed, and linked by hand as the README says."""
    status, output = run("library", ["make", "lib"])
    if status != 0:
        return tally.check("make lib", [f"exit status {status}\n{output}"])
    for name, faults in check_library.checks(ROOT, TARGET / "release"):
        if isinstance(faults, str):
            tally.skip(name, faults)
        else:
            tally.check(name, faults)
    return None


STEPS = {
    "fmt": command("fmt", CARGO, "fmt", "--check"),
    "files": files,
    "clippy": command("clippy", CARGO, "clippy", "--locked", "--all-targets", *FEATURES, "--", "-D", "warnings"),
    "doc": command("doc", CARGO, "doc", "--locked", "--no-deps", *FEATURES, env={"RUSTDOCFLAGS": "-D warnings"}),
    "dependencies": dependencies,
    # Before the tests, because the one that counts instructions wants the library as it is shipped.
    "library": library,
    "tests": cargo_test,
    "hosts": hosts,
    "demo": command("demo", "make", "demo", env={"PARLOR_URL": "", "PARLOR_DEMO_FEATURES": FEATURES[1]}),
    "asan": script("asan"),
    "valgrind": script("valgrind"),
}

# What runs beside another step, because both wait more than they work.
BESIDE = {"tests": ("asan", "valgrind")}


def measured(name):
    """Runs a step. What it has found, and how many seconds it took."""
    began, tally = time.monotonic(), Tally()
    try:
        STEPS[name](tally)
    except (OSError, ValueError, subprocess.SubprocessError, AttributeError) as fault:
        tally.check(name, [f"the step itself broke: {fault!r}"])
    return tally, time.monotonic() - began


def main(wanted):
    if wanted == ["--list"]:
        print("\n".join(STEPS))
        return 0
    unknown = [name for name in wanted if name not in STEPS]
    if unknown:
        print(f"there is no step {', '.join(unknown)}; the steps are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    passed, failed, skipped = 0, 0, []
    beside, runner = {}, ThreadPoolExecutor(max_workers=1)
    for name in wanted or STEPS:
        print(f"{name:<14}", end="", flush=True)
        if not wanted:
            beside.update((other, runner.submit(measured, other)) for other in BESIDE.get(name, ()))
        tally, took = beside[name].result() if name in beside else measured(name)
        print(f"{tally.passed:>5} passed {tally.failed:>3} failed {len(tally.skipped):>3} skipped {took:>6.0f} s")
        for fault in tally.faults:
            print(f"\nFAILED {fault}\n")
        passed, failed, skipped = passed + tally.passed, failed + tally.failed, skipped + tally.skipped
    for name, reason in skipped:
        print(f"SKIPPED {name}: {reason}")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped", flush=True)
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
