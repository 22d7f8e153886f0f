"""A Voxta server: docs/voxta.md."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ..client import Client, given
from ..request import Answer, Request

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._option_types import Options

Context = Mapping[str, Any]


class VoxtaClient(Client):
    """A client of a Voxta server. Without a URL it looks for one at http://127.0.0.1:5384."""

    def __init__(self, url: str = "", *, key: str | None = None, chat_id: str | None = None,
                 **options: Unpack[Options]) -> None:
        """`key` is the server's, where it wants one; `chat_id` the chat to take part in, unless it is the first one."""
        own: dict[str, Any] = dict(options)
        if chat_id is not None:
            own.update(voxta_session="chat", voxta_chat_id=chat_id)
        super().__init__("voxta", url, key, **own)

    def say(self, text: str, *, do_reply: bool | None = None, user_actions: bool | None = None,
            character_actions: bool | None = None, character_id: str | None = None, queue: bool | None = None,
            **further: Any) -> Request:
        """Says something into the chat. `user_actions` and `character_actions` have the server infer actions from it;
        `further` takes the other fields of the message by the server's names."""
        return self.send_text(text, given(
            doReply=do_reply, doUserActionInference=user_actions, doCharacterActionInference=character_actions,
            characterId=character_id, queue=queue, **further))

    def start_chat(self, *characters: str, scenario: str | None = None, contexts: Sequence[Context] | None = None,
                   **further: Any) -> Request:
        """Starts a chat with these characters, by their ids. It becomes the chat that this client takes part in."""
        return self.call("startChat", given(
            characterIds=list(characters) or None, scenarioId=scenario, contexts=contexts, **further))

    def resume_chat(self, chat_id: str, **further: Any) -> Request:
        """Goes on with a chat."""
        return self.call("resumeChat", {"chatId": chat_id, **further})

    def stop_chat(self) -> Request:
        """Ends the chat."""
        return self.call("stopChat")

    def pause(self, pause: bool = True) -> Request:
        """Has the AI pause, or go on."""
        return self.call("pauseChat", {"pause": pause})

    def take_part(self, session_id: str, chat_id: str | None = None) -> Request:
        """Takes part in a chat that runs already."""
        return self.subscribe({"sessionId": session_id, **(given(chatId=chat_id) or {})})

    def context(self, key: str, text: str = "", *, contexts: Sequence[Context] | None = None,
                actions: Sequence[Mapping[str, Any]] | None = None, flags: Sequence[str] | None = None,
                events: Sequence[Mapping[str, Any]] | None = None, variables: Mapping[str, Any] | None = None,
                roles: Mapping[str, bool] | None = None, name: str | None = None) -> Request:
        """Gives the AI something to know, under a key: one text, or several contexts; actions and flags as well."""
        return self.set_context(key, text, given(
            contexts=contexts, actions=actions, setFlags=flags, events=events, variables=variables, enableRoles=roles,
            name=name))

    def edit_message(self, message_id: str, text: str) -> Request:
        """Changes what was said."""
        return self.call("update", {"messageId": message_id, "text": text})

    def delete_message(self, message_id: str) -> Request:
        """Takes back what was said."""
        return self.call("deleteMessage", {"messageId": message_id})

    def revert(self, message_id: str | None = None) -> Request:
        """Goes back to before the last message, or before that one."""
        return self.call("revert", given(messageId=message_id))

    def retry(self) -> Request:
        """Has the last reply made anew."""
        return self.call("retry")

    def request_speech(self, text: str = "", character_id: str | None = None) -> Request:
        """Has a character speak: this text, or what it likes."""
        return self.call("characterSpeechRequest", {"text": text, **(given(characterId=character_id) or {})})

    def trigger_action(self, message_id: str, action: str, arguments: Mapping[str, Any] | None = None) -> Request:
        """Has an action happen, as of that message."""
        pairs = [{"name": name, "value": value} for name, value in (arguments or {}).items()]
        parameters = {"messageId": message_id, "value": action}
        return self.call("triggerAction", {**parameters, "arguments": pairs} if pairs else parameters)

    def typing(self, began: bool = True, sent: bool = False) -> Request:
        """Tells that the user types, or has ended to, and whether it was sent."""
        return self.call("typingStart") if began else self.call("typingEnd", {"sent": sent})

    def characters(self) -> Answer[list[dict[str, Any]]]:
        """The characters that the server has."""
        return Answer(self.call("loadCharactersList"), lambda event: list(event.get("characters", [])))

    def scenarios(self) -> Answer[list[dict[str, Any]]]:
        """The scenarios that the server has."""
        return Answer(self.call("loadScenariosList"), lambda event: list(event.get("scenarios", [])))

    def chats(self, character_id: str | None = None, scenario_id: str | None = None) -> Answer[list[dict[str, Any]]]:
        """The chats that were held."""
        request = self.call("loadChatsList", given(characterId=character_id, scenarioId=scenario_id))
        return Answer(request, lambda event: list(event.get("chats", [])))

    def suggestions(self, prefix: str | None = None, count: int | None = None) -> Answer[list[Any]]:
        """What the user could say."""
        request = self.call("requestSuggestions", given(prefix=prefix, count=count))
        return Answer(request, lambda event: list(event.get("suggestions", [])))

    def add_participant(self, character_id: str, role: str | None = None) -> Request:
        """Has a character join the chat."""
        return self.call("addChatParticipant", {"characterId": character_id, **(given(role=role) or {})})

    def remove_participant(self, character_id: str) -> Request:
        """Has a character leave the chat."""
        return self.call("removeChatParticipant", {"characterId": character_id})
