"""An avatar that speaks what the AI says, and reports what its loudspeaker does: avatar_bridge.py URL [SENTENCES]

The voice is a clock here: a sentence lasts a hundredth of a second a letter. It falls silent when somebody else speaks, and
makes the faces that the AI asks for. It ends after so many sentences (3).
"""
import asyncio
import sys

import parlor

EVENTS = ["chat_started", "chat_closed", "sentence_ready", "ai_state_changed", "external_speaker_started", "app_trigger"]


class Avatar:
    """Speaks one sentence after the other; a reply begins with its first and is complete when nothing is left of it."""

    def __init__(self, client):
        self.client, self.sentences, self.hushed = client, asyncio.Queue(), asyncio.Event()
        self.spoken = 0

    async def speak(self, wanted):
        while self.spoken < wanted:
            sentence = await self.sentences.get()
            print(f"{sentence.name} says: {sentence.text}", flush=True)
            await self.client.playback("started", sentence.id, sentence.sender)
            try:
                await asyncio.wait_for(self.hushed.wait(), len(sentence.text) / 100)
            except asyncio.TimeoutError:
                pass
            self.hushed.clear()
            self.spoken += 1
            await self.client.playback("completed", sentence.id, sentence.sender)

    def hush(self, who):
        dropped = self.sentences.qsize()
        while not self.sentences.empty():
            self.sentences.get_nowait()
        self.hushed.set()
        print(f"  hush: {who} speaks, {dropped} lines dropped", flush=True)


async def main(url, wanted=3):
    async with parlor.gateway(url, events=EVENTS) as client:
        avatar = Avatar(client)
        speaking = asyncio.ensure_future(avatar.speak(int(wanted)))

        @client.on("sentence")
        def sentence(event):
            avatar.sentences.put_nowait(event)

        @client.on("speaker")
        def speaker(event):
            if event.value and not event.snapshot:
                avatar.hush(event.name)

        @client.on("trigger")
        def trigger(event):
            print(f"  face: {event.name} {event.arguments}", flush=True)

        @client.on("state")
        def state(event):
            if event.state is parlor.State.READY:
                print("* READY", flush=True)

        listening = asyncio.ensure_future(client.run_async())
        await asyncio.wait({speaking, listening}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        await speaking
    print(f"avatar: {avatar.spoken} sentences spoken")


asyncio.run(main(*sys.argv[1:]))
