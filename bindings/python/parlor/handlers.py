"""Handlers: which function is called for which events."""
import asyncio
import difflib
import inspect
import logging
from typing import Any, Callable, Dict, Iterable, List, Type, TypeVar, Union

from ._constants import Kind
from .events import BY_KIND, KIND_OF, Event

Handler = Callable[[Any], Any]
H = TypeVar("H", bound=Handler)
Which = Union[str, int, Type[Event]]
_log = logging.getLogger("parlor")

#: What stands for every event.
ALL = -1


def kind_of(which: Which) -> int:
    """The number of a kind that is given by name ("sentence"), class (Sentence), number, or "*" for all of them."""
    if isinstance(which, str):
        name = which.upper()
        if which == "*":
            return ALL
        if name in Kind.__members__:
            return int(Kind[name])
        near = difflib.get_close_matches(name, Kind.__members__, 1)
        hint = f"; is it \"{near[0].lower()}\"?" if near else ""
        raise ValueError(f"there is no kind of event \"{which}\"{hint} The service's own names are for on_type()")
    if isinstance(which, type):
        if which is Event:
            return ALL
        if which in KIND_OF:
            return KIND_OF[which]
        raise ValueError(f"{which.__name__} is no class of events")
    return int(which)


class Handlers:
    """Functions by the kind, and by the service's name, of the events that they want."""

    def __init__(self) -> None:
        self.by_kind: Dict[int, List[Handler]] = {}
        self.by_type: Dict[str, List[Handler]] = {}
        # Whom to call for a class of events, as long as no type matters and until a handler is added or removed.
        self._known: Dict[Type[Event], List[Handler]] = {}

    def __bool__(self) -> bool:
        return bool(self.by_kind or self.by_type)

    def add(self, key: Union[int, str], handler: Handler) -> None:
        """Has a function called for a kind (a number) or a type (a text)."""
        if not callable(handler):
            raise TypeError(f"a handler is a function, and {handler!r} is none")
        table: Dict[Any, List[Handler]] = self.by_type if isinstance(key, str) else self.by_kind
        # A new list, since the old one may just be walked.
        table[key] = [*table.get(key, []), handler]
        self._known.clear()

    def remove(self, key: Union[int, str], handler: Handler) -> None:
        """Has it called no more."""
        table: Dict[Any, List[Handler]] = self.by_type if isinstance(key, str) else self.by_kind
        left = [one for one in table.get(key, []) if one is not handler]
        if left:
            table[key] = left
        else:
            table.pop(key, None)
        self._known.clear()

    def of(self, event: Event) -> List[Handler]:
        """Whom to call for an event."""
        known = None if self.by_type else self._known.get(type(event))
        if known is not None:
            return known
        found = self.by_kind.get(event.kind, []) + self.by_kind.get(ALL, [])
        if self.by_type:
            return found + self.by_type.get(event.type, [])
        if type(event) in KIND_OF:
            self._known[type(event)] = found
        return found

    def any_async(self) -> bool:
        """Whether one of them needs an event loop."""
        every = [one for table in (self.by_kind, self.by_type) for each in table.values() for one in each]
        return any(inspect.iscoroutinefunction(one) for one in every)

    def call(self, events: Iterable[Event]) -> None:
        """Calls them one after the other; what they raise is logged, and the next one is called."""
        of = self.of
        for event in events:
            for handler in of(event):
                try:
                    result = handler(event)
                    if result is not None and inspect.iscoroutine(result):
                        result.close()
                        raise TypeError("a handler that is `async def` needs asyncio: use run() or run_async()")
                except Exception:
                    _log.exception("a handler of %s failed", type(event).__name__)

    async def call_async(self, events: Iterable[Event]) -> None:
        """The same in asyncio; those that are `async def` are awaited, so that the order is kept."""
        of = self.of
        for event in events:
            for handler in of(event):
                try:
                    result = handler(event)
                    if result is not None and inspect.isawaitable(result):
                        await result
                except asyncio.CancelledError:
                    raise
                except Exception:
                    _log.exception("a handler of %s failed", type(event).__name__)


__all__ = ["ALL", "BY_KIND", "Handlers", "kind_of"]
