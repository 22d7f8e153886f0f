"""The client: one conversation with one service, over as many connections as it takes."""
import asyncio
import ctypes
import itertools
import json
import weakref
from typing import Any, AsyncIterator, Callable, Iterator, List, Mapping, Optional, Sequence, TypeVar, Union, overload

from ._constants import Playback, State
from ._library import check, last_error, lib
from ._option_types import Options
from ._options import OptionSet
from ._pump import AT_ONCE, IN_VAIN, NEVER, Pump
from ._turns import Turns, was_last
from .errors import BadHandle, ParlorError, error
from .events import Event
from .handlers import H, Handlers, Which, kind_of
from .request import Pending, Promise, Request
from .speech import Speech

C = TypeVar("C", bound="Client")
Json = Union[str, Mapping[str, Any], Sequence[Any], None]


def _destroy(handle: int, pump: Pump) -> None:
    """Ends a client of the library, when it is told to or when nobody knows it any more."""
    pump.abandon()
    lib.parlor_client_destroy(handle)
    pump.give_back()


def as_json(value: Json) -> bytes:
    """Parameters as the library wants them."""
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def given(**parameters: Any) -> Optional[Mapping[str, Any]]:
    """Those parameters that are not None; None when there are none."""
    return {name: value for name, value in parameters.items() if value is not None} or None


class Client:
    """A client of any service. `parlor.gateway()` and its siblings make clients with the methods of their service.

    Use it in `async with` or `with`: entering connects and waits until the service has accepted the client, leaving says
    goodbye. Every action returns a `Request` at once: await it, call `result()`, or leave it alone.
    """

    def __init__(self, protocol: str, url: str = "", credential: Optional[str] = None, **options: Any) -> None:
        chosen = {name: value for name, value in options.items() if value is not None}
        chosen["protocol"] = protocol
        if url:
            chosen["url"] = url
        if credential is not None:
            chosen["credential"] = credential
        self._pump = Pump(deliver_logs="log_level" in chosen)
        self._handlers = Handlers()
        self._tags = itertools.count(1)
        made = OptionSet(chosen)
        handle = ctypes.c_void_p()
        try:
            status = lib.parlor_client_new(made.handle, _NO_CALLBACK, None, _NO_FREE, ctypes.byref(handle))
            text = last_error() if status < 0 else ""
        finally:
            made.close()
        if status < 0 or not handle.value:
            self._pump.wake.close()
            raise error(status, text)
        wake = self._pump.wake
        self._end = weakref.finalize(self, _destroy, handle.value, self._pump)
        self._pump.handle = handle.value
        check(lib.parlor_client_set_wake_fd(handle.value, wake.write, wake.word, len(wake.word)))

    # Life -----------------------------------------------------------------------------------------------------------

    def connect(self) -> Request:
        """Connects, and stays connected: a lost link is made anew until `close()`, as the retry options say."""
        return self._request("connect", lib.parlor_client_connect)

    def close(self) -> Request:
        """Says goodbye. Every pending request ends first; then the state is CLOSED. The client can connect again."""
        return self._request("close", lib.parlor_client_close)

    def destroy(self) -> None:
        """Ends the client at once; its pending requests end with `Cancelled`."""
        self._end()

    @property
    def destroyed(self) -> bool:
        """Whether the client is gone."""
        return self._pump.handle is None

    @property
    def state(self) -> State:
        """What the client is doing now."""
        value = ctypes.c_int32()
        check(lib.parlor_client_get_state(self._live(), ctypes.byref(value)))
        return State(value.value)

    @property
    def mirror(self) -> Any:
        """What is known of the service's state, as Python values."""
        length, room = ctypes.c_size_t(), 4096
        while True:
            buffer = ctypes.create_string_buffer(room)
            status = lib.parlor_client_mirror(self._live(), buffer, room, ctypes.byref(length))
            if status >= 0:
                return json.loads(buffer.raw[: length.value])
            if length.value < room:
                check(status)
            room = length.value + 1024

    def ready(self) -> "Promise[None]":
        """Known when the service takes part in a conversation: a chat is active, a session is established."""
        return self._until(State.READY)

    def connected(self, at_once: bool = False) -> "Promise[None]":
        """Known when the service has accepted the client. With `at_once`, an attempt that fails is the end of the wait,
        though not of the attempts."""
        return self._until(State.CONNECTED, AT_ONCE if at_once else NEVER)

    def network_changed(self) -> None:
        """Tells the client that the network has changed: a waiting retry happens now, and the link is checked."""
        check(lib.parlor_client_network_changed(self._live()))

    def __enter__(self: C) -> C:
        try:
            self._entering().result()
        except BaseException:
            self.destroy()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if not self.destroyed:
            try:
                # An exception is on its way, or the program wants to go on: neither waits long for a goodbye.
                self.close().result(5)
            except (ParlorError, TimeoutError):
                pass
            finally:
                self.destroy()

    async def __aenter__(self: C) -> C:
        try:
            await self._entering()
        except BaseException:
            self.destroy()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self.destroyed:
            try:
                await asyncio.wait_for(self._awaitable(self.close()), 5)
            except (ParlorError, asyncio.TimeoutError):
                pass
            finally:
                self.destroy()

    # Events ---------------------------------------------------------------------------------------------------------

    def take(self, timeout: Optional[float] = None) -> List[Event]:
        """Everything that waits, after waiting for something at most so many seconds; nothing came: an empty list."""
        return self._pump.gather(timeout)

    def __iter__(self) -> Iterator[Event]:
        """The events, until the client is closed. When it fails, the exception says why, after the last event. Leaving
        the loop loses nothing: the next one goes on where it was left."""
        return itertools.chain.from_iterable(self._portions())

    def _portions(self) -> Iterator[Iterator[Event]]:
        """What was fetched, some at a time, and a wait when there is nothing."""
        pump = self._pump
        store = pump.store
        while True:
            portion = store.portion()
            if portion is not None:
                yield portion.events
                if portion.state is not None and was_last(portion.state):
                    return
                continue
            try:
                pump.wait(store.__len__, None)
            except BadHandle:
                return

    async def __aiter__(self) -> AsyncIterator[Event]:
        """The same in asyncio."""
        with self._pump.consumer():
            async for few in Turns(self._pump):
                for event in few:
                    yield event

    async def next_event(self) -> Event:
        """The next event, for programs that wait with a deadline: `asyncio.wait_for(client.next_event(), 5)`. A wait
        that is cancelled loses nothing."""
        pump = self._pump
        pump.attach()
        with pump.consumer():
            while True:
                event = pump.store.one()
                if event is not None:
                    return event
                self._live()
                if not pump.fetch():
                    await pump.arrival()

    @overload
    def on(self, which: Which) -> Callable[[H], H]: ...

    @overload
    def on(self, which: Which, handler: H) -> H: ...

    def on(self, which: Which, handler: Optional[H] = None) -> Union[H, Callable[[H], H]]:
        """Has a function called for events of a kind: "sentence", `Sentence`, or "*". Also as a decorator. It may be
        `async def`. Handlers are called by `run()` and `run_async()`."""
        return self._add(kind_of(which), handler)

    @overload
    def on_type(self, name: str) -> Callable[[H], H]: ...

    @overload
    def on_type(self, name: str, handler: H) -> H: ...

    def on_type(self, name: str, handler: Optional[H] = None) -> Union[H, Callable[[H], H]]:
        """The same for messages by the service's own name for them: "sentence_ready", "response.done"."""
        return self._add(name, handler)

    def off(self, which: Which, handler: Callable[..., Any]) -> None:
        """Has it called no more."""
        self._handlers.remove(kind_of(which), handler)

    def _add(self, key: Union[int, str], handler: Optional[H]) -> Union[H, Callable[[H], H]]:
        def add(function: H) -> H:
            self._handlers.add(key, function)
            return function

        return add if handler is None else add(handler)

    def run(self) -> None:
        """Connects if need be, and calls the handlers until the client is closed. Where one is `async def`, in an event
        loop of its own."""
        if self._handlers.any_async():
            asyncio.run(self.run_async())
            return
        if self.state in (State.CLOSED, State.FAILED):
            # That it fails is what the events end with.
            self.connect()._outcome.asked = True
        for events in self._portions():
            self._handlers.call(events)

    async def run_async(self) -> None:
        """The same in the running event loop."""
        if self.state in (State.CLOSED, State.FAILED):
            # That it fails is what the events end with.
            self.connect()._outcome.asked = True
        with self._pump.consumer():
            async for few in Turns(self._pump):
                await self._handlers.call_async(few)

    # Actions --------------------------------------------------------------------------------------------------------

    def call(self, name: str, parameters: Json = None) -> Request:
        """Calls any operation of the service by the service's own name for it. The answer is the `body` of the result."""
        return self._request(name, lib.parlor_client_call, name, as_json(parameters))

    def interrupt(self, parameters: Json = None) -> Request:
        """Makes the service stop speaking, or drop the reply that it is making."""
        return self._request("interrupt", lib.parlor_client_interrupt, as_json(parameters))

    def set_context(self, key: str, text: str, parameters: Json = None) -> Request:
        """Gives the service something to know about the situation, under a key. An empty text removes it."""
        return self._request("set_context", lib.parlor_client_set_context, key, text, as_json(parameters))

    def set_tools(self, tools: Json) -> Request:
        """Sets the tools that the service may call. Calls come as ToolCall events."""
        return self._request("set_tools", lib.parlor_client_set_tools, as_json(tools))

    def tool_result(self, call: Union[str, Event], result: Any = "", failed: bool = False) -> Request:
        """Answers a ToolCall, given as the event or by its id. What is no text is sent as JSON."""
        text = result if isinstance(result, str) else json.dumps(result)
        ident = call.id if isinstance(call, Event) else call
        return self._request("tool_result", lib.parlor_client_tool_result, ident, text, int(failed))

    def playback(self, phase: Union[Playback, str], ident: str, sender: str = "", parameters: Json = None) -> Request:
        """Tells the service what the loudspeaker does with an event: "started" or "completed"."""
        number = int(Playback[phase.upper()] if isinstance(phase, str) else phase)
        return self._request("playback", lib.parlor_client_playback, number, ident, sender, as_json(parameters))

    def subscribe(self, what: Json) -> Request:
        """Subscribes to what the service sends only when it is asked to."""
        return self._request("subscribe", lib.parlor_client_subscribe, as_json(what))

    def set_credential(self, value: str) -> Request:
        """Replaces the credential, also as the answer to a CredentialNeeded event."""
        return self._request("set_credential", lib.parlor_client_set_credential, value)

    def send_audio(self, pcm: Union[bytes, bytearray, memoryview]) -> None:
        """Sends what the microphone has picked up. This is no request; it raises QueueFull when the network is slow."""
        check(lib.parlor_client_send_audio(self._live(), bytes(pcm), len(pcm)), "send_audio")

    def open_speech(self, rate: int = 0, channels: int = 0) -> Speech:
        """Opens what the service speaks for a sound device, at its rate and with its channels; 0 takes the options
        `audio_rate` and `audio_channels`. A client has one at a time."""
        return Speech(self._live(), rate, channels)

    def send_text(self, text: str, parameters: Json = None) -> Request:
        """Says something, with the service's own parameters. The clients of the services have `say` with theirs."""
        return self._request("say", lib.parlor_client_say, text, as_json(parameters))

    # Under the bonnet -----------------------------------------------------------------------------------------------

    def _live(self) -> int:
        handle = self._pump.handle
        if handle is None:
            raise BadHandle("the client was destroyed")
        return handle

    def _request(self, what: str, function: Any, *arguments: Union[str, bytes, int]) -> Request:
        """Calls an action. A text becomes its bytes and their length; the tag is how the request's end is known."""
        request = Pending(what)
        request.tag = tag = next(self._tags)
        passed: List[Any] = []
        for argument in arguments:
            if isinstance(argument, int):
                passed.append(argument)
            else:
                text = argument.encode("utf-8", "surrogatepass") if isinstance(argument, str) else argument
                passed += [text, len(text)]
        number = ctypes.c_uint64()
        handle = self._live()
        self._pump.pending[tag] = request
        status = function(handle, *passed, tag, ctypes.byref(number))
        if status < 0:
            self._pump.pending.pop(tag, None)
            why = last_error()
            raise error(status, why if why.startswith(f"{what}:") else f"{what}: {why}")
        request.number = number.value
        return Request(self._pump, request, self)

    def _entering(self) -> "Promise[None]":
        """Connects. A question for a credential fails it, since nobody takes events yet who could answer."""
        self.connect()._outcome.asked = True
        return self._until(State.CONNECTED, IN_VAIN)

    def _until(self, wanted: State, patience: int = NEVER) -> "Promise[None]":
        state = self.state
        promise = self._pump.promise(wanted, self, patience)
        if state == wanted or (wanted == State.CONNECTED and state == State.READY):
            promise._outcome.settle(None)
        return promise

    @staticmethod
    async def _awaitable(request: Any) -> Any:
        return await request


def _no_callbacks() -> Any:
    from ._abi import EVENT_FN, FREE_FN
    return EVENT_FN(), FREE_FN()


_NO_CALLBACK, _NO_FREE = _no_callbacks()
__all__ = ["Client", "Options"]
