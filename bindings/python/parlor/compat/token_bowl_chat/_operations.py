"""The REST operations of token-bowl-chat, by its names."""
from __future__ import annotations

from typing import Any, Callable, Optional

from . import models

#: Turns what the server has sent into what the caller gets.
Reader = Callable[[Any], Any]


def one(model: Any) -> Reader:
    """A record."""
    return lambda data: model.model_validate(data)


def many(model: Any) -> Reader:
    """A list of records."""
    return lambda data: [model.model_validate(item) for item in data or []]


def nothing(_: Any) -> None:
    """There is nothing to be had."""


def plain(data: Any) -> Any:
    """What came, as it came."""
    return data


class Operations:
    """The operations. What they return is up to `_ask`: the answer itself, or something to await."""

    def _ask(self, name: str, read: Reader, **fields: Any) -> Any:
        raise NotImplementedError

    def register(self, username: str, webhook_url: Optional[str] = None, logo: Optional[str] = None) -> Any:
        """Makes a user."""
        return self._ask("register", one(models.UserRegistrationResponse), username=username,
                         webhook_url=webhook_url, logo=logo)

    def send_message(self, content: str, to_username: Optional[str] = None) -> Any:
        """Says something in the room, or to one user."""
        return self._ask("send_message", one(models.MessageResponse), content=content, to_username=to_username)

    def get_messages(self, limit: int = 50, offset: int = 0, since: Optional[str] = None) -> Any:
        """The room's messages, the newest first."""
        return self._ask("get_messages", one(models.PaginatedMessagesResponse), limit=limit, offset=offset,
                         since=since)

    def get_direct_messages(self, limit: int = 50, offset: int = 0, since: Optional[str] = None) -> Any:
        """The direct messages, the newest first."""
        return self._ask("get_direct_messages", one(models.PaginatedMessagesResponse), limit=limit, offset=offset,
                         since=since)

    def get_users(self) -> Any:
        """Every user."""
        return self._ask("get_users", many(models.PublicUserProfile))

    def get_online_users(self) -> Any:
        """Those that are there."""
        return self._ask("get_online_users", many(models.PublicUserProfile))

    def get_available_logos(self) -> Any:
        """The logos that there are."""
        return self._ask("get_available_logos", plain)

    def update_my_logo(self, logo: Optional[str] = None) -> Any:
        """Sets the logo; None clears it."""
        return self._ask("update_my_logo", plain, logo=logo)

    def send_magic_link(self, email: str, username: Optional[str] = None) -> Any:
        """Has a login link sent."""
        return self._ask("send_magic_link", one(models.StytchLoginResponse), email=email, username=username)

    def authenticate_magic_link(self, token: str) -> Any:
        """Redeems a login link."""
        return self._ask("authenticate_magic_link", one(models.StytchAuthenticateResponse), token=token)

    def get_unread_messages(self, limit: int = 50, offset: int = 0) -> Any:
        """The room's unread messages."""
        return self._ask("get_unread_messages", many(models.MessageResponse), limit=limit, offset=offset)

    def get_unread_direct_messages(self, limit: int = 50, offset: int = 0) -> Any:
        """The unread direct messages."""
        return self._ask("get_unread_direct_messages", many(models.MessageResponse), limit=limit, offset=offset)

    def get_unread_count(self) -> Any:
        """How much is unread."""
        return self._ask("get_unread_count", one(models.UnreadCountResponse))

    def mark_message_read(self, message_id: str) -> Any:
        """Marks a message as read."""
        return self._ask("mark_message_read", nothing, message_id=message_id)

    def mark_all_messages_read(self) -> Any:
        """Marks everything as read."""
        return self._ask("mark_all_messages_read", plain)

    def get_my_profile(self) -> Any:
        """This user."""
        return self._ask("get_my_profile", one(models.UserProfileResponse))

    def get_user_profile(self, user_id: str) -> Any:
        """A user."""
        return self._ask("get_user_profile", one(models.PublicUserProfile), user_id=user_id)

    def update_my_username(self, username: str) -> Any:
        """Renames this user."""
        return self._ask("update_my_username", one(models.UserProfileResponse), username=username)

    def update_my_webhook(self, webhook_url: Optional[str] = None) -> Any:
        """Sets the address that messages are posted to."""
        return self._ask("update_my_webhook", plain, webhook_url=webhook_url)

    def regenerate_api_key(self) -> Any:
        """Makes a new API key."""
        return self._ask("regenerate_api_key", plain)

    def admin_get_all_users(self) -> Any:
        """Every user, as an admin."""
        return self._ask("admin_get_all_users", many(models.UserProfileResponse))

    def admin_get_user(self, user_id: str) -> Any:
        """A user, as an admin."""
        return self._ask("admin_get_user", one(models.UserProfileResponse), user_id=user_id)

    def admin_delete_user(self, user_id: str) -> Any:
        """Removes a user."""
        return self._ask("admin_delete_user", nothing, user_id=user_id)

    def admin_get_message(self, message_id: str) -> Any:
        """A message, as an admin."""
        return self._ask("admin_get_message", one(models.MessageResponse), message_id=message_id)

    def admin_update_message(self, message_id: str, content: str) -> Any:
        """Changes a message."""
        return self._ask("admin_update_message", one(models.MessageResponse), message_id=message_id, content=content)

    def admin_delete_message(self, message_id: str) -> Any:
        """Removes a message."""
        return self._ask("admin_delete_message", nothing, message_id=message_id)

    def admin_assign_role(self, user_id: str, role: str) -> Any:
        """Gives a user a role."""
        return self._ask("admin_assign_role", one(models.AssignRoleResponse), user_id=user_id, role=role)

    def admin_invite_user(self, email: str, signup_url: str, role: str = "member") -> Any:
        """Invites somebody."""
        return self._ask("admin_invite_user", one(models.InviteUserResponse), email=email, signup_url=signup_url,
                         role=role)

    def create_bot(self, username: str, emoji: Optional[str] = None, webhook_url: Optional[str] = None) -> Any:
        """Makes a bot."""
        return self._ask("create_bot", one(models.CreateBotResponse), username=username, emoji=emoji,
                         webhook_url=webhook_url)

    def get_my_bots(self) -> Any:
        """The bots of this user."""
        return self._ask("get_my_bots", many(models.BotProfileResponse))

    def update_bot(self, bot_id: str, emoji: Optional[str] = None, webhook_url: Optional[str] = None) -> Any:
        """Changes a bot."""
        return self._ask("update_bot", one(models.BotProfileResponse), bot_id=bot_id, emoji=emoji,
                         webhook_url=webhook_url)

    def delete_bot(self, bot_id: str) -> Any:
        """Removes a bot."""
        return self._ask("delete_bot", nothing, bot_id=bot_id)

    def regenerate_bot_api_key(self, bot_id: str) -> Any:
        """Makes a new API key for a bot."""
        return self._ask("regenerate_bot_api_key", plain, bot_id=bot_id)

    def create_conversation(self, title: Optional[str] = None, description: Optional[str] = None,
                            message_ids: Optional[list[str]] = None) -> Any:
        """Keeps messages as a conversation."""
        return self._ask("create_conversation", one(models.ConversationResponse), title=title,
                         description=description, message_ids=message_ids)

    def get_conversations(self, limit: int = 100, offset: int = 0) -> Any:
        """The conversations that were kept."""
        return self._ask("get_conversations", one(models.PaginatedConversationsResponse), limit=limit, offset=offset)

    def get_conversation(self, conversation_id: str) -> Any:
        """One of them."""
        return self._ask("get_conversation", one(models.ConversationResponse), conversation_id=conversation_id)

    def update_conversation(self, conversation_id: str, title: Optional[str] = None,
                            description: Optional[str] = None, message_ids: Optional[list[str]] = None) -> Any:
        """Changes a conversation."""
        return self._ask("update_conversation", one(models.ConversationResponse), conversation_id=conversation_id,
                         title=title, description=description, message_ids=message_ids)

    def delete_conversation(self, conversation_id: str) -> Any:
        """Removes a conversation."""
        return self._ask("delete_conversation", nothing, conversation_id=conversation_id)

    def health_check(self) -> Any:
        """What the server says of itself."""
        return self._ask("health_check", plain)

    def admin_update_user(self, user_id: str, update_request: Any) -> Any:
        """Changes a user, as an admin."""
        fields = update_request if isinstance(update_request, dict) else update_request.model_dump(exclude_none=True)
        return self._ask("admin_update_user", one(models.UserProfileResponse), user_id=user_id, **fields)
