"""Taking events inside an event loop, a few at a time, so that everything else in the loop has its turn."""
import asyncio
import itertools
import operator
import time
from typing import Iterator, Optional

from ._constants import State
from ._pump import Pump
from ._store import Portion
from .errors import error
from .events import Event

#: How long the event loop may be kept busy with one client's events before it sees to everything else, in seconds.
SLICE = 0.001
#: How many events are handed out between two looks at the clock.
FEW = 16


def was_last(event: Event) -> bool:
    """Whether a change of the state is the end of the events. When the client has failed, that is raised."""
    if event.value == State.FAILED:
        raise error(event.status, event.text)
    return event.value == State.CLOSED


class Turns:
    """One taker of a client's events in the running event loop: an iteration over a few events at a time, until there
    will be no more."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._portion: Optional[Portion] = None
        self._began = time.monotonic()
        pump.attach()

    def __aiter__(self) -> "Turns":
        return self

    async def __anext__(self) -> Iterator[Event]:
        """The next few events."""
        pump = self._pump
        if time.monotonic() - self._began > SLICE:
            await asyncio.sleep(0)
            pump.attach()
            self._began = time.monotonic()
        while True:
            portion = self._portion
            if portion is not None:
                if operator.length_hint(portion.events):
                    return itertools.islice(portion.events, FEW)
                self._portion = None
                if portion.state is not None and was_last(portion.state):
                    raise StopAsyncIteration
            self._portion = pump.store.portion()
            if self._portion is None:
                if pump.fetch():
                    continue
                if pump.handle is None:
                    raise StopAsyncIteration
                await pump.arrival()
                self._began = time.monotonic()
