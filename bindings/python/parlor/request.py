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


class Promise(Generic[T]):
    """Something that will be known. `await` it in asyncio, call `result()` anywhere else."""

    def __init__(self, pump: "Pump", what: str, owner: object) -> None:
        self._pump = pump
        self._what = what
        # The client must not be collected while somebody waits for what it was asked for.
        self._owner: Optional[object] = owner
        self._done = False
        self._asked = False
        self._value: Optional[T] = None
        self._error: Optional[BaseException] = None
        self._callbacks: List[Callable[[], None]] = []

    def done(self) -> bool:
        """Whether it is known."""
        return self._done

    def result(self, timeout: Optional[float] = None) -> T:
        """Waits for it, at most so many seconds. Raises what went wrong, and TimeoutError when it takes too long."""
        self._asked = True
        if not self._done and not self._pump.wait(self.done, timeout):
            raise TimeoutError(f"{self._what}: nothing after {timeout} seconds")
        return self._outcome()

    def __await__(self) -> Generator[Any, None, T]:
        self._asked = True
        if not self._done:
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

            self._callbacks.append(tell)
            with self._pump.awaited():
                yield from future
        return self._outcome()

    def _outcome(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]

    def _settle(self, value: Optional[T], fault: Optional[BaseException] = None) -> None:
        if self._done:
            return
        self._value, self._error, self._done, self._owner = value, fault, True, None
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def __del__(self) -> None:
        # A failure that nobody has looked at must not vanish; that a goodbye cancels what is left is no failure.
        if self._error is not None and not self._asked and not isinstance(self._error, Cancelled):
            _log.error("%s: %s", self._what, self._error)


class Request(Promise[RequestDone]):
    """An action that is on its way. Its result is the RequestDone event: `event.body` is the service's answer."""

    #: The library's number of it, and this package's own mark, which both come back in events.
    number = 0
    tag = 0

    def cancel(self) -> None:
        """Ends it with `Cancelled`, if it is still pending. Whether the service has acted on it already is unknown."""
        self._pump.cancel(self)

    def _finish(self, event: RequestDone) -> None:
        fault: Optional[ParlorError] = None
        if event.status < 0:
            fault = error(event.status, f"{self._what}: {event.text}" if event.text else self._what)
            # The whole answer, for those who want more than the words.
            fault.event = event  # type: ignore[attr-defined]
        self._settle(event, fault)


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
