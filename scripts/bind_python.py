#!/usr/bin/env python3
"""Writes what the Python package knows of the header's numbers: `make bindings`. With --check, only says what is old."""

import re
import sys

import header

PACKAGE = header.ROOT / "bindings" / "python" / "parlor"
NOTE = '"""{}\n\nMade from include/parlor.h by `make bindings`. Do not edit it.\n"""\n'

# Each family of constants: the prefix in C, the class in Python, what it is.
FAMILIES = (
    ("PARLOR_EVENT_", "Kind", "IntEnum", "The kind of an event."),
    ("PARLOR_FLAG_", "Flag", "IntFlag", "Bits of an event's `flags`."),
    ("PARLOR_STATE_", "State", "IntEnum", "What a client is doing."),
    ("PARLOR_AI_", "AiState", "IntEnum", "What the AI is doing."),
    ("PARLOR_LOG_", "LogLevel", "IntEnum", "How much is logged."),
    ("PARLOR_PLAYBACK_", "Playback", "IntEnum", "What a loudspeaker does."),
    ("PARLOR_AUDIO_", "AudioCounter", "IntEnum", "What an open speech counts."),
    ("PARLOR_COUNTER_", "Counter", "IntEnum", "What the library counts."),
    ("PARLOR_FEATURE_", "Feature", "IntFlag", "What a build of the library holds."),
    ("PARLOR_DELIVERY_", "Delivery", "IntEnum", "How events reach the host. This package always uses QUEUE."),
    ("PARLOR_OVERFLOW_", "Overflow", "IntEnum", "What to do when the queue is full."),
)
STATUS = ("PARLOR_OK", "PARLOR_DEFERRED", "PARLOR_TIMED_OUT")
ALONE = ("PARLOR_STRLEN", "PARLOR_FOREVER", "PARLOR_OLDEST", "PARLOR_ABI_VERSION")


def member(name, constant):
    """One member of an enumeration, with its comment behind it as documentation tools want it."""
    doc = re.sub(r"^(?:As (?:a|the)|For) [^:]*: ", "", constant.doc)
    text = f"    {name} = {constant.value}\n"
    return text + f'    """{doc[:1].upper() + doc[1:]}"""\n' if doc else text


def enumeration(name, base, doc, members):
    body = "".join(member(key, constant) for key, constant in members)
    return f'\n\nclass {name}({base}):\n    """{doc}"""\n\n{body}'


def shape(constant):
    """What an option takes, from its comment: its name, its shape, its words, its sentence."""
    name, takes, said = re.fullmatch(r'"([\w.]+)" \((.*?); default .*?\): (.*)', constant.doc).groups()
    if takes == "0 or 1":
        return name, "flag", (), said
    if re.fullmatch(r"\d+ to \d+", takes):
        return name, "number", (), said
    if takes not in ("text", "secret text"):
        return name, "word", tuple(takes.split(", ")), said
    if "JSON" in said:
        return name, "json", (), said
    return name, "list" if "divided by commas" in said else "text", (), said


# These are arguments of their own, or not for the host to choose.
OWN = ("protocol", "url", "credential", "delivery")
TYPES = {"flag": "bool", "number": "int", "json": "Json", "list": "Union[str, Iterable[str]]", "text": "str"}


def made():
    """The two files: name to content."""
    constants = header.read()[0]
    left = dict(constants)
    text = NOTE.format("The numbers of the library.")
    text += "from enum import IntEnum, IntFlag\nfrom typing import Dict, Tuple\n\n"
    for name in ("MAJOR", "MINOR", "PATCH", "NUMBER"):
        text += f"VERSION_{name} = {left.pop('PARLOR_VERSION_' + name).value}\n"
    for name in ALONE:
        text += f"{name[7:]} = {left.pop(name).value}\n"
    statuses = [(name[7:], left.pop(name)) for name in constants if name in STATUS or name.startswith("PARLOR_ERR_")]
    text += enumeration("Status", "IntEnum", "How a call or a request went.", statuses)
    for prefix, name, base, doc in FAMILIES:
        members = [(key[len(prefix):], left.pop(key)) for key in constants if key.startswith(prefix)]
        text += enumeration(name, base, doc, members)
    options = [left.pop(name) for name in constants if name.startswith("PARLOR_OPT_")]
    if left:
        raise SystemExit(f"bind_python.py: these constants belong to no family that it knows: {', '.join(left)}")
    text += "\n\n# Keyword argument to number, name and shape.\nOPTIONS: Dict[str, Tuple[int, str, str]] = {\n"
    types = NOTE.format("The options of a client as keyword arguments.")
    types += "from typing import Any, Iterable, Literal, Mapping, Sequence, TypedDict, Union\n\n"
    types += "Json = Union[str, Mapping[str, Any], Sequence[Any]]\n"
    types += '\n\nclass Options(TypedDict, total=False):\n    """Each option of docs/options.md, with _ in place of the dots."""\n'
    for constant in options:
        name, kind, words, said = shape(constant)
        argument = name.replace(".", "_")
        text += f'    "{argument}": ({constant.value}, "{name}", "{kind}"),\n'
        if argument in OWN:
            continue
        takes = TYPES.get(kind) or "Literal[" + ", ".join(f'"{word}"' for word in words) + "]"
        types += f'\n    {argument}: {takes}\n    """{said}"""\n'
    return {"_constants.py": text + "}\n", "_option_types.py": types}


def main():
    old = []
    for name, content in made().items():
        path = PACKAGE / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            old.append(name)
            if "--check" not in sys.argv:
                path.write_text(content, encoding="utf-8")
    if "--check" in sys.argv and old:
        raise SystemExit(f"the header has changed: `make bindings` writes {', '.join(old)} anew")


if __name__ == "__main__":
    main()
