"""Token Bowl Chat: docs/tokenbowl.md."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from ..client import Client, given
from ..request import Answer, Request

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._option_types import Options


class TokenBowlClient(Client):
    """A client of Token Bowl Chat. The methods have the names of the service's own client for Python; each goes over
    HTTP, with or without a connection, and is answered with what the server sends."""

    def __init__(self, url: str = "", *, key: str | None = None, **options: Unpack[Options]) -> None:
        """`key` is the API key; without it, the environment variable TOKEN_BOWL_CHAT_API_KEY is asked."""
        super().__init__("tokenbowl", url, key, **options)

    def say(self, text: str, to: str | None = None) -> Request:
        """Says something in the room, or to one user: 1 to 10000 characters."""
        return self.send_text(text, given(to=to))

    def _ask(self, name: str, **fields: Any) -> Answer[Any]:
        return Answer(self.call(name, given(**fields)), lambda event: event.message)

    def get_messages(self, limit: int | None = None, offset: int | None = None, since: str | None = None,
                     all: bool | None = None) -> Answer[Any]:
        """The room's messages, the newest first; `all` fetches every page."""
        return self._ask("get_messages", limit=limit, offset=offset, since=since, all=all)

    def get_direct_messages(self, limit: int | None = None, offset: int | None = None, since: str | None = None,
                            all: bool | None = None) -> Answer[Any]:
        """This user's direct messages, the newest first."""
        return self._ask("get_direct_messages", limit=limit, offset=offset, since=since, all=all)

    def get_unread_messages(self, limit: int | None = None, offset: int | None = None) -> Answer[Any]:
        """The room's unread messages, the oldest first."""
        return self._ask("get_unread_messages", limit=limit, offset=offset)

    def get_unread_direct_messages(self, limit: int | None = None, offset: int | None = None) -> Answer[Any]:
        """The unread direct messages, the oldest first."""
        return self._ask("get_unread_direct_messages", limit=limit, offset=offset)

    def get_unread_count(self) -> Answer[Any]:
        """How much is unread: in the room, in direct messages, in all."""
        return self._ask("get_unread_count")

    def mark_message_read(self, message_id: str) -> Answer[Any]:
        """Marks a message as read."""
        return self._ask("mark_message_read", message_id=message_id)

    def mark_all_messages_read(self) -> Answer[Any]:
        """Marks everything as read."""
        return self._ask("mark_all_messages_read")

    def get_message(self, message_id: str) -> Answer[Any]:
        """One message."""
        return self._ask("get_message", message_id=message_id)

    def send_typing_indicator(self, to_username: str | None = None) -> Answer[Any]:
        """Tells that this user types, in the room or to one user."""
        return self._ask("send_typing_indicator", to_username=to_username)

    def get_users(self) -> Answer[Any]:
        """Every user."""
        return self._ask("get_users")

    def get_online_users(self) -> Answer[Any]:
        """The users that are there, where the server tells it."""
        return self._ask("get_online_users")

    def get_my_profile(self) -> Answer[Any]:
        """This user."""
        return self._ask("get_my_profile")

    def update_my_username(self, username: str) -> Answer[Any]:
        """Renames this user."""
        return self._ask("update_my_username", username=username)

    def update_my_webhook(self, webhook_url: str | None = None) -> Answer[Any]:
        """Sets the address that messages are posted to; None clears it."""
        return self._ask("update_my_webhook", webhook_url=webhook_url)

    def update_my_logo(self, logo: str | None = None) -> Answer[Any]:
        """Sets the logo; None clears it."""
        return self._ask("update_my_logo", logo=logo)

    def regenerate_api_key(self) -> Answer[Any]:
        """Makes a new API key; the old one is no good any more."""
        return self._ask("regenerate_api_key")

    def get_user_profile(self, user_id: str) -> Answer[Any]:
        """A user."""
        return self._ask("get_user_profile", user_id=user_id)

    def get_available_logos(self) -> Answer[Any]:
        """The logos that there are."""
        return self._ask("get_available_logos")

    def register(self, username: str, webhook_url: str | None = None, logo: str | None = None,
                 role: str | None = None, viewer: bool | None = None, admin: bool | None = None,
                 bot: bool | None = None, emoji: str | None = None) -> Answer[Any]:
        """Makes a user; the answer has its API key."""
        return self._ask("register", username=username, webhook_url=webhook_url, logo=logo, role=role,
                         viewer=viewer, admin=admin, bot=bot, emoji=emoji)

    def send_magic_link(self, email: str, username: str | None = None) -> Answer[Any]:
        """Has a login link sent."""
        return self._ask("send_magic_link", email=email, username=username)

    def authenticate_magic_link(self, token: str) -> Answer[Any]:
        """Redeems a login link."""
        return self._ask("authenticate_magic_link", token=token)

    def admin_get_all_users(self) -> Answer[Any]:
        """Every user, with all that an admin may see."""
        return self._ask("admin_get_all_users")

    def admin_get_user(self, user_id: str) -> Answer[Any]:
        """A user, with all that an admin may see."""
        return self._ask("admin_get_user", user_id=user_id)

    def admin_update_user(self, user_id: str, **fields: Any) -> Answer[Any]:
        """Changes a user."""
        return self._ask("admin_update_user", user_id=user_id, **fields)

    def admin_delete_user(self, user_id: str) -> Answer[Any]:
        """Removes a user."""
        return self._ask("admin_delete_user", user_id=user_id)

    def admin_assign_role(self, user_id: str, role: str) -> Answer[Any]:
        """Gives a user a role."""
        return self._ask("admin_assign_role", user_id=user_id, role=role)

    def admin_regenerate_api_key(self, user_id: str) -> Answer[Any]:
        """Makes a new API key for a user."""
        return self._ask("admin_regenerate_api_key", user_id=user_id)

    def admin_get_message(self, message_id: str) -> Answer[Any]:
        """A message, as an admin."""
        return self._ask("admin_get_message", message_id=message_id)

    def admin_update_message(self, message_id: str, content: str) -> Answer[Any]:
        """Changes a message."""
        return self._ask("admin_update_message", message_id=message_id, content=content)

    def admin_delete_message(self, message_id: str) -> Answer[Any]:
        """Removes a message."""
        return self._ask("admin_delete_message", message_id=message_id)

    def admin_invite_user(self, email: str, role: str, signup_url: str) -> Answer[Any]:
        """Invites somebody."""
        return self._ask("admin_invite_user", email=email, role=role, signup_url=signup_url)

    def admin_delete_conversation(self, conversation_id: str) -> Answer[Any]:
        """Removes a conversation, as an admin."""
        return self._ask("admin_delete_conversation", conversation_id=conversation_id)

    def admin_get_connections(self) -> Answer[Any]:
        """The connections that the server has."""
        return self._ask("admin_get_connections")

    def create_bot(self, username: str, emoji: str | None = None, webhook_url: str | None = None) -> Answer[Any]:
        """Makes a bot; the answer has its API key."""
        return self._ask("create_bot", username=username, emoji=emoji, webhook_url=webhook_url)

    def get_my_bots(self) -> Answer[Any]:
        """The bots of this user."""
        return self._ask("get_my_bots")

    def update_bot(self, bot_id: str, emoji: str | None = None, webhook_url: str | None = None) -> Answer[Any]:
        """Changes a bot."""
        return self._ask("update_bot", bot_id=bot_id, emoji=emoji, webhook_url=webhook_url)

    def delete_bot(self, bot_id: str) -> Answer[Any]:
        """Removes a bot."""
        return self._ask("delete_bot", bot_id=bot_id)

    def regenerate_bot_api_key(self, bot_id: str) -> Answer[Any]:
        """Makes a new API key for a bot."""
        return self._ask("regenerate_bot_api_key", bot_id=bot_id)

    def create_conversation(self, message_ids: Sequence[str], title: str | None = None,
                            description: str | None = None) -> Answer[Any]:
        """Keeps messages as a conversation."""
        return self._ask("create_conversation", message_ids=message_ids, title=title, description=description)

    def get_conversations(self, limit: int | None = None, offset: int | None = None,
                          all: bool | None = None) -> Answer[Any]:
        """The conversations that were kept."""
        return self._ask("get_conversations", limit=limit, offset=offset, all=all)

    def get_conversation(self, conversation_id: str) -> Answer[Any]:
        """One of them."""
        return self._ask("get_conversation", conversation_id=conversation_id)

    def update_conversation(self, conversation_id: str, title: str | None = None, description: str | None = None,
                            message_ids: Sequence[str] | None = None) -> Answer[Any]:
        """Changes a conversation."""
        return self._ask("update_conversation", conversation_id=conversation_id, title=title,
                         description=description, message_ids=message_ids)

    def delete_conversation(self, conversation_id: str) -> Answer[Any]:
        """Removes a conversation."""
        return self._ask("delete_conversation", conversation_id=conversation_id)

    def health_check(self) -> Answer[Any]:
        """What the server says of itself."""
        return self._ask("health_check")
