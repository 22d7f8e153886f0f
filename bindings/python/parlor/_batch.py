"""Batches of events, as the library gives them, and reading its memory."""
import ctypes
import json
import struct
import sys
from typing import Any, Callable, List, Sequence

from . import _abi
from ._library import check, lib

_free: Callable[[Any], int] = lib.parlor_batch_free

#: All that this process can address, as bytes. A slice of it copies nothing, and reading a text through it takes half as
#: long as ctypes.string_at() does. Nothing is looked at but what a batch says is there, while that batch is held.
MEMORY = memoryview((ctypes.c_char * sys.maxsize).from_address(0)).cast("B")
_PAIR = struct.Struct("@PN")
_TEXT = _abi.Event.text.offset


class Batch:
    """Keeps the memory of some events alive as long as one of them is there."""

    __slots__ = ("_handle", "count", "kinds", "places", "texts", "lengths")

    def __init__(self, handle: int) -> None:
        self._handle = handle
        first, count, stride = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
        check(lib.parlor_batch_events(handle, ctypes.byref(first), ctypes.byref(count), ctypes.byref(stride)))
        start, step, self.count = first.value or 0, stride.value, count.value
        #: Where each event is, and its kind.
        self.places: Sequence[int] = range(start, start + self.count * step, step)
        records = MEMORY[start : start + self.count * step]
        self.kinds: List[int] = records.cast("i")[1 :: step // 4].tolist()
        #: Where the main text of each is, and how long it is: nearly everybody wants it, and together is cheapest.
        words, word = records.cast("P"), ctypes.sizeof(ctypes.c_void_p)
        self.texts: List[int] = words[_TEXT // word :: step // word].tolist()
        self.lengths: List[int] = words[_TEXT // word + 1 :: step // word].tolist()

    def keep(self, indices: List[int]) -> None:
        """Forgets all but these events."""
        self.places, self.kinds = [self.places[at] for at in indices], [self.kinds[at] for at in indices]
        self.texts, self.lengths = [self.texts[at] for at in indices], [self.lengths[at] for at in indices]

    def text(self, index: int) -> str:
        """The main text of one event."""
        start = self.texts[index]
        return str(MEMORY[start : start + self.lengths[index]], "utf-8") if self.lengths[index] else ""

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
