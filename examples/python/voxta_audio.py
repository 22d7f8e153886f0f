"""Voice with a Voxta server in the shape of its Python client: connect, on_audio, send_audio, close.

Usage: voxta_audio.py URL [TOKEN]; PARLOR_LIBRARY says where the shared library is. The standard input is the microphone:
16-bit mono PCM of 16 kHz. What is spoken is counted; a program with a sound device would play it.
"""
import array
import asyncio
import ctypes
import json
import os
import sys
import threading

STRLEN, PIECE = ctypes.c_size_t(-1), 320
OK, STATE, TRANSCRIPT, AUDIO_ENDED, MICROPHONE = 0, 1, 111, 201, 203
CLOSED, READY, FAILED = 0, 3, 5


class Event(ctypes.Structure):
    """The first fields of parlor_event; its stride says how long it really is."""
    _fields_ = [("size", ctypes.c_uint32), ("kind", ctypes.c_int32), ("status", ctypes.c_int32),
                ("unread", ctypes.c_byte * 36), ("value", ctypes.c_int64), ("unread_too", ctypes.c_byte * 24),
                ("text", ctypes.c_void_p), ("text_len", ctypes.c_size_t)]


class VoxtaAudioClient:
    """Raw speech in and out: 16-bit mono PCM of one rate, whatever the server speaks in."""

    def __init__(self, url, rate=16000):
        self.url, self.rate, self.ended, self.handlers = url, rate, False, []
        self.library = ctypes.CDLL(os.environ.get("PARLOR_LIBRARY", "libparlor.so.0"))
        self.client, self.audio, self.listening = ctypes.c_void_p(), ctypes.c_void_p(), asyncio.Event()

    def on_audio(self, handler):
        """Decorator: the handler gets every piece of speech, 20 ms of it, on the audio thread."""
        return self.handlers.append(handler) or handler

    def _must(self, status, what):
        why = ctypes.create_string_buffer(512)
        if status < OK and self.library.parlor_last_error(why, ctypes.c_size_t(512), None) <= OK:
            raise ConnectionError(f"{what}: {why.value.decode()}")

    async def connect(self, token=None, cookies=None):
        options = ctypes.c_void_p()
        self._must(self.library.parlor_options_new(ctypes.byref(options)), "options")
        wanted = {"protocol": "voxta", "url": self.url, "credential": token or "", "voxta.speech": "pcm",
                  "voxta.microphone_rate": str(self.rate), "voxta.send_transcript": "1", "voxta.barge_in": "1",
                  "events.kinds": "STATE,TRANSCRIPT,AUDIO_ENDED,MICROPHONE", "retry.max_attempts": "3"}
        if cookies:
            wanted["headers"] = json.dumps({"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())})
        named = self.library.parlor_options_set_named
        for name, value in wanted.items():
            self._must(named(options, name.encode(), STRLEN, value.encode(), STRLEN), name)
        made = self.library.parlor_client_new(options, None, None, None, ctypes.byref(self.client))
        self.library.parlor_options_free(options)
        self._must(made, "client")
        device = (ctypes.c_uint32(self.rate), ctypes.c_uint32(1), ctypes.byref(self.audio))
        self._must(self.library.parlor_audio_open(self.client, *device), "audio")
        self._must(self.library.parlor_client_connect(self.client, ctypes.c_uint64(0), None), "connect")
        ready, self.loop = asyncio.Event(), asyncio.get_running_loop()
        self.events = threading.Thread(target=self._events, args=(ready,), daemon=True)
        for thread in (self.events, threading.Thread(target=self._play, daemon=True)):
            thread.start()
        await ready.wait()
        self._must(-1 if self.ended else OK, "the server can not be reached, or wants another token")

    def send_audio(self, pcm):
        self._must(self.library.parlor_client_send_audio(self.client, pcm, ctypes.c_size_t(len(pcm))), "send_audio")

    async def close(self):
        self.library.parlor_client_close(self.client, ctypes.c_uint64(0), None)
        await asyncio.to_thread(self.events.join)
        self.library.parlor_audio_close(self.audio)
        self.library.parlor_client_destroy(self.client)

    def _play(self):
        # What a sound device would call by itself, every 20 ms.
        frames, heard, pause = (ctypes.c_float * PIECE)(), ctypes.c_uint32(), threading.Event()
        while not self.ended:
            self.library.parlor_audio_read(self.audio, frames, ctypes.c_uint32(PIECE), ctypes.byref(heard))
            if heard.value:
                pcm = array.array("h", (int(sample * 32767) for sample in frames[:heard.value])).tobytes()
                for handler in self.handlers:
                    handler(pcm)
            pause.wait(PIECE / self.rate)

    def _events(self, ready):
        batch, forever = ctypes.c_void_p(), ctypes.c_uint32(0xFFFFFFFF)
        while not self.ended and self.library.parlor_client_take(self.client, forever, ctypes.byref(batch)) == OK:
            first, count, stride = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
            self.library.parlor_batch_events(batch, ctypes.byref(first), ctypes.byref(count), ctypes.byref(stride))
            for at in range(count.value):
                event = Event.from_address(first.value + at * stride.value)
                if event.kind == STATE and event.value in (READY, CLOSED, FAILED):
                    self.ended = event.value != READY
                    self.loop.call_soon_threadsafe(ready.set)
                elif event.kind == MICROPHONE and event.value:
                    self.loop.call_soon_threadsafe(self.listening.set)
                elif event.kind == TRANSCRIPT:
                    print("heard:", ctypes.string_at(event.text, event.text_len).decode(), flush=True)
            self.library.parlor_batch_free(batch)


async def main():
    client, spoken = VoxtaAudioClient(sys.argv[1]), []
    client.on_audio(spoken.append)
    await client.connect(sys.argv[2] if len(sys.argv) > 2 else None)
    await client.listening.wait()
    while piece := await asyncio.to_thread(sys.stdin.buffer.read, 2 * PIECE):
        client.send_audio(piece)
        await asyncio.sleep(len(piece) / 2 / client.rate)
    while sum(map(len, spoken)) < client.rate // 10:
        await asyncio.sleep(0.02)
    await client.close()
    print(f"spoken: {sum(map(len, spoken))} bytes", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
