"""The speech of a client for a sound device: samples at its rate, without gaps, as they are asked for."""
import ctypes
import weakref
from typing import Any, Tuple

from ._constants import AudioCounter, Status
from ._library import check, lib
from .errors import BadHandle, error


class Speech:
    """What the service speaks, as 32-bit float samples. `Client.open_speech()` makes one.

    `read()` is for the callback of a sound device: it waits for nothing, and what is not there is silence. It outlives its
    client, and is silent then."""

    def __init__(self, client: int, rate: int, channels: int) -> None:
        handle = ctypes.c_void_p()
        check(lib.parlor_audio_open(client, rate, channels, ctypes.byref(handle)), "open_speech")
        self._handle = handle.value
        self._end = weakref.finalize(self, lib.parlor_audio_close, handle.value)
        #: Frames a second, and samples in each frame.
        self.rate = self.count(AudioCounter.RATE)
        self.channels = self.count(AudioCounter.CHANNELS)

    def _live(self) -> int:
        if self._handle is None:
            raise BadHandle("this speech was closed")
        return self._handle

    def read(self, frames: int) -> bytes:
        """So many frames of interleaved samples, as 4 bytes each in the order of this machine."""
        buffer = bytearray(frames * self.channels * 4)
        self.read_into(buffer)
        return bytes(buffer)

    def read_into(self, buffer: Any) -> int:
        """Fills a buffer that can be written to, such as the one of a sound device; gives how many frames are speech."""
        view = memoryview(buffer).cast("B")
        frames, heard = len(view) // (4 * self.channels), ctypes.c_uint32()
        if not frames:
            return 0
        samples = (ctypes.c_float * (frames * self.channels)).from_buffer(view)
        status = lib.parlor_audio_read(self._live(), samples, frames, ctypes.byref(heard))
        if status < 0:
            # It leaves no words behind, since it must not wait for anything.
            raise error(status, "read: this speech is read by another thread at this moment"
                        if status == Status.ERR_WRONG_STATE else "read")
        return heard.value

    def flush(self) -> None:
        """Silences what waits to be heard. What the service speaks after this is heard again."""
        check(lib.parlor_audio_flush(self._live()), "flush")

    @property
    def position(self) -> Tuple[str, float]:
        """Which reply is being heard, by the id of its Audio events, and how many seconds of it were."""
        milliseconds, length, room = ctypes.c_uint64(), ctypes.c_size_t(), 256
        while True:
            buffer = ctypes.create_string_buffer(room)
            status = lib.parlor_audio_position(
                self._live(), ctypes.byref(milliseconds), buffer, room, ctypes.byref(length))
            if status != Status.ERR_BUFFER_TOO_SMALL:
                check(status, "position")
                return buffer.raw[: length.value].decode(), milliseconds.value / 1000
            room = length.value + 1

    def count(self, which: AudioCounter) -> int:
        """One of the numbers of `AudioCounter`."""
        value = ctypes.c_uint64()
        check(lib.parlor_audio_counter(self._live(), which, ctypes.byref(value)), "count")
        return value.value

    def close(self) -> None:
        """Ends it."""
        self._handle = None
        self._end()

    def __enter__(self) -> "Speech":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
