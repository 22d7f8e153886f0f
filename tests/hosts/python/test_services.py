"""The clients of the services, each against the simulator of its own."""
import array
import asyncio
import os
import unittest

import parlor
from kit import PATIENCE, AsyncWithSim

CHARACTER = "c0ffee00-0000-4000-8000-000000000001"


async def until(client, kind, so=lambda event: True):
    """The next event of a class that is as wanted, and those before it."""
    seen = []
    while True:
        event = await asyncio.wait_for(client.next_event(), PATIENCE)
        seen.append(event)
        if isinstance(event, kind) and so(event):
            return event, seen


class Voxta(AsyncWithSim):
    service, demo = "voxta", True

    async def test_chat_speech_and_lists(self):
        async with parlor.voxta(self.sim.url, voxta_speech="pcm", voxta_acknowledge="host") as client:
            await client.ready()
            self.assertEqual((await client.characters())[0]["name"], "Mira")
            self.assertIsInstance(await client.scenarios(), list)
            self.assertIsInstance(await client.chats(CHARACTER), list)
            self.assertIsInstance(await client.suggestions(), list)
            await client.context("place", "The town gate.", flags=["night"])
            await client.say("Hello!", do_reply=True)
            audio, seen = await until(client, parlor.Audio)
            self.assertEqual((audio.name, audio.rate > 0, len(audio.data) > 0), ("pcm16", True, True))
            await client.playback("started", audio.id, audio.sender)
            ended, more = await until(client, parlor.AudioEnded)
            await client.playback("completed", ended.id)
            said = [event.text for event in [*seen, *more] if isinstance(event, parlor.Sentence)]
            self.assertEqual(said[0], "Hello, traveller!")
            await client.typing(True)
            await client.typing(False, sent=False)
            await client.start_chat(CHARACTER)
            await until(client, parlor.ChatStarted)
            await client.stop_chat()
            await until(client, parlor.ChatClosed)


class TokenBowl(AsyncWithSim):
    service = "tokenbowl"

    async def test_messages_and_operations(self):
        def key(name):
            return (name.encode().hex() * 64)[:64]
        async with parlor.tokenbowl(self.sim.url, key=key("alice")) as alice, \
                parlor.tokenbowl(self.sim.url, key=key("bob")) as bob:
            await asyncio.gather(alice.ready(), bob.ready())
            await alice.say("Hello, room!")
            await alice.say("Only you", to="bob")
            first, _ = await until(bob, parlor.Message)
            second, _ = await until(bob, parlor.Message)
            self.assertEqual([(one.text, one.name, one.role) for one in (first, second)],
                             [("Hello, room!", "alice", "room"), ("Only you", "alice", "direct")])
            self.assertEqual((await bob.get_messages(limit=5))["messages"][0]["content"], "Hello, room!")
            await bob.mark_message_read(first.id)
            receipt, _ = await until(alice, parlor.Receipt)
            self.assertEqual((receipt.id, receipt.sender), (first.id, "bob"))
            self.assertEqual((await bob.get_my_profile())["username"], "bob")
            kept = await bob.create_conversation([first.id], title="A talk")
            self.assertEqual((await bob.update_conversation(kept["id"], title="More"))["title"], "More")
            with self.assertRaises(parlor.Conflict) as caught:
                await bob.register("alice")
            self.assertEqual(caught.exception.event.http_status, 409)
            with self.assertRaisesRegex(parlor.InvalidArgument, "1|10000"):
                bob.say("")

    async def test_a_wrong_key_asks_for_another(self):
        client = parlor.tokenbowl(self.sim.url, key="wrong")
        client.connect()
        with self.assertRaises(parlor.Unauthorized):
            await client.connected(at_once=True)
        await until(client, parlor.CredentialNeeded)
        await client.set_credential(("alice".encode().hex() * 64)[:64])
        await client.ready()
        client.destroy()


class VoiceLive(AsyncWithSim):
    service = "voicelive"

    async def test_session_speech_tools(self):
        self.sim.control("turns", turns=[{"tool": "add", "arguments": {"a": 1, "b": 2}}, "It is three."])
        async with parlor.voicelive(self.sim.url, key="secret", model="gpt-realtime",
                                    session={"instructions": "Be short."}) as client:
            await client.ready()
            session = await client.update_session(temperature=0.7)
            self.assertEqual(session["instructions"], "Be short.")
            await client.tools([{"type": "function", "name": "add", "description": "Adds", "parameters": {
                "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}}}])
            await client.say("How much is one and two?")
            call, _ = await until(client, parlor.ToolCall)
            self.assertEqual((call.name, call.arguments), ("add", {"a": 1, "b": 2}))
            await client.tool_result(call, {"sum": 3})
            done, seen = await until(client, parlor.ReplyEnded, lambda event: bool(event.text))
            self.assertTrue([event for event in seen if isinstance(event, parlor.Audio) and event.data])
            client.send_audio(b"\0" * 960)
            await client.clear_audio()
            item = await client.create_item({"id": "msg9", "type": "message", "role": "user",
                                             "content": [{"type": "input_text", "text": "Hm."}]})
            self.assertTrue(item.ok)
            self.assertEqual((await client.retrieve_item("msg9"))["id"], "msg9")
            await client.delete_item("msg9")
            with self.assertRaises(parlor.ServiceError):
                await client.delete_item("msg9")
            self.assertEqual(done.status, 0)


    async def test_speech_for_a_sound_device(self):
        self.sim.control("turns", turns=["One two three."])
        client = parlor.voicelive(self.sim.url, key="secret", model="gpt-realtime", audio_latency_ms=0)
        with client.open_speech(48000, 2) as speech:
            self.assertEqual((speech.rate, speech.channels), (48000, 2))
            self.assertEqual(speech.read(10), bytes(80))
            with self.assertRaises(parlor.WrongState):
                client.open_speech()
            async with client:
                await client.ready()
                await client.say("Count!")
                ended, _ = await until(client, parlor.AudioEnded)
                heard, loudest = 0, 0.0
                buffer = array.array("f", bytes(480 * 2 * 4))
                for _ in range(int(PATIENCE / 0.005)):
                    heard += speech.read_into(buffer)
                    loudest = max(loudest, max(buffer))
                    if heard >= 48000 * 0.2 and speech.count(parlor.AudioCounter.WAITING) == 0:
                        break
                    await asyncio.sleep(0.005)
                self.assertGreater(heard, 48000 * 0.2)
                self.assertGreater(loudest, 0.01)
                ident, seconds = speech.position
                self.assertEqual(ident, ended.id)
                self.assertAlmostEqual(seconds, heard / 48000, delta=0.1)
                speech.flush()
            self.assertEqual(speech.read_into(bytearray(800)), 0)
        with self.assertRaises(parlor.BadHandle):
            speech.read(1)


class Toolchat(AsyncWithSim):
    service = "toolchat"

    async def test_tools_of_both_sorts_answer_by_themselves(self):
        self.sim.control("runs", runs=[])
        client, results = parlor.toolchat(self.sim.url, token="a-token"), []

        @client.tool("Adds two numbers", [parlor.parameter("a", "number", "one"), parlor.parameter("b", "number", "two")])
        def add(a, b):
            return {"sum": a + b}

        @client.tool("Waits", timeout=30)
        async def wait_a_little():
            await asyncio.sleep(0.01)
            return "done"

        @client.tool("Fails")
        def fail():
            raise ValueError("no dice")

        @client.on("state")
        def state(event):
            if event.state is parlor.State.READY:
                for name, arguments in (("add", {"a": 1, "b": 2}), ("wait_a_little", {}), ("fail", {})):
                    asyncio.get_running_loop().run_in_executor(
                        None, lambda name=name, arguments=arguments: self.sim.control("tool", name=name, parameters=arguments))

        async def watch():
            for _ in range(int(PATIENCE / 0.05)):
                answers = await asyncio.get_running_loop().run_in_executor(None, lambda: self.sim.control("answers"))
                if len(answers) == 3:
                    results.extend(answers)
                    break
                await asyncio.sleep(0.05)
            client.close()

        with self.assertLogs("parlor", "ERROR") as logged:
            await asyncio.wait_for(asyncio.gather(client.run_async(), watch()), PATIENCE)
        self.assertEqual(len(results), 3)
        answered = [entry for entry in map(str, self.sim.record()) if "tool_call_response" in entry]
        for wanted in ('sum', 'done', 'no dice'):
            self.assertEqual(len([entry for entry in answered if wanted in entry]), 1, answered)
        self.assertIn("the tool fail failed", logged.output[0])
        client.destroy()

    async def test_entering_without_a_token_does_not_wait_for_one(self):
        with self.assertRaises(parlor.Unauthorized):
            async with parlor.toolchat(self.sim.url):
                self.fail("there is no token")

    async def test_a_conversation(self):
        async with parlor.toolchat(self.sim.url, token="a-token") as client:
            await client.ready()
            await client.context("page", {"title": "Start"})
            await client.say("Hello!")
            _, seen = await until(client, parlor.ReplyEnded)
            self.assertTrue([event for event in seen if isinstance(event, parlor.TextDelta)])
            await client.reconnect()


class Centrifugo(AsyncWithSim):
    service = "centrifugo"

    async def test_channels(self):
        import base64
        import hashlib
        import hmac
        import json

        def part(value):
            return base64.urlsafe_b64encode(value).rstrip(b"=")
        signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps({"sub": "ann"}).encode())
        token = signed + b"." + part(hmac.new(b"secret", signed, hashlib.sha256).digest())
        url = self.sim.url.replace("http", "ws") + "/connection/websocket"
        async with parlor.centrifugo(url, token=token.decode()) as client:
            await client.join("news", recoverable=True)
            await client.publish("news", {"n": 1})
            event, _ = await until(client, parlor.Message)
            self.assertEqual((event.name, event.text.replace(" ", "")), ("news", '{"n":1}'))
            await client.say("a text", "news")
            event, _ = await until(client, parlor.Message)
            self.assertEqual(event.text, "a text")
            self.assertIsNotNone(await client.history("news", limit=-1))
            self.assertIsNotNone(await client.presence("news"))
            self.assertIsNotNone(await client.presence_stats("news"))
            await client.leave("news")


class Docstrings(unittest.TestCase):
    def test_every_public_method_has_one(self):
        for cls in (parlor.Client, parlor.GatewayClient, parlor.VoxtaClient, parlor.TokenBowlClient,
                    parlor.CentrifugoClient, parlor.VoiceLiveClient, parlor.ToolchatClient):
            for name in dir(cls):
                if not name.startswith("_"):
                    self.assertTrue(getattr(cls, name).__doc__, f"{cls.__name__}.{name}")


assert os.environ.get("PARLOR_LIBRARY"), "run scripts/test_hosts.py, which builds the library"
