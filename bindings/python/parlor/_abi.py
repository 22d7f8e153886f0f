"""The functions and the struct of the C ABI as ctypes has to know them; the tests check it against the header."""
import ctypes
from ctypes import (
    POINTER,
    c_char_p,
    c_double,
    c_float,
    c_int32,
    c_int64,
    c_size_t,
    c_ssize_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Dict, Tuple

EVENT_FN = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
FREE_FN = ctypes.CFUNCTYPE(None, c_void_p)

#: The texts and bytes of an event, each a pointer and a length.
TEXTS = ("type", "text", "id", "name", "sender", "role", "data", "json")


class Event(ctypes.Structure):
    """struct parlor_event. Batches are walked by the stride, which may be longer."""

    _fields_ = [
        ("size", c_uint32), ("kind", c_int32), ("status", c_int32), ("flags", c_uint32),
        ("sequence", c_uint64), ("monotonic_ns", c_uint64), ("request", c_uint64), ("tag", c_uint64),
        ("value", c_int64), ("time", c_double),
        *[field for name in TEXTS for field in ((name, c_void_p), (name + "_len", c_size_t))],
        ("body_offset", c_uint32), ("body_len", c_uint32),
    ]


#: The same as the module struct reads it: one pass for a whole batch.
EVENT_FORMAT = "@IiiIQQQQqd" + "PN" * len(TEXTS) + "II"

_STATUS = c_int32
_TEXT = (c_char_p, c_size_t)
_OUT = POINTER(c_uint64)
_REQUEST = (c_uint64, _OUT)
_COPY = (c_char_p, c_size_t, POINTER(c_size_t))

#: Name to result and arguments.
FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    "parlor_status_name": (c_char_p, (_STATUS,)),
    "parlor_status_text": (c_char_p, (_STATUS,)),
    "parlor_last_error": (_STATUS, _COPY),
    "parlor_version_number": (c_uint32, ()),
    "parlor_version_string": (c_char_p, ()),
    "parlor_check_abi": (_STATUS, (c_uint32, c_uint32)),
    "parlor_features": (c_uint64, ()),
    "parlor_shutdown": (_STATUS, (c_uint32,)),
    "parlor_counter": (_STATUS, (c_int32, POINTER(c_uint64))),
    "parlor_options_new": (_STATUS, (POINTER(c_void_p),)),
    "parlor_options_free": (_STATUS, (c_void_p,)),
    "parlor_options_set_str": (_STATUS, (c_void_p, c_int32, *_TEXT)),
    "parlor_options_set_i64": (_STATUS, (c_void_p, c_int32, c_int64)),
    "parlor_options_set_named": (_STATUS, (c_void_p, *_TEXT, *_TEXT)),
    "parlor_client_new": (_STATUS, (c_void_p, EVENT_FN, c_void_p, FREE_FN, POINTER(c_void_p))),
    "parlor_client_destroy": (_STATUS, (c_void_p,)),
    "parlor_client_connect": (_STATUS, (c_void_p, *_REQUEST)),
    "parlor_client_close": (_STATUS, (c_void_p, *_REQUEST)),
    "parlor_client_get_state": (_STATUS, (c_void_p, POINTER(c_int32))),
    "parlor_client_mirror": (_STATUS, (c_void_p, *_COPY)),
    "parlor_client_network_changed": (_STATUS, (c_void_p,)),
    "parlor_client_take": (_STATUS, (c_void_p, c_uint32, POINTER(c_void_p))),
    "parlor_client_poll": (_STATUS, (c_void_p, c_uint32, c_uint32, POINTER(c_uint32))),
    "parlor_client_set_wake_fd": (_STATUS, (c_void_p, c_ssize_t, c_char_p, c_size_t)),
    "parlor_client_cancel": (_STATUS, (c_void_p, c_uint64)),
    "parlor_client_say": (_STATUS, (c_void_p, *_TEXT, *_TEXT, *_REQUEST)),
    "parlor_client_send_audio": (_STATUS, (c_void_p, c_char_p, c_size_t)),
    "parlor_client_interrupt": (_STATUS, (c_void_p, *_TEXT, *_REQUEST)),
    "parlor_client_set_context": (_STATUS, (c_void_p, *_TEXT, *_TEXT, *_TEXT, *_REQUEST)),
    "parlor_client_set_tools": (_STATUS, (c_void_p, *_TEXT, *_REQUEST)),
    "parlor_client_tool_result": (_STATUS, (c_void_p, *_TEXT, *_TEXT, c_int32, *_REQUEST)),
    "parlor_client_playback": (_STATUS, (c_void_p, c_int32, *_TEXT, *_TEXT, *_TEXT, *_REQUEST)),
    "parlor_client_subscribe": (_STATUS, (c_void_p, *_TEXT, *_REQUEST)),
    "parlor_client_set_credential": (_STATUS, (c_void_p, *_TEXT, *_REQUEST)),
    "parlor_client_call": (_STATUS, (c_void_p, *_TEXT, *_TEXT, *_REQUEST)),
    "parlor_event_get": (_STATUS, (c_void_p, *_TEXT, *_COPY)),
    "parlor_event_get_i64": (_STATUS, (c_void_p, *_TEXT, POINTER(c_int64))),
    "parlor_event_get_f64": (_STATUS, (c_void_p, *_TEXT, POINTER(c_double))),
    "parlor_batch_events": (_STATUS, (c_void_p, POINTER(c_void_p), POINTER(c_size_t), POINTER(c_size_t))),
    "parlor_batch_free": (_STATUS, (c_void_p,)),
    "parlor_event_keep": (_STATUS, (c_void_p, POINTER(c_void_p))),
    "parlor_audio_open": (_STATUS, (c_void_p, c_uint32, c_uint32, POINTER(c_void_p))),
    "parlor_audio_read": (_STATUS, (c_void_p, POINTER(c_float), c_uint32, POINTER(c_uint32))),
    "parlor_audio_flush": (_STATUS, (c_void_p,)),
    "parlor_audio_position": (_STATUS, (c_void_p, POINTER(c_uint64), *_COPY)),
    "parlor_audio_counter": (_STATUS, (c_void_p, c_int32, POINTER(c_uint64))),
    "parlor_audio_close": (_STATUS, (c_void_p,)),
}
