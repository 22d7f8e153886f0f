"""One turn of a spoken conversation: what a WAV file says goes in, what is answered comes out as another one.

voice_turn.py URL IN.wav OUT.wav [KEY]; the file is 16-bit mono at 24000 Hz, which is what the session is set to.
"""
import asyncio
import sys
import wave

import parlor

RATE = 24000
SESSION = {"modalities": ["text", "audio"], "turn_detection": None, "input_audio_format": "pcm16",
           "output_audio_format": "pcm16"}


def read(path):
    with wave.open(path, "rb") as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
            sys.exit(f"{path}: this wants 16-bit mono at {RATE} Hz")
        return file.readframes(file.getnframes())


async def main(url, source, target, key="a-key"):
    pcm, spoken, formats = read(source), bytearray(), set()
    async with parlor.voicelive(url, key=key, model="gpt-realtime", session=SESSION) as client:
        await client.ready()
        # A microphone would give it out in such pieces, in its own time.
        for start in range(0, len(pcm), RATE // 10 * 2):
            client.send_audio(pcm[start:start + RATE // 10 * 2])
        await client.commit_audio()
        print(f"said {len(pcm) / 2 / RATE:.1f} s")
        await client.create_response()
        async for event in client:
            if isinstance(event, parlor.Transcript) and event.final:
                print(f"heard: {event.text}")
            elif isinstance(event, parlor.Sentence):
                print(f"AI: {event.text}")
            elif isinstance(event, parlor.Audio):
                spoken += event.data
                formats.add((event.name, event.rate))
            elif isinstance(event, parlor.ReplyEnded):
                break
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(spoken)
    print(f"answered {len(spoken) / 2 / RATE:.1f} s as {', '.join(f'{name} at {rate} Hz' for name, rate in formats)}")


asyncio.run(main(*sys.argv[1:]))
