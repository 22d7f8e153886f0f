"""Drives every method of the official Python GatewayClient against a gateway given by its URL.

Prints one line per step and ends with 0 only if every step did what it promises.
"""

import asyncio
import json
import sys
import urllib.request

from voxta_gateway.client import GatewayClient

LIMIT = 10


def control(url: str, name: str, body: dict | None = None) -> None:
    """Tells the simulator what to do next."""
    request = urllib.request.Request(f"{url}/sim/{name}", data=json.dumps(body or {}).encode(), method="POST")
    urllib.request.urlopen(request, timeout=LIMIT).read()


class Seen:
    """Collects events and waits for them by name."""

    def __init__(self) -> None:
        self.queues: dict[str, asyncio.Queue] = {}

    def of(self, name: str) -> asyncio.Queue:
        return self.queues.setdefault(name, asyncio.Queue())

    async def next(self, name: str) -> dict:
        return await asyncio.wait_for(self.of(name).get(), LIMIT)


def check(step: str, truth: object) -> None:
    print(("ok      " if truth else "FAILED  ") + step, flush=True)
    if not truth:
        raise SystemExit(1)


async def main(url: str) -> None:
    events = [
        "chat_started", "chat_closed", "ai_state_changed", "characters_updated", "dialogue_received",
        "sentence_ready", "app_trigger", "external_speaker_started", "external_speaker_stopped",
        "voxta_connected", "voxta_disconnected",
    ]
    client = GatewayClient(gateway_url=url, client_id="official", events=events, reconnect_delay=0.2)
    seen = Seen()
    for name in [*events, "connected", "disconnected"]:
        async def handler(data: dict, name: str = name) -> None:
            await seen.of(name).put(data)
        client.on(name, handler)
    tell = lambda name, body=None: asyncio.get_running_loop().run_in_executor(None, control, url, name, body)

    running = asyncio.create_task(client.start())
    state = await seen.next("connected")
    check("start: connected with the snapshot", state is not None and client.is_connected)
    check("ready, since a chat is active", client.is_ready and client.chat_active)
    check("characters from the snapshot", [c["name"] for c in map(as_dict, client.characters)] == ["Mira"])
    check("wait_for_chat", await client.wait_for_chat(timeout=LIMIT))
    check("wait_for_idle", await client.wait_for_idle(timeout=LIMIT))
    check("health_check", (await client.health_check())["voxta_connected"] is True)
    check("get_state", (await client.get_state())["chat_active"] is True)

    check("send_dialogue", await client.send_dialogue("Hello there", author="me"))
    check("dialogue_received", (await seen.next("dialogue_received"))["text"] == "Hello there")
    check("thinking", (await seen.next("ai_state_changed"))["new_state"] == "thinking")
    sentence = await seen.next("sentence_ready")
    check("sentence_ready", sentence["text"] == "You said: Hello there" and sentence["message_id"])
    who, what = sentence["character_id"], sentence["message_id"]
    check("tts_playback_start", await client.tts_playback_start(who, what))
    check("speaking", (await seen.next("ai_state_changed"))["new_state"] == "speaking")
    check("tts_playback_complete", await client.tts_playback_complete(who, what))
    check("idle", (await seen.next("ai_state_changed"))["new_state"] == "idle" and str_of(client.ai_state) == "idle")
    check("send_context", await client.send_context("place", "an observatory", description="it is night"))
    check("send_dialogue without a reply", await client.send_dialogue("a door opens", source="game"))
    check("its source", (await seen.next("dialogue_received"))["source"] == "game")

    check("external_speaker_start", await client.external_speaker_start("narrator", reason="intro"))
    check("started", (await seen.next("external_speaker_started"))["source"] == "narrator")
    check("external_speaker_stop", await client.external_speaker_stop(trigger_response=False))
    check("stopped", (await seen.next("external_speaker_stopped"))["source"] == "narrator")

    await tell("trigger", {"name": "wave", "arguments": {"hand": "left"}})
    check("app_trigger", (await seen.next("app_trigger"))["arguments"] == {"hand": "left"})
    await tell("close_chat")
    await seen.next("chat_closed")
    check("chat_closed", not client.is_ready)
    try:
        await client.send_dialogue("nobody hears this")
        refused = False
    except RuntimeError:
        refused = True
    check("send_dialogue without a chat is refused by the client", refused)
    await tell("start_chat")
    await seen.next("chat_started")
    check("chat_started", client.is_ready)
    await tell("voxta", {"connected": False})
    await seen.next("voxta_disconnected")
    await tell("voxta", {"connected": True})
    check("voxta_connected", await seen.next("voxta_connected") == {})

    await tell("restart", {"down_ms": 100})
    await seen.next("disconnected")
    await seen.next("connected")
    check("reconnected by itself after a restart", client.is_connected)
    deaf = asyncio.Queue()
    handler = deaf.put_nowait
    client.on("app_trigger", handler)
    client.off("app_trigger", handler)
    await tell("trigger", {"name": "again"})
    await seen.next("app_trigger")
    check("off: the handler is not called any more", deaf.empty())
    await client.stop()
    running.cancel()
    check("stop", not client.is_connected)

    once = GatewayClient(gateway_url=url, client_id="once")
    check("connect_once", await once.connect_once() and once.is_connected)
    await once.stop()


def as_dict(character: object) -> dict:
    return character if isinstance(character, dict) else vars(character)


def str_of(state: object) -> str:
    return getattr(state, "value", state)


asyncio.run(main(sys.argv[1]))
