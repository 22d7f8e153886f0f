"""`VoxtaClient` as voxta-client 0.2.0 has it."""
from __future__ import annotations

import asyncio
import json
import logging
import urllib.error
import urllib.request
import uuid
from typing import Any, Callable, Optional

from ... import errors
from ..._constants import State
from ...events import Frame, StateChanged
from ...services.voxta import VoxtaClient as Client
from .._tasks import PATIENT, Callbacks, end
from . import models
from .constants import EventType
from .exceptions import VoxtaAuthError, VoxtaConnectionError

_TRACKED = (EventType.MESSAGE, EventType.UPDATE, EventType.REPLY_START, EventType.SPEECH_PLAYBACK_START)


class Transport:
    """What programs ask the client's transport for."""

    def __init__(self, client: "VoxtaClient") -> None:
        self._client = client
        self.url = client.url

    @property
    def running(self) -> bool:
        """Whether the server is connected."""
        return self._client.running

    async def send(self, payload: dict[str, Any]) -> None:
        """Sends an invocation."""
        for message in payload.get("arguments", []):
            await self._client._send(message)

    async def close(self) -> None:
        """Closes the connection."""
        await self._client.close()


class VoxtaClient:
    """A client of a Voxta server. The link is made anew when it is lost, and the hub is pinged as it wants to be."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.logger = logging.getLogger("VoxtaClient")
        self.transport = Transport(self)
        self._callbacks = Callbacks(self.logger)
        self.callbacks = self._callbacks.table
        self.session_id: Optional[str] = None
        self.is_speaking = False
        self.is_thinking = False
        self.last_message_id: Optional[str] = None
        self._active_chat_id: Optional[str] = None
        self._client: Optional[Client] = None
        self._task: Optional[asyncio.Task[None]] = None
        self._rest = ""

    @property
    def running(self) -> bool:
        """Whether the server is connected."""
        client = self._client
        return client is not None and not client.destroyed and client.state in (State.CONNECTED, State.READY)

    def on(self, event_name: str, callback: Optional[Callable[..., Any]] = None) -> Any:
        """Registers a callback, which may be `async def`; also as a decorator."""
        return self._callbacks.on(event_name, callback)

    # Life -----------------------------------------------------------------------------------------------------------

    def negotiate(self) -> tuple[Optional[str], Optional[dict[str, str]]]:
        """Asks the server for a connection token and cookies; two times None when it does not answer."""
        request = urllib.request.Request(f"{self.url}/hub/negotiate?negotiateVersion=1", b"", method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                token = json.loads(answer.read()).get("connectionToken")
                cookies = [header.split(";")[0].partition("=") for header in answer.headers.get_all("Set-Cookie") or []]
        except (OSError, ValueError, urllib.error.URLError) as fault:
            self.logger.error("Negotiation error: %s", fault)
            return None, None
        return token, {name.strip(): value for name, _, value in cookies}

    async def connect(self, connection_token: str, cookies: Optional[dict[str, str]] = None) -> None:
        """Connects and introduces this client. The token was for this; the library negotiates for itself."""
        if self._client is None or self._client.destroyed:
            self._client = Client(
                self.url, headers=_cookies(cookies), events_kinds="frame", voxta_negotiate=True, voxta_acknowledge="host",
                voxta_client="Voxta.Client.Web", voxta_scope=models.SCOPES, voxta_capabilities=models.CAPABILITIES,
                voxta_app_label="Voxta Python Client", frame_max_bytes=64 << 20, **PATIENT)
        client = self._client
        self.logger.info("Authenticating...")
        client.connect()._outcome.asked = True
        try:
            # The first failure is final here; a link that is lost later is made anew.
            await client.connected(at_once=True)
        except errors.ParlorError as fault:
            client.destroy()
            kind = VoxtaAuthError if isinstance(fault, errors.Unauthorized) else VoxtaConnectionError
            raise kind(f"Failed to connect to {self.url}/hub: {fault}") from fault
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._read(client))

    async def close(self) -> None:
        """Closes the connection."""
        client, self._client = self._client, None
        if client is not None and not client.destroyed:
            await client.__aexit__(None, None, None)
            await self._callbacks.emit("close", None)
        task, self._task = self._task, None
        await end(task)

    async def _read(self, client: Client) -> None:
        try:
            async for event in client:
                if isinstance(event, Frame) and event.name == "in":
                    await self._frame(event.text)
                elif isinstance(event, StateChanged) and event.state is State.RECONNECTING and not client.destroyed:
                    self.logger.info("Connection closed: %s", event.text)
                    self._rest = ""
                    if event.attempt <= 1:
                        await self._callbacks.emit("close", None)
        except errors.ParlorError as fault:
            self.logger.error("Connection closed: %s", fault)
            await self._callbacks.emit("close", None)

    async def _frame(self, text: str) -> None:
        """One message on the wire: records, and perhaps a part of one."""
        *records, self._rest = (self._rest + text).split("\x1e")
        for record in records:
            try:
                message = json.loads(record) if record.strip() else None
            except ValueError as fault:
                self.logger.error("Failed to decode SignalR message: %s", fault)
                continue
            if isinstance(message, dict):
                await self._handle_server_message(message)

    async def _handle_server_message(self, message: dict[str, Any]) -> None:
        if message.get("type") == 3 and message.get("error"):
            self.logger.error("Invocation failed: %s", message["error"])
            await self._callbacks.emit("error", {"$type": "error", "message": message["error"]})
        elif message.get("type") == 1 and message.get("target") == "ReceiveMessage":
            for payload in message.get("arguments", [])[:1]:
                await self._process_voxta_event(payload)

    async def _process_voxta_event(self, payload: dict[str, Any]) -> None:
        kind = payload.get("$type")
        if not kind:
            return
        ident = payload.get("messageId") or payload.get("id")
        if ident and kind in _TRACKED:
            self.last_message_id = ident
        self.logger.info("Voxta Event: %s", kind)
        ready = False
        if kind == EventType.CHATS_SESSIONS_UPDATED:
            ready = self._pin(payload.get("sessions") or [])
        elif kind == EventType.CHAT_STARTED:
            self.session_id, self._active_chat_id = payload.get("sessionId"), payload.get("chatId")
            ready = True
        elif kind == EventType.ERROR:
            self.logger.error("Voxta Error: %s", payload.get("message", ""))
        elif kind in (EventType.REPLY_GENERATING, EventType.REPLY_START):
            self.is_thinking = True
        elif kind in (EventType.REPLY_END, EventType.REPLY_CANCELLED):
            self.is_thinking = False
        elif kind == EventType.SPEECH_PLAYBACK_START:
            self.is_speaking = True
        elif kind in (EventType.SPEECH_PLAYBACK_COMPLETE, EventType.INTERRUPT_SPEECH):
            self.is_speaking = False
            self.is_thinking = self.is_thinking and kind != EventType.INTERRUPT_SPEECH
        if ready:
            await self._callbacks.emit(EventType.READY, self.session_id)
        await self._callbacks.emit(kind, payload)

    def _pin(self, sessions: list[dict[str, Any]]) -> bool:
        """Takes part in the chat that this client was in, else in the first; the library subscribes to it."""
        if not sessions:
            return False
        target = next((one for one in sessions if one.get("chatId") == self._active_chat_id), sessions[0])
        self._active_chat_id, self.session_id = target.get("chatId"), target.get("sessionId")
        return True

    # Messages -------------------------------------------------------------------------------------------------------

    async def _send(self, message: dict[str, Any]) -> None:
        await self._callbacks.emit("client_send", message)
        if self._client is None or self._client.destroyed:
            self.logger.warning("Attempted to send message but WebSocket is not connected")
            return
        fields = {name: value for name, value in message.items() if name != "$type"}
        try:
            await self._client.call(str(message.get("$type")), fields)
        except errors.ParlorError as fault:
            self.logger.error("Failed to send message: %s", fault)
            await self._callbacks.emit("error", {"$type": "error", "message": str(fault)})

    async def _send_client_message(self, message: models.ClientMessage) -> None:
        await self._send(message.to_dict())

    async def _in_session(self, kind: str, session_id: Optional[str], **fields: Any) -> None:
        target = session_id or self.session_id
        if not target:
            self.logger.error("No session ID available to send %s", kind)
            return
        await self._send({"$type": kind, "sessionId": target,
                          **{name: value for name, value in fields.items() if value is not None}})

    async def authenticate(self, _token: str = "") -> None:
        """Introduces this client; the library does so with every connection."""
        await self._send_client_message(models.ClientAuthenticateMessage())

    async def register_app(self, label: str = "Voxta Python Client") -> None:
        """Registers this client as an app."""
        await self._send_client_message(models.ClientRegisterAppMessage(clientVersion="1.2.1", label=label))

    async def start_chat(self, character_id: str, contexts: Optional[list[dict[str, Any]]] = None) -> None:
        """Starts a chat with a character."""
        message = models.ClientStartChatMessage(characterId=character_id, contexts=contexts or [])
        await self._send_client_message(message)

    async def resume_chat(self, chat_id: str) -> None:
        """Goes on with a chat."""
        await self._send_client_message(models.ClientResumeChatMessage(chatId=chat_id))

    async def stop_chat(self, chat_id: str = "") -> None:
        """Ends the chat that this client takes part in, which is what the server understands."""
        await self._send({"$type": "stopChat"})

    async def trigger_action(self, action: str, arguments: Optional[dict[str, Any]] = None,
                             session_id: Optional[str] = None) -> None:
        """Has an action happen, as of the last message."""
        pairs = [{"name": name, "value": value} for name, value in (arguments or {}).items()]
        await self._in_session("triggerAction", session_id, messageId=self.last_message_id or str(uuid.uuid4()),
                               value=action, arguments=pairs or None)

    async def revert(self, session_id: Optional[str] = None) -> None:
        """Takes the last message back."""
        await self._in_session("revert", session_id)

    async def retry(self, session_id: Optional[str] = None) -> None:
        """Has the last reply made anew."""
        await self._in_session("retry", session_id)

    async def typing_start(self, session_id: Optional[str] = None) -> None:
        """The user types."""
        await self._in_session("typingStart", session_id)

    async def typing_end(self, session_id: Optional[str] = None) -> None:
        """The user has ended to type."""
        await self._in_session("typingEnd", session_id, sent=True)

    async def load_characters_list(self) -> None:
        """Asks for the characters: `charactersListLoaded`."""
        await self._send({"$type": "loadCharactersList"})

    async def load_scenarios_list(self) -> None:
        """Asks for the scenarios: `scenariosListLoaded`."""
        await self._send({"$type": "loadScenariosList"})

    async def load_chats_list(self, character_id: Optional[str] = None, scenario_id: Optional[str] = None) -> None:
        """Asks for the chats: `chatsListLoaded`."""
        await self._send_client_message(
            models.ClientLoadChatsListMessage(characterId=character_id, scenarioId=scenario_id))

    async def add_chat_participant(self, character_id: str, session_id: Optional[str] = None) -> None:
        """Has a character join."""
        await self._in_session("addChatParticipant", session_id, characterId=character_id)

    async def remove_chat_participant(self, character_id: str, session_id: Optional[str] = None) -> None:
        """Has a character leave."""
        await self._in_session("removeChatParticipant", session_id, characterId=character_id)

    async def request_suggestions(self, session_id: Optional[str] = None) -> None:
        """Asks what the user could say: `suggestions`."""
        await self._in_session("requestSuggestions", session_id)

    async def inspect_audio_input(self, enabled: bool, session_id: Optional[str] = None) -> None:
        """Has the server tell of its microphone: `audioFrame`."""
        await self._send({"$type": "inspectAudioInput", "audioFrames": enabled})

    async def update_message(self, message_id: str, text: str, session_id: Optional[str] = None) -> None:
        """Changes a message."""
        await self._in_session("update", session_id, messageId=message_id, text=text)

    async def delete_message(self, message_id: str, session_id: Optional[str] = None) -> None:
        """Takes a message back."""
        await self._in_session("deleteMessage", session_id, messageId=message_id)

    async def subscribe_to_chat(self, session_id: str, chat_id: str) -> None:
        """Takes part in a chat."""
        await self._in_session("subscribeToChat", session_id, chatId=chat_id)

    async def inspect(self, session_id: str, enabled: bool = True) -> None:
        """Has the server tell more with `contextUpdated`."""
        await self._in_session("inspect", session_id, enabled=enabled)

    async def send_message(self, text: str, session_id: Optional[str] = None, do_reply: bool = True,
                           do_user_inference: bool = True, do_character_inference: bool = True) -> None:
        """Says something."""
        await self._in_session("send", session_id, text=text, doReply=do_reply,
                               doUserActionInference=do_user_inference,
                               doCharacterActionInference=do_character_inference)

    async def interrupt(self, session_id: Optional[str] = None) -> None:
        """Makes the AI fall silent."""
        await self._in_session("interrupt", session_id)

    async def pause(self, session_id: Optional[str] = None, pause: bool = True) -> None:
        """Has the AI pause, or go on."""
        await self._in_session("pauseChat", session_id, pause=pause)

    async def character_speech_request(self, character_id: str, session_id: Optional[str] = None,
                                       text: str = "") -> None:
        """Has a character speak."""
        await self._in_session("characterSpeechRequest", session_id, characterId=character_id, text=text)

    async def speech_playback_start(self, session_id: Optional[str] = None, message_id: Optional[str] = None) -> None:
        """Speech is played now."""
        await self._playback("speechPlaybackStart", session_id, message_id, startIndex=0, endIndex=0, duration=0)

    async def speech_playback_complete(self, session_id: Optional[str] = None,
                                       message_id: Optional[str] = None) -> None:
        """Speech was played to its end."""
        await self._playback("speechPlaybackComplete", session_id, message_id)

    async def _playback(self, kind: str, session_id: Optional[str], message_id: Optional[str], **fields: Any) -> None:
        target = message_id or self.last_message_id
        if not target:
            self.logger.warning("Cannot send %s: missing message_id", kind)
            return
        await self._in_session(kind, session_id, messageId=target, **fields)

    async def update_context(self, session_id: str, context_key: str, contexts: Optional[list[dict[str, Any]]] = None,
                             actions: Optional[list[dict[str, Any]]] = None,
                             events: Optional[list[dict[str, Any]]] = None, set_flags: Optional[list[str]] = None,
                             enable_roles: Optional[dict[str, bool]] = None) -> None:
        """Gives the AI something to know. What the guide calls `content` is the server's `text`."""
        texts = [{("text" if key == "content" else key): value for key, value in one.items()} for one in contexts or []]
        await self._in_session(
            "updateContext", session_id, contextKey=context_key, contexts=texts if contexts is not None else None,
            actions=actions, events=events, setFlags=set_flags, enableRoles=enable_roles)


def _cookies(cookies: Optional[dict[str, str]]) -> dict[str, str]:
    """The header of cookies that the server has given."""
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
