#!/usr/bin/env python3
"""Measures parlor against its goals for speed. Standard library only.

    scripts/bench.py --quick      about two minutes, after the builds
    scripts/bench.py              more rounds and longer floods

Every figure that is a ratio comes from interleaved rounds (A B C A B C ...) of separate processes against one and the
same server process; it is the median of the ratios of the rounds, with the lowest and the highest in brackets. Times in
nanoseconds drift with the machine and are shown only to be looked at.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench_hosts  # noqa: E402
import bench_tls  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "target", "bench")
REFERENCE = os.path.join(ROOT, "target", "reference", "release", "reference")
HOSTS = ("flood", "idle", "echo", "cold")
MIB = 1024.0 * 1024.0


def say(text):
    print(text, flush=True)


def build(library):
    """The release library, the reference, and the C programs that are the hosts; gives the library's path."""
    os.makedirs(OUT, exist_ok=True)
    if library is None:
        # As it is shipped: one kind of library at a time.
        kinds = dict(os.environ, PARLOR_KINDS="cdylib")
        subprocess.run([os.path.join(ROOT, "scripts", "lib.sh")], cwd=ROOT, env=kinds, check=True)
        library = os.path.join(ROOT, "target", "release", "libparlor.so")
    environment = dict(os.environ, CARGO_TARGET_DIR=os.path.join(ROOT, "target", "reference"))
    folder = os.path.join(ROOT, "benches", "reference")
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=folder, env=environment, check=True)
    # The library's soname has a number; the programs find it beside them under that name.
    copy = os.path.join(OUT, "libparlor.so")
    shutil.copyfile(library, copy)
    shutil.copyfile(library, copy + ".0")
    cc = os.environ.get("CC", "cc")
    flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-I" + os.path.join(ROOT, "include")]
    sources = os.path.join(ROOT, "benches", "c")
    for name in HOSTS:
        link = ["-ldl"] if name == "cold" else ["-L" + OUT, "-lparlor", "-Wl,-rpath,$ORIGIN", "-ldl"]
        source, program = os.path.join(sources, name + ".c"), os.path.join(OUT, name)
        subprocess.run([cc, *flags, source, "-o", program, *link], check=True)
    counter = os.path.join(OUT, "malloc_count.so")
    source = os.path.join(sources, "malloc_count.c")
    subprocess.run([cc, "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", source, "-o", counter, "-ldl"], check=True)
    return copy


def run(command, environment=None, timeout=120):
    """Runs a program that prints one line of JSON last."""
    done = subprocess.run(
        command, env=dict(os.environ, **(environment or {})), capture_output=True, text=True, timeout=timeout
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-400:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


class Server:
    """The reference server; it ends when its standard input does."""

    def __enter__(self):
        self.process = subprocess.Popen([REFERENCE, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        hello = json.loads(self.process.stdout.readline())
        self.port, self.mean = hello["port"], hello["mean"]
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def url(self, path, scheme="http"):
        return f"{scheme}://127.0.0.1:{self.port}/{path}"


def variants(server, events):
    """Name to command. R0 and R1 are what the others are held against."""
    flood, n = server.url(f"flood/{events}"), str(events)
    ws = server.url(f"flood/{events}", "ws")
    host = os.path.join(OUT, "flood")
    return {
        "R0": [REFERENCE, "bare", ws, n],
        "R1": [REFERENCE, "typed", ws, n],
        "take": [host, "take", flood, n, "0", "full"],
        "poll 1 ms": [host, "poll", flood, n, "1000", "full"],
        "poll 16 ms": [host, "poll", flood, n, "16000", "full"],
        "thread": [host, "thread", flood, n, "0", "full"],
        "lazy take": [host, "take", flood, n, "0", "lazy"],
        "lazy poll 1 ms": [host, "poll", flood, n, "1000", "lazy"],
    }


class Ratio:
    """The median of per-round ratios."""

    def __init__(self, values):
        self.values = list(values)
        self.median = statistics.median(self.values)

    def __str__(self):
        return f"{self.median:.2f} [{min(self.values):.2f}-{max(self.values):.2f}]"


class Table:
    """Goals, what was measured, and the verdicts."""

    def __init__(self):
        self.rows = []

    def add(self, goal, what, must, stretch, value, shown=None, unit=""):
        verdict = "pass" if value <= must else "MISS"
        if value <= must and stretch is not None and value <= stretch:
            verdict = "pass, stretch"
        stretch = "" if stretch is None else f"{stretch:g}{unit}"
        self.rows.append((goal, what, f"{must:g}{unit}", stretch, shown or f"{value:.3g}{unit}", verdict))

    def skip(self, goal, what, reason):
        self.rows.append((goal, what, "", "", "", f"SKIPPED: {reason}"))

    def misses(self):
        return sum(row[5] == "MISS" for row in self.rows)

    def print(self):
        head = ("", "goal", "must", "stretch", "measured", "verdict")
        widths = [max(len(row[at]) for row in [head, *self.rows]) for at in range(5)]
        for row in [head, *self.rows]:
            say("  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0])).rstrip())
        misses = self.misses()
        skipped = sum(row[5].startswith("SKIPPED") for row in self.rows)
        say(f"\n{len(self.rows) - misses - skipped} met, {misses} missed, {skipped} skipped")


def floods(table, server, rounds, events):
    """G1, G2, G3, G6: processor time and context switches."""
    commands = variants(server, events)
    results = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            results[name].append(run(command))
    check_same_work(results)
    say(f"{'':16}{'CPU ns/event':>14}{'wall ns':>10}{'vol. switches':>15}{'of R0':>22}{'of R1':>22}")
    cpu = {name: [r["cpu_ns"] / r["events"] for r in rs] for name, rs in results.items()}
    switches = {name: statistics.median(r["voluntary"] / r["events"] for r in rs) for name, rs in results.items()}

    def ratio(name, base):
        return Ratio(a / b for a, b in zip(cpu[name], cpu[base]))

    for name, rs in results.items():
        wall = statistics.median(r["wall_ns"] / r["events"] for r in rs)
        line = f"{name:16}{statistics.median(cpu[name]):14.0f}{wall:10.0f}{switches[name]:15.5f}"
        say(line + f"{str(ratio(name, 'R0')):>22}{str(ratio(name, 'R1')):>22}")
    say("")

    def goal(number, what, must, stretch, name, base):
        value = ratio(name, base)
        table.add(number, what, must, stretch, value.median, str(value), f" {base}")

    goal("G1", "CPU/event, lazy, batches (take)", 1.6, 1.0, "lazy take", "R0")
    goal("G1", "CPU/event, lazy, callback on a 1 ms tick (poll)", 1.6, 1.0, "lazy poll 1 ms", "R0")
    goal("G2", "CPU/event, typed, callback on a 1 ms tick (poll)", 1.10, 0.90, "poll 1 ms", "R1")
    goal("G3", "CPU/event, typed, batches (take)", 1.30, 1.00, "take", "R1")
    goal("G3", "CPU/event, typed, callback on parlor-events", 1.30, 1.00, "thread", "R1")
    goal("G3", "CPU/event, typed, callback on a 16 ms tick (poll)", 1.30, 1.00, "poll 16 ms", "R1")
    for name in ("take", "thread", "poll 1 ms"):
        table.add("G6", f"voluntary context switches/event ({name})", 0.01, None, switches[name])


def check_same_work(results):
    """Everybody must have read the same messages, and every typed client the same texts, byte for byte."""
    first = results["R1"][0]
    for name, runs in results.items():
        typed = name != "R0" and not name.startswith("lazy")
        for one in runs:
            if one["bytes"] != first["bytes"] or (typed and one["text_bytes"] != first["text_bytes"]):
                raise RuntimeError(f"{name} did other work than R1: {one} against {first}")


def allocations(table, server, events):
    """G5."""
    preload = {"LD_PRELOAD": os.path.join(OUT, "malloc_count.so")}
    shown = []
    for name, command in variants(server, events).items():
        result = run(command, preload)
        per_event = result["allocations"] / result["events"]
        shown.append(f"{name} {per_event:.4f}")
        if name in ("take", "lazy take"):
            table.add("G5", f"allocations/event ({name}; a sixth of the events has escapes)", 1, 0.0005, per_event)
    say("allocations/event: " + ", ".join(shown))


def instructions(table, server, few, many):
    """G4, by callgrind: the difference between a long and a short flood, so that the start does not count."""
    if shutil.which("valgrind") is None:
        return table.skip("G4", "instructions/event", "valgrind is not installed")
    goals = {"poll 1 ms": (5200, 3900), "thread": (5600, 4200), "take": (5600, 4200)}
    shown = []
    for name in ("R0", "R1", *goals, "lazy take"):
        counts = []
        for events in (few, many):
            log = os.path.join(OUT, "callgrind.log")
            tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}"]
            run([*tool, *variants(server, events)[name]], timeout=300)
            with open(log, encoding="utf-8") as lines:
                counts.append(int(re.search(r"Collected : (\d+)", lines.read())[1]))
        per_event = (counts[1] - counts[0]) / (many - few)
        shown.append(f"{name} {per_event:.0f}")
        if name in goals:
            must, stretch = goals[name]
            table.add("G4", f"instructions/event, typed ({name})", must, stretch, per_event, f"{per_event:.0f}")
        elif name == "lazy take":
            # No goal of its own: it keeps what G1 asks for, since a gate can not measure time.
            table.add("G1", "instructions/event, lazy (take)", 1600, None, per_event, f"{per_event:.0f}")
    say("user instructions/event: " + ", ".join(shown))


def latency(table, server, rounds, turns):
    """G8."""
    host, n = os.path.join(OUT, "echo"), str(turns)
    commands = {
        "raw": [host, "raw", str(server.port), n],
        "take": [host, "take", server.url("idle"), n],
        "thread": [host, "thread", server.url("idle"), n],
    }
    results = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            results[name].append(run(command))
    for name, rs in results.items():
        p50, p99, cpu = (statistics.median(r[key] for r in rs) for key in ("p50_us", "p99_us", "cpu_us"))
        say(f"echo {name:7} p50 {p50:6.1f} us  p99 {p99:7.1f} us  CPU {cpu:5.1f} us/turn")
    for name in ("take", "thread"):
        value = Ratio(a["p50_us"] / b["p50_us"] for a, b in zip(results[name], results["raw"]))
        table.add("G8", f"echo p50, host thread ({name})", 1.8, 1.55, value.median, str(value), " raw")


def memory(table, server, tls, clients):
    """G9 and G10."""
    host = os.path.join(OUT, "idle")
    growth = run([host, server.url("idle"), str(clients)])["growth"] / clients / 1024
    table.add("G9", f"memory per further idle client (n={clients}), plain", 32, 12, growth, f"{growth:.1f} KiB", " KiB")
    what = f"memory per further idle client (n={clients}), TLS"
    if tls.missing:
        table.skip("G9", what, tls.missing)
    else:
        # The platform's authorities, which living clients share, and not an option of each client's own.
        platform = {"SSL_CERT_FILE": tls.certificate, "SSL_CERT_DIR": ""}
        growth = run([host, tls.url("idle"), str(clients)], platform)["growth"] / clients / 1024
        table.add("G9", what, 44, 24, growth, f"{growth:.1f} KiB", " KiB")
    events, flood = 200_000, os.path.join(OUT, "flood")

    def flooded(keep_every):
        url = server.url(f"flood/{events}")
        return run([flood, "take", url, str(events), "0", "full", str(keep_every)])

    kept = flooded(200)
    allowed = (2 * kept["payload"] + 100 * kept["kept"]) / MIB + 1  # one batch
    shown = f"{kept['growth'] / MIB:.2f} MiB for {kept['payload'] / MIB:.2f} MiB"
    table.add("G10", f"memory held for {kept['kept']} kept events", allowed, None, kept["growth"] / MIB, shown, " MiB")
    table.rows[-1] = (*table.rows[-1][:2], f"{allowed:.2f} MiB", *table.rows[-1][3:])


def cold(table, server, tls, library, times):
    """G11, G12, G13. The least of several: the first steps of a process are short, and the rest is the scheduler."""
    host = os.path.join(OUT, "cold")
    runs = [run([host, library, server.url("idle")]) for _ in range(times)]

    def least(name, of):
        return min(r[name] for r in of) / 1000, statistics.median(r[name] for r in of) / 1000

    def row(goal, what, must, stretch, name, of):
        low, median = least(name, of)
        table.add(goal, what, must, stretch, low, f"{low:.2f} (median {median:.2f}) ms", " ms")

    row("G11", "dlopen", 0.6, 0.4, "dlopen_us", runs)
    row("G11", "first client created", 0.5, 0.3, "create_us", runs)
    row("G11", "first plain connection, snapshot included", 2, 0.5, "connect_us", runs)
    if tls.missing:
        table.skip("G12", "first TLS connection", tls.missing)
        table.skip("G13", "resident memory after the first TLS connection", tls.missing)
    else:
        secure = [run([host, library, tls.url("idle")], tls.environment) for _ in range(times)]
        row("G12", "first TLS connection, roots and snapshot included", 10, 4, "connect_us", secure)
        rss = statistics.median(r["rss"] for r in secure) / MIB
        table.add("G13", "resident memory of the process after it", 8, 6, rss, f"{rss:.2f} MiB", " MiB")
    size = os.path.getsize(library) / 1e6
    table.add("G13", "size of the library", 4, 3, size, f"{size:.2f} MB", " MB")


def main():
    parser = argparse.ArgumentParser(description="Measures parlor against its goals for speed.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and shorter floods")
    parser.add_argument("--lib", help="measure this libparlor.so instead of building one")
    parser.add_argument("--gate", action="store_true", help="end with 1 when a goal is missed")
    parser.add_argument("--only", help="only these parts, divided by commas: floods, allocations, instructions, "
                        "latency, memory, hosts, python, cold")
    arguments = parser.parse_args()
    quick = arguments.quick
    library = build(arguments.lib)
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    started = time.monotonic()
    table = Table()
    with Server() as server, bench_tls.TlsServer(OUT) as tls:
        say(f"{os.cpu_count()} processors, load {load}; messages of {server.mean} bytes in the mean\n")
        parts = {
            "floods": lambda: floods(table, server, 21, 250_000 if quick else 600_000),
            "allocations": lambda: allocations(table, server, 60_000),
            "instructions": lambda: instructions(table, server, 3_000, 15_000 if quick else 33_000),
            "latency": lambda: latency(table, server, 3 if quick else 9, 8_000),
            "memory": lambda: memory(table, server, tls, 100),
            "hosts": lambda: bench_hosts.measure(table, server, sys.modules[__name__], bench_hosts.build(ROOT, OUT),
                                                 5 if quick else 11, 200_000 if quick else 600_000),
            "python": lambda: bench_hosts.python(table, server, sys.modules[__name__], 5 if quick else 11,
                                                 100_000 if quick else 300_000),
            "cold": lambda: cold(table, server, tls, library, 9 if quick else 15),
        }
        chosen = arguments.only.split(",") if arguments.only else list(parts)
        for name in chosen:
            parts[name]()
    if not arguments.only:
        table.skip("G7", "other clients of the same services", "they are no part of this project's build")
    say("")
    table.print()
    say(f"measured in {time.monotonic() - started:.0f} s")
    if arguments.gate and table.misses():
        sys.exit(1)


if __name__ == "__main__":
    main()
