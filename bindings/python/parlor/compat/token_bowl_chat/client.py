"""`TokenBowlClient` and `AsyncTokenBowlClient` as token-bowl-chat 4.0.2 has them."""
from __future__ import annotations

import os
from typing import Any, Optional

from ... import errors
from ...events import Event
from ...request import Request
from ...services.tokenbowl import TokenBowlClient as Client
from ._operations import Operations, Reader
from .exceptions import AuthenticationError, translate

#: What goes without a key.
_OPEN = ("register", "send_magic_link", "authenticate_magic_link", "get_available_logos", "health_check")


class _Rest(Operations):
    def __init__(self, *, api_key: Optional[str] = None, base_url: str = "https://api.tokenbowl.ai",
                 timeout: float = 30.0) -> None:
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key or os.environ.get("TOKEN_BOWL_CHAT_API_KEY")
        self.timeout = timeout
        self._client = Client(self.base_url, key=self.api_key, request_timeout_ms=int(timeout * 1000))

    def _begin(self, name: str, fields: dict[str, Any]) -> Request:
        if name not in _OPEN and not self.api_key:
            raise AuthenticationError("API key required for this operation")
        given = {key: getattr(value, "value", value) for key, value in fields.items() if value is not None}
        try:
            return self._client.call(name, given)
        except errors.ParlorError as fault:
            raise translate(fault) from fault


class TokenBowlClient(_Rest):
    """The operations of the server, one after the other."""

    def _ask(self, name: str, read: Reader, **fields: Any) -> Any:
        request = self._begin(name, fields)
        try:
            event: Event = request.result()
        except errors.ParlorError as fault:
            raise translate(fault) from fault
        return read(event.message)

    def __enter__(self) -> "TokenBowlClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the client."""
        self._client.destroy()


class AsyncTokenBowlClient(_Rest):
    """The same to be awaited."""

    async def _ask(self, name: str, read: Reader, **fields: Any) -> Any:
        request = self._begin(name, fields)
        try:
            event: Event = await request
        except errors.ParlorError as fault:
            raise translate(fault) from fault
        return read(event.message)

    async def __aenter__(self) -> "AsyncTokenBowlClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the client."""
        self._client.destroy()

    close = aclose
