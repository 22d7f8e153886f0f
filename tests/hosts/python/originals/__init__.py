"""The originals' own programs: where they are found, how their import is changed, and how they are run."""
import email
import functools
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import threading
import time
import unittest
from pathlib import Path

from kit import PACKAGE, PATIENCE, ROOT, environment

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OUT = Path(os.environ.get("PARLOR_OUT", TARGET / "hosts" / "python")) / "originals"
HERE = Path(__file__).resolve().parent
LONGEST = 5 * PATIENCE
#: The environments, with the very packages that the other tests want in them, so that each is made once.
VENVS = {
    "voxta-client": ("venv-voxta-client", "voxta-client==0.2.0"),
    "token-bowl-chat": ("venv-tokenbowl", "token-bowl-chat==4.0.2", "centrifuge-python==0.7.0"),
    "azure-ai-voicelive": ("venv-voicelive", "azure-ai-voicelive==1.3.1", "aiohttp", "openai[realtime]==3.52.0"),
}
IMPORTS = (
    (r"^(\s*)from azure\.ai\.voicelive(\.aio)? import", r"\1from parlor.compat.voicelive import"),
    (r"^(\s*)from (voxta_gateway|voxta_client|token_bowl_chat)\b", r"\1from parlor.compat.\2"),
)


def changed(text):
    """The program with its import changed, and nothing else."""
    for theirs, ours in IMPORTS:
        text = re.sub(theirs, ours, text, flags=re.M)
    return text


def once(function):
    """What it has given or raised for a package, it gives or raises again: it is asked for by several threads."""
    known, lock = {}, threading.Lock()

    @functools.wraps(function)
    def ask(package):
        with lock:
            if package not in known:
                try:
                    known[package] = function(package), None
                except Exception as fault:
                    known[package] = None, fault
        answer, fault = known[package]
        if fault is not None:
            raise fault
        return answer

    return ask


@once
def interpreter(package):
    """The Python of the environment in which the original is installed; SKIPPED where it can not be had."""
    folder, *packages = VENVS[package]
    made = subprocess.run([str(ROOT / "scripts" / "venv.sh"), str(TARGET / folder), *packages], timeout=LONGEST, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode == 77:
        raise unittest.SkipTest(made.stdout.strip().replace("SKIPPED: ", ""))
    if made.returncode:
        raise AssertionError(made.stdout)
    return TARGET / folder / "bin" / "python"


def site(package):
    """Where the original is installed."""
    return next((interpreter(package).parents[1] / "lib").glob("python3*/site-packages"))


def readme(package):
    """The programs of the original's README, which is the description of the installed package."""
    metadata = next(site(package).glob(f"{package.replace('-', '_')}-*.dist-info")) / "METADATA"
    return programs(email.message_from_string(metadata.read_text(encoding="utf-8")).get_payload())


def programs(text):
    """The programs in a description."""
    return re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)


@once
def sources(package):
    """The unpacked source distribution, which is got once; SKIPPED where it can not be had."""
    wanted = next(one for one in VENVS[package] if one.startswith(f"{package}=="))
    name = wanted.replace("-", "_").replace("==", "-")
    folder = TARGET / "originals"
    if not (folder / name).is_dir():
        command = [str(interpreter(package)), "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                   "--retries", "1", "--timeout", "20", "--no-deps", "--no-binary", ":all:", "--dest", str(folder), wanted]
        done = subprocess.run(command, timeout=LONGEST, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise unittest.SkipTest(f"pip could not download the sources of {wanted}")
        fresh = folder / f"{name}.{os.getpid()}"
        with tarfile.open(folder / f"{name}.tar.gz") as archive:
            # The filter came with later versions of these Pythons; the archive is one of a package that is run anyway.
            archive.extractall(fresh, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
        os.replace(fresh / name, folder / name)
        fresh.rmdir()
    return folder / name


def variables(ours, **more):
    """The environment of a program: with this package when its import was changed, and in any case with stand-ins of
    what it imports besides, which is no part of the original."""
    found = environment(PYTHONUNBUFFERED="1", **more)
    found["PYTHONPATH"] = os.pathsep.join([*([str(PACKAGE)] if ours else []), str(HERE / "stand_ins")])
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        found.pop(name, None)
        found.pop(name.upper(), None)
    return found


def plain(said, url):
    """What was said, without what differs from run to run."""
    said = said.replace(url, "URL").replace(url.replace("http", "ws", 1), "URL")
    for pattern, name in (
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}", "{id}"), (r"\b[0-9a-f]{8}\.\.\.", "{id}"),
        (r"\b[0-9a-f]{64}\b", "{key}"), (r"\d{4}-\d\d-\d\d[T ][\d:.,]+(Z|\+00:00)?", "{time}"),
        (r"\[\d\d:\d\d:\d\d\]", "{time}"), (r"(mike|sarah|jason)_\d{4}", r"\1"),
        (r"originals/(parlor|original)/", ""), (r"(sess|item|call|resp|mcpl)_\w+", r"\1_{id}"),
    ):
        said = re.sub(pattern, name, said)
    return said


def run_all(package, ours, texts, url, seconds=3, **more):
    """Runs programs one after another in one process; gives for each what it has said, the names
    of the exception that has ended it, and the line."""
    work = [{"text": changed(text) if ours else text, "seconds": seconds} for text in texts]
    done = subprocess.run([str(interpreter(package)), str(HERE / "run.py"), "-", url], input=json.dumps(work), text=True,
                          env=variables(ours, **more), timeout=LONGEST, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise AssertionError(done.stderr)
    answer = json.loads(done.stdout.splitlines()[-1])
    return [(plain(said, url), names, line) for said, names, line in answer]


class Program:
    """A program that is talked with: what it asks for is typed, and in the end perhaps Ctrl+C."""

    def __init__(self, package, ours, name, text, url, **more):
        folder = OUT / ("parlor" if ours else "original")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(changed(text) if ours else text, encoding="utf-8")
        self.url, self.said, self.read = url, "", 0
        self.process = subprocess.Popen(
            [str(interpreter(package)), str(HERE / "run.py"), str(path), url], env=variables(ours, **more),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.more = threading.Condition()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for piece in iter(lambda: os.read(self.process.stdout.fileno(), 65536), b""):
            with self.more:
                self.said += piece.decode("utf-8", "replace")
                self.more.notify_all()

    def expect(self, pattern, times=1, anywhere=False):
        """Waits until it has said this, after what was waited for before, or anywhere."""
        def found():
            return list(re.compile(pattern).finditer(self.said, 0 if anywhere else self.read))
        self.until(lambda: len(found()) >= times, repr(pattern))
        if not anywhere:
            self.read = found()[times - 1].end()

    def until(self, so, what="it"):
        """Waits until something is so."""
        until = time.monotonic() + PATIENCE
        with self.more:
            while not so():
                if time.monotonic() > until or not self.reader.is_alive():
                    raise AssertionError(f"never came: {what}\n{self.said}")
                self.more.wait(0.1)

    def type(self, line):
        """Types a line."""
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def interrupt(self):
        """Ctrl+C."""
        self.process.send_signal(signal.SIGINT)

    def end(self):
        """Waits for its end; gives what it has said, piece by piece in an order of no meaning, and its status.

        What comes by itself is printed between what was typed, prompts included, or is not on a line of its own."""
        self.process.stdin.close()
        try:
            status = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join()
            self.process.stdout.close()
        pieces = re.split(r"[\r\n]+|  +|> ", plain(self.said, self.url))
        return sorted(filter(None, (piece.strip(" >") for piece in pieces))), status
