"""The commands of `python -m parlor`: what a line means."""
from __future__ import annotations

import json
from typing import Callable

from ._colour import Screen
from ._constants import Kind
from .client import Client
from .events import ToolCall
from .request import Request

HELP = """What does not begin with a slash is said to the service. The rest:
  /call NAME [JSON]        any operation of the service by its own name
  /say TEXT [|| JSON]      says a text, with the service's own parameters
  /interrupt [JSON]        makes the service fall silent
  /context KEY TEXT        gives it something to know; an empty text removes it
  /tools FILE              sets the tools that a JSON file lists
  /result [ID] TEXT        answers a tool call, the last one unless ID is given; /fail instead says that it failed
  /playback started|completed ID [SENDER]
  /subscribe JSON          subscribes to what the service sends only when it is asked to
  /credential VALUE        another key or token
  /mirror  /state          what is known of the service, what the client is doing
  /network                 the network has changed: look at the link
  /show KIND … | all       which kinds of events to show; /hide KIND … hides some
  /raw on|off              events as lines of JSON
  /help  /quit"""


class Quit(Exception):
    """The user wants to leave."""


class Shell:
    """Does what lines say."""

    def __init__(self, client: Client, screen: Screen) -> None:
        self.client, self.screen = client, screen
        self.hidden: set[int] = set()
        self.calls: list[str] = []

    def see(self, event: object) -> None:
        """Remembers the tool calls, the last of which /result answers."""
        if isinstance(event, ToolCall):
            self.calls.append(event.id)

    def line(self, text: str) -> Request | None:
        """Does one line; gives the request that it has begun, if one was."""
        text = text.strip()
        if not text:
            return None
        if not text.startswith("/"):
            return self.client.send_text(text)
        name, _, rest = text[1:].partition(" ")
        command: Callable[[str], Request | None] | None = getattr(self, f"do_{name}", None)
        if command is None:
            raise ValueError(f"there is no command /{name}; /help lists them")
        return command(rest.strip())

    def do_call(self, rest: str) -> Request:
        name, _, parameters = rest.partition(" {")
        return self.client.call(name.strip(), "{" + parameters if parameters else None)

    def do_say(self, rest: str) -> Request:
        text, _, parameters = rest.partition("||")
        return self.client.send_text(text.strip(), parameters.strip() or None)

    def do_interrupt(self, rest: str) -> Request:
        return self.client.interrupt(rest or None)

    def do_context(self, rest: str) -> Request:
        key, _, text = rest.partition(" ")
        return self.client.set_context(key, text.strip())

    def do_tools(self, rest: str) -> Request:
        with open(rest, encoding="utf-8") as file:
            return self.client.set_tools(json.load(file))

    def _answer(self, rest: str, failed: bool) -> Request:
        ident, _, text = rest.partition(" ")
        if ident not in self.calls:
            if not self.calls:
                raise ValueError("there was no tool call that could be answered")
            ident, text = self.calls[-1], rest
        self.calls.remove(ident)
        return self.client.tool_result(ident, text, failed)

    def do_result(self, rest: str) -> Request:
        return self._answer(rest, False)

    def do_fail(self, rest: str) -> Request:
        return self._answer(rest, True)

    def do_playback(self, rest: str) -> Request:
        phase, ident, *sender = rest.split() if len(rest.split()) > 1 else ("", "")
        if phase not in ("started", "completed"):
            raise ValueError("/playback started ID, or /playback completed ID")
        return self.client.playback(phase, ident, *sender[:1])

    def do_subscribe(self, rest: str) -> Request:
        return self.client.subscribe(rest)

    def do_credential(self, rest: str) -> Request:
        return self.client.set_credential(rest)

    def do_mirror(self, _: str) -> None:
        self.screen.say(json.dumps(self.client.mirror, indent=2, ensure_ascii=False))

    def do_state(self, _: str) -> None:
        self.screen.say(self.client.state.name)

    def do_network(self, _: str) -> None:
        self.client.network_changed()

    def do_show(self, rest: str) -> None:
        self.hidden = set() if rest in ("", "all") else self.hidden - self._kinds(rest)

    def do_hide(self, rest: str) -> None:
        self.hidden |= self._kinds(rest)

    @staticmethod
    def _kinds(names: str) -> set[int]:
        found = set()
        for name in names.upper().replace(",", " ").split():
            if name not in Kind.__members__:
                raise ValueError(f"there is no kind {name.lower()}; there are {', '.join(Kind.__members__).lower()}")
            found.add(int(Kind[name]))
        return found

    def do_raw(self, rest: str) -> None:
        self.screen.json = rest != "off"

    def do_help(self, _: str) -> None:
        self.screen.say(HELP)

    def do_quit(self, _: str) -> None:
        raise Quit
