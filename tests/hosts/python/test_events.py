"""Events as Python values, and the same fields as the library itself reads them."""
import copy
import ctypes
import dataclasses
import json
import pickle
import unittest

import parlor
from kit import PATIENCE, WithSim, python
from parlor import _abi, _library
from parlor._constants import OPTIONS

STRANGE = {"text": "Ünïcödé \U0001f600 \"quoted\"\n\0 end", "character_id": None, "message_id": "m/1", "extra": {
    "list": [1, {"id": "x"}], "true": True, "a/b~c": 2.5}}


class Made(unittest.TestCase):
    def test_an_event_made_in_python_is_a_value(self):
        one = parlor.Sentence(text="Hi.", name="Mira", value=3)
        self.assertEqual((one.text, one.name, one.value, one.status, one.data, one.kind, one.sender),
                         ("Hi.", "Mira", 3, 0, b"", parlor.Kind.SENTENCE, ""))
        self.assertTrue(dataclasses.is_dataclass(one))
        self.assertEqual(dataclasses.asdict(one)["text"], "Hi.")
        self.assertEqual(one, parlor.Sentence(text="Hi.", name="Mira", value=3))
        self.assertNotEqual(one, parlor.Message(text="Hi.", name="Mira", value=3))
        self.assertEqual(repr(one), "Sentence(value=3, text='Hi.', name='Mira')")
        self.assertEqual(pickle.loads(pickle.dumps(one)), one)
        with self.assertRaisesRegex(TypeError, "no field txt"):
            parlor.Sentence(txt="x")

    def test_what_kinds_say_of_themselves(self):
        self.assertEqual(parlor.StateChanged(value=3).state, parlor.State.READY)
        self.assertEqual(parlor.AiStateChanged(value=1).state, parlor.AiState.THINKING)
        self.assertIsNone(parlor.AiStateChanged(value=-1).state)
        self.assertEqual(parlor.ToolCall(text='{"a": 1}').arguments, {"a": 1})
        self.assertEqual(parlor.ToolCall(text="no JSON").arguments, {})
        self.assertTrue(parlor.Transcript(flags=parlor.Flag.FINAL | parlor.Flag.SYNTHETIC).final)
        self.assertFalse(parlor.RequestDone(status=-5).ok)

    def test_fields_of_messages(self):
        event = parlor.Service(json=json.dumps({"data": STRANGE, "type": "x"}))
        self.assertEqual(event.get("data.extra.list.1.id"), "x")
        self.assertEqual(event.get("/data/extra/a~1b~0c"), 2.5)
        self.assertEqual(event.get("nothing", 7), 7)
        self.assertIsNone(parlor.Service(json="{").message)


class Live(WithSim):
    def test_texts_with_a_nul_in_them_are_whole_among_others(self):
        texts = ["before", "a\0b", "", "\0", "Ünï\0cödé \U0001f600", "after"] * 60
        with parlor.gateway(self.sim.url) as client:
            client.ready().result(PATIENCE)
            for text in texts:
                self.sim.control("send_text", text=json.dumps({"type": "sentence_ready", "data": {"text": text}}))
            sentences = (event for event in client if isinstance(event, parlor.Sentence))
            seen = [event.text for _, event in zip(texts, sentences)]
            self.assertEqual(seen, texts)

    def test_they_are_what_the_library_says(self):
        with parlor.gateway(self.sim.url) as client:
            client.ready().result(PATIENCE)
            client.take(0)
            self.sim.control("send_text", text=json.dumps({"type": "sentence_ready", "data": STRANGE, "timestamp": 1.5}))
            event = next(event for event in client if isinstance(event, parlor.Sentence))
            self.assertEqual((event.text, event.id, event.time, event.type),
                             (STRANGE["text"], "m/1", 1.5, "sentence_ready"))
            self.assertEqual(event.body, STRANGE)
            raw = _abi.Event.from_address(event._place)
            self.assertEqual((raw.kind, raw.sequence, raw.monotonic_ns), (event.kind, event.sequence, event.monotonic_ns))
            for path in ("text", "extra.list.0", "extra.list.1.id", "/data/extra/a~1b~0c", "timestamp", "message_id"):
                buffer, length = ctypes.create_string_buffer(512), ctypes.c_size_t()
                status = _library.lib.parlor_event_get(
                    event._place, path.encode(), len(path), buffer, 512, ctypes.byref(length))
                self.assertEqual(status, 0, path)
                said, ours = buffer.raw[: length.value].decode(), event.get(path)
                self.assertEqual(ours if isinstance(ours, str) else json.dumps(ours), said, path)
            kept, held = copy.copy(event), pickle.loads(pickle.dumps(event))
            self.assertEqual((kept.text, held.text, held.body), (event.text, event.text, event.body))
            self.assertEqual(held, event)


class Options(unittest.TestCase):
    def test_every_option_is_taken_by_its_argument(self):
        values = {"number": 1000, "flag": True, "text": "", "json": {}, "list": ["all"]}
        words = {"queue_overflow": "pause", "log_level": "off", "ip_family": "4", "tls_roots": "webpki",
                 "voxta_session": "own", "voxta_auth": "query", "voxta_speech": "pcm", "voxta_acknowledge": "host",
                 "voicelive_dialect": "openai", "voicelive_auth": "key", "centrifugo_tokens": "fixed",
                 "tokenbowl_generation": "b", "tokenbowl_auth": "session"}
        from parlor._options import OptionSet
        for argument, (_, _, shape) in OPTIONS.items():
            if argument in ("protocol", "url", "credential", "delivery"):
                continue
            value = words[argument] if shape == "word" else values[shape]
            try:
                OptionSet({argument: value}).close()
            except parlor.InvalidArgument as fault:
                # A number may be out of a range that is narrower; that it arrived is what counts here.
                self.assertEqual(shape, "number", f"{argument}: {fault}")
                self.assertIn("1000", str(fault))

    def test_a_library_that_is_none_is_explained(self):
        for library, wanted in (("/no/such/library.so", "set PARLOR_LIBRARY"), ("libm.so.6", "another library, or older")):
            status, said = python("import parlor", PARLOR_LIBRARY=library)
            self.assertEqual(status, 1)
            self.assertIn(wanted, said)
