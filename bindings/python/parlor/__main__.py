"""Talks to a service from a shell: `python -m parlor gateway http://127.0.0.1:8081`."""
from __future__ import annotations

import argparse
import logging
import os
import queue
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Any

from . import __version__
from ._colour import Screen, wants_colour
from ._constants import Kind, State
from ._shell import HELP, Quit, Shell
from .client import Client
from .errors import ParlorError
from .events import StateChanged
from .request import Request

SERVICES = ("gateway", "voxta", "tokenbowl", "centrifugo", "voicelive", "toolchat")
#: What is of no interest to most who look at a conversation.
QUIET = "request_done text_delta frame"
PATIENCE = 30.0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m parlor", description="Talks to a service, and shows what it says.", epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("url", nargs="?", default="", help="where it is, unless it is where it usually is")
    parser.add_argument("-k", "--credential", help="the key or token; or set PARLOR_CREDENTIAL")
    parser.add_argument("-o", "--option", action="append", default=[], metavar="NAME=VALUE",
                        help="an option of the client, such as -o gateway.client_id=me; docs/options.md lists them")
    parser.add_argument("-c", "--command", action="append", default=[], metavar="LINE",
                        help="a line to begin with; several are done one after the other. Without a terminal and without "
                        "these, the lines are read from the standard input")
    parser.add_argument("--wait", type=float, default=2.0, metavar="SECONDS",
                        help="how long to listen on after the last line (2); 0 leaves at once, -1 stays")
    parser.add_argument("--json", action="store_true", help="events as lines of JSON")
    parser.add_argument("--all", action="store_true", help=f"show every kind; else {QUIET.replace(' ', ', ')} are hidden")
    parser.add_argument("--wire", action="store_true", help="show every message on the wire as well")
    parser.add_argument("--stamps", action="store_true", help="the time before each event")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    parser.add_argument("--version", action="version", version=f"parlor {__version__}")
    return parser


def options_of(said: argparse.Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for one in said.option:
        name, equals, value = one.partition("=")
        if not equals:
            raise ValueError(f"-o {one}: write NAME=VALUE")
        options[name.strip()] = value
    if said.wire:
        options.setdefault("events_kinds", "all")
    return options


def reader(lines: "queue.Queue[str | None]") -> None:
    """Reads lines in a thread of its own, with history where the terminal has it."""
    if sys.stdin.isatty():
        try:
            import readline
            history = Path(os.environ.get("PARLOR_HISTORY", Path.home() / ".parlor_history"))
            if history.exists():
                readline.read_history_file(str(history))
            readline.set_history_length(1000)
        except (ImportError, OSError):
            history = None
        while True:
            try:
                line = input()
            except EOFError:
                break
            lines.put(line)
            if history is not None and line.strip() and not line.startswith("/credential"):
                try:
                    readline.write_history_file(str(history))
                    history.chmod(0o600)
                except OSError:
                    history = None
    else:
        for line in sys.stdin:
            lines.put(line)
    lines.put(None)


def talk(client: Client, said: argparse.Namespace, screen: Screen) -> int:
    """Shows events and does lines until one of both ends."""
    shell, lines, bad = Shell(client, screen), queue.Queue[Any](), 0
    shell.hidden = set() if said.all else shell._kinds(QUIET if not said.wire else "request_done")
    for command in said.command:
        lines.put(command)
    if said.command:
        lines.put(None)
    else:
        threading.Thread(target=reader, args=(lines,), name="parlor-lines", daemon=True).start()
    pending: list[Request] = []
    waits, deadline = True, 0.0
    began = monotonic()
    while True:
        for event in client.take(0.05):
            shell.see(event)
            if event.kind not in shell.hidden:
                screen.show(event)
            if isinstance(event, StateChanged) and event.state in (State.CLOSED, State.FAILED):
                return 1 if event.state is State.FAILED or bad else 0
        for request in [one for one in pending if one.done()]:
            pending.remove(request)
            try:
                done = request.result(0)
                if done.body and int(Kind.REQUEST_DONE) in shell.hidden:
                    screen.show(done)
            except ParlorError as fault:
                bad += 1
                screen.complain(str(fault))
        # Lines that were given beforehand wait until there is somebody to hear them.
        scripted = bool(said.command) or not sys.stdin.isatty()
        if waits and scripted and (pending or client.state is not State.READY) and monotonic() - began < PATIENCE:
            continue
        if waits:
            try:
                line = lines.get_nowait()
            except queue.Empty:
                continue
            if line is None:
                waits, deadline = False, monotonic() + (1e9 if said.wait < 0 else said.wait)
                continue
            try:
                begun = shell.line(line)
                if begun is not None:
                    pending.append(begun)
            except Quit:
                client.close()
            except (ParlorError, ValueError, OSError) as fault:
                bad += 1
                screen.complain(str(fault))
        elif not pending and monotonic() > deadline:
            deadline = 1e18
            client.close()


def main() -> int:
    said = arguments().parse_args()
    screen = Screen(sys.stdout, wants_colour(sys.stdout, said.color), said.json, said.stamps)
    # What goes wrong is shown as an event, or on the standard error, once.
    logging.getLogger("parlor").addHandler(logging.NullHandler())
    credential = said.credential or os.environ.get("PARLOR_CREDENTIAL")
    try:
        client = Client(said.service, said.url, credential, **options_of(said))
        client.connect()._outcome.asked = True
        if sys.stdin.isatty() and not said.command:
            screen.say(f"talking to {said.service} {said.url or 'where it usually is'}; /help says how, Ctrl-D leaves")
        return talk(client, said, screen)
    except (ParlorError, ValueError) as fault:
        screen.complain(str(fault))
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever reads this has seen enough. What Python still wants to flush at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
