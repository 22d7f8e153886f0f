"""The interface of token-bowl-chat."""
from .client import AsyncTokenBowlClient, TokenBowlClient
from .exceptions import (
    AuthenticationError,
    ConflictError,
    NetworkError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TimeoutError,
    TokenBowlError,
    ValidationError,
)
from .models import *  # noqa: F403
from .websocket_client import TokenBowlWebSocket

__all__ = [  # noqa: F405
    "TokenBowlClient", "AsyncTokenBowlClient", "TokenBowlWebSocket", "MessageResponse", "MessageType", "Role",
    "PaginatedMessagesResponse", "PaginationMetadata", "SendMessageRequest", "UpdateLogoRequest",
    "UpdateUsernameRequest", "UpdateWebhookRequest", "UserRegistration", "UserRegistrationResponse",
    "UserProfileResponse", "PublicUserProfile", "UnreadCountResponse", "StytchLoginRequest", "StytchLoginResponse",
    "StytchAuthenticateRequest", "StytchAuthenticateResponse", "AdminUpdateUserRequest", "AdminMessageUpdate",
    "HTTPValidationError", "ConversationResponse", "CreateConversationRequest", "UpdateConversationRequest",
    "PaginatedConversationsResponse", "TokenBowlError", "AuthenticationError", "ValidationError", "NotFoundError",
    "ConflictError", "RateLimitError", "ServerError", "NetworkError", "TimeoutError",
]
