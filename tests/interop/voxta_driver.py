"""Drives every method of the official Python VoxtaClient 0.2.0 against a server given by its URL.

Prints one line per step and ends with 0 only if every step did what it promises.
"""

import asyncio
import sys

from voxta_client import VoxtaClient

LIMIT = 10
CHARACTER = "c0ffee00-0000-4000-8000-000000000001"


def check(step: str, truth: object) -> None:
    print(("ok      " if truth else "FAILED  ") + step, flush=True)
    if not truth:
        raise SystemExit(1)


async def main(url: str) -> None:
    client = VoxtaClient(url)
    seen: dict[str, asyncio.Queue] = {}

    def of(name: str) -> asyncio.Queue:
        return seen.setdefault(name, asyncio.Queue())

    async def event(name: str):
        return await asyncio.wait_for(of(name).get(), LIMIT)

    for name in ("ready", "welcome", "chatStarted", "replyChunk", "replyEnd", "update", "charactersListLoaded",
                 "scenariosListLoaded", "chatsListLoaded", "contextUpdated", "suggestions", "chatClosed",
                 "chatParticipantsUpdated", "chatPaused", "interruptSpeech", "speechPlaybackStart",
                 "speechPlaybackComplete", "action"):
        client.on(name, lambda payload=None, name=name: of(name).put_nowait(payload))
    token, cookies = client.negotiate()
    check("negotiate", token and cookies)
    await client.connect(token, cookies)
    await event("welcome")
    session = await event("ready")
    check("ready", session and client.session_id == session)
    await client.send_message("Hello")
    await event("replyChunk")
    reply = await event("replyEnd")
    check("send_message", reply["messageId"])
    message = reply["messageId"]
    await client.speech_playback_start(message_id=message)
    check("speech_playback_start", await event("speechPlaybackStart"))
    await client.speech_playback_complete(message_id=message)
    check("speech_playback_complete", await event("speechPlaybackComplete"))
    await client.update_context(session, "game", contexts=[{"name": "Location", "text": "A forest."}], set_flags=["rain"])
    check("update_context", await event("contextUpdated"))
    await client.load_characters_list()
    check("load_characters_list", await event("charactersListLoaded"))
    await client.load_scenarios_list()
    check("load_scenarios_list", await event("scenariosListLoaded"))
    await client.load_chats_list(CHARACTER)
    check("load_chats_list", await event("chatsListLoaded"))
    await client.add_chat_participant("guest")
    await event("chatParticipantsUpdated")
    await client.remove_chat_participant("guest")
    check("participants", await event("chatParticipantsUpdated"))
    await client.request_suggestions()
    check("request_suggestions", await event("suggestions"))
    await client.pause()
    check("pause", await event("chatPaused"))
    await client.trigger_action("wave", {"hand": "left"})
    check("trigger_action", await event("action"))
    await client.update_message(message, "changed")
    await client.revert()
    await client.retry()
    await event("replyEnd")
    await client.typing_start()
    await client.typing_end()
    await client.inspect(session)
    await client.inspect_audio_input(True)
    await client.character_speech_request(CHARACTER, text="Hi.")
    await event("replyEnd")
    await client.interrupt()
    check("interrupt", await event("interruptSpeech"))
    await client.subscribe_to_chat(session, "c4a70000")
    await client.register_app("Test")
    await client.start_chat(CHARACTER)
    await event("chatStarted")
    await client.resume_chat("c4a70000")
    check("chats", await event("chatStarted"))
    await client.stop_chat("c4a70000")
    check("stop_chat", await event("chatClosed"))
    # Only now: its read loop ends with a TypeError when it hears of a deleted message, whose text is null.
    await client.delete_message(message, session)
    await client.transport.close()
    check("close", True)


asyncio.run(main(sys.argv[1]))
