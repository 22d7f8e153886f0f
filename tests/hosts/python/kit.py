"""What the tests share: simulators, programs, patience."""
import json
import os
import subprocess
import sys
import threading
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "bindings" / "python"
#: How long anything may take before the test has failed. The machine may be busy.
PATIENCE = float(os.environ.get("PARLOR_PATIENCE", "60"))
SIM = os.environ.get("PARLOR_SIM", str(ROOT / "target" / "debug" / "parlor-sim"))


class Sim:
    """A simulator of a service, in a process of its own."""

    def __init__(self, service, *arguments, demo=False):
        command = [SIM, service, "--control", "--quiet", *(["--script", "demo", "--speed", "20"] if demo else []), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"the simulator said {line!r}")
        self.url = line.split()[-1]

    def control(self, path, /, **body):
        """One of the simulator's control paths."""
        request = urllib.request.Request(f"{self.url}/sim/{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or b"null")

    def record(self):
        """What has passed."""
        with urllib.request.urlopen(f"{self.url}/sim/record", timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


class WithSim(unittest.TestCase):
    """A test with a simulator of its own."""

    service = "gateway"
    demo = False

    def setUp(self):
        self.sim = Sim(self.service, demo=self.demo)
        self.addCleanup(self.sim.close)


class AsyncWithSim(unittest.IsolatedAsyncioTestCase):
    """The same for asyncio."""

    service = "gateway"
    demo = False

    def setUp(self):
        self.sim = Sim(self.service, demo=self.demo)
        self.addCleanup(self.sim.close)


def environment(**more):
    """The environment of a program that uses the package as it stands in this folder."""
    found = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONDONTWRITEBYTECODE": "1", **more}
    found.pop("PARLOR_LOG", None)
    return found


def python(code, *arguments, timeout=PATIENCE, **more):
    """Runs a program; gives its exit status and all that it has said."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=environment(**more), timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def descriptors():
    """How many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))


def resident():
    """How much memory this process has, in KiB."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def in_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    return thread
