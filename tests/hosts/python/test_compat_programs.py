"""Programs that were written for the services' own clients: each runs as it stands, with one import changed."""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

from kit import PACKAGE, PATIENCE, ROOT, Sim, environment

INTEROP = ROOT / "tests" / "interop"
OUT = Path(os.environ.get("PARLOR_OUT", ROOT / "target" / "hosts" / "python"))
IMPORTS = (
    (r"from voxta_gateway\.client import", "from parlor.compat.voxta_gateway.client import"),
    (r"from voxta_gateway import", "from parlor.compat.voxta_gateway import"),
    (r"from voxta_client", "from parlor.compat.voxta_client"),
    (r"from token_bowl_chat", "from parlor.compat.token_bowl_chat"),
    (r"from azure\.ai\.voicelive\.aio import connect", "from parlor.compat.voicelive import connect"),
)


def changed(text):
    """The program with its import changed, and nothing else."""
    for theirs, ours in IMPORTS:
        text = re.sub(theirs, ours, text)
    return text


def run(name, text, *arguments, interpreter=sys.executable):
    """Runs a program; gives its exit status and what it said."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / name
    path.write_text(text)
    done = subprocess.run([interpreter, str(path), *arguments], env=environment(), timeout=2 * PATIENCE, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


class Judges(unittest.TestCase):
    """The programs by which the simulators are judged, written against the originals: they call every public method."""

    def judge(self, program, service, *arguments, interpreter=sys.executable, url=1, setup=None):
        sim = Sim(service)
        self.addCleanup(sim.close)
        if setup:
            setup(sim)
        text = (INTEROP / program).read_text()
        self.assertNotEqual(changed(text), text, "the program has no such import")
        passed = list(arguments)
        passed.insert(url - 1, sim.url)
        status, said = run(f"compat_{program}", changed(text), *passed, interpreter=interpreter)
        self.assertEqual(status, 0, said)
        self.assertNotIn("FAILED", said)
        return said

    @unittest.skipIf(sys.version_info < (3, 10), "the program itself wants Python 3.10")
    def test_gateway_client(self):
        said = self.judge("gateway_client.py", "gateway")
        self.assertGreaterEqual(said.count("ok "), 25, said)

    def test_voxta_client(self):
        said = self.judge("voxta_driver.py", "voxta")
        self.assertGreaterEqual(said.count("ok "), 15, said)

    def test_token_bowl_chat(self):
        keys = [(name.encode().hex() * 64)[:64] for name in ("alice", "bob", "root")]
        said = self.judge("tokenbowl_judge.py", "tokenbowl", *keys)
        for wanted in ('"Hello from Python", "alice", "room"', '"Only bob", "alice", "direct"', "NotFoundError",
                       "ConflictError", "AuthenticationError"):
            self.assertIn(wanted, said)

    def test_voicelive(self):
        interpreter = ROOT / "target" / "venv-voicelive" / "bin" / "python"
        if not interpreter.exists():
            self.skipTest("the models of azure-ai-voicelive are not installed in target/venv-voicelive")
        turns = [{"tool": "look", "arguments": {"at": "sea"}}, "The sea is calm.", "la " * 500]
        said = self.judge("voicelive_client.py", "voicelive", "azure", interpreter=str(interpreter), url=2,
                          setup=lambda sim: sim.control("turns", turns=turns))
        self.assertGreaterEqual(said.count("ok "), 15, said)


if __name__ == "__main__":
    sys.path.insert(0, str(PACKAGE))
    unittest.main()
