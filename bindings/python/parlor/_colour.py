"""How an event looks in a terminal."""
from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, TextIO

from ._constants import Kind
from .events import Event

_RESET, _DIM, _BOLD = "\033[0m", "\033[2m", "\033[1m"
_COLOURS = {
    Kind.STATE: "\033[36m", Kind.REQUEST_DONE: _DIM, Kind.MESSAGE: "\033[32m", Kind.SENTENCE: _BOLD,
    Kind.TEXT_DELTA: _DIM, Kind.REASONING: "\033[2;35m", Kind.TOOL_CALL: "\033[33m", Kind.TRIGGER: "\033[33m",
    Kind.GAP: "\033[31m", Kind.DROPPED: "\033[31m", Kind.CREDENTIAL_NEEDED: "\033[31m", Kind.FRAME: _DIM,
    Kind.AI_STATE: "\033[34m", Kind.LOG: _DIM,
}
_BAD = "\033[31m"


def wants_colour(out: TextIO, said: str = "auto") -> bool:
    """Whether to use colours: when it is a terminal, unless somebody says otherwise."""
    if said != "auto":
        return said == "always"
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def printable(text: str) -> str:
    """A text without what would steer a terminal: services are not to be trusted with that."""
    return "".join(char if char >= " " or char in "\n\t" else f"\\x{ord(char):02x}" for char in text).replace("\x7f", "")


def describe(event: Event) -> str:
    """One event in words."""
    name = type(event).__name__ if type(event) is not Event else f"Event {event.kind}"
    who = f" {event.name}" if event.name else ""
    role = f" ({event.role})" if event.role else ""
    words = [f"{name}{who}{role}"]
    if event.kind in (Kind.STATE, Kind.REQUEST_DONE, Kind.REPLY_ENDED) and event.status:
        words.append(f"[{event.status}]")
    if event.kind not in (Kind.STATE, Kind.SENTENCE, Kind.MESSAGE, Kind.TEXT_DELTA) and event.value:
        words.append(f"={event.value}")
    if event.data:
        words.append(f"<{len(event.data)} bytes>")
    if event.type and event.kind == Kind.SERVICE:
        words.append(event.type)
    if event.text:
        words.append(f": {event.text}")
    elif event.kind in (Kind.SERVICE, Kind.REQUEST_DONE) and event.body:
        words.append(": " + json.dumps(event.body, ensure_ascii=False)[:400])
    return printable(" ".join(words).replace(" :", ":"))


def as_json(event: Event) -> str:
    """One event as one line of JSON, for other programs."""
    found: dict[str, Any] = {"event": type(event).__name__, "kind": int(event.kind), "sequence": event.sequence}
    for field in ("status", "flags", "value", "time", "type", "text", "id", "name", "sender", "role"):
        if getattr(event, field):
            found[field] = getattr(event, field)
    if event.data:
        found["bytes"] = len(event.data)
    if event.json:
        found["message"] = event.message if event.message is not None else event.json
    return json.dumps(found, ensure_ascii=False)


class Screen:
    """Where events are shown."""

    def __init__(self, out: TextIO, colour: bool, as_lines_of_json: bool = False, stamps: bool = False) -> None:
        self.out, self.colour, self.json, self.stamps = out, colour, as_lines_of_json, stamps

    def show(self, event: Event) -> None:
        """Shows one event."""
        text = as_json(event) if self.json else describe(event)
        stamp = time.strftime("%H:%M:%S ") if self.stamps and not self.json else ""
        paint = (_BAD if event.status < 0 else _COLOURS.get(Kind(event.kind), "")) if event.kind in set(Kind) else ""
        self.say(stamp + (f"{paint}{text}{_RESET}" if self.colour and paint and not self.json else text))

    def say(self, text: str) -> None:
        """Writes one line."""
        try:
            print(text, file=self.out, flush=True)
        except UnicodeEncodeError:
            print(text.encode("ascii", "backslashreplace").decode(), file=self.out, flush=True)

    def complain(self, text: str) -> None:
        """Writes one line that is no event."""
        print(f"{_BAD}{text}{_RESET}" if self.colour else text, file=sys.stderr, flush=True)
