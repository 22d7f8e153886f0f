"""`TokenBowlWebSocket` as token-bowl-chat 4.0.2 has it, and as its documentation describes it."""
from __future__ import annotations

import asyncio
import logging
import os
from typing import Any, Callable, Optional

from ... import errors
from ..._constants import State
from ...client import given
from ...events import Event, Message, Receipt, StateChanged, Typing, Unread
from ...services.tokenbowl import TokenBowlClient as Client
from .._tasks import PATIENT, call_back, end
from .exceptions import AuthenticationError, BadKey, InvalidMessage, NetworkError, NotConnected, TimeoutError, translate
from .models import MessageResponse, UnreadCountResponse

logger = logging.getLogger(__name__)

#: The longest message, in characters.
_LONGEST = 10_000


class TokenBowlWebSocket:
    """Messages as they come. The callbacks may be `async def`; the link is made anew when it is lost, and what was missed
    meanwhile is told."""

    def __init__(self, *, api_key: Optional[str] = None, base_url: str = "https://api.tokenbowl.ai",
                 on_message: Optional[Callable[[MessageResponse], Any]] = None,
                 on_read_receipt: Optional[Callable[[str, str], Any]] = None,
                 on_unread_count: Optional[Callable[[UnreadCountResponse], Any]] = None,
                 on_typing: Optional[Callable[[str, Optional[str]], Any]] = None,
                 on_connect: Optional[Callable[[], Any]] = None, on_disconnect: Optional[Callable[[], Any]] = None,
                 on_error: Optional[Callable[[Exception], Any]] = None) -> None:
        self.api_key = api_key or os.environ.get("TOKEN_BOWL_CHAT_API_KEY")
        self.base_url = base_url.rstrip("/")
        self.on_message, self.on_read_receipt, self.on_unread_count = on_message, on_read_receipt, on_unread_count
        self.on_typing, self.on_connect = on_typing, on_connect
        self.on_disconnect, self.on_error = on_disconnect, on_error
        self._client: Optional[Client] = None
        self._task: Optional[asyncio.Task[None]] = None

    async def __aenter__(self) -> "TokenBowlWebSocket":
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    # Life -----------------------------------------------------------------------------------------------------------

    def _open(self) -> Client:
        if not self.api_key:
            raise AuthenticationError("API key is required")
        if self._client is None or self._client.destroyed:
            self._client = Client(self.base_url, key=self.api_key, **PATIENT)
        return self._client

    async def connect(self) -> None:
        """Connects. A key that is refused is an AuthenticationError, anything else a NetworkError."""
        if self.connected:
            return
        client = self._open()
        try:
            # The first failure is final here; a link that is lost later is made anew.
            client.connect()._outcome.asked = True
            await client.connected(at_once=True)
        except errors.ParlorError as fault:
            client.destroy()
            kind = BadKey if isinstance(fault, (errors.Unauthorized, errors.Forbidden)) else NetworkError
            problem = kind(f"Failed to connect: {fault}")
            await call_back(self.on_error, logger, problem)
            raise problem from fault
        self._task = asyncio.ensure_future(self._read(client))
        await asyncio.sleep(0)

    async def disconnect(self, clear_state: bool = True) -> None:
        """Disconnects."""
        client, self._client = self._client, None
        task, self._task = self._task, None
        if client is not None and not client.destroyed:
            was_connected = client.state in (State.CONNECTED, State.READY)
            await client.__aexit__(None, None, None)
            await end(task)
            if was_connected:
                await call_back(self.on_disconnect, logger)

    @property
    def connected(self) -> bool:
        """Whether the server is connected."""
        client = self._client
        return client is not None and not client.destroyed and client.state in (State.CONNECTED, State.READY)

    is_connected = connected

    async def wait_until_connected(self, timeout: float = 10.0) -> None:
        """Waits until the server is connected."""
        until = asyncio.get_running_loop().time() + timeout
        while not self.connected:
            if asyncio.get_running_loop().time() > until:
                raise TimeoutError("Connection timeout")
            await asyncio.sleep(0.02)

    # Events ---------------------------------------------------------------------------------------------------------

    async def _read(self, client: Client) -> None:
        await call_back(self.on_connect, logger)
        lost = False
        try:
            async for event in client:
                if isinstance(event, StateChanged):
                    if event.state is State.RECONNECTING and not lost:
                        lost = True
                        await call_back(self.on_disconnect, logger)
                    elif event.state is State.READY and lost:
                        lost = False
                        await call_back(self.on_connect, logger)
                else:
                    await self._tell(event)
        except errors.ParlorError as fault:
            await call_back(self.on_error, logger, translate(fault))
            await call_back(self.on_disconnect, logger)

    async def _tell(self, event: Event) -> None:
        if isinstance(event, Message):
            # Its own direct messages are not pushed to a user by the server either.
            if self.on_message is not None and not (event.value == 1 and event.role == "direct"):
                await call_back(self.on_message, logger, _message_of(event))
        elif isinstance(event, Receipt):
            await call_back(self.on_read_receipt, logger, event.id, event.sender)
        elif isinstance(event, Typing):
            await call_back(self.on_typing, logger, event.name, event.get("to_username"))
        elif isinstance(event, Unread):
            await call_back(self.on_unread_count, logger, UnreadCountResponse(
                event.get("unread_room_messages", 0), event.get("unread_direct_messages", 0),
                event.get("total_unread", event.value)))
        elif event.status < 0:
            await call_back(self.on_error, logger, translate(errors.error(event.status, event.text)))

    # Actions --------------------------------------------------------------------------------------------------------

    async def send_message(self, content: str, to_username: Optional[str] = None, **_: Any) -> None:
        """Says something in the room, or to one user: 1 to 10000 characters."""
        if not 1 <= len(content) <= _LONGEST:
            raise InvalidMessage(f"Content must be 1-{_LONGEST} characters")
        client = self._open()
        try:
            if self.connected:
                await client.say(content, to=to_username or None)
            else:
                await client.call("send_message", given(content=content, to_username=to_username or None))
        except errors.ParlorError as fault:
            problem = translate(fault)
            if not self.connected:
                raise NotConnected(f"WebSocket not connected: {fault}") from fault
            if not isinstance(problem, NetworkError):
                problem = NetworkError(f"Failed to send message: {fault}", problem.response)
            raise problem from fault

    async def _quietly(self, name: str, **fields: Any) -> Optional[Event]:
        """What the interface logs and does not raise."""
        client = self._open()
        try:
            return await client.call(name, fields or None)
        except errors.ParlorError as fault:
            logger.error("Failed to %s: %s", name.replace("_", " "), fault)
            return None

    async def mark_as_read(self, message_id: str) -> None:
        """Marks a message as read."""
        await self._quietly("mark_message_read", message_id=message_id)

    async def mark_all_as_read(self) -> dict[str, int]:
        """Marks everything as read; tells how much that was."""
        event = await self._quietly("mark_all_messages_read")
        return {"count": int(event.get("marked_as_read", 0)) if event is not None else 0}

    async def mark_message_read(self, message_id: str) -> None:
        """Marks a message as read."""
        await self.mark_as_read(message_id)

    async def mark_all_messages_read(self) -> None:
        """Marks everything as read."""
        await self.mark_all_as_read()

    async def mark_room_messages_read(self) -> None:
        """The server has no such thing any more; nothing happens."""
        logger.debug("mark_room_messages_read is not a thing of this server")

    async def mark_direct_messages_read(self, from_username: str) -> None:
        """The server has no such thing any more; nothing happens."""
        logger.debug("mark_direct_messages_read(%s) is not a thing of this server", from_username)

    async def send_typing_indicator(self, to_username: Optional[str] = None) -> None:
        """Tells that this user types."""
        await self._quietly("send_typing_indicator", **({"to_username": to_username} if to_username else {}))

    async def get_unread_count(self) -> None:
        """Asks how much is unread; the answer goes to `on_unread_count`."""
        event = await self._quietly("get_unread_count")
        if event is not None:
            await call_back(self.on_unread_count, logger, UnreadCountResponse.model_validate(event.message))


def _message_of(event: Message) -> MessageResponse:
    fields = {name: event.get(name) for name in MessageResponse.__dataclass_fields__}
    found = {name: value for name, value in fields.items() if value is not None}
    return MessageResponse(**{
        "id": event.id, "from_user_id": event.sender, "from_username": event.name, "content": event.text,
        "message_type": event.role or "room", "timestamp": "", **found})
