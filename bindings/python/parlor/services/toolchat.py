"""A chat that is entered with a ticket and calls tools: docs/toolchat.md."""
from __future__ import annotations

import asyncio
import inspect
import logging
from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence, TypeVar

from ..client import Client, Json, given
from ..events import ToolCall
from ..request import Answer, Request

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._option_types import Options

Tool = TypeVar("Tool", bound=Callable[..., Any])
_log = logging.getLogger("parlor")


class ToolchatClient(Client):
    """A client of a chat service with tools. Tools that are set before the client connects are part of READY."""

    def __init__(self, url: str = "", *, token: str | None = None, server_key: str | None = None,
                 conversation: str | None = None, **options: Unpack[Options]) -> None:
        """`token` is the user's, `server_key` that of the chat server, `conversation` the one to go on with."""
        own: dict[str, Any] = dict(options)
        own.update(given(toolchat_server_key=server_key, toolchat_conversation=conversation) or {})
        super().__init__("toolchat", url, token, **own)
        self._tools: dict[str, tuple[dict[str, Any], Callable[..., Any]]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def say(self, text: str, parameters: Json = None) -> Request:
        """Says something to the assistant. The parameters are those of the profile: `media`, `providerResId`, …"""
        return self.send_text(text, parameters)

    def stop(self, conversation: str | None = None) -> Request:
        """Stops the reply that is being made."""
        return self.interrupt(given(conversationUuid=conversation))

    def context(self, key: str, value: Any) -> Request:
        """Sets a context helper: any JSON value. None removes it."""
        if value is None:
            return self.set_context(key, "")
        return self.set_context(key, "", value) if isinstance(value, (dict, list)) else self.set_context(key, str(value))

    def tool(self, description: str, parameters: Sequence[Mapping[str, Any]] = (), *, name: str | None = None,
             timeout: float | None = None) -> Callable[[Tool], Tool]:
        """Offers a function as a tool: `@client.tool("Adds two numbers", [parlor.parameter("a", "number", "a number"), …])`.

        Calls of it are answered by `run()` and `run_async()`: with what it returns, or, where it raises, with the error.
        It may be `async def`; then other events go on while it works."""

        def offer(function: Tool) -> Tool:
            schema: dict[str, Any] = {"name": name or function.__name__, "description": description, "parameters": list(parameters)}
            if timeout is not None:
                schema["timeoutMs"] = int(timeout * 1000)
            if not self._tools:
                self.on("tool_call", self._answer)
            self._tools[str(schema["name"])] = (schema, function)
            self.set_tools([schema for schema, _ in self._tools.values()])
            return function

        return offer

    def _answer(self, call: ToolCall) -> None:
        if call.name not in self._tools:
            return
        try:
            result = self._tools[call.name][1](**call.arguments)
            if inspect.isawaitable(result):
                task = asyncio.ensure_future(self._answer_later(call.id, result))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
                return
        except Exception as fault:
            _log.exception("the tool %s failed", call.name)
            self.tool_result(call.id, str(fault) or type(fault).__name__, failed=True)
            return
        self.tool_result(call.id, result)

    async def _answer_later(self, ident: str, result: Any) -> None:
        try:
            value = await result
        except Exception as fault:
            _log.exception("a tool failed")
            self.tool_result(ident, str(fault) or type(fault).__name__, failed=True)
        else:
            self.tool_result(ident, value)

    def upload(self, *files: Mapping[str, str], folder: str | None = None) -> Answer[Any]:
        """Uploads files: each `{"path": …, "type": …}`, or `{"name": …, "base64": …, "type": …}`. At most five."""
        parameters = {"files": list(files), **(given(folder=folder) or {})}
        return Answer(self.call("POST /api/v1/upload", parameters), lambda event: event.message)

    def messages(self, **query: Any) -> Answer[Any]:
        """The messages of a conversation, as the profile "current" has them."""
        return Answer(self.call("GET /api/v1/messages/query", query), lambda event: event.message)

    def refresh_ticket(self) -> Request:
        """Fetches a new ticket for the next connection."""
        return self.call("refreshTicket")

    def reconnect(self) -> Request:
        """Connects anew, with a fresh ticket."""
        return self.call("reconnect")


def parameter(name: str, kind: str, description: str, required: bool = True) -> dict[str, Any]:
    """One parameter of a tool."""
    return {"name": name, "type": kind, "description": description, "isRequired": required}
