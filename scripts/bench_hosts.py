"""What an event costs in a host's own language, beside what it costs in C on the same stream in the same run.

A part of scripts/bench.py. Every host is a program that takes the same flood in, looks at the same fields and prints one
line of JSON; so another host is one more row in commands().
"""

import os
import re
import shutil
import statistics
import subprocess

#: The most that a host in Python may cost, as a part of what the gateway's own client for Python costs.
PYTHON = 0.15

#: The most that a host in C++ may cost, as a multiple of the same door in C.
CPP = 1.10


def build(root, out):
    """Compiles the host in C++; a text in place of nothing is the reason why there is none."""
    compiler = os.environ.get("CXX", "c++")
    if shutil.which(compiler) is None:
        return f"there is no {compiler}"
    flags = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", f"-I{root}/include"]
    link = [f"-L{out}", "-lparlor", "-Wl,-rpath,$ORIGIN", "-ldl"]
    source = os.path.join(root, "benches", "cpp", "flood.cpp")
    subprocess.run([compiler, *flags, source, "-o", os.path.join(out, "flood_cpp"), *link], check=True)
    return None


def commands(out, server, events):
    """Name to the command and to the row that it is held against."""
    flood, n = server.url(f"flood/{events}"), str(events)
    c, cpp = os.path.join(out, "flood"), os.path.join(out, "flood_cpp")
    return {
        "C take": ([c, "take", flood, n, "0", "full"], None),
        "C thread": ([c, "thread", flood, n, "0", "full"], None),
        "C++ take, match": ([cpp, "take", flood, n], "C take"),
        "C++ take, handlers by kind": ([cpp, "kinds", flood, n], "C take"),
        "C++ thread, match": ([cpp, "thread", flood, n], "C thread"),
    }


def instructions(run, command, out):
    """User instructions of a whole run, by callgrind."""
    log = os.path.join(out, "callgrind.log")
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}"]
    run([*tool, *command], timeout=300)
    with open(log, encoding="utf-8") as lines:
        return int(re.search(r"Collected : (\d+)", lines.read())[1])


def measure(table, server, bench, missing, rounds, events):
    """Interleaved rounds, and the instructions of a long flood less those of a short one."""
    if missing:
        return table.skip("", "CPU/event in C++", missing)
    rows = commands(bench.OUT, server, events)
    results = {name: [] for name in rows}
    for _ in range(rounds):
        for name, (command, _) in rows.items():
            results[name].append(bench.run(command))
    same = {(one["bytes"], one["text_bytes"]) for runs in results.values() for one in runs}
    if len(same) != 1:
        raise RuntimeError(f"the hosts have not read the same: {same}")
    counted = {}
    if shutil.which("valgrind"):
        few, many = (commands(bench.OUT, server, n) for n in (3_000, 15_000))
        for name in rows:
            more = instructions(bench.run, many[name][0], bench.OUT) - instructions(bench.run, few[name][0], bench.OUT)
            counted[name] = more / 12_000
    cpu = {name: [one["cpu_ns"] / one["events"] for one in runs] for name, runs in results.items()}
    bench.say(f"{'':28}{'CPU ns/event':>14}{'instructions/event':>20}{'of C':>24}")
    for name, (_, base) in rows.items():
        ratio = bench.Ratio(a / b for a, b in zip(cpu[name], cpu[base])) if base else ""
        shown = f"{counted[name]:.0f}" if name in counted else "no valgrind"
        bench.say(f"{name:28}{statistics.median(cpu[name]):14.0f}{shown:>20}{str(ratio):>24}")
        if base and counted:
            value = counted[name] / counted[base]
            table.add("", f"instructions/event, {name}", CPP, None, value, f"{value:.3f} {base}", f" {base}")
        elif base:
            table.add("", f"CPU/event, {name}", CPP, None, ratio.median, str(ratio), f" {base}")
    bench.say("")
    return None


def python(table, server, bench, rounds, events):
    """The doors of the Python package beside the gateway's own client for Python, on the same stream in turn."""
    venv = os.path.join(bench.ROOT, "target", "venv-gateway")
    script = os.path.join(bench.ROOT, "scripts", "venv.sh")
    made = subprocess.run([script, venv, "voxta-gateway==0.1.0"], capture_output=True, text=True)
    if made.returncode != 0:
        return table.skip("", "CPU/event in Python", made.stdout.strip().replace("SKIPPED: ", ""))
    program = os.path.join(bench.ROOT, "benches", "python", "flood.py")
    flood, n = server.url(f"flood/{events}"), str(events)
    environment = {"PYTHONPATH": os.path.join(bench.ROOT, "bindings", "python"),
                   "PARLOR_LIBRARY": os.path.join(bench.OUT, "libparlor.so")}
    rows = ("C take", "iterate", "asyncio", "handlers", "compat", "original")
    results = {name: [] for name in rows}
    for _ in range(rounds):
        for name in rows:
            command = [os.path.join(venv, "bin", "python"), program, name, flood, n]
            if name == "C take":
                command = [os.path.join(bench.OUT, "flood"), "take", flood, n, "0", "full"]
            results[name].append(bench.run(command, environment))
    same = {(one["all"], one["characters"]) for name, runs in results.items() if name != "C take" for one in runs}
    if len(same) != 1:
        raise RuntimeError(f"the hosts have not read the same: {same}")
    cpu = {name: [one["cpu_ns"] / one["events"] for one in runs] for name, runs in results.items()}
    bench.say(f"{'':28}{'CPU ns/event':>14}{'of the original':>24}")
    for name in rows:
        ratio = bench.Ratio(a / b for a, b in zip(cpu[name], cpu["original"]))
        shown = name if name in ("C take", "original") else f"Python, {name}"
        bench.say(f"{shown:28}{statistics.median(cpu[name]):14.0f}{str(ratio):>24}")
        if name in ("iterate", "asyncio", "handlers"):
            what = f"CPU/event in Python, {name}"
            table.add("", what, PYTHON, None, ratio.median, str(ratio), " of voxta-gateway's client")
    bench.say("")
    return None
