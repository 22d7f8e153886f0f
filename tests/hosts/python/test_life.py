"""Birth and death: many clients, forgotten clients, and every way in which an interpreter ends."""
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
import weakref

import parlor
from kit import PATIENCE, AsyncWithSim, Sim, WithSim, descriptors, environment, in_thread, python, resident

#: How often each way to exit is tried, and how many clients are made and disposed of.
EXITS = int(os.environ.get("PARLOR_EXITS", "2"))
CYCLES = int(os.environ.get("PARLOR_CYCLES", "300"))

BEGIN = """
import asyncio, os, signal, sys, threading, time, parlor
client = parlor.gateway(sys.argv[1], queue_overflow="pause")
client.connect().result(30)
"""
#: The ways in which programs end, each with events on their way.
WAYS = {
    "the end of the program, everything forgotten": "for _ in zip(range(50), client): pass",
    "sys.exit inside an iteration": "for _ in client: sys.exit(0)",
    "a daemon thread that takes events": """
begun = threading.Event()
def forever():
    for _ in client: begun.set()
threading.Thread(target=forever, daemon=True).start()
begun.wait(30)
""",
    "an exception in a handler's thread, and one in the main one": """
def fail():
    for _ in client: raise KeyError("thread")
threading.Thread(target=fail, daemon=True).start()
time.sleep(0.01)
raise SystemExit(0)
""",
    "an event loop that is left with its tasks": """
async def main():
    begun = asyncio.Event()
    async def forever():
        async for _ in client: begun.set()
    task = asyncio.ensure_future(forever())
    await asyncio.wait_for(begun.wait(), 30)
asyncio.run(main())
""",
    "os._exit with a request on its way": "client.call('health'); os._exit(0)",
}


class Exits(unittest.TestCase):
    def test_every_way_to_exit_is_clean_and_quick(self):
        sim = Sim("gateway", "--flood", "1000000")
        self.addCleanup(sim.close)
        slowest = 0.0
        for way, code in WAYS.items():
            for turn in range(EXITS):
                with self.subTest(way=way, turn=turn):
                    began = time.monotonic()
                    status, said = python(BEGIN + code, sim.url)
                    slowest = max(slowest, time.monotonic() - began)
                    self.assertEqual(status, 0, f"{way}: {said}")
                    self.assertNotIn("Fatal", said)
                    self.assertNotIn("Traceback", said.replace("Traceback (most recent call last):\n", "", 1)
                                     if "thread" in way else said)
        print(f"  {len(WAYS)} ways to exit x {EXITS}: no abort, no hang; the slowest took {slowest:.2f} s", flush=True)

    def test_ctrl_c_ends_a_wait_at_once(self):
        sim = Sim("gateway")
        self.addCleanup(sim.close)
        waits = {
            "result": "print('waiting', flush=True); client.ready().result()\nwhile True: client.take(300)",
            "iteration": "for e in client:\n    print('waiting', flush=True) if e.kind == 1 and e.value == 3 else None",
            "run": "client.on('state', lambda e: print('waiting', flush=True)); client.run()",
            "asyncio": "async def main():\n    async for e in client: print('waiting', flush=True)\nasyncio.run(main())",
        }
        for name, code in waits.items():
            with self.subTest(name):
                program = subprocess.Popen([sys.executable, "-c", BEGIN + code, sim.url], env=environment(),
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                self.assertEqual(program.stdout.readline(), "waiting\n")
                time.sleep(0.2)
                began = time.monotonic()
                program.send_signal(signal.SIGINT)
                _, said = program.communicate(timeout=PATIENCE)
                self.assertIn("KeyboardInterrupt", said)
                self.assertLess(time.monotonic() - began, 5, "it was not at once")


@unittest.skipUnless(sys.platform == "linux", "counts descriptors and memory in /proc")
class Cycles(WithSim):
    def test_clients_that_are_made_and_disposed_of_leave_nothing(self):
        def cycle(turn):
            client = parlor.gateway(self.sim.url)
            if turn % 20 == 0:
                client.connect().result(PATIENCE)
            elif turn % 2:
                client.connect()
            if turn % 3:
                client.destroy()

        for turn in range(60):
            cycle(turn)
        gc.collect()
        parlor.shutdown(PATIENCE)
        before, memory = descriptors(), resident()
        for turn in range(CYCLES):
            cycle(turn)
        gc.collect()
        self.assertEqual(parlor.counter(parlor.Counter.LIVE_CLIENTS), 0)
        self.assertEqual(parlor.counter(parlor.Counter.LIVE_BATCHES), 0)
        self.assertEqual(parlor.counter(parlor.Counter.LIVE_OPTIONS), 0)
        parlor.shutdown(PATIENCE)
        grown = resident() - memory
        print(f"  {CYCLES} clients: descriptors {before} -> {descriptors()}, memory {grown:+} KiB", flush=True)
        self.assertLessEqual(descriptors(), before)
        self.assertLess(grown, 6 * 1024)

    def test_a_collection_between_any_two_calls_changes_nothing(self):
        threshold = gc.get_threshold()
        gc.set_threshold(1, 1, 1)
        self.addCleanup(gc.set_threshold, *threshold)
        sequence = 0
        with parlor.gateway(self.sim.url) as client:
            gc.collect()
            client.ready().result(PATIENCE)
            kept = []
            for turn in range(20):
                gc.collect()
                client.say(f"line {turn}").result(PATIENCE)
                gc.collect()
                for event in client.take(0):
                    self.assertEqual(event.sequence, sequence + 1)
                    sequence = event.sequence
                    kept.append((event, event.text))
            gc.collect()
        self.assertTrue(all(event.text == text for event, text in kept), "an event has changed")

    def test_events_outlive_their_client_and_the_library(self):
        with parlor.gateway(self.sim.url) as client:
            client.ready().result(PATIENCE)
            kept = client.take(0)
        parlor.shutdown(PATIENCE)
        self.assertTrue(any(event.type == "snapshot" and event.get("state.chat_active") for event in kept))
        self.assertGreater(parlor.counter(parlor.Counter.LIVE_BATCHES), 0)
        del kept
        gc.collect()
        self.assertEqual(parlor.counter(parlor.Counter.LIVE_BATCHES), 0)

    def test_a_forgotten_client_is_collected_and_destroyed(self):
        client = parlor.gateway(self.sim.url)
        client.connect().result(PATIENCE)
        gone = weakref.ref(client)
        del client
        gc.collect()
        self.assertIsNone(gone())
        self.assertEqual(parlor.counter(parlor.Counter.LIVE_CLIENTS), 0)

    def test_destroying_wakes_whoever_waits(self):
        client = parlor.gateway(self.sim.url)
        client.connect().result(PATIENCE)
        ended = threading.Event()
        thread = in_thread(lambda: (list(client), ended.set()))
        time.sleep(0.05)
        client.destroy()
        self.assertTrue(ended.wait(PATIENCE))
        thread.join()

    def test_shutdown_ends_every_client(self):
        client = parlor.gateway(self.sim.url)
        client.connect().result(PATIENCE)
        parlor.shutdown(PATIENCE)
        with self.assertRaises(parlor.BadHandle):
            client.say("x")
        client.destroy()

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork here")
    def test_a_child_of_a_fork_is_told_and_does_not_hang(self):
        status, said = python(
            "import os, sys, parlor\n"
            "client = parlor.gateway(sys.argv[1]); client.connect().result(30)\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    try: client.say('x')\n"
            "    except parlor.Forked as fault: print('told:', fault)\n"
            "    sys.exit(7)\n"
            "print(os.WEXITSTATUS(os.waitpid(child, 0)[1]), client.health().result(30)['status'])", self.sim.url)
        self.assertEqual(status, 0, said)
        self.assertIn("told:", said)
        self.assertIn("7 ok", said)


class Loops(AsyncWithSim):
    async def test_a_client_left_in_a_loop_is_collected(self):
        client = parlor.gateway(self.sim.url)
        await client.connect()
        await client.ready()
        gone = weakref.ref(client)
        before = descriptors()
        del client
        gc.collect()
        self.assertIsNone(gone())
        import asyncio
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.assertLess(descriptors(), before)
