"""Stands in for PyAudio: into the microphone somebody says something for a moment; the loudspeaker is not heard."""
import struct
import threading
import time

paInt16, paContinue, paComplete = 8, 0, 1
_SPOKEN = 10_000


def get_sample_size(_):
    return 2


class Stream:
    def __init__(self, *, rate=24_000, frames_per_buffer=1024, stream_callback=None, start=True, **_):
        self.rate, self.frames, self.callback = rate, frames_per_buffer, stream_callback
        self.heard, self.thread, self.running = 0, None, False
        if start:
            self.start_stream()

    def start_stream(self):
        if self.callback is not None and not self.running:
            self.running, self.thread = True, threading.Thread(target=self._call_back, daemon=True)
            self.thread.start()

    def stop_stream(self):
        self.running = False

    close = stop_stream

    def is_active(self):
        return self.running

    def _call_back(self):
        while self.running and self.callback(self.read(self.frames), self.frames, {}, 0)[1] == paContinue:
            pass

    def read(self, frames, **_):
        time.sleep(frames / self.rate)
        self.heard += frames
        level = 8000 if self.heard < _SPOKEN else 0
        return b"".join(struct.pack("<h", level if at % 50 < 25 else -level) for at in range(frames))

    def write(self, data, **_):
        pass


class PyAudio:
    def open(self, **named):
        return Stream(**named)

    def get_device_count(self):
        return 1

    def get_device_info_by_index(self, _):
        return {"maxInputChannels": 1, "maxOutputChannels": 1}

    def terminate(self):
        pass
