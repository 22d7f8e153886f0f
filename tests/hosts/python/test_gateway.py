"""The gateway's client, from connecting to leaving, with and without asyncio."""
import asyncio
import logging
import threading
import time
import unittest

import parlor
from kit import PATIENCE, AsyncWithSim, WithSim, in_thread

#: What a flood of the simulator is made of.
FLOOD = (parlor.Kind.SENTENCE, parlor.Kind.MESSAGE, parlor.Kind.AI_STATE)


class Waiting(WithSim):
    demo = True

    def test_a_conversation(self):
        with parlor.gateway(self.sim.url, client_id="tester") as client:
            client.ready().result(PATIENCE)
            self.assertEqual(client.state, parlor.State.READY)
            self.assertEqual(client.mirror["client_id"], "tester")
            done = client.say("Hello!", source="game", author="Ann", immediate_reply=True).result(PATIENCE)
            self.assertEqual((done.http_status, done.body), (200, {"status": "ok"}))
            said = []
            for event in client:
                if isinstance(event, parlor.Sentence):
                    said.append((event.text, event.name, event.role))
                elif isinstance(event, parlor.AiStateChanged) and event.state is parlor.AiState.IDLE and said:
                    break
            self.assertEqual(said[0], ("Hello, traveller!", "Mira", "assistant"))
            self.assertEqual(len(said), 3)
        self.assertTrue(client.destroyed)
        posted = [entry for entry in self.sim.record() if "/dialogue" in str(entry)]
        self.assertIn("Ann", str(posted))

    def test_handlers_of_every_sort(self):
        seen = []
        client = parlor.gateway(self.sim.url)

        @client.on("sentence")
        def sentence(event):
            seen.append(event.text)

        @client.on_type("sentence_ready")
        def by_type(event):
            seen.append("type")
            raise ValueError("this must be logged and nothing else")

        @client.on(parlor.StateChanged)
        def state(event):
            if event.state is parlor.State.READY:
                client.say("Hello!")

        @client.on("*")
        def every(event):
            if isinstance(event, parlor.AiStateChanged) and event.name == "idle" and seen:
                client.close()

        with self.assertLogs("parlor", logging.ERROR) as logged:
            client.run()
        self.assertEqual(seen[:2], ["Hello, traveller!", "type"])
        self.assertIn("this must be logged", logged.output[0])
        client.off("sentence", sentence)
        client.destroy()

    def test_run_serves_async_handlers_too(self):
        seen = []
        client = parlor.gateway(self.sim.url)

        @client.on("state")
        async def state(event):
            await asyncio.sleep(0)
            seen.append(event.state)
            if event.state is parlor.State.READY:
                client.close()

        client.run()
        self.assertEqual(seen[-1], parlor.State.CLOSED)
        client.destroy()

    def test_two_threads_may_wait_at_once(self):
        with parlor.gateway(self.sim.url) as client:
            client.ready().result(PATIENCE)
            answers = []
            threads = [in_thread(lambda: answers.append(client.health().result(PATIENCE))) for _ in range(4)]
            for thread in threads:
                thread.join()
            self.assertEqual([answer["status"] for answer in answers], ["ok"] * 4)

    def test_take_gives_what_there_is(self):
        with parlor.gateway(self.sim.url) as client:
            client.ready().result(PATIENCE)
            kinds = [event.kind for event in client.take(0)]
            self.assertIn(parlor.Kind.CHAT_STARTED, kinds)
            self.assertEqual(client.take(0.01), [])

    def test_leaving_an_iteration_loses_nothing(self):
        with parlor.gateway(self.sim.url, queue_overflow="pause") as client:
            client.ready().result(PATIENCE)
            self.sim.control("flood", count=3000)
            sequence, seen = 0, 0
            while seen < 3000:
                for turn, event in enumerate(client):
                    self.assertEqual(event.sequence, sequence + 1, f"{seen} were seen")
                    sequence, seen = event.sequence, seen + (event.kind in FLOOD)
                    if turn == 99 or seen == 1000:
                        break
                if seen >= 1000:
                    for event in client.take(PATIENCE):
                        self.assertEqual(event.sequence, sequence + 1, f"{seen} were seen")
                        sequence, seen = event.sequence, seen + (event.kind in FLOOD)

    def test_an_iteration_ends_where_its_client_does(self):
        client = parlor.gateway(self.sim.url)
        client.connect()
        states = []
        for event in client:
            if isinstance(event, parlor.StateChanged):
                states.append(event.state)
                if event.state is parlor.State.READY:
                    client.close()
        self.assertEqual(states[-1], parlor.State.CLOSED)
        client.connect()
        states = []
        for event in client:
            states.append(event.kind)
            client.destroy()
        self.assertEqual(len(states), 1, "there were events after the end")


class Errors(WithSim):
    def test_mistakes_are_told_at_once_and_say_what_to_do(self):
        with self.assertRaisesRegex(parlor.InvalidArgument, "is it queue_max_events"):
            parlor.gateway(self.sim.url, queue_max_event=1)
        with self.assertRaisesRegex(parlor.InvalidArgument, "queue.max_events|queue_max_events"):
            parlor.gateway(self.sim.url, queue_max_events=1)
        with self.assertRaises(parlor.InvalidArgument):
            parlor.gateway("gopher://x")
        with parlor.gateway(self.sim.url) as client:
            with self.assertRaisesRegex(parlor.InvalidArgument, "text"):
                client.call("dialogue", {"txt": 1})
            with self.assertRaises(parlor.Unsupported):
                client.send_audio(b"\0\0")
            with self.assertRaisesRegex(ValueError, "is it \"sentence\""):
                client.on("sentense", print)

    def test_what_fails_later_is_raised_where_it_is_awaited(self):
        with self.assertRaises(parlor.Refused) as caught:
            parlor.gateway("http://127.0.0.1:1", retry_max_attempts=1).connect().result(PATIENCE)
        self.assertEqual(caught.exception.status, parlor.Status.ERR_REFUSED)
        self.assertIsInstance(caught.exception, ConnectionRefusedError)
        with self.assertRaises(parlor.Refused):
            with parlor.gateway("http://127.0.0.1:1", retry_max_attempts=1):
                self.fail("it can not have connected")

    def test_a_failure_that_nobody_looks_at_is_logged(self):
        with parlor.gateway(self.sim.url) as client:
            with self.assertLogs("parlor", logging.ERROR) as logged:
                request = client.call("debug/clients/history", {"client_id": "nobody"})
                until = time.monotonic() + PATIENCE
                while not request.done() and time.monotonic() < until:
                    client.take(0.1)
                del request
            self.assertIn("debug/clients/history", logged.output[0])

    def test_the_iteration_ends_with_why_it_failed(self):
        client = parlor.gateway("http://127.0.0.1:1", retry_max_attempts=1)
        client.connect()
        states = []
        with self.assertRaises(parlor.Refused):
            for event in client:
                if isinstance(event, parlor.StateChanged):
                    states.append(event.state)
        self.assertEqual(states[-1], parlor.State.FAILED)
        client.destroy()

    def test_a_client_that_is_gone_says_so(self):
        client = parlor.gateway(self.sim.url)
        request = client.connect()
        client.destroy()
        client.destroy()
        with self.assertRaises(parlor.Cancelled):
            request.result(PATIENCE)
        for call in (client.connect, lambda: client.state, lambda: client.mirror, lambda: client.say("x")):
            with self.assertRaises(parlor.BadHandle):
                call()
        self.assertEqual(list(client), [])

    def test_logging_follows_the_level_of_the_logger(self):
        logging.getLogger("parlor").setLevel(logging.DEBUG)
        self.addCleanup(logging.getLogger("parlor").setLevel, logging.NOTSET)
        with self.assertLogs("parlor", logging.DEBUG) as logged:
            with parlor.gateway(self.sim.url) as client:
                client.ready().result(PATIENCE)
                self.assertFalse([event for event in client.take(0) if isinstance(event, parlor.Log)])
        self.assertTrue(any(record.name.startswith("parlor") for record in logged.records))


class Asyncio(AsyncWithSim):
    demo = True

    async def test_the_conversation_of_the_documentation(self):
        said = []
        async with parlor.gateway(self.sim.url) as client:
            await client.ready()
            await client.say("Hello!")
            async for event in client:
                if isinstance(event, parlor.Sentence):
                    said.append(event.text)
                elif isinstance(event, parlor.AiStateChanged) and event.name == "idle" and said:
                    break
        self.assertEqual(len(said), 3)

    async def test_requests_are_awaited_within_the_iteration(self):
        async with parlor.gateway(self.sim.url) as client:
            async for event in client:
                if isinstance(event, parlor.StateChanged) and event.state is parlor.State.READY:
                    self.assertEqual((await client.health())["status"], "ok")
                    self.assertIn("chat_active", await client.gateway_state())
                    self.assertTrue((await client.ping()).ok)
                    await client.resubscribe(["chat_started"])
                    break

    async def test_both_sorts_of_handlers_in_order(self):
        seen = []
        client = parlor.gateway(self.sim.url)

        @client.on("sentence")
        async def slow(event):
            await asyncio.sleep(0.001)
            seen.append(event.sequence)

        @client.on("sentence")
        def quick(event):
            seen.append(event.sequence)
            if len(seen) == 6:
                client.close()

        @client.on("state")
        def state(event):
            if event.state is parlor.State.READY:
                client.say("Hello!")

        await asyncio.wait_for(client.run_async(), PATIENCE)
        self.assertEqual(seen, sorted(seen))
        self.assertEqual(len(seen), 6)
        client.destroy()

    async def test_leaving_an_iteration_loses_nothing(self):
        async with parlor.gateway(self.sim.url, queue_overflow="pause") as client:
            await client.ready()
            flood = asyncio.get_running_loop().run_in_executor(None, lambda: self.sim.control("flood", count=3000))
            sequence = seen = 0
            while seen < 3000:
                async for event in client:
                    self.assertEqual(event.sequence, sequence + 1, f"{seen} were seen")
                    sequence, seen = event.sequence, seen + (event.kind in FLOOD)
                    if sequence % 100 == 0 or seen == 3000:
                        break
                # Its end stands behind events that nobody takes meanwhile.
                self.assertEqual((await client.health())["status"], "ok")
                if seen < 3000:
                    event = await asyncio.wait_for(client.next_event(), PATIENCE)
                    self.assertEqual(event.sequence, sequence + 1, f"{seen} were seen")
                    sequence, seen = event.sequence, seen + (event.kind in FLOOD)
            await flood

    async def test_waiting_inside_the_loop_is_refused(self):
        async with parlor.gateway(self.sim.url) as client:
            with self.assertRaisesRegex(RuntimeError, "await"):
                client.say("x").result(1)

    async def test_a_cancelled_wait_leaves_the_request_alone(self):
        async with parlor.gateway(self.sim.url) as client:
            request = client.health()
            self.assertEqual((await request)["status"], "ok")
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(self._wait(client), 0.05)

    @staticmethod
    async def _wait(client):
        async for _ in client:
            pass

    async def test_a_cancelled_request_says_so(self):
        async with parlor.gateway(self.sim.url) as client:
            request = client.say("later", queue=True)
            request.cancel()
            try:
                await request
            except parlor.Cancelled:
                pass

    async def test_a_connection_that_is_refused_is_raised(self):
        with self.assertRaises(parlor.Refused):
            async with parlor.gateway("http://127.0.0.1:1", retry_max_attempts=1):
                self.fail("it can not have connected")

    async def test_a_lost_link_comes_back(self):
        async with parlor.gateway(self.sim.url, retry_initial_ms=1) as client:
            await client.ready()
            self.sim.control("drop")
            states = []
            async for event in client:
                if isinstance(event, parlor.StateChanged):
                    states.append(event.state)
                    if event.state is parlor.State.READY and parlor.State.RECONNECTING in states:
                        break


class Threads(unittest.TestCase):
    def test_no_thread_of_the_library_runs_python(self):
        self.assertEqual([thread.name for thread in threading.enumerate() if "parlor" in thread.name], [])
