"""What a call of a client gives back: something that can be awaited, or waited for."""
import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any, Callable, Generator, Generic, List, Optional, TypeVar

from .errors import Cancelled, ParlorError, error
from .events import RequestDone

if TYPE_CHECKING:
    from ._pump import Pump

T = TypeVar("T")
_log = logging.getLogger("parlor")


class Outcome(Generic[T]):
    """What a promise promises. The pump knows only this, so that a client which nobody else knows can be collected."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.done = False
        self.asked = False
        self.value: Optional[T] = None
        self.error: Optional[BaseException] = None
        self.callbacks: List[Callable[[], None]] = []

    def settle(self, value: Optional[T], fault: Optional[BaseException] = None) -> None:
        """Makes it known, once."""
        if self.done:
            return
        self.value, self.error, self.done = value, fault, True
        callbacks, self.callbacks = self.callbacks, []
        for callback in callbacks:
            callback()

    def get(self) -> T:
        """What came of it."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]

    def __del__(self) -> None:
        # A failure that nobody has looked at must not vanish; that a goodbye cancels what is left is no failure.
        if self.error is not None and not self.asked and not isinstance(self.error, Cancelled):
            _log.error("%s", self.error)


class Promise(Generic[T]):
    """Something that will be known. `await` it in asyncio, call `result()` anywhere else."""

    def __init__(self, pump: "Pump", outcome: Outcome[T], owner: object) -> None:
        self._pump = pump
        self._outcome = outcome
        # The client must not be collected while somebody waits for what it was asked for.
        self._owner = owner

    def done(self) -> bool:
        """Whether it is known."""
        return self._outcome.done

    def result(self, timeout: Optional[float] = None) -> T:
        """Waits for it, at most so many seconds. Raises what went wrong, and TimeoutError when it takes too long."""
        outcome = self._outcome
        outcome.asked = True
        if not outcome.done and not self._pump.wait(self.done, timeout):
            raise TimeoutError(f"{outcome.what}: nothing after {timeout} seconds")
        return outcome.get()

    def __await__(self) -> Generator[Any, None, T]:
        outcome = self._outcome
        outcome.asked = True
        if not outcome.done:
            loop, here = asyncio.get_running_loop(), threading.get_ident()
            future = loop.create_future()

            def settled() -> None:
                if not future.done():
                    future.set_result(None)

            def tell() -> None:
                # Whoever fetches events may be another thread, if the program uses both ways at once.
                if threading.get_ident() == here:
                    settled()
                else:
                    loop.call_soon_threadsafe(settled)

            outcome.callbacks.append(tell)
            with self._pump.awaited():
                yield from future
        return outcome.get()


class Pending(Outcome[RequestDone]):
    """An action that is on its way: its number, which the library gives, and its mark, which this package gives."""

    number = 0
    tag = 0

    def finish(self, event: RequestDone) -> None:
        """The library has told its end."""
        fault: Optional[ParlorError] = None
        if event.status < 0:
            fault = error(event.status, f"{self.what}: {event.text}" if event.text else self.what)
            # The whole answer, for those who want more than the words.
            fault.event = event
        self.settle(event, fault)


class Request(Promise[RequestDone]):
    """An action that is on its way. Its result is the RequestDone event: `event.body` is the service's answer."""

    _outcome: Pending

    @property
    def number(self) -> int:
        """The library's number of it, which comes back in events as `request`."""
        return self._outcome.number

    @property
    def tag(self) -> int:
        """This package's mark of it, which comes back in events as `tag`."""
        return self._outcome.tag

    def cancel(self) -> None:
        """Ends it with `Cancelled`, if it is still pending. Whether the service has acted on it already is unknown."""
        self._pump.cancel(self._outcome)


class Answer(Generic[T]):
    """A request whose result is made into something else: the body of the answer, mostly."""

    def __init__(self, request: Request, read: Callable[[RequestDone], T]) -> None:
        self.request = request
        self._read = read

    def result(self, timeout: Optional[float] = None) -> T:
        """Waits for it, at most so many seconds."""
        return self._read(self.request.result(timeout))

    def done(self) -> bool:
        """Whether it is known."""
        return self.request.done()

    def __await__(self) -> Generator[Any, None, T]:
        event = yield from self.request.__await__()
        return self._read(event)
