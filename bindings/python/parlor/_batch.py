"""Batches of events, as the library gives them, and reading its memory."""
import ctypes
import json
import struct
import sys
from typing import Any, Callable, Iterator, List

from . import _abi
from ._library import check, lib

_free: Callable[[Any], int] = lib.parlor_batch_free

#: All that this process can address, as bytes. A slice of it copies nothing, and reading a text through it takes half as
#: long as ctypes.string_at() does. Nothing is looked at but what a batch says is there, while that batch is held.
MEMORY = memoryview((ctypes.c_char * sys.maxsize).from_address(0)).cast("B")
_PAIR = struct.Struct("@PN")
_WORD = ctypes.sizeof(ctypes.c_void_p)
_TEXT = _abi.Event.text.offset
#: The same memory as pointers to texts that end with a NUL. A slice of it is a list of `bytes`, made in one step.
_POINTERS: Any = (ctypes.c_char_p * (sys.maxsize // _WORD)).from_address(0)


class Batch:
    """Keeps the memory of some events alive as long as one of them is there."""

    __slots__ = ("_handle", "_step", "count", "kinds", "places", "_lengths")

    def __init__(self, handle: int) -> None:
        self._handle = handle
        first, count, stride = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
        check(lib.parlor_batch_events(handle, ctypes.byref(first), ctypes.byref(count), ctypes.byref(stride)))
        start, self._step, self.count = first.value or 0, stride.value, count.value
        #: Where each event is, and its kind.
        self.places = range(start, start + self.count * self._step, self._step)
        records = MEMORY[start : start + self.count * self._step]
        self.kinds: List[int] = records.cast("i")[1 :: self._step // 4].tolist()
        # How long the main text of each is: nearly everybody wants it, and together is cheapest.
        self._lengths: List[int] = records.cast("P")[_TEXT // _WORD + 1 :: self._step // _WORD].tolist()

    def texts(self, begin: int, end: int) -> Iterator[str]:
        """The main texts of neighbouring events."""
        first = (self.places.start + begin * self._step + _TEXT) // _WORD
        step = self._step // _WORD
        found: List[bytes] = _POINTERS[first : first + (end - begin) * step : step]
        lengths = self._lengths[begin:end]
        if sum(map(len, found)) != sum(lengths):
            # A text with a NUL in it. They are rare.
            places = (self.places[at] + _TEXT for at in range(begin, end))
            starts = [_PAIR.unpack_from(MEMORY, place)[0] for place in places]
            found = [bytes(MEMORY[start : start + length]) for start, length in zip(starts, lengths)]
        return map(bytes.decode, found)

    def __del__(self, free: Callable[[Any], int] = _free) -> None:
        free(self._handle)


class Nothing:
    """The memory of events that were made in Python."""

    __slots__ = ()


def text_property(name: str) -> Any:
    """Reads that text of an event. It is read each time: to keep it would cost more than to read it again."""
    offset = getattr(_abi.Event, name).offset
    pair, memory = _PAIR.unpack_from, MEMORY

    def read(event: Any) -> str:
        place = event._place
        if not place:
            return str(event.__dict__.get(name, ""))
        start, length = pair(memory, place + offset)
        return str(memory[start : start + length], "utf-8") if length else ""

    return property(read)


def bytes_property(name: str) -> Any:
    """Reads those bytes of an event."""
    offset = getattr(_abi.Event, name).offset

    def read(event: Any) -> bytes:
        place = event._place
        if not place:
            return bytes(event.__dict__.get(name, b""))
        start, length = _PAIR.unpack_from(MEMORY, place + offset)
        return bytes(MEMORY[start : start + length]) if length else b""

    return property(read)


def number_property(name: str, letter: str) -> Any:
    """Reads that number of an event."""
    offset = getattr(_abi.Event, name).offset
    number, memory = struct.Struct("@" + letter).unpack_from, MEMORY

    def read(event: Any) -> Any:
        place = event._place
        return number(memory, place + offset)[0] if place else event.__dict__.get(name, 0)

    return property(read)


def parsed(text: str) -> Any:
    """JSON, or None where there is none."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
