"""A flood of events into an event loop: order kept, and the loop free for others."""
import asyncio
import os
import resource
import time

import parlor
from kit import PATIENCE, AsyncWithSim

EVENTS = int(os.environ.get("PARLOR_EVENTS", "100000"))
#: How often the flood is run at the most, and how long the loop may be kept from everything else, in seconds.
RUNS, LONGEST = 5, 0.005
#: In how many turns it must have had its processor all the time, for the clock to say something.
ENOUGH = 20


def taken_away():
    """How often the machine has given this thread's processor to others, where that is told."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw if hasattr(resource, "RUSAGE_THREAD") else 0


class Holds:
    """The longest time between two turns of an event loop."""

    def __init__(self):
        self.worked = self.waited = self.undisturbed = 0.0
        self.turns = self.disturbed = 0

    async def watch(self):
        while True:
            work, clock, away = time.thread_time(), time.perf_counter(), taken_away()
            await asyncio.sleep(0)
            work, clock = time.thread_time() - work, time.perf_counter() - clock
            self.turns += 1
            self.worked, self.waited = max(self.worked, work), max(self.waited, clock)
            if taken_away() == away:
                self.undisturbed = max(self.undisturbed, clock)
            else:
                self.disturbed += 1


class Flood(AsyncWithSim):
    async def test_events_come_in_order_and_the_loop_stays_free(self):
        # One run has to be good by processor time and by the clock, the latter in the turns in which the loop's thread had
        # its processor all the time. What others do on a busy machine can only make a run look worse than it is: even a
        # loop that does nothing has been charged with 5 ms of processor time between two looks at it.
        for _ in range(RUNS):
            holds = await self.flood()
            longest = max(holds.worked, holds.undisturbed)
            if longest < LONGEST and holds.turns - holds.disturbed >= ENOUGH:
                return
        self.fail(f"the loop was held for {longest * 1000:.2f} ms, in {holds.turns} turns")

    async def flood(self):
        loop, holds = asyncio.get_running_loop(), Holds()
        # Room for most of it, since much that waits must not be slower than little.
        async with parlor.gateway(self.sim.url, queue_overflow="pause", queue_max_events=65_536) as client:
            await client.ready()
            flood = loop.run_in_executor(None, lambda: self.sim.control("flood", count=EVENTS))
            count, last, texts, watcher = 0, 0, 0, None
            async for event in client:
                self.assertTrue(last in (0, event.sequence - 1), f"{event.sequence} after {last}")
                last = event.sequence
                if event.kind in (parlor.Kind.SENTENCE, parlor.Kind.MESSAGE, parlor.Kind.AI_STATE):
                    if watcher is None:
                        # The other thread is done, which would make this one wait for the interpreter's lock. And a pause
                        # of the program, in which some thousands gather.
                        await flood
                        time.sleep(0.2)
                        watcher = asyncio.ensure_future(holds.watch())
                    count += 1
                    texts += bool(event.text)
                    if count == EVENTS:
                        break
            watcher.cancel()
        self.assertEqual((count, texts), (EVENTS, EVENTS))
        print(f"  {count} events in order; longest hold of the loop {holds.worked * 1000:.2f} ms of processor time, "
              f"{holds.undisturbed * 1000:.2f} ms by the clock ({holds.waited * 1000:.2f} ms with the "
              f"{holds.disturbed} of {holds.turns} turns in which the processor was taken away)", flush=True)
        return holds

    async def test_without_anybody_to_take_them_events_are_dropped_and_it_is_said(self):
        async with parlor.gateway(self.sim.url, queue_overflow="pause") as client:
            await client.ready()
            with self.assertLogs("parlor", "WARNING") as logged:
                await asyncio.get_running_loop().run_in_executor(None, lambda: self.sim.control("flood", count=60000))
                until = time.monotonic() + PATIENCE
                while not logged.output and time.monotonic() < until:
                    await asyncio.sleep(0.01)
            self.assertIn("nobody takes the events", logged.output[0])
            self.assertEqual((await client.health())["status"], "ok")
