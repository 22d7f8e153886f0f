"""Azure Voice Live and OpenAI Realtime: docs/voicelive.md."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ..client import Client, given
from ..request import Answer, Request

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._option_types import Options


class VoiceLiveClient(Client):
    """A client of Azure Voice Live, or of OpenAI Realtime."""

    def __init__(self, url: str = "", *, key: str | None = None, model: str | None = None,
                 session: Mapping[str, Any] | None = None, **options: Unpack[Options]) -> None:
        """`url` is the endpoint of the resource, `key` its key or token, `session` the session to begin with."""
        own: dict[str, Any] = dict(options)
        own.update(given(voicelive_model=model, voicelive_session=session) or {})
        super().__init__("voicelive", url, key, **own)

    def say(self, text: str, *, role: str | None = None, respond: bool | None = None, item_id: str | None = None,
            previous_item_id: str | None = None, response: Mapping[str, Any] | None = None) -> Request:
        """Puts a text into the conversation and asks for a reply, unless `respond` is False."""
        return self.send_text(text, given(role=role, respond=respond, item_id=item_id, previous_item_id=previous_item_id,
                                     response=response))

    def update_session(self, **session: Any) -> Answer[Any]:
        """Changes the session; None resets a member. The answer is the session that the service confirms."""
        return Answer(self.call("session.update", {"session": session}), lambda event: event.get("session"))

    def create_response(self, **response: Any) -> Request:
        """Asks for a reply."""
        return self.call("response.create", {"response": response} if response else None)

    def cancel_response(self, response_id: str | None = None) -> Request:
        """Breaks the reply off."""
        return self.call("response.cancel", given(response_id=response_id))

    def create_item(self, item: Mapping[str, Any], previous_item_id: str | None = None) -> Request:
        """Puts an item into the conversation."""
        return self.call("conversation.item.create", {"item": item, **(given(previous_item_id=previous_item_id) or {})})

    def retrieve_item(self, item_id: str) -> Answer[Any]:
        """An item of the conversation."""
        return Answer(self.call("conversation.item.retrieve", {"item_id": item_id}), lambda event: event.get("item"))

    def delete_item(self, item_id: str) -> Request:
        """Takes an item out of the conversation."""
        return self.call("conversation.item.delete", {"item_id": item_id})

    def truncate_item(self, item_id: str, audio_end_ms: int, content_index: int = 0) -> Request:
        """Tells how much of a reply was heard."""
        return self.call("conversation.item.truncate",
                         {"item_id": item_id, "content_index": content_index, "audio_end_ms": audio_end_ms})

    def commit_audio(self) -> Request:
        """The user has ended to speak."""
        return self.call("input_audio_buffer.commit")

    def clear_audio(self) -> Request:
        """Forgets what was heard and not committed."""
        return self.call("input_audio_buffer.clear")

    def send(self, message: Mapping[str, Any]) -> Request:
        """Sends any message as it stands."""
        return self.call("send", message)

    def tools(self, tools: Sequence[Mapping[str, Any]], tool_choice: Any = None) -> Request:
        """Sets the functions that the model may call."""
        return self.set_tools(tools if tool_choice is None else {"tools": tools, "tool_choice": tool_choice})
