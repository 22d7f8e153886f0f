"""Voxta Gateway: docs/gateway.md."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Mapping

from ..client import Client, given
from ..request import Answer, Request

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._option_types import Options


class GatewayClient(Client):
    """A client of the Voxta Gateway. Without a URL it looks for one at http://localhost:8081."""

    def __init__(self, url: str = "", *, client_id: str | None = None, events: str | Iterable[str] | None = None,
                 filters: Mapping[str, Iterable[str]] | None = None, **options: Unpack[Options]) -> None:
        """`client_id` is the name by which the gateway knows this client; `events` are the gateway's events to deliver,
        all of them unless given; `filters` says for an event which sources to deliver. Further options are those of
        docs/options.md, with _ in place of the dots."""
        own: dict[str, Any] = dict(options)
        if client_id is not None:
            own["gateway_client_id"] = client_id
        if events is not None:
            own["gateway_events"] = events if isinstance(events, str) else ",".join(events)
        if filters is not None:
            own["gateway_filters"] = {name: list(sources) for name, sources in filters.items()}
        super().__init__("gateway", url, **own)

    def say(self, text: str, *, source: str | None = None, author: str | None = None,
            immediate_reply: bool | None = None, queue: bool | None = None) -> Request:
        """Says something into the chat. `source` is "user" unless given; `queue` has it wait for a chat, or not."""
        return self.send_text(text, given(source=source, author=author, immediate_reply=immediate_reply, queue=queue))

    def context(self, key: str, text: str, *, description: str | None = None, queue: bool | None = None) -> Request:
        """Gives the AI something to know, under a key; `description` is also told to it as an event."""
        return self.set_context(key, text, given(description=description, queue=queue))

    def hush(self, *, source: str | None = None, reason: str | None = None, hold: bool | None = None) -> Request:
        """Makes the AI fall silent. With `hold`, the external speaker stays until `external_speaker_stop()`."""
        return self.interrupt(given(source=source, reason=reason, hold=hold))

    def external_speaker_start(self, source: str, reason: str | None = None) -> Request:
        """Tells that somebody outside the chat speaks; the AI is silent until `external_speaker_stop()`."""
        return self.call("external_speaker_start", {"source": source, **(given(reason=reason) or {})})

    def external_speaker_stop(self, trigger_response: bool = True) -> Request:
        """Tells that the external speaker has ended; the AI answers, unless it shall not."""
        return self.call("external_speaker_stop", {"trigger_response": trigger_response})

    def tts_playback_start(self, character_id: str, message_id: str | None = None) -> Request:
        """Tells that the host's loudspeaker has begun to play what a character says."""
        return self.call("tts_playback_start", {"character_id": character_id, **(given(message_id=message_id) or {})})

    def tts_playback_complete(self, character_id: str, message_id: str | None = None) -> Request:
        """Tells that it has been played to its end, which brings the AI back to idle."""
        parameters = {"character_id": character_id, **(given(message_id=message_id) or {})}
        return self.call("tts_playback_complete", parameters)

    def resubscribe(self, events: Iterable[str] | None = None,
                    filters: Mapping[str, Iterable[str]] | None = None) -> Request:
        """Chooses other events: none given is all of them, an empty list is none."""
        wanted: dict[str, Any] = {}
        if events is not None:
            wanted["events"] = list(events)
        if filters is not None:
            wanted["filters"] = {name: list(sources) for name, sources in filters.items()}
        return self.subscribe(wanted)

    def health(self) -> Answer[dict[str, Any]]:
        """What the gateway says of itself: `status`, `voxta_connected`."""
        return Answer(self.call("health"), lambda event: dict(event.message or {}))

    def gateway_state(self) -> Answer[dict[str, Any]]:
        """The gateway's own state, asked for over HTTP. What the client knows anyway is in `mirror`."""
        return Answer(self.call("state"), lambda event: dict(event.message or {}))

    def clients(self) -> Answer[dict[str, Any]]:
        """The clients that the gateway knows, by their names."""
        return Answer(self.call("debug/clients"), lambda event: dict(event.message or {}))

    def history(self, client_id: str) -> Answer[Any]:
        """What the gateway has sent to one of them."""
        return Answer(self.call("debug/clients/history", {"client_id": client_id}), lambda event: event.message)

    def ping(self) -> Request:
        """Asks the gateway for a pong, which says that the socket lives."""
        return self.call("ping")
