"""A Centrifugo server by itself: docs/tokenbowl.md."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..client import Client, given
from ..request import Answer, Request

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._option_types import Options


class CentrifugoClient(Client):
    """A client of a Centrifugo server, from version 4 on."""

    def __init__(self, url: str, *, token: str | None = None, **options: Unpack[Options]) -> None:
        """`url` is that of the WebSocket, `token` the connection token."""
        super().__init__("centrifugo", url, token, **options)

    def say(self, text: str, channel: str) -> Request:
        """Publishes a text to a channel."""
        return self.send_text(text, {"channel": channel})

    def publish(self, channel: str, data: Any) -> Request:
        """Publishes any JSON value to a channel."""
        return self.call("publish", {"channel": channel, "data": data})

    def join(self, channel: str, *, token: str | None = None, recoverable: bool | None = None,
             positioned: bool | None = None, join_leave: bool | None = None, **further: Any) -> Request:
        """Subscribes to a channel; what is published there comes as Message events."""
        return self.subscribe({"channel": channel, **(given(
            token=token, recoverable=recoverable, positioned=positioned, join_leave=join_leave, **further) or {})})

    def leave(self, channel: str) -> Request:
        """Unsubscribes from a channel."""
        return self.call("unsubscribe", {"channel": channel})

    def rpc(self, method: str, data: Any = None) -> Answer[Any]:
        """Calls a method of the service behind Centrifugo."""
        return Answer(self.call("rpc", {"method": method, "data": data}), lambda event: event.get("data"))

    def send(self, data: Any) -> Request:
        """Sends something that is not answered."""
        return self.call("send", {"data": data})

    def history(self, channel: str, limit: int | None = None, reverse: bool | None = None) -> Answer[Any]:
        """What was published to a channel; a limit of -1 is all of it."""
        request = self.call("history", {"channel": channel, **(given(limit=limit, reverse=reverse) or {})})
        return Answer(request, lambda event: event.message)

    def presence(self, channel: str) -> Answer[Any]:
        """Who is in a channel."""
        return Answer(self.call("presence", {"channel": channel}), lambda event: event.message)

    def presence_stats(self, channel: str) -> Answer[Any]:
        """How many are in a channel."""
        return Answer(self.call("presence_stats", {"channel": channel}), lambda event: event.message)
