"""A conversation with Voice Live or OpenAI Realtime, over nothing but ctypes and the library itself.

Usage: voicelive_talk.py URL [KEY]; PARLOR_LIBRARY says where the shared library is. Lines of the standard input are said
one after the other; what is spoken is written to speech.wav where SPEECH names it.
"""
import ctypes
import json
import os
import sys
import wave

STRLEN = ctypes.c_size_t(-1)
OK, FOREVER = 0, 0xFFFFFFFF
STATE, SENTENCE, REPLY_ENDED, AUDIO, TOOL_CALL = 1, 104, 106, 200, 300
CLOSED, READY, FAILED = 0, 3, 5
TOOLS = [{"type": "function", "name": "add", "description": "Adds two numbers", "parameters": {
    "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}}]
SESSION = {"instructions": "You like numbers.", "modalities": ["text", "audio"]}


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


def main():
    library = ctypes.CDLL(os.environ.get("PARLOR_LIBRARY", "libparlor.so.0"))
    handle = ctypes.c_void_p

    def text(value):
        return value.encode(), STRLEN

    def must(status, what):
        if status < OK:
            why = ctypes.create_string_buffer(512)
            library.parlor_last_error(why, ctypes.c_size_t(512), None)
            sys.exit(f"{what}: {why.value.decode()}")

    options, client, batch = handle(), handle(), handle()
    must(library.parlor_options_new(ctypes.byref(options)), "options")
    key = sys.argv[2] if len(sys.argv) > 2 else "a-key"
    for name, value in {"protocol": "voicelive", "url": sys.argv[1], "credential": key,
                        "voicelive.model": "gpt-realtime", "voicelive.session": json.dumps(SESSION)}.items():
        must(library.parlor_options_set_named(options, *text(name), *text(value)), name)
    must(library.parlor_client_new(options, None, None, None, ctypes.byref(client)), "client")
    library.parlor_options_free(options)
    none = (ctypes.c_uint64(0), None)
    must(library.parlor_client_set_tools(client, *text(json.dumps(TOOLS)), *none), "set_tools")
    must(library.parlor_client_connect(client, *none), "connect")

    def run_tool(event):
        arguments = json.loads(event.read("text"))
        result = json.dumps({"sum": arguments["a"] + arguments["b"]})
        print("  [tool", event.read("name"), "->", result + "]")
        must(library.parlor_client_tool_result(client, *text(event.read("id")), *text(result), 0, *none), "result")

    speech = wave.open(os.environ["SPEECH"], "wb") if "SPEECH" in os.environ else None
    if speech:
        speech.setnchannels(1)
        speech.setsampwidth(2)
        speech.setframerate(24000)
    ready = busy = ended = False
    while not ended and library.parlor_client_take(client, ctypes.c_uint32(FOREVER), ctypes.byref(batch)) == OK:
        first, count, stride = handle(), ctypes.c_size_t(), ctypes.c_size_t()
        library.parlor_batch_events(batch, ctypes.byref(first), ctypes.byref(count), ctypes.byref(stride))
        for at in range(count.value):
            event = Event.from_address(first.value + at * stride.value)
            if event.kind == STATE:
                print("*", event.read("name"), event.read("text"))
                ready, ended = event.value == READY, event.value in (CLOSED, FAILED)
            elif event.kind == AUDIO and speech:
                speech.writeframes(ctypes.string_at(event.data, event.data_len))
            elif event.kind == SENTENCE:
                print("AI:", event.read("text"))
            elif event.kind == TOOL_CALL:
                run_tool(event)
            elif event.kind == REPLY_ENDED:
                # A reply that only called a tool says nothing; the next one does.
                busy = event.status == OK and event.text_len == 0
        library.parlor_batch_free(batch)
        if ready and not busy:
            line = sys.stdin.readline()
            busy = True
            if line:
                must(library.parlor_client_say(client, *text(line.strip()), None, ctypes.c_size_t(0), *none), "say")
            else:
                must(library.parlor_client_close(client, *none), "close")
    library.parlor_client_destroy(client)
    if speech:
        speech.close()


main()
