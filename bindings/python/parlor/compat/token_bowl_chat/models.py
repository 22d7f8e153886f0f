"""The models of token-bowl-chat as dataclasses, with the methods of pydantic that programs use."""
from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Optional, Type, TypeVar

M = TypeVar("M", bound="Model")


class MessageType(str, Enum):
    """Where a message goes."""

    ROOM = "room"
    DIRECT = "direct"
    SYSTEM = "system"


class Role(str, Enum):
    """What a user may do."""

    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"
    BOT = "bot"


class Model:
    """A record. Members that it does not know are left out, members that are missing are an error."""

    @classmethod
    def model_validate(cls: Type[M], data: Any) -> M:
        """Makes one of what the server has sent."""
        known = {one.name for one in dataclasses.fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: value for name, value in dict(data).items() if name in known})

    def __post_init__(self) -> None:
        for name, kind in _NESTED.get(type(self).__name__, {}).items():
            value = getattr(self, name)
            if isinstance(value, list):
                setattr(self, name, [_made(kind, one) for one in value])
            elif value is not None:
                setattr(self, name, _made(kind, value))

    def model_dump(self, exclude_none: bool = False) -> dict[str, Any]:
        """The record as a dictionary."""
        found = dataclasses.asdict(self)  # type: ignore[call-overload]
        return {name: value for name, value in found.items() if value is not None or not exclude_none}

    def model_dump_json(self) -> str:
        """The record as JSON."""
        return json.dumps(self.model_dump())


def _made(kind: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return kind.model_validate(value)
    return kind(value) if issubclass(kind, Enum) else value


@dataclass
class MessageResponse(Model):
    """A message."""

    id: str
    from_user_id: str
    from_username: str
    content: str
    message_type: MessageType
    timestamp: str
    from_user_logo: Optional[str] = None
    from_user_emoji: Optional[str] = None
    from_user_bot: bool = False
    to_user_id: Optional[str] = None
    to_username: Optional[str] = None
    description: str = ""

    @property
    def timestamp_dt(self) -> datetime:
        """The moment."""
        return datetime.fromisoformat(self.timestamp.replace("Z", "+00:00"))


@dataclass
class PaginationMetadata(Model):
    """Which part of a list this is."""

    total: int
    offset: int
    limit: int
    has_more: bool


@dataclass
class PaginatedMessagesResponse(Model):
    """A part of the messages."""

    messages: list[MessageResponse]
    pagination: PaginationMetadata


@dataclass
class UnreadCountResponse(Model):
    """How much is unread."""

    unread_room_messages: int = 0
    unread_direct_messages: int = 0
    total_unread: int = 0


@dataclass
class PublicUserProfile(Model):
    """A user as others see it."""

    id: str
    username: str
    role: Role
    logo: Optional[str] = None
    emoji: Optional[str] = None
    bot: bool = False
    viewer: bool = False


@dataclass
class UserRegistrationResponse(Model):
    """A user that was made."""

    id: str
    username: str
    api_key: str
    role: Role
    webhook_url: Optional[str] = None
    logo: Optional[str] = None
    viewer: bool = False
    admin: bool = False
    bot: bool = False
    emoji: Optional[str] = None


@dataclass
class UserProfileResponse(Model):
    """A user as itself, or an admin, sees it."""

    id: str
    username: str
    role: Role
    api_key: str = ""
    created_at: str = ""
    email: Optional[str] = None
    webhook_url: Optional[str] = None
    logo: Optional[str] = None
    viewer: bool = False
    admin: bool = False
    bot: bool = False
    emoji: Optional[str] = None


@dataclass
class StytchLoginResponse(Model):
    """A login link was sent."""

    message: str
    email: str


@dataclass
class StytchAuthenticateResponse(Model):
    """A login link was redeemed."""

    username: str
    session_token: str
    api_key: str


@dataclass
class CreateBotResponse(Model):
    """A bot that was made."""

    id: str
    username: str
    api_key: str
    created_by_id: str = ""
    created_by: str = ""
    emoji: Optional[str] = None
    webhook_url: Optional[str] = None


@dataclass
class BotProfileResponse(CreateBotResponse):
    """A bot."""

    created_at: str = ""


@dataclass
class AssignRoleResponse(Model):
    """A role was given."""

    username: str
    role: Role
    message: str


@dataclass
class InviteUserResponse(Model):
    """Somebody was invited."""

    email: str
    role: Role
    message: str


@dataclass
class ConversationResponse(Model):
    """A conversation that was kept."""

    id: str
    message_ids: list[str]
    created_by_username: str
    created_at: str
    title: Optional[str] = None
    description: Optional[str] = None


@dataclass
class PaginatedConversationsResponse(Model):
    """A part of the conversations."""

    conversations: list[ConversationResponse]
    total: int = 0
    limit: int = 0
    offset: int = 0
    pagination: Optional[PaginationMetadata] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pagination is not None:
            # The server puts them there; the package has looked for them here.
            page = self.pagination
            self.total, self.limit, self.offset = page.total, page.limit, page.offset


@dataclass
class SendMessageRequest(Model):
    """A message to be sent."""

    content: str
    to_username: Optional[str] = None


@dataclass
class UserRegistration(Model):
    """A user to be made."""

    username: str
    webhook_url: Optional[str] = None
    logo: Optional[str] = None
    role: Optional[Role] = None
    viewer: bool = False
    admin: bool = False
    bot: bool = False
    emoji: Optional[str] = None


@dataclass
class UpdateUsernameRequest(Model):
    """A new name."""

    username: str


@dataclass
class UpdateLogoRequest(Model):
    """A new logo."""

    logo: Optional[str] = None


@dataclass
class UpdateWebhookRequest(Model):
    """A new address for messages."""

    webhook_url: Optional[str] = None


@dataclass
class StytchLoginRequest(Model):
    """Who wants a login link."""

    email: str
    username: Optional[str] = None


@dataclass
class StytchAuthenticateRequest(Model):
    """A login link to be redeemed."""

    token: str


@dataclass
class AdminUpdateUserRequest(Model):
    """What to change of a user."""

    username: Optional[str] = None
    email: Optional[str] = None
    webhook_url: Optional[str] = None
    logo: Optional[str] = None
    viewer: Optional[bool] = None
    admin: Optional[bool] = None
    bot: Optional[bool] = None
    emoji: Optional[str] = None


@dataclass
class AdminMessageUpdate(Model):
    """A message's new words."""

    content: str


@dataclass
class CreateConversationRequest(Model):
    """A conversation to be kept."""

    title: Optional[str] = None
    description: Optional[str] = None
    message_ids: list[str] = field(default_factory=list)


@dataclass
class UpdateConversationRequest(Model):
    """What to change of a conversation."""

    title: Optional[str] = None
    description: Optional[str] = None
    message_ids: Optional[list[str]] = None


@dataclass
class HTTPValidationError(Model):
    """What the server has found wrong."""

    detail: list[Any]


_NESTED: dict[str, dict[str, Any]] = {
    "MessageResponse": {"message_type": MessageType},
    "PaginatedMessagesResponse": {"messages": MessageResponse, "pagination": PaginationMetadata},
    "PaginatedConversationsResponse": {"conversations": ConversationResponse, "pagination": PaginationMetadata},
    "PublicUserProfile": {"role": Role}, "UserRegistrationResponse": {"role": Role},
    "UserProfileResponse": {"role": Role}, "AssignRoleResponse": {"role": Role}, "InviteUserResponse": {"role": Role},
}
