"""What the Token Bowl programs beside this file share: one client over nothing but ctypes and the library itself.

PARLOR_LIBRARY says where the shared library is; where no key is given, it is taken from TOKEN_BOWL_CHAT_API_KEY.
"""
import ctypes
import json
import os
import sys

STRLEN = ctypes.c_size_t(-1)
OK, GAP, STATE, MESSAGE, TYPING, RECEIPT, REQUEST_DONE = 0, 4, 1, 102, 112, 113, 2
CLOSED, READY, FAILED = 0, 3, 5


class Event(ctypes.Structure):
    """The first fields of parlor_event; its stride says how long it really is."""
    _fields_ = [("size", ctypes.c_uint32), ("kind", ctypes.c_int32), ("status", ctypes.c_int32),
                ("flags", ctypes.c_uint32), ("sequence", ctypes.c_uint64), ("monotonic_ns", ctypes.c_uint64),
                ("request", ctypes.c_uint64), ("tag", ctypes.c_uint64), ("value", ctypes.c_int64),
                ("time", ctypes.c_double)]
    for _name in ("type", "text", "id", "name", "sender", "role", "data", "json"):
        _fields_ += [(_name, ctypes.c_void_p), (_name + "_len", ctypes.c_size_t)]

    def read(self, name):
        """One of its texts."""
        return ctypes.string_at(getattr(self, name), getattr(self, name + "_len")).decode()


class TokenBowl:
    """A client that can be iterated over: its events, until it is closed or has failed."""

    def __init__(self, url, key=None):
        self.library = ctypes.CDLL(os.environ.get("PARLOR_LIBRARY", "libparlor.so.0"))
        options, self.client = ctypes.c_void_p(), ctypes.c_void_p()
        self._must(self.library.parlor_options_new(ctypes.byref(options)), "options")
        for name, value in {"protocol": "tokenbowl", "url": url, "credential": key or ""}.items():
            self._must(self.library.parlor_options_set_named(options, *self._text(name), *self._text(value)), name)
        self._must(self.library.parlor_client_new(options, None, None, None, ctypes.byref(self.client)), "client")
        self.library.parlor_options_free(options)
        self._must(self.library.parlor_client_connect(self.client, ctypes.c_uint64(0), None), "connect")

    @staticmethod
    def _text(value):
        return value.encode(), STRLEN

    def _must(self, status, what):
        if status < OK:
            why = ctypes.create_string_buffer(512)
            self.library.parlor_last_error(why, ctypes.c_size_t(512), None)
            raise ValueError(f"{what}: {why.value.decode()}")

    def say(self, text, to=None):
        """Says something in the room, or to one user. Raises ValueError where it is too short or too long."""
        parameters = json.dumps({"to": to}) if to else "{}"
        none = (ctypes.c_uint64(0), None)
        said = self.library.parlor_client_say(self.client, *self._text(text), *self._text(parameters), *none)
        self._must(said, "say")

    def close(self):
        """Says goodbye; the last event is the state CLOSED."""
        self._must(self.library.parlor_client_close(self.client, ctypes.c_uint64(0), None), "close")

    def __iter__(self):
        batch, ended = ctypes.c_void_p(), False
        forever = ctypes.c_uint32(0xFFFFFFFF)
        while not ended and self.library.parlor_client_take(self.client, forever, ctypes.byref(batch)) == OK:
            first, count, stride = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
            self.library.parlor_batch_events(batch, ctypes.byref(first), ctypes.byref(count), ctypes.byref(stride))
            for at in range(count.value):
                event = Event.from_address(first.value + at * stride.value)
                ended = ended or (event.kind == STATE and event.value in (CLOSED, FAILED))
                if event.kind == STATE and event.value == FAILED:
                    print(event.read("text"), file=sys.stderr)
                yield event
            self.library.parlor_batch_free(batch)
        self.library.parlor_client_destroy(self.client)
