"""The events that were fetched and that nobody has taken yet.

Events are made in portions: many at a time, column by column, which costs much less than one by one. A portion that was
begun stays here, so that who leaves an iteration in its middle loses nothing.
"""
import collections
import itertools
import operator
import threading
from typing import Deque, Iterator, List, NamedTuple, Optional

from ._batch import Batch
from .events import BY_KIND, Event

#: How many events are made at a time. More would save little, and those who only want one would pay for them.
PORTION = 128


def events_of(batch: Batch, begin: int, end: int) -> List[Event]:
    """Some neighbouring events of a batch."""
    kinds = map(BY_KIND.get, batch.kinds[begin:end], itertools.repeat(Event))
    events: List[Event] = list(map(object.__new__, kinds))
    for event, place, text in zip(events, batch.places[begin:end], batch.texts(begin, end)):
        event._place = place
        event._batch = batch
        event.text = text
    return events


class Portion(NamedTuple):
    """Some events that were made, to be taken one by one by whoever comes."""

    events: Iterator[Event]
    #: The last of them, if it is a change of the state.
    state: Optional[Event]


_NOTHING = Portion(iter(()), None)


class Store:
    """Batches in the order in which they came, and the portion that is being taken."""

    def __init__(self) -> None:
        self._pieces: Deque["tuple[Batch, int, int, bool]"] = collections.deque()
        self._behind = 0
        self._begun = _NOTHING
        # A collection of garbage may run anything, so also this again in the same thread.
        self._lock = threading.RLock()

    def put(self, batch: Batch, begin: int, end: int, state: bool) -> None:
        """Keeps neighbouring events of a batch; `state` says that the last of them is a change of the state."""
        with self._lock:
            for at in range(begin, end, PORTION):
                upto = min(at + PORTION, end)
                self._pieces.append((batch, at, upto, state and upto == end))
            self._behind += end - begin

    def portion(self) -> Optional[Portion]:
        """The portion that is being taken, or the next one; None when there is nothing."""
        with self._lock:
            while not operator.length_hint(self._begun.events):
                if not self._pieces:
                    # What has been taken may be all that kept its batch.
                    self._begun = _NOTHING
                    return None
                batch, begin, end, state = self._pieces.popleft()
                self._behind -= end - begin
                events = events_of(batch, begin, end)
                self._begun = Portion(iter(events), events[-1] if state else None)
            return self._begun

    def one(self) -> Optional[Event]:
        """The next event."""
        while True:
            portion = self.portion()
            if portion is None:
                return None
            for event in portion.events:
                return event

    def everything(self) -> List[Event]:
        """All events."""
        events: List[Event] = []
        while True:
            portion = self.portion()
            if portion is None:
                return events
            events += portion.events

    def clear(self) -> None:
        """Forgets all of them, also for those who are taking them just now."""
        with self._lock:
            self._pieces.clear()
            self._behind = 0
            begun, self._begun = self._begun, _NOTHING
            collections.deque(begun.events, 0)

    def __len__(self) -> int:
        return self._behind + operator.length_hint(self._begun.events)
