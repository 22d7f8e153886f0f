"""The examples of the documents that describe the originals, with the import changed and the address of a simulator."""
import asyncio
import json
import os
import unittest
from pathlib import Path

import parlor.compat
from kit import PATIENCE, AsyncWithSim
from parlor.compat.token_bowl_chat import (
    AsyncTokenBowlClient,
    AuthenticationError,
    NetworkError,
    NotFoundError,
    TokenBowlClient,
    TokenBowlWebSocket,
    UnreadCountResponse,
    ValidationError,
)
from parlor.compat.token_bowl_chat.models import MessageResponse
from parlor.compat.voicelive import ConnectionClosed, connect
from parlor.compat.voicelive import ConnectionError as VoiceError
from parlor.compat.voxta_client import VoxtaAudioClient, VoxtaClient
from parlor.compat.voxta_client.models import ClientSendMessage
from parlor.compat.voxta_gateway import ConnectionState, GatewayClient

CHARACTER = "c0ffee00-0000-4000-8000-000000000001"


def key(name):
    """The key of a user of the simulator."""
    return (name.encode().hex() * 64)[:64]


async def until(so, what="it"):
    """Waits until something is so."""
    for _ in range(int(PATIENCE / 0.02)):
        if so():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{what} never came")


class Gateway(AsyncWithSim):
    async def test_the_guides_complete_example(self):
        printed = []
        client = GatewayClient(
            gateway_url=self.sim.url, client_id="example-client",
            events=["chat_started", "chat_closed", "dialogue_received", "ai_state_changed"])

        @client.on("chat_started")
        async def on_chat_started(data):
            printed.append(f"Chat started with characters: {len(data.get('characters', []))}")

        @client.on("dialogue_received")
        async def on_dialogue(data):
            printed.append(f"[{data.get('source', '?')}] {data.get('text', '')}")

        @client.on("ai_state_changed")
        def on_state_change(data):
            printed.append(f"AI state: {data.get('old_state')} -> {data.get('new_state')}")

        running = asyncio.create_task(client.start())
        self.assertTrue(await client.wait_for_chat(timeout=PATIENCE))
        self.assertEqual(client.connection_state, ConnectionState.READY)
        self.assertTrue(await client.send_dialogue("Hello!"))
        await until(lambda: len(printed) >= 2)
        self.assertEqual(printed[0], "[user] Hello!")
        self.assertIn("AI state: idle -> thinking", printed)
        await client.stop()
        await asyncio.wait_for(running, PATIENCE)
        self.assertEqual(client.connection_state, ConnectionState.DISCONNECTED)

    async def test_the_state_is_right_without_any_subscription_to_it(self):
        client = GatewayClient(self.sim.url, "quiet", events=["app_trigger"])
        running = asyncio.create_task(client.start())
        self.assertTrue(await client.wait_for_chat(PATIENCE))
        self.sim.control("voxta", connected=False)
        await until(lambda: not client.chat_active, "the end of the chat")
        self.assertFalse(client.state.connected)
        with self.assertRaises(RuntimeError):
            await client.send_dialogue("nobody hears this")
        with self.assertLogs(client.logger, "INFO") as logs:
            await client.stop()
            await running
        # It was asked for, so it is nothing to be warned of.
        self.assertEqual([one.levelname for one in logs.records], ["INFO"])

    async def test_calls_go_without_a_connection_and_failures_are_false(self):
        client = GatewayClient(self.sim.url)
        self.assertEqual((await client.health_check())["status"], "ok")
        self.assertTrue(await client.external_speaker_start("game", "cutscene"))
        self.sim.control("restart", down_ms=60000)
        with self.assertLogs("GatewayClient.gateway-client", "ERROR"):
            self.assertFalse(await client.external_speaker_stop())

    async def test_all_is_an_event_and_a_slow_handler_holds_nobody_up(self):
        client, heard = GatewayClient(self.sim.url, "all", events=["all"]), []

        @client.on("app_trigger")
        async def slow(data):
            await asyncio.sleep(0.3)
            heard.append(data["name"])

        running = asyncio.create_task(client.start())
        await client.wait_for_chat(PATIENCE)
        for name in ("one", "two"):
            await asyncio.get_running_loop().run_in_executor(None, lambda: self.sim.control("trigger", name=name))
        self.assertEqual((await client.health_check())["status"], "ok")
        await until(lambda: heard == ["one", "two"])
        await client.stop()
        await running


class Voxta(AsyncWithSim):
    service, demo = "voxta", True

    async def test_the_guides_connection_chat_context_and_models(self):
        client, heard = VoxtaClient(self.sim.url), []
        token, cookies = client.negotiate()
        await client.connect(token, cookies)
        ready_event = asyncio.Event()
        client.on("ready", lambda sid: ready_event.set())
        await asyncio.wait_for(ready_event.wait(), PATIENCE)
        self.assertTrue(client.session_id)

        @client.on("replyChunk")
        async def on_stream(payload):
            heard.append(payload["text"])

        message = ClientSendMessage(sessionId=client.session_id, text="Hello Apex!", doReply=True)
        self.assertEqual(list(message.to_dict())[:3], ["$type", "sessionId", "text"])
        self.assertEqual(message.to_signalr_invocation("1")["arguments"][0]["$type"], "send")
        sent = []
        client.on("client_send", sent.append)
        await client.send_message("Hello Apex!")
        self.assertEqual(sent[0], message.to_dict())
        await until(lambda: "Hello, traveller!" in " ".join(heard), "the reply")
        await client.update_context(
            session_id=client.session_id, context_key="game_state",
            contexts=[{"name": "Location", "content": "The player is currently in the Dark Forest."}],
            set_flags=["is_raining"])
        await until(lambda: "Dark Forest" in json.dumps(self.sim.record()), "the context")
        self.assertNotIn('"content"', json.dumps(self.sim.record()), "the server knows it as text")
        await client.close()
        self.assertFalse(client.running)

    async def test_nobody_listens(self):
        client = VoxtaClient("http://127.0.0.1:1")
        with self.assertLogs("VoxtaClient", "ERROR"):
            self.assertEqual(client.negotiate(), (None, None))
        with self.assertRaises(Exception) as caught:
            await client.connect("token")
        self.assertEqual(type(caught.exception).__name__, "VoxtaConnectionError")

    async def test_the_guides_audio_client(self):
        client = VoxtaClient(self.sim.url)
        token, cookies = client.negotiate()
        pieces, audio = [], VoxtaAudioClient(self.sim.url)

        @audio.on_audio
        def handle_pcm_data(chunk: bytes):
            pieces.append(len(chunk))

        await audio.connect(token, cookies)
        self.assertTrue(audio.running)
        await client.connect(token, cookies)
        await until(lambda: client.session_id, "the session")
        await client.send_message("Hello!")
        await until(lambda: len(pieces) >= 2, "the speech")
        await audio.send_audio(b"\0\0" * 160)
        await audio.close()
        await client.close()
        self.assertFalse(audio.running)


class TokenBowl(AsyncWithSim):
    service = "tokenbowl"

    def setUp(self):
        super().setUp()
        self.addCleanup(os.environ.pop, "TOKEN_BOWL_CHAT_API_KEY", None)
        os.environ["TOKEN_BOWL_CHAT_API_KEY"] = key("alice")

    async def test_the_documents_quick_start_with_an_async_callback(self):
        heard, connected, left = [], [], []

        async def on_message(msg: MessageResponse):
            heard.append(f"{msg.from_username}: {msg.content}")

        async with TokenBowlWebSocket(base_url=self.sim.url, on_message=on_message, on_connect=lambda: connected.append(1),
                                      on_disconnect=lambda: left.append(1)) as ws:
            await until(lambda: connected)
            await ws.wait_until_connected()
            async with TokenBowlWebSocket(api_key=key("bob"), base_url=self.sim.url.replace("http", "ws")) as other:
                await other.send_message("Hello, everyone!")
                await other.send_message("This is private", to_username="alice")
            await until(lambda: len(heard) == 2)
        self.assertEqual(heard, ["bob: Hello, everyone!", "bob: This is private"])
        self.assertEqual(left, [1])

    async def test_what_the_document_says_of_mistakes(self):
        async with TokenBowlWebSocket(base_url=self.sim.url) as ws:
            for content in ("", "x" * 10001):
                with self.assertRaisesRegex(ValueError, "Content must be 1-10000 characters"):
                    await ws.send_message(content)
        alone = TokenBowlWebSocket(api_key="key", base_url=self.sim.url)
        self.assertFalse(alone.is_connected)
        with self.assertRaisesRegex(ValueError, "WebSocket not connected"):
            await alone.send_message("test")
        problems = []
        with self.assertRaises(AuthenticationError):
            async with TokenBowlWebSocket(api_key="invalid-key", base_url=self.sim.url, on_error=problems.append):
                self.fail("the key is none")
        self.assertIsInstance(problems[0], NetworkError)
        with self.assertRaises(NetworkError):
            await TokenBowlWebSocket(api_key="x", base_url="http://127.0.0.1:1").connect()

    async def test_reading_typing_and_counts(self):
        heard, receipts, typing, counts = [], [], [], []
        async with TokenBowlWebSocket(base_url=self.sim.url, on_read_receipt=lambda *two: receipts.append(two),
                                      on_typing=lambda *two: typing.append(two)) as alice, \
                TokenBowlWebSocket(api_key=key("bob"), base_url=self.sim.url, on_message=heard.append,
                                   on_unread_count=counts.append) as bob:
            await alice.send_message("read me")
            await until(lambda: heard)
            await bob.get_unread_count()
            self.assertIsInstance(counts[0], UnreadCountResponse)
            self.assertGreaterEqual(counts[0].total_unread, 1)
            await bob.mark_message_read(heard[0].id)
            await until(lambda: receipts, "the receipt")
            self.assertEqual(receipts[0], (heard[0].id, "bob"))
            self.assertIn("count", await bob.mark_all_as_read())
            await bob.mark_all_messages_read()
            await bob.mark_room_messages_read()
            await bob.mark_direct_messages_read("alice")
            await bob.send_typing_indicator()
            await until(lambda: typing, "the typing")
            self.assertEqual(typing[0][0], "bob")

    async def test_operations_that_the_judge_does_not_call(self):
        def work():
            with TokenBowlClient(api_key=key("alice"), base_url=self.sim.url) as alice, \
                    TokenBowlClient(api_key=key("root"), base_url=self.sim.url) as root:
                sent = alice.send_message("to be kept")
                self.assertEqual(sent.timestamp_dt.utcoffset().total_seconds(), 0)
                kept = alice.create_conversation("A talk", "about nothing", [sent.id])
                self.assertEqual(alice.get_conversation(kept.id).message_ids, [sent.id])
                self.assertEqual(alice.update_conversation(kept.id, title="Another").title, "Another")
                self.assertGreaterEqual(alice.get_conversations().total, 1)
                self.assertIsNone(alice.delete_conversation(kept.id))
                user = root.register("temporary")
                self.assertEqual(root.admin_update_user(user.id, {"emoji": "x"}).emoji, "x")
                self.assertIsNone(root.admin_delete_user(user.id))
                self.assertTrue(root.admin_invite_user("a@b.example", "https://a.example/signup").message)
                self.assertEqual(alice.update_my_username("alice2").username, "alice2")
                self.assertEqual(len(alice.regenerate_api_key()["api_key"]), 64)
        await asyncio.get_running_loop().run_in_executor(None, work)
        async with AsyncTokenBowlClient(api_key=key("bob"), base_url=self.sim.url) as bob:
            self.assertEqual((await bob.get_my_profile()).username, "bob")
            self.assertEqual((await bob.health_check())["status"], "healthy")

    async def test_an_id_that_can_not_be_one_is_not_found(self):
        # The documentation's own examples have such ids, and catch NotFoundError.
        async with AsyncTokenBowlClient(api_key=key("root"), base_url=self.sim.url) as root:
            for attempt in (root.mark_message_read("msg-1"), root.admin_get_message("msg-1"), root.admin_get_user("alice"),
                            root.get_conversation("talk"), root.delete_bot("bot"), root.get_user_profile("bob"),
                            root.admin_assign_role("user", "admin")):
                with self.assertRaises(NotFoundError) as caught:
                    await attempt
                self.assertNotIsInstance(caught.exception, NetworkError)
            with self.assertRaises(ValidationError) as caught:
                await root.get_messages(limit=-1)
            self.assertNotIsInstance(caught.exception, NotFoundError)

    async def test_the_login_calls_say_what_the_server_says(self):
        async with AsyncTokenBowlClient(base_url=self.sim.url) as client:
            for attempt in (client.send_magic_link("a@b.example"), client.authenticate_magic_link("token")):
                try:
                    self.assertTrue((await attempt).model_dump())
                except Exception as fault:
                    self.assertIn(type(fault).__name__, ("ServerError", "AuthenticationError"))


class VoiceLive(AsyncWithSim):
    service = "voicelive"

    async def test_what_the_judge_does_not_call(self):
        sent = []
        async with connect(endpoint=self.sim.url, credential="secret", model="gpt-realtime") as connection:
            async for event in connection:
                self.assertEqual(event.type, "session.created")
                self.assertEqual(event.session.model, "gpt-realtime")
                self.assertIsNone(event.session.no_such_member)
                break
            await connection.output_audio_buffer.clear()
            await connection.transcription_session.update(session={})
            await connection.input_audio_buffer.append(audio=b"\0" * 960)
            await connection.input_audio_buffer.commit()
            await connection.send({"type": "response.create", "event_id": "mine"})
            while not sent or sent[-1] != "response.done":
                sent.append((await asyncio.wait_for(connection.recv(), PATIENCE)).type)
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(connection.recv(), 0.05)
            await connection.send({"type": "response.create"})
            self.assertTrue((await asyncio.wait_for(connection.recv_bytes(), PATIENCE)).startswith(b"{"))
            self.sim.control("close", code=1011, reason="enough")
            with self.assertRaises(ConnectionClosed) as caught:
                while True:
                    await asyncio.wait_for(connection.recv(), PATIENCE)
            self.assertEqual(caught.exception.code, 1011)
            async for event in connection:
                self.fail("it stays closed")
        with self.assertRaises(VoiceError):
            async with connect(endpoint="http://127.0.0.1:1", credential="x", model="m"):
                self.fail("nobody listens there")
        with self.assertRaises(ValueError):
            connect(endpoint="http://127.0.0.1:1", credential="x", agent_name="alone")


    async def test_a_program_may_send_at_once(self):
        # The service takes its time to greet; the original can send as soon as the socket is open.
        self.sim.control("faults", frame_delay_ms=300)
        async with connect(endpoint=self.sim.url, credential="secret", model="gpt-realtime") as connection:
            await connection.session.update(session={"instructions": "be brief"})
            heard = [(await asyncio.wait_for(connection.recv(), PATIENCE)).type for _ in range(2)]
        self.assertEqual(heard, ["session.created", "session.updated"])

    async def test_a_service_that_never_greets_and_one_that_refuses(self):
        silent = connect(endpoint=self.sim.url, credential="secret", model="sc-silent")
        silent._arguments["answer_timeout_ms"] = 300
        async with silent as connection:
            with self.assertRaises(VoiceError):
                await asyncio.wait_for(connection.session.update(session={}), PATIENCE)
            with self.assertRaises(ConnectionClosed):
                await asyncio.wait_for(connection.recv(), PATIENCE)
        async with connect(endpoint=self.sim.url, credential="secret", model="sc-refuse") as connection:
            self.assertEqual((await asyncio.wait_for(connection.recv(), PATIENCE)).error.code, "model_not_supported")
            with self.assertRaises(ConnectionClosed) as caught:
                await asyncio.wait_for(connection.recv(), PATIENCE)
        self.assertEqual(caught.exception.code, 1008)


class Methods(unittest.TestCase):
    def test_every_public_method_of_the_originals_is_there_and_in_the_table(self):
        """The names as the originals have them, from their packages."""
        import parlor.compat.token_bowl_chat as tokens
        import parlor.compat.voicelive as voice
        import parlor.compat.voxta_client as voxta
        import parlor.compat.voxta_gateway as gateway
        table = (parlor.compat.__path__[0] + "/README.md")
        with open(table, encoding="utf-8") as file:
            text = file.read()
        originals = json.loads((Path(__file__).parent / "originals.json").read_text())
        modules = {"voxta_gateway": gateway, "voxta_client": voxta, "token_bowl_chat": tokens, "voicelive": voice}
        checked = 0
        for module, classes in originals.items():
            for name, members in classes.items():
                ours = getattr(modules[module], name)
                for member in members:
                    self.assertTrue(hasattr(ours, member) or member in ("state", "on_message"), f"{module}.{name}.{member}")
                    self.assertIn(member, text, f"{module}.{name}.{member} is not in the table")
                    checked += 1
        print(f"  {checked} public methods of the originals", flush=True)

