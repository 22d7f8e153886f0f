"""Every example against the simulator of every service that it names, with what it prints compared."""
import math
import re
import struct
import subprocess
import sys
import unittest
import wave

from kit import PATIENCE, ROOT, Sim, environment
from test_package import OUT

EXAMPLES = ROOT / "examples" / "python"


def key(name):
    """The key of a user of the simulator."""
    return (name.encode().hex() * 64)[:64]


class Program:
    """An example that runs."""

    def __init__(self, name, *arguments, **more):
        self.process = subprocess.Popen(
            [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments], env=environment(**more), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait_for(self, wanted):
        """Reads until a line holds a text; gives what was read."""
        lines = []
        while not lines or wanted not in lines[-1]:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"it never said {wanted!r}, but {lines} and {self.process.stderr.read()}")
            lines.append(line.rstrip())
        return lines

    def end(self, said=""):
        """Gives it what is to be said, and waits for its end."""
        out, err = self.process.communicate(said, timeout=PATIENCE)
        return self.process.returncode, out.splitlines(), err


class Examples(unittest.TestCase):
    def sim(self, service, demo=False):
        sim = Sim(service, demo=demo)
        self.addCleanup(sim.close)
        return sim

    def chat(self, service, lines, credential=(), demo=True, setup=None):
        sim = self.sim(service, demo)
        if setup:
            setup(sim)
        status, said, err = Program("chat", service, sim.url, *credential).end("".join(f"{line}\n" for line in lines))
        self.assertEqual(status, 0, f"{said} {err}")
        return said

    def test_chat_with_the_gateway(self):
        lines = (ROOT / "examples" / "c" / "chat.txt").read_text().splitlines()
        said = self.chat("gateway", lines[:3])
        self.assertEqual(said[:6], ["* READY", f"you: {lines[0]}", "Mira: Hello, traveller!",
                                    "Mira: I am Mira, and this is the observatory.", "Mira: What brings you here?",
                                    f"you: {lines[1]}"])
        self.assertIn("  [narrator speaks]", said)
        self.assertEqual(said[-1], "* CLOSED")

    def test_chat_with_voxta(self):
        said = self.chat("voxta", ["Hello!"])
        self.assertEqual(said[:3], ["* READY", "you: Hello!", "Mira: Hello, traveller!"])
        self.assertEqual(said[-1], "* CLOSED")

    def test_chat_with_toolchat(self):
        said = self.chat("toolchat", ["What can you do?"], ["a-token"])
        self.assertEqual(said, ["* READY", "you: What can you do?", "AI: Hello!",
                                "AI: I can tell you the time, and I can open the garage.", "AI: What shall it be?",
                                "* CLOSED"])

    def test_chat_with_voicelive(self):
        said = self.chat("voicelive", ["Hello!"], ["a-key"], False,
                         lambda sim: sim.control("turns", turns=["Good evening. It is a fine night."]))
        self.assertEqual(said, ["* READY", "you: Hello!", "AI: Good evening.", "AI: It is a fine night.", "* CLOSED"])

    def test_chat_with_token_bowl(self):
        said = self.chat("tokenbowl", ["Hello!", "Is anybody there?"], [key("alice")], False)
        self.assertEqual(said, ["* READY", "you: Hello!", "you: Is anybody there?", "* CLOSED"])

    def test_overlay(self):
        sim = self.sim("gateway")
        overlay = Program("overlay", sim.url)
        overlay.wait_for("+--- Mira ---")
        sim.control("send_text", text='{"type":"dialogue_received","data":{"text":"Nice stream!",'
                    '"source":"twitch","author":"Ann"},"timestamp":1.0}')
        sim.control("send_text", text='{"type":"sentence_ready","data":{"text":"Thank you, Ann.","character_id":null,'
                    '"message_id":"1"},"timestamp":2.0}')
        overlay.wait_for("Thank you, Ann.")
        sim.control("close_chat")
        status, said, err = overlay.end()
        self.assertEqual((status, said), (0, ["+---", "overlay: 2 lines shown"]), err)

    def test_avatar_bridge(self):
        sim = self.sim("gateway")
        avatar = Program("avatar_bridge", sim.url, "2")
        avatar.wait_for("* READY")

        def say(ident, text):
            sim.control("send_text", text='{"type":"sentence_ready","data":{"text":"%s","character_id":'
                        '"c0ffee00-0000-4000-8000-000000000001","message_id":"%s"},"timestamp":1.0}' % (text, ident))
        say("1", "Hi.")
        avatar.wait_for("Mira says: Hi.")
        say("2", "La. " * 1000)
        avatar.wait_for("Mira says: La.")
        say("2", "Never heard.")
        sim.control("trigger", name="smile", arguments={"for": 2})
        avatar.wait_for("  face: smile {'for': 2}")
        sim.control("send_text", text='{"type":"external_speaker_started","data":{"source":"game","reason":null},"timestamp":3.0}')
        avatar.wait_for("  hush: game speaks, 1 lines dropped")
        status, said, err = avatar.end()
        self.assertEqual((status, said), (0, ["avatar: 2 sentences spoken"]), err)
        posted = [" ".join(map(str, entry.values())) for entry in sim.record() if "/tts_" in str(entry)]
        self.assertEqual([re.search(r"/tts_playback_\w+", line)[0] for line in posted],
                         ["/tts_playback_start", "/tts_playback_complete"] * 2, posted)

    def test_voice_turn(self):
        sim = self.sim("voicelive")
        sim.control("turns", turns=["You have hummed a tone."])
        source, target = OUT / "in.wav", OUT / "out.wav"
        OUT.mkdir(parents=True, exist_ok=True)
        with wave.open(str(source), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(24000)
            file.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(n / 10))) for n in range(24000)))
        status, said, err = Program("voice_turn", sim.url, str(source), str(target)).end()
        self.assertEqual(status, 0, err)
        self.assertEqual(said[0], "said 1.0 s")
        self.assertIn("AI: You have hummed a tone.", said)
        with wave.open(str(target), "rb") as file:
            heard = file.getnframes() / file.getframerate()
        self.assertGreater(heard, 0.1)
        self.assertEqual(said[-1], f"answered {heard:.1f} s as pcm16 at 24000 Hz")
        status, said, err = Program("voice_turn", sim.url, __file__, str(target)).end()
        self.assertNotEqual(status, 0)

    def test_room_monitor(self):
        sim = self.sim("tokenbowl")
        monitor = Program("room_monitor", sim.url, "3", f"bob={key('bob')}", f"root={key('root')}")
        began = monitor.wait_for("watching") + monitor.wait_for("watching")
        self.assertEqual(sorted(began), ["[bob] watching", "[root] watching"])
        for to, text in ((None, "one"), ("bob", "only bob"), (None, "two")):
            body = {"from": "alice", "content": text, **({"to": to} if to else {})}
            sim.control("say", **body)
        status, said, err = monitor.end()
        self.assertEqual(status, 0, err)
        self.assertEqual(sorted(said), ["[direct] alice: only bob", "[room] alice: one", "[room] alice: two", "direct 1, room 2"])


class Complete(unittest.TestCase):
    def test_every_example_is_run_and_short(self):
        for path in EXAMPLES.glob("*.py"):
            self.assertLess(len(path.read_text().splitlines()), 120, path.name)
            known = (ROOT / "tests" / "examples").glob("*.rs")
            source = open(__file__, encoding="utf-8").read() + "".join(one.read_text() for one in known)
            run = any(mark + path.stem in source for mark in ('"', "examples/python/"))
            self.assertTrue(run, f"nothing runs {path.name}")
