"""One truth: what the package declares is what include/parlor.h says."""
import ctypes
import re
import unittest
from dataclasses import fields

import bind_python
import header
import parlor
from parlor import _abi, _constants, _library, errors, events

CONSTANTS, FUNCTIONS, FIELDS = header.read()
HANDLES = ("parlor_options", "parlor_client", "parlor_batch", "parlor_event", "parlor_audio")
NUMBERS = {
    "int32_t": ctypes.c_int32, "uint32_t": ctypes.c_uint32, "int64_t": ctypes.c_int64, "uint64_t": ctypes.c_uint64,
    "parlor_status": ctypes.c_int32, "size_t": ctypes.c_size_t, "intptr_t": ctypes.c_ssize_t, "double": ctypes.c_double,
    "float": ctypes.c_float,
}


def allowed(kind):
    """The types of ctypes that may stand for a type of C."""
    bare = " ".join(kind.replace("const", "").replace("*", " * ").split())
    if bare in NUMBERS:
        return {NUMBERS[bare]}
    if bare in ("parlor_event_fn", "parlor_free_fn"):
        return {_abi.EVENT_FN if bare == "parlor_event_fn" else _abi.FREE_FN}
    if bare in ("char *", "void *"):
        return {ctypes.c_char_p, ctypes.c_void_p}
    target, stars = bare.rstrip("* "), bare.count("*")
    if target in HANDLES and stars == 1:
        return {ctypes.c_void_p}
    if target in HANDLES and stars == 2:
        return {ctypes.POINTER(ctypes.c_void_p)}
    if target in NUMBERS and stars == 1:
        return {ctypes.POINTER(NUMBERS[target])}
    raise AssertionError(f"this test does not know the type {kind!r} of the header")


class Header(unittest.TestCase):
    def test_every_export_is_declared_and_nothing_else(self):
        self.assertEqual(sorted(FUNCTIONS), sorted(_abi.FUNCTIONS),
                         "declare the new exports in parlor/_abi.py, and give them a method")

    def test_every_export_is_used_by_the_package_or_named_as_not_needed(self):
        source = "".join(path.read_text() for path in (header.ROOT / "bindings/python/parlor").rglob("*.py")
                         if path.name != "_abi.py")
        # Events are read where they lie, by address; a callback is what this package avoids.
        unneeded = {"parlor_event_get", "parlor_event_get_i64", "parlor_event_get_f64", "parlor_event_keep",
                    "parlor_client_poll", "parlor_options_set_str", "parlor_version_number", "parlor_status_name"}
        missing = [name for name in FUNCTIONS if f"lib.{name}" not in source and name not in unneeded]
        self.assertEqual(missing, [], "these exports of the library can not be reached from Python")

    def test_results_and_arguments_have_the_same_number_and_widths(self):
        for name, function in FUNCTIONS.items():
            result, arguments = _abi.FUNCTIONS[name]
            self.assertIn(result, allowed(function.returns), name)
            self.assertEqual(len(arguments), len(function.parameters), name)
            for declared, (kind, parameter) in zip(arguments, function.parameters):
                self.assertIn(declared, allowed(kind), f"{name}: {parameter}")

    def test_ctypes_was_told_so(self):
        for name, (result, arguments) in _abi.FUNCTIONS.items():
            function = getattr(_library.lib, name)
            self.assertEqual((function.restype, tuple(function.argtypes)), (result, arguments), name)

    def test_the_struct_has_the_same_fields_in_the_same_places(self):
        names = [name for _, name in FIELDS]
        self.assertEqual([field[0] for field in _abi.Event._fields_], names)
        offset = 0
        for (kind, name), (_, declared) in zip(FIELDS, _abi.Event._fields_):
            self.assertIn(declared, allowed(kind), name)
            size = ctypes.sizeof(declared)
            offset = (offset + size - 1) // size * size
            self.assertEqual(getattr(_abi.Event, name).offset, offset, name)
            offset += size

    def test_every_field_is_a_field_of_the_events(self):
        hidden = {"size", "body_offset", "body_len"}
        wanted = {name for _, name in FIELDS if not name.endswith("_len")} - hidden
        self.assertEqual({field.name for field in fields(parlor.Event)}, wanted)

    def test_the_numbers_are_those_of_the_header(self):
        for name, content in bind_python.made().items():
            self.assertEqual((bind_python.PACKAGE / name).read_text(), content, f"`make bindings` writes {name} anew")
        for name, constant in CONSTANTS.items():
            for prefix, family, _, _ in bind_python.FAMILIES:
                if name.startswith(prefix):
                    self.assertEqual(getattr(_constants, family)[name[len(prefix):]], constant.value, name)

    def test_every_status_has_an_exception_of_its_own(self):
        bad = {constant.value for name, constant in CONSTANTS.items() if name.startswith("PARLOR_ERR_")}
        self.assertEqual(set(errors.BY_STATUS), bad)
        self.assertEqual(len(set(errors.BY_STATUS.values())), len(bad))
        self.assertTrue(all(issubclass(one, parlor.ParlorError) for one in errors.BY_STATUS.values()))

    def test_every_kind_has_a_class_of_its_own_that_is_public(self):
        kinds = {constant.value for name, constant in CONSTANTS.items() if name.startswith("PARLOR_EVENT_")}
        self.assertEqual(set(events.BY_KIND), kinds)
        self.assertEqual(len(set(events.BY_KIND.values())), len(kinds))
        for one in events.BY_KIND.values():
            self.assertIs(getattr(parlor, one.__name__), one)

    def test_every_option_is_an_argument(self):
        options = {constant.value for name, constant in CONSTANTS.items() if name.startswith("PARLOR_OPT_")}
        self.assertEqual({number for number, _, _ in _constants.OPTIONS.values()}, options)
        documented = (header.ROOT / "docs" / "options.md").read_text()
        for _, name, _ in _constants.OPTIONS.values():
            self.assertRegex(documented, rf"`{re.escape(name)}`")


class Drift(unittest.TestCase):
    """What this file would say of a header that has changed."""

    def setUp(self):
        self.text = header.HEADER.read_text()

    def test_a_new_export_is_seen(self):
        changed = self.text.replace("#ifdef __cplusplus\n} /*", "PARLOR_API parlor_status parlor_new(int32_t a);\n#ifdef __cplusplus\n} /*")
        self.assertEqual(set(header.functions(changed)) - set(FUNCTIONS), {"parlor_new"})

    def test_a_wider_argument_is_seen(self):
        changed = self.text.replace("parlor_client_destroy(parlor_client *client)", "parlor_client_destroy(int64_t client)")
        kind = header.functions(changed)["parlor_client_destroy"].parameters[0][0]
        self.assertNotIn(_abi.FUNCTIONS["parlor_client_destroy"][1][0], allowed(kind))

    def test_a_new_option_kind_or_status_is_seen(self):
        for define in ("PARLOR_OPT_NEW 9999", "PARLOR_EVENT_NEW 999", "PARLOR_ERR_NEW (-999)", "PARLOR_WORLD_NEW 1"):
            changed = self.text.replace("#define PARLOR_OPT_URL 2", f"#define PARLOR_OPT_URL 2\n#define {define}")
            self.assertIn(define.split()[0], set(header.constants(changed)) - set(CONSTANTS))

    def test_a_new_field_is_seen(self):
        changed = self.text.replace("  uint32_t body_len;\n", "  uint32_t body_len;\n  uint64_t extra;\n")
        self.assertEqual(header.event_fields(changed)[-1], ("uint64_t", "extra"))
