"""How events get from the library to the program: by asking the library for batches, never by a callback.

A callback into an interpreter that is ending ends the process, and a thread of the library that has once run Python code
is in the way of everything. So the library only rings a descriptor, and whoever waits for events fetches them.
"""
import asyncio
import contextlib
import ctypes
import logging
import threading
import time
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from ._batch import Batch
from ._constants import Kind, State, Status
from ._library import check, lib, status_text
from ._store import Store, events_of
from ._wake import Wake
from .errors import BadHandle, Cancelled, ParlorError, error
from .events import Event, RequestDone
from .request import Outcome, Pending, Promise

_log = logging.getLogger("parlor")
_LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG, 5: 5}

#: How many events may wait in Python before fetching stops, and so the queue of the library begins to fill.
BUFFERED = 20_000
#: When a wait for a state ends without it: never, when nobody can answer a question for a credential, at any failure.
NEVER, IN_VAIN, AT_ONCE = 0, 1, 2
_STATE, _DONE, _LOG = int(Kind.STATE), int(Kind.REQUEST_DONE), int(Kind.LOG)
_CREDENTIAL = int(Kind.CREDENTIAL_NEEDED)


class Pump:
    """Fetches the batches of one client, ends its requests, and keeps its events until somebody takes them."""

    def __init__(self, deliver_logs: bool) -> None:
        self.wake = Wake()
        self.handle: Optional[int] = None
        self.pending: Dict[int, Pending] = {}
        self.state = int(State.CLOSED)
        #: Why the client has failed, once it has.
        self.failure: Optional[ParlorError] = None
        self._deliver_logs = deliver_logs
        #: What was fetched and not taken.
        self.store = Store()
        self._promises: List[Tuple[Outcome[None], State, int]] = []
        self._changed = threading.Condition()
        self._fetching = False
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._reading = False
        self._following = False
        self._awaited = 0
        self._consumers = 0
        self._warned = False
        self._arrived: Optional["asyncio.Future[None]"] = None

    # What the library has -------------------------------------------------------------------------------------------

    def fetch(self) -> bool:
        """Takes the oldest batch that waits in the library, and waits for nothing."""
        if self.handle is None:
            return False
        self.wake.drain()
        batch = ctypes.c_void_p()
        status = lib.parlor_client_take(self.handle, 0, ctypes.byref(batch))
        if status == Status.TIMED_OUT:
            return False
        if status == Status.ERR_BAD_HANDLE:
            # It was destroyed by parlor.shutdown().
            self.abandon()
            return False
        check(status)
        if self._reading:
            # There may be more, and the library does not ring for what has waited before.
            self._follow()
        self._sort(Batch(batch.value or 0))
        return True

    def _sort(self, batch: Batch) -> None:
        """Looks for what this package itself waits for, and keeps the batch for the program."""
        begin = 0
        if min(batch.kinds) <= _LOG:
            for index, kind in enumerate(batch.kinds):
                if kind > _LOG:
                    continue
                [event] = events_of(batch, index, index + 1)
                if kind == _DONE:
                    request = self.pending.pop(event.tag, None)
                    if request is not None and isinstance(event, RequestDone):
                        request.finish(event)
                elif kind == _STATE:
                    self._entered(event)
                    # Whoever takes the events looks whether this was the last one.
                    self.store.put(batch, begin, index + 1, True)
                    begin = index + 1
                elif kind == _CREDENTIAL:
                    # With a name, it is a code that a person enters elsewhere, and that may be waited for.
                    self._failed_once(event, AT_ONCE if event.name else IN_VAIN)
                elif kind == _LOG:
                    self._logged(event)
                    if not self._deliver_logs:
                        self.store.put(batch, begin, index, False)
                        begin = index + 1
        self.store.put(batch, begin, batch.count, False)

    def _entered(self, event: Event) -> None:
        self.state = event.value
        self.failure = None
        if self.state == State.FAILED:
            self.failure = error(event.status, event.text or status_text(event.status))
        left = []
        for promise, wanted, patience in self._promises:
            if self.state == wanted or (wanted == State.CONNECTED and self.state == State.READY):
                promise.settle(None)
            elif self.state in (State.FAILED, State.CLOSED):
                promise.settle(None, self.failure or Cancelled("the client was closed"))
            else:
                left.append((promise, wanted, patience))
        self._promises = left
        if self.state == State.RECONNECTING:
            self._failed_once(event, AT_ONCE)

    def _failed_once(self, event: Event, weight: int) -> None:
        """Tells those who do not want to wait for another attempt."""
        status = event.status if event.status < 0 else int(Status.ERR_UNAUTHORIZED)
        for promise, _, patience in self._promises:
            if patience >= weight:
                promise.settle(None, error(status, event.text or status_text(status)))
        self._promises = [one for one in self._promises if not one[0].done]

    @staticmethod
    def _logged(event: Event) -> None:
        part = logging.getLogger(f"parlor.{event.name}" if event.name else "parlor")
        part.log(_LEVELS.get(event.value, logging.INFO), "%s", event.text)

    def promise(self, wanted: State, owner: object, patience: int) -> "Promise[None]":
        """Known when the client enters that state, or can not any more."""
        outcome: Outcome[None] = Outcome(f"waiting for {wanted.name}")
        self._promises.append((outcome, wanted, patience))
        return Promise(self, outcome, owner)

    # Without asyncio ------------------------------------------------------------------------------------------------

    def wait(self, ready: Callable[[], object], timeout: Optional[float]) -> bool:
        """Fetches until something is so; of several threads one fetches and the others wait for it. Says whether it is."""
        self._not_in_loop()
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._changed:
                if ready():
                    return True
                if self.handle is None:
                    raise BadHandle("the client was destroyed")
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    return False
                if self._fetching:
                    self._changed.wait(left)
                    continue
                self._fetching = True
            try:
                if not self.fetch():
                    self.wake.wait(left)
            finally:
                self._fetched()

    def gather(self, timeout: Optional[float]) -> List[Event]:
        """Everything that waits here and in the library, after waiting for something at most so many seconds."""
        self._not_in_loop()
        self._top_up()
        if not len(self.store) and self.wait(self.store.__len__, timeout):
            self._top_up()
        return self.store.everything()

    def _top_up(self) -> None:
        """Fetches everything, unless another thread just fetches; in a flood that does not end, no more than may wait."""
        with self._changed:
            if self._fetching:
                return
            self._fetching = True
        try:
            while len(self.store) < BUFFERED and self.fetch():
                pass
        finally:
            self._fetched()

    def _fetched(self) -> None:
        with self._changed:
            self._fetching = False
            self._changed.notify_all()

    # With asyncio ---------------------------------------------------------------------------------------------------

    def _in_loop(self) -> bool:
        """Whether this is called inside the event loop that fetches for this client."""
        try:
            return self._loop is not None and asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def _not_in_loop(self) -> None:
        if self._in_loop():
            raise RuntimeError("this would block the event loop that fetches the events; `await` it instead")

    def attach(self) -> None:
        """Has the running event loop fetch whenever the library rings."""
        loop = asyncio.get_running_loop()
        if self._loop is not None and self._loop is not loop and not self._loop.is_closed():
            raise RuntimeError("this client belongs to another event loop that is still open")
        if self._loop is not loop:
            self._loop, self._reading, self._arrived, self._following = loop, False, None, False
        if not self._reading and self.handle is not None:
            self._reading = True
            try:
                loop.add_reader(self.wake.read, self._rang)
            except NotImplementedError:
                threading.Thread(target=self._relay, args=(loop,), name="parlor-wake", daemon=True).start()
            loop.call_soon(self._rang)

    def _relay(self, loop: asyncio.AbstractEventLoop) -> None:
        """For loops that can not watch a descriptor."""
        while self._reading and not self.wake.closed:
            self.wake.wait(0.5)
            try:
                loop.call_soon_threadsafe(self._rang)
            except RuntimeError:
                return

    def detach(self) -> None:
        """Stops watching."""
        if self._reading and self._loop is not None:
            self._reading = False
            if not self._loop.is_closed() and not self.wake.closed:
                with contextlib.suppress(NotImplementedError):
                    self._loop.remove_reader(self.wake.read)

    def give_back(self) -> None:
        """Closes the descriptor, once no loop watches it. Clients are collected on any thread, loops live on one."""
        loop = self._loop
        if self._reading and loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._forget)
                return
            except RuntimeError:
                # It was closed just now.
                pass
        self.wake.close()

    def _forget(self) -> None:
        self.detach()
        self.wake.close()

    def _rang(self) -> None:
        if len(self.store) > BUFFERED and not self._awaited:
            if self._consumers:
                # Whoever takes the events will go on with it.
                return self.detach()
            if not self._warned:
                self._warned = True
                _log.warning("nobody takes the events of this client, so they are dropped; iterate over it, run it, or "
                             "choose its events with the option events_kinds")
            self.store.clear()
        self.fetch()
        self._arrive()

    def _follow(self) -> None:
        """Has the event loop fetch again, after everything else that it has to do now."""
        if self._loop is None or self._loop.is_closed():
            return
        if not self._in_loop():
            self.wake.ring()
        elif not self._following:
            self._following = True
            self._loop.call_soon(self._followed)

    def _followed(self) -> None:
        self._following = False
        if self._reading:
            self._rang()

    def _arrive(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    @contextlib.contextmanager
    def awaited(self) -> Iterator[None]:
        """While somebody awaits a request, everything is fetched, since its end may stand behind other events."""
        self._awaited += 1
        try:
            self.attach()
            yield
        finally:
            self._awaited -= 1

    @contextlib.contextmanager
    def consumer(self) -> Iterator[None]:
        """While somebody takes events, none is dropped."""
        self._consumers += 1
        try:
            yield
        finally:
            self._consumers -= 1

    async def arrival(self) -> None:
        """Waits until something was fetched."""
        self.attach()
        if self._arrived is None or self._arrived.done():
            self._arrived = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._arrived)

    # The end --------------------------------------------------------------------------------------------------------

    def cancel(self, request: Pending) -> None:
        """Cancels a request of this client."""
        if self.handle is not None and not request.done:
            check(lib.parlor_client_cancel(self.handle, request.number))

    def abandon(self) -> None:
        """The client is gone: whatever waits for it learns so."""
        self.handle = None
        self.store.clear()
        if self._in_loop():
            self.detach()
        fault = Cancelled("the client was destroyed")
        pending, self.pending = list(self.pending.values()), {}
        promises, self._promises = self._promises, []
        for request in pending:
            request.settle(None, fault)
        for promise, _, _ in promises:
            promise.settle(None, fault)
        if self._arrived is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._arrive)
        with self._changed:
            self._changed.notify_all()
        self.wake.ring()
