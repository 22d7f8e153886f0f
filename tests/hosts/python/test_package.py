"""The package as it is handed out: its types, its wheel, and its README, followed by somebody who has nothing else."""
import os
import re
import subprocess
import sys
import unittest
import zipfile
from pathlib import Path

from kit import PACKAGE, PATIENCE, ROOT, Sim, environment

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
TOOLS = TARGET / "venv-hosts"
OUT = Path(os.environ.get("PARLOR_OUT", TARGET / "hosts" / "python"))
LONGEST = 5 * PATIENCE


def tool(test, name):
    """A program of the environment with mypy and auditwheel, which is made once."""
    made = subprocess.run([str(ROOT / "scripts" / "venv.sh"), str(TOOLS), "mypy==2.4.1", "auditwheel==6.4.2"],
                          stdout=subprocess.PIPE, text=True, timeout=LONGEST)
    if made.returncode == 77:
        test.skipTest(made.stdout.strip().replace("SKIPPED: ", ""))
    return str(TOOLS / "bin" / name)


class Types(unittest.TestCase):
    def test_mypy_strict_has_nothing_to_say(self):
        done = subprocess.run(
            [tool(self, "mypy"), "--strict", "--python-version", "3.10", "--cache-dir", str(OUT / "mypy"), "-p", "parlor"],
            cwd=PACKAGE, timeout=LONGEST, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_mypy_knows_what_a_program_gets_wrong(self):
        program = OUT / "wrong.py"
        OUT.mkdir(parents=True, exist_ok=True)
        program.write_text("import parlor\nclient = parlor.gateway('x', queue_max_events='many', no_such_option=1)\n"
                           "client.say(1)\nevent = parlor.Sentence(text='x')\nreveal_type(event.text)\n")
        done = subprocess.run(
            [tool(self, "mypy"), "--strict", "--python-version", "3.10", "--cache-dir", str(OUT / "mypy"), str(program)],
            env=environment(MYPYPATH=str(PACKAGE)), timeout=LONGEST, stdout=subprocess.PIPE, text=True)
        for wanted in ("queue_max_events", "no_such_option", 'Argument 1 to "say"', 'Revealed type is "str"'):
            self.assertIn(wanted, done.stdout)


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = OUT / "wheel"
        for old in cls.folder.glob("*.whl"):
            old.unlink()
        made = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "wheel.py"), "--library", os.environ["PARLOR_LIBRARY"],
             "--out", str(cls.folder)], timeout=LONGEST, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if made.returncode == 77:
            raise unittest.SkipTest(made.stdout.strip().replace("SKIPPED: ", ""))
        if made.returncode:
            raise AssertionError(made.stdout)
        cls.wheel = next(cls.folder.glob("*.whl"))

    def test_it_carries_the_library_and_says_what_it_needs(self):
        names = zipfile.ZipFile(self.wheel).namelist()
        for wanted in ("parlor/libparlor.so.0", "parlor/py.typed", "parlor/compat/README.md"):
            self.assertIn(wanted, names)
        self.assertFalse([name for name in names if "__pycache__" in name or name.startswith("tests")])
        self.assertRegex(self.wheel.name, r"^parlor-\d+\.\d+\.\d+-py3-none-manylinux_2_\d+_\w+\.whl$")
        tag = re.search(r"manylinux_2_(\d+)", self.wheel.name)
        done = subprocess.run([tool(self, "auditwheel"), "show", str(self.wheel)], timeout=LONGEST, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        words = " ".join(done.stdout.split())
        found = re.search(r'is consistent with the following platform tag: "manylinux_2_(\d+)', words)
        self.assertIsNotNone(found, done.stdout)
        self.assertLessEqual(int(found[1]), int(tag[1]), f"auditwheel finds that more is needed: {done.stdout}")

    def test_the_readme_is_all_that_a_new_user_needs(self):
        venv = OUT / "empty"
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True, timeout=LONGEST)
        python = str(venv / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
                        str(self.wheel)], check=True, timeout=LONGEST)
        # An empty folder, an environment that says nothing of this one.
        folder = OUT / "nowhere"
        folder.mkdir(exist_ok=True)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PARLOR", "PYTHON"))}
        readme = (PACKAGE / "README.md").read_text()
        printed = re.search(r"It prints:\n\n```text\n(.*?)```", readme, re.S)[1]
        programs = re.findall(r"```python\n(.*?)```", readme, re.S)
        self.assertEqual(len(programs), 3)
        for program in programs:
            sim = Sim("gateway", demo=True)
            try:
                (folder / "hello.py").write_text(program.replace("http://127.0.0.1:8081", sim.url))
                done = subprocess.run([python, "hello.py"], cwd=folder, env=clean, timeout=PATIENCE, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                self.assertEqual((done.returncode, done.stdout), (0, printed), program)
                done = subprocess.run([str(venv / "bin" / "parlor"), "gateway", sim.url, "-c", "Hello!", "--wait", "1"],
                                      cwd=folder, env=clean, timeout=PATIENCE, text=True, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn("Sentence Mira (assistant):", done.stdout)
            finally:
                sim.close()
