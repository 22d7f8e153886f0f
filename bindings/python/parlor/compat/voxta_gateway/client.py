"""`GatewayClient` as voxta-gateway 0.1.0 has it."""
from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, Awaitable, Callable, Optional, Union

from ... import errors
from ..._constants import Flag, State
from ...events import Event, StateChanged
from ...request import Request
from ...services.gateway import GatewayClient as Client
from .._tasks import PATIENT, Callbacks, end

EventHandler = Callable[["dict[str, Any]"], Union[Awaitable[None], None]]

#: What the waiting helpers need, whatever the program has subscribed to.
_NEEDED = ("chat_started", "chat_closed", "ai_state_changed")


class ConnectionState(Enum):
    """What the client is doing."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    READY = "ready"


_STATES = {State.CONNECTING: ConnectionState.CONNECTING, State.CONNECTED: ConnectionState.CONNECTED,
           State.READY: ConnectionState.READY}


@dataclass
class GatewayState:
    """What is known of the gateway."""

    connected: bool = False
    chat_active: bool = False
    ai_state: str = "idle"
    current_speaker_id: Optional[str] = None
    external_speaker_active: bool = False
    external_speaker_source: Optional[str] = None
    characters: "list[dict[str, Any]]" = field(default_factory=list)

    def update_from_snapshot(self, snapshot: dict[str, Any]) -> None:
        """Takes over what a snapshot says."""
        fresh = GatewayState()
        for one in fields(self):
            setattr(self, one.name, snapshot.get(one.name, getattr(fresh, one.name)))


class GatewayClient:
    """A client of the Voxta Gateway that connects again by itself.

    The state is the library's mirror, so it is right whatever events were asked for. Handlers may take their time: the
    socket is read meanwhile."""

    def __init__(self, gateway_url: str = "http://localhost:8081", client_id: str = "gateway-client",
                 events: Optional[list[str]] = None, filters: Optional[dict[str, list[str]]] = None,
                 reconnect_delay: float = 5.0, logger: Optional[logging.Logger] = None) -> None:
        self.gateway_url = gateway_url.rstrip("/")
        self.client_id = client_id
        self.events = events or list(_NEEDED)
        self.filters = filters or {}
        self.reconnect_delay = reconnect_delay
        self.logger = logger or logging.getLogger(f"GatewayClient.{client_id}")
        self._state = GatewayState()
        self._callbacks = Callbacks(self.logger)
        self._client: Optional[Client] = None
        self._running = False
        self._task: Optional[asyncio.Task[None]] = None
        self._stopped: Optional[asyncio.Event] = None

    def on(self, event_type: str, handler: Optional[EventHandler] = None) -> Any:
        """Registers a handler, which may be `async def`; also as a decorator."""
        return self._callbacks.on(event_type, handler)

    def off(self, event_type: str, handler: EventHandler) -> None:
        """Removes a handler."""
        self._callbacks.off(event_type, handler)

    # Life -----------------------------------------------------------------------------------------------------------

    def _open(self, attempts: int = 0) -> Client:
        if self._client is None or self._client.destroyed:
            delay = max(1, int(self.reconnect_delay * 1000))
            events = ["all"] if "all" in self.events else [*self.events, *_NEEDED]
            self._client = Client(
                self.gateway_url, client_id=self.client_id, events=events, filters=self.filters or None,
                retry_initial_ms=delay, retry_max_ms=delay, retry_factor_percent=100, retry_max_attempts=attempts, **PATIENT)
        return self._client

    async def start(self) -> None:
        """Connects, and stays connected until `stop()`."""
        self._running = True
        self._stopped = asyncio.Event()
        while self._running:
            client = self._open()
            client.connect()._outcome.asked = True
            try:
                await self._listen(client)
            except errors.ParlorError as fault:
                self.logger.error("Connection error: %s", fault)
                client.destroy()
            if self._running:
                try:
                    await asyncio.wait_for(self._stopped.wait(), self.reconnect_delay)
                except asyncio.TimeoutError:
                    pass

    async def stop(self) -> None:
        """Closes the connection; `start()` returns."""
        self._running = False
        client, self._client = self._client, None
        if self._stopped is not None:
            self._stopped.set()
        if client is not None and not client.destroyed:
            try:
                await asyncio.wait_for(asyncio.ensure_future(_result(client.close())), 5)
            except (errors.ParlorError, asyncio.TimeoutError) as fault:
                self.logger.debug("%s", fault)
            if self._task is None:
                # Whoever listens sees the goodbye first.
                await asyncio.sleep(0)
            client.destroy()
        task, self._task = self._task, None
        await end(task)

    async def connect_once(self) -> bool:
        """Connects without trying again. Events come all the same."""
        client = self._open(attempts=1)
        try:
            await client.connect()
        except errors.ParlorError as fault:
            self.logger.error("Connection failed: %s", fault)
            client.destroy()
            return False
        self._task = asyncio.ensure_future(self._listen_quietly(client))
        while not self._seen_snapshot and not self._task.done():
            await asyncio.sleep(0.001)
        return True

    _seen_snapshot = False

    async def _listen_quietly(self, client: Client) -> None:
        try:
            await self._listen(client)
        except errors.ParlorError as fault:
            self.logger.warning("Connection closed: %s", fault)

    async def _listen(self, client: Client) -> None:
        everything, wanted, table = "all" in self.events, set(self.events), self._callbacks.table
        async for event in client:
            name = event.type
            # What nobody has asked for is not even read.
            if name in table and (everything or name in wanted) and not event.flags & Flag.SYNTHETIC:
                await self._callbacks.emit(name, json.loads(event.json).get("data", {}))
            else:
                await self._handle(event)

    async def _handle(self, event: Event) -> None:
        if isinstance(event, StateChanged):
            if event.state in (State.RECONNECTING, State.CLOSED, State.FAILED):
                # What the program has asked for itself is nothing to be warned of.
                level = logging.INFO if event.state is State.CLOSED else logging.WARNING
                self.logger.log(level, "Connection closed: %s", event.text or event.name)
                self._seen_snapshot = False
                await self._callbacks.emit("disconnected", {})
            return
        if event.type == "snapshot" and not event.synthetic and not self._seen_snapshot:
            self._seen_snapshot = True
            state = (event.message or {}).get("state", {})
            self._state.update_from_snapshot(state)
            await self._callbacks.emit("connected", state)

    # State ----------------------------------------------------------------------------------------------------------

    @property
    def connection_state(self) -> ConnectionState:
        """What the client is doing."""
        if self._client is None or self._client.destroyed:
            return ConnectionState.DISCONNECTED
        return _STATES.get(self._client.state, ConnectionState.DISCONNECTED)

    @property
    def state(self) -> GatewayState:
        """What is known of the gateway now."""
        if self.connection_state in (ConnectionState.CONNECTED, ConnectionState.READY) and self._client is not None:
            self._state.update_from_snapshot(self._client.mirror)
        else:
            self._state.chat_active = False
        return self._state

    @property
    def is_connected(self) -> bool:
        """Whether the gateway has let this client in."""
        return self.connection_state in (ConnectionState.CONNECTED, ConnectionState.READY)

    @property
    def is_ready(self) -> bool:
        """Whether there is a chat to talk into."""
        return self.connection_state is ConnectionState.READY

    @property
    def chat_active(self) -> bool:
        """Whether there is a chat."""
        return self.state.chat_active

    @property
    def ai_state(self) -> str:
        """idle, thinking or speaking."""
        return self.state.ai_state

    @property
    def characters(self) -> list[dict[str, Any]]:
        """Who takes part in the chat."""
        return self.state.characters

    # Actions --------------------------------------------------------------------------------------------------------

    async def send_dialogue(self, text: str, source: str = "user", author: Optional[str] = None,
                            immediate_reply: Optional[bool] = None) -> bool:
        """Says something into the chat; RuntimeError without one."""
        self._need_chat("dialogue")
        return await self._post("dialogue", text=text, source=source, author=author or None,
                                immediate_reply=immediate_reply)

    async def send_context(self, key: str, content: str, description: Optional[str] = None) -> bool:
        """Gives the AI something to know; RuntimeError without a chat."""
        self._need_chat("context")
        return await self._post("context", key=key, content=content, description=description or None)

    async def external_speaker_start(self, source: str, reason: Optional[str] = None) -> bool:
        """Somebody outside the chat speaks."""
        return await self._post("external_speaker_start", source=source, reason=reason or None)

    async def external_speaker_stop(self, trigger_response: bool = True) -> bool:
        """The external speaker has ended."""
        return await self._post("external_speaker_stop", trigger_response=trigger_response)

    async def tts_playback_start(self, character_id: str, message_id: Optional[str] = None) -> bool:
        """Speech is played now."""
        return await self._post("tts_playback_start", character_id=character_id, message_id=message_id or None)

    async def tts_playback_complete(self, character_id: str, message_id: Optional[str] = None) -> bool:
        """Speech was played to its end."""
        return await self._post("tts_playback_complete", character_id=character_id, message_id=message_id or None)

    async def get_state(self) -> dict[str, Any]:
        """The gateway's state, asked for over HTTP."""
        return dict((await self._ask("state")).message)

    async def health_check(self) -> dict[str, Any]:
        """What the gateway says of itself."""
        return dict((await self._ask("health")).message)

    def _need_chat(self, what: str) -> None:
        if not self.chat_active:
            raise RuntimeError(f"Cannot send {what}: no active chat")

    async def _ask(self, name: str, **fields_: Any) -> Event:
        client = self._open()
        if client.state in (State.CLOSED, State.FAILED):
            # Nobody has connected yet: this one call is made by a client of its own, which is gone after it.
            async with Client(self.gateway_url, client_id=f"{self.client_id}-call", events=[],
                              retry_max_attempts=1) as other:
                return await other.call(name, fields_ or None)
        return await client.call(name, fields_ or None)

    async def _post(self, name: str, **fields_: Any) -> bool:
        try:
            await self._ask(name, **{key: value for key, value in fields_.items() if value is not None})
        except errors.ParlorError as fault:
            self.logger.error("POST /%s failed: %s", name, fault)
            return False
        return True

    # Waiting --------------------------------------------------------------------------------------------------------

    async def wait_for_chat(self, timeout: float = 30.0) -> bool:
        """Waits until there is a chat."""
        return await self._wait(lambda: self.chat_active, timeout)

    async def wait_for_idle(self, timeout: float = 30.0) -> bool:
        """Waits until the AI is idle."""
        return await self._wait(lambda: self.ai_state == "idle", timeout)

    @staticmethod
    async def _wait(so: Callable[[], bool], timeout: float) -> bool:
        until = asyncio.get_running_loop().time() + timeout
        while not so():
            if asyncio.get_running_loop().time() >= until:
                return False
            await asyncio.sleep(0.02)
        return True


async def _result(request: Request) -> Event:
    return await request
