"""A plugin of pytest for the live tests of azure-ai-voicelive: makes the recordings that they play, which are not
published, and shortens the times for which they collect events, since a simulator has said everything at once. What they
expect is left as it is."""

import os
import struct
from pathlib import Path

LONGEST = float(os.environ.get("PARLOR_PATIENCE", "3"))


def sound(rate, parts):
    """Parts of speech (positive) and of silence (negative), in milliseconds."""
    speech = struct.pack("<hh", 9000, -9000)
    return b"".join((speech if ms > 0 else bytes(4)) * (rate * abs(ms) // 2000) for ms in parts)


def wav(rate, parts, said):
    pcm = sound(rate, parts)
    text = said.encode() + b"\0" * (2 - len(said) % 2)
    info = b"INFO" + b"ICMT" + struct.pack("<I", len(text)) + text
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    body = b"WAVE"
    for name, chunk in ((b"fmt ", form), (b"LIST", info), (b"data", pcm)):
        body += name + struct.pack("<I", len(chunk)) + chunk
    return b"RIFF" + struct.pack("<I", len(body)) + body


def recordings():
    lake, weather = "What's the largest lake in the world?", "What is the weather in Beijing?"
    yield "largest_lake.wav", wav(24000, [1480], lake)
    for rate in (8000, 16000, 44100):
        yield f"largest_lake.{rate // 1000}kHz.wav", wav(rate, [1480], lake)
    yield "largest_lake.ulaw", b"\x80\x00" * (4 * 1480) + b"\xff" * (8 * 700)
    yield "largest_lake.alaw", b"\xaa\x2a" * (4 * 1480) + b"\xd5" * (8 * 700)
    yield "4-1.wav", wav(24000, [800, -900, 800, -900], "Four minus one.")
    yield "ask_weather.wav", wav(24000, [1200, -300], weather)
    yield "ask_weather.mp3", wav(24000, [1200, -300], weather)
    yield "filler_word_24kHz.wav", wav(24000, [150, -200, 180, -400, 120], "Um, er, uh.")


def pytest_configure(config):
    config.addinivalue_line("markers", "live_test_only: needs a service")
    config.addinivalue_line("markers", "flaky: may be tried again; it is not")
    assets = Path(os.environ["PARLOR_ASSETS"])
    assets.mkdir(exist_ok=True)
    for name, data in recordings():
        (assets / name).write_bytes(data)


def pytest_collection(session):
    from tests.live import _live_helpers as helpers

    collect, outputs = helpers._collect_event, helpers._collect_audio_trans_outputs

    async def collect_event(conn, *, event_type, timeout=10):
        return await collect(conn, event_type=event_type, timeout=min(timeout, LONGEST))

    async def collect_outputs(conn, duration_s):
        return await outputs(conn, min(duration_s, LONGEST))

    helpers._collect_event = collect_event
    helpers._collect_audio_trans_outputs = collect_outputs
