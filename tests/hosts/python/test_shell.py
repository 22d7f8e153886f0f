"""python -m parlor: the service at the end of a shell."""
import json
import os
import pty
import select
import subprocess
import sys
import time
import unittest

import parlor
from kit import PATIENCE, Sim, WithSim, environment
from parlor._colour import describe, printable
from test_package import OUT


def command(*arguments, said="", **more):
    """Runs it without a terminal; gives its exit status, its lines, and what it complained of."""
    done = subprocess.run([sys.executable, "-m", "parlor", *arguments], env=environment(**more), input=said, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
    return done.returncode, done.stdout.splitlines(), done.stderr


class Shell(WithSim):
    demo = True

    def test_lines_are_said_and_events_shown(self):
        status, lines, complained = command("gateway", self.sim.url, "-c", "Hello!", "-c", "/state", "-c", "/mirror")
        self.assertEqual((status, complained), (0, ""))
        for wanted in ("Message (user): Hello!", "Sentence Mira (assistant): Hello, traveller!", "READY",
                       '  "protocol": "gateway",', "StateChanged CLOSED"):
            self.assertIn(wanted, lines)
        self.assertFalse([line for line in lines if "\033" in line], "there is no terminal")

    def test_lines_from_a_pipe_and_events_as_json(self):
        status, lines, _ = command("gateway", self.sim.url, "--json", "--wait", "1", said="Hello!\n/call health\n")
        self.assertEqual(status, 0)
        events = [json.loads(line) for line in lines]
        self.assertIn("Hello, traveller!", [event.get("text") for event in events if event["event"] == "Sentence"])
        self.assertIn({"status": "ok", "voxta_connected": True}, [event.get("message") for event in events])

    def test_every_command_is_understood_or_refused_with_a_reason(self):
        said = ("/help\n/show all\n/hide text_delta\n/raw on\n/raw off\n/network\n/context place The gate.\n"
                "/interrupt {\"source\":\"user\"}\n/say Hi. || {\"source\":\"game\"}\n/subscribe {\"events\":[\"chat_closed\"]}\n"
                "/playback started m1 c0ffee00-0000-4000-8000-000000000001\n/nonsense\n/hide nothing\n/result x\n"
                "/call no_such_thing\n/tools /no/such/file\n/playback\n/quit\n")
        status, lines, complained = command("gateway", self.sim.url, said=said)
        self.assertEqual(status, 1)
        self.assertIn("StateChanged CLOSED", lines)
        for wanted in ("there is no command /nonsense", "there is no kind nothing", "no tool call that", "no_such_thing",
                       "/no/such/file", "/playback started ID"):
            self.assertIn(wanted, complained)
        self.assertNotIn("Traceback", complained)

    def test_the_wire_is_shown_when_asked_for(self):
        _, lines, _ = command("gateway", self.sim.url, "--wire", "-c", "/state", "--wait", "0")
        self.assertTrue([line for line in lines if line.startswith("Frame in") and "snapshot" in line])

    def test_mistakes_and_failures_are_words_and_a_status(self):
        for arguments, wanted in ((("gateway", "http://127.0.0.1:1", "-o", "retry.max_attempts=1"), "FAILED"),
                                  (("gateway", "gopher://x"), "gopher"), (("gateway", self.sim.url, "-o", "a"), "NAME=VALUE"),
                                  (("gateway", self.sim.url, "-o", "no.such=1"), "no option")):
            status, lines, complained = command(*arguments)
            self.assertEqual(status, 1)
            self.assertIn(wanted, complained + "".join(lines))
            self.assertNotIn("Traceback", complained)

    def test_whoever_reads_may_stop_reading(self):
        program = subprocess.Popen([sys.executable, "-m", "parlor", "gateway", self.sim.url, "-c", "Hello!"], text=True,
                                   env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        program.stdout.readline()
        program.stdout.close()
        self.assertEqual(program.wait(PATIENCE), 0)
        self.assertEqual(program.stderr.read(), "")
        program.stderr.close()

    def test_a_terminal_gets_colours_and_a_history(self):
        OUT.mkdir(parents=True, exist_ok=True)
        history = OUT / "history"
        history.unlink(missing_ok=True)
        ours, theirs = pty.openpty()
        program = subprocess.Popen(
            [sys.executable, "-m", "parlor", "gateway", self.sim.url, "--wait", "0"], stdin=theirs, stdout=theirs,
            stderr=theirs, env=environment(TERM="xterm", PARLOR_HISTORY=str(history), NO_COLOR=""), close_fds=True)
        os.close(theirs)
        seen, until = b"", time.monotonic() + PATIENCE

        def wait_for(wanted):
            nonlocal seen
            while wanted not in seen and time.monotonic() < until:
                if select.select([ours], [], [], 0.1)[0]:
                    seen += os.read(ours, 4096)
            self.assertIn(wanted, seen)
        wait_for(b"StateChanged READY\033[0m")
        os.write(ours, b"Hello!\n")
        wait_for(b"\033[1mSentence Mira (assistant): Hello, traveller!")
        os.write(ours, b"/quit\n")
        wait_for(b"CLOSED")
        self.assertEqual(program.wait(PATIENCE), 0)
        os.close(ours)
        self.assertIn("Hello!", history.read_text())


class Tools(WithSim):
    service = "toolchat"

    def test_a_tool_call_is_answered_by_hand(self):
        OUT.mkdir(parents=True, exist_ok=True)
        tools = OUT / "tools.json"
        tools.write_text(json.dumps([{"name": "clock", "description": "Tells the time", "parameters": []}]))
        program = subprocess.Popen(
            [sys.executable, "-m", "parlor", "toolchat", self.sim.url, "-k", "a-token", "--wait", "0"], text=True,
            env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def wait_for(wanted):
            line = ""
            while wanted not in line:
                line = program.stdout.readline()
                self.assertTrue(line, f"it ended without {wanted}")
        wait_for("READY")
        program.stdin.write(f"/tools {tools}\n/mirror\n")
        program.stdin.flush()
        wait_for('"clock"')
        self.sim.control("tool", name="clock", parameters={})
        wait_for("ToolCall clock")
        out, _ = program.communicate("/result ten past eleven\n", timeout=PATIENCE)
        self.assertEqual(program.returncode, 0, out)
        self.assertIn("ten past eleven", str(self.sim.record()))


class Words(unittest.TestCase):
    def test_nothing_that_a_service_says_steers_the_terminal(self):
        self.assertEqual(printable("a\033[2Jb\x07\tc\n"), "a\\x1b[2Jb\\x07\tc\n")
        self.assertNotIn("\033", describe(parlor.Sentence(text="\033]0;title\x07", name="\033[31m")))

    def test_every_service_is_known(self):
        for service in ("voxta", "tokenbowl", "centrifugo", "voicelive", "toolchat"):
            self.assertIn("attempts", "".join(command(service, "http://127.0.0.1:1", "-k", "x", "-o", "retry.max_attempts=1",
                                                      "-o", "voicelive.model=m" if service == "voicelive" else "log.level=off")[1]))


assert Sim
