"""`connect` as azure-ai-voicelive 1.3.1 has it in azure.ai.voicelive.aio."""
from __future__ import annotations

import base64
import inspect
import json
import sys
from typing import Any, AsyncIterator, Literal, Mapping, NoReturn, Optional, Sequence

from .. import errors
from .._constants import State
from .._pump import AT_ONCE
from ..events import Frame, StateChanged
from ..services.voicelive import VoiceLiveClient
from ._tasks import PATIENT


#: A program of this interface expects a connection that has ended to stay ended.
_ENDS = (State.RECONNECTING, State.CLOSED, State.FAILED)


class ConnectionError(Exception):
    """The connection could not be made, or what was to be sent is no event."""


class ConnectionClosed(ConnectionError):
    """The connection is closed."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(f"WebSocket connection closed with code {code}: {reason}")


class ServerEvent(dict):  # type: ignore[type-arg]
    """An event of the service: its members are attributes as well, and what it does not have is None."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)

    def as_dict(self) -> dict[str, Any]:
        """The event as it came."""
        return dict(self)


def _event_of(text: str) -> Any:
    # A program that has the models of the service's own package asks with isinstance() which of them an event is.
    models = sys.modules.get("azure.ai.voicelive.models")
    if models is not None:
        return models.ServerEvent._deserialize(json.loads(text), [])
    event: ServerEvent = json.loads(text, object_hook=ServerEvent)
    if event.get("type") in ("response.audio.delta", "response.output_audio.delta") and event.get("delta"):
        event["delta"] = base64.b64decode(event["delta"])
    return event


def _plain(value: Any) -> Any:
    """JSON values of anything that the service's own package has models for."""
    for name in ("as_dict", "to_dict"):
        if callable(getattr(value, name, None)):
            return _plain(getattr(value, name)())
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, (str, int, float, bool)):
        return getattr(value, "value", value)
    if hasattr(value, "__dict__"):
        return {key: _plain(item) for key, item in vars(value).items() if not key.startswith("_")}
    raise TypeError(f"{type(value).__name__} is not JSON serializable")


class _Resource:
    def __init__(self, connection: "VoiceLiveConnection") -> None:
        self._connection = connection

    async def _send(self, kind: str, **members: Any) -> None:
        await self._connection.send({"type": kind, **{key: one for key, one in members.items() if one is not None}})


class SessionResource(_Resource):
    """The session."""

    async def update(self, *, session: Any, event_id: Optional[str] = None) -> None:
        """Changes the session."""
        await self._send("session.update", session=_plain(session), event_id=event_id)


class ResponseResource(_Resource):
    """Replies."""

    async def create(self, *, response: Any = None, event_id: Optional[str] = None,
                     additional_instructions: Optional[str] = None) -> None:
        """Asks for a reply."""
        await self._send("response.create", response=_plain(response), event_id=event_id,
                         additional_instructions=additional_instructions)

    async def cancel(self, *, response_id: Optional[str] = None, event_id: Optional[str] = None) -> None:
        """Breaks the reply off."""
        await self._send("response.cancel", response_id=response_id or None, event_id=event_id)


class InputAudioBufferResource(_Resource):
    """What the microphone has picked up."""

    async def append(self, *, audio: str, event_id: Optional[str] = None) -> None:
        """Adds to it: base64, or bytes."""
        await self._send("input_audio_buffer.append", audio=_plain(audio), event_id=event_id)

    async def commit(self, *, event_id: Optional[str] = None) -> None:
        """The user has ended to speak."""
        await self._send("input_audio_buffer.commit", event_id=event_id)

    async def clear(self, *, event_id: Optional[str] = None) -> None:
        """Forgets what was heard."""
        await self._send("input_audio_buffer.clear", event_id=event_id)


class OutputAudioBufferResource(_Resource):
    """What is being played by the service."""

    async def clear(self, *, event_id: Optional[str] = None) -> None:
        """Stops it."""
        await self._send("output_audio_buffer.clear", event_id=event_id)


class ConversationItemResource(_Resource):
    """The items of the conversation."""

    async def create(self, *, item: Any, previous_item_id: Optional[str] = None,
                     event_id: Optional[str] = None) -> None:
        """Puts an item into it."""
        await self._send("conversation.item.create", item=_plain(item), previous_item_id=previous_item_id,
                         event_id=event_id)

    async def delete(self, *, item_id: str, event_id: Optional[str] = None) -> None:
        """Takes an item out of it."""
        await self._send("conversation.item.delete", item_id=item_id, event_id=event_id)

    async def retrieve(self, *, item_id: str, event_id: Optional[str] = None) -> None:
        """Asks for an item."""
        await self._send("conversation.item.retrieve", item_id=item_id, event_id=event_id)

    async def truncate(self, *, item_id: str, audio_end_ms: int, content_index: int,
                       event_id: Optional[str] = None) -> None:
        """Tells how much of it was heard."""
        await self._send("conversation.item.truncate", item_id=item_id, audio_end_ms=audio_end_ms,
                         content_index=content_index, event_id=event_id)


class ConversationResource:
    """The conversation."""

    def __init__(self, connection: "VoiceLiveConnection") -> None:
        self.item = ConversationItemResource(connection)


class TranscriptionSessionResource(_Resource):
    """A session that only transcribes."""

    async def update(self, *, session: Mapping[str, Any], event_id: Optional[str] = None) -> None:
        """Changes it."""
        await self._send("transcription_session.update", session=_plain(session), event_id=event_id)


class VoiceLiveConnection:
    """A connection to the service."""

    def __init__(self, client: VoiceLiveClient) -> None:
        self._client = client
        self._closed: Optional[ConnectionClosed] = None
        self.session = SessionResource(self)
        self.response = ResponseResource(self)
        self.input_audio_buffer = InputAudioBufferResource(self)
        self.output_audio_buffer = OutputAudioBufferResource(self)
        self.conversation = ConversationResource(self)
        self.transcription_session = TranscriptionSessionResource(self)

    async def recv_bytes(self) -> bytes:
        """The next message as it came."""
        if self._closed is not None:
            raise self._closed
        try:
            while True:
                event = await self._client.next_event()
                if isinstance(event, Frame) and event.name == "in":
                    return event.text.encode()
                if isinstance(event, StateChanged) and event.state in _ENDS:
                    raise ConnectionClosed(_code_of(event.text, event.state), event.text)
        except errors.ParlorError as fault:
            self._end(ConnectionClosed(1006, str(fault)))
        except ConnectionClosed as fault:
            self._end(fault)

    def _end(self, why: ConnectionClosed) -> NoReturn:
        self._closed = why
        self._client.destroy()
        raise why

    async def recv(self) -> Any:
        """The next event: a model of the service's own package if the program has imported those, else a ServerEvent."""
        try:
            return _event_of((await self.recv_bytes()).decode())
        except (ValueError, TypeError) as fault:
            raise ConnectionError(f"Failed to parse message: {fault}") from fault

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            while True:
                yield await self.recv()
        except ConnectionClosed:
            return

    async def send(self, event: Any) -> None:
        """Sends an event: a mapping, or a model of the service's own package."""
        try:
            if self._client.state is State.CONNECTED:
                # The socket is open and the service has not greeted yet: what a program sends at once waits for that.
                await self._client._until(State.READY, AT_ONCE)
            await self._client.send(_plain(event))
        except (errors.ParlorError, TypeError) as fault:
            raise ConnectionError(f"Failed to send event: {fault}") from fault

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Says goodbye."""
        if not self._client.destroyed:
            await self._client.__aexit__(None, None, None)
        self._closed = self._closed or ConnectionClosed(code, reason or "Connection closed")


def _code_of(text: str, state: State) -> int:
    """The close code that the library tells in words."""
    words = text.replace(",", " ").replace(":", " ").split()
    numbers = [int(words[at + 1]) for at, word in enumerate(words[:-1]) if word == "code" and words[at + 1].isdigit()]
    return numbers[0] if numbers else (1000 if state is State.CLOSED else 1006)


class _Manager:
    """What `async with` enters."""

    def __init__(self, credential: Any, scopes: Sequence[str], client: dict[str, Any]) -> None:
        self._credential, self._scopes, self._arguments = credential, scopes, client
        self._connection: Optional[VoiceLiveConnection] = None

    async def __aenter__(self) -> VoiceLiveConnection:
        key = getattr(self._credential, "key", None) or self._credential
        auth: Literal["key", "bearer"] = "key"
        if callable(getattr(key, "get_token", None)):
            token = key.get_token(*self._scopes)
            if inspect.isawaitable(token):
                token = await token
            key, auth = token.token, "bearer"
        try:
            client = VoiceLiveClient(key=key, voicelive_auth=auth, events_kinds="frame", voicelive_truncate=False,
                                     retry_max_attempts=1, **PATIENT, **self._arguments)
            await client.__aenter__()
        except errors.ParlorError as fault:
            raise ConnectionError(f"Failed to establish WebSocket connection: {fault}") from fault
        self._connection = VoiceLiveConnection(client)
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        if self._connection is not None:
            await self._connection.close()


def connect(*, credential: Any, endpoint: str, api_version: str = "2026-07-15", model: Optional[str] = None,
            agent_name: Optional[str] = None, project_name: Optional[str] = None, agent_version: Optional[str] = None,
            conversation_id: Optional[str] = None, authentication_identity_client_id: Optional[str] = None,
            foundry_resource_override: Optional[str] = None, query: Optional[Mapping[str, Any]] = None,
            headers: Optional[Mapping[str, Any]] = None, connection_options: Optional[Mapping[str, Any]] = None,
            credential_scopes: Any = None) -> _Manager:
    """Connects to a model or to an agent: `async with connect(…) as connection:`."""
    agent = (agent_name, project_name, agent_version, conversation_id, authentication_identity_client_id,
             foundry_resource_override)
    if any(one is not None for one in agent) and (agent_name is None or project_name is None):
        raise ValueError("Both 'agent_name' and 'project_name' are required when connecting to an Azure AI Foundry agent.")
    options = dict(connection_options or {})
    arguments: dict[str, Any] = {
        "url": endpoint, "model": model, "voicelive_api_version": api_version, "voicelive_agent_name": agent_name,
        "voicelive_agent_project": project_name, "voicelive_agent_version": agent_version,
        "voicelive_conversation_id": conversation_id,
        "voicelive_agent_client_id": authentication_identity_client_id,
        "voicelive_foundry_resource": foundry_resource_override,
        "voicelive_query": {key: str(value) for key, value in query.items()} if query else None,
        "headers": {key: str(value) for key, value in headers.items()} if headers else None,
        "frame_max_bytes": options.get("max_msg_size"),
    }
    for name, ours in (("heartbeat", "keepalive_interval_ms"), ("receive_timeout", "idle_timeout_ms"),
                       ("handshake_timeout", "handshake_timeout_ms")):
        if options.get(name) is not None:
            arguments[ours] = int(float(options[name]) * 1000)
    scopes = credential_scopes or ["https://ai.azure.com/.default"]
    scopes = [scopes] if isinstance(scopes, str) else list(scopes)
    return _Manager(credential, scopes, {key: value for key, value in arguments.items() if value is not None})
