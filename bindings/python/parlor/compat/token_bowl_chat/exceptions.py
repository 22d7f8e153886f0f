"""The exceptions of token-bowl-chat."""
from __future__ import annotations

from typing import Any, Optional

from ... import errors


class TokenBowlError(Exception):
    """Something went wrong; `response` is what the server has said, where it has said something."""

    def __init__(self, message: str, response: Optional[Any] = None) -> None:
        super().__init__(message)
        self.message, self.response = message, response


class AuthenticationError(TokenBowlError):
    """The key is missing, wrong, or not enough."""


class ValidationError(TokenBowlError):
    """The request has a fault."""


class NotFoundError(TokenBowlError):
    """There is no such thing."""


class ConflictError(TokenBowlError):
    """It clashes with what there is."""


class RateLimitError(TokenBowlError):
    """Too many requests."""


class ServerError(TokenBowlError):
    """The server has failed."""


class NetworkError(TokenBowlError):
    """The server can not be reached."""


class TimeoutError(TokenBowlError):
    """The server did not answer in time."""


class InvalidMessage(ValidationError, NetworkError, ValueError):
    """A message that can not be sent as it is. The WebSocket class has called this by either name."""


class UnknownId(NotFoundError, ValidationError, ValueError):
    """An id that can not be one. The library does not send it; the server would know nothing of that name."""


class NotConnected(NetworkError, ValueError):
    """It could not be sent, and the WebSocket is not connected."""


class BadKey(AuthenticationError, NetworkError):
    """The key is refused. The WebSocket class has called this by either name."""


def translate(fault: errors.ParlorError) -> TokenBowlError:
    """The exception of this package for one of the library's."""
    answer = fault.event.message if fault.event is not None else None
    for theirs, ours in (
        (errors.Unauthorized, AuthenticationError), (errors.Forbidden, AuthenticationError),
        (errors.HttpNotFound, NotFoundError), (errors.Conflict, ConflictError), (errors.Rejected, ValidationError),
        (errors.RateLimited, RateLimitError), (errors.ServerFault, ServerError),
    ):
        if isinstance(fault, theirs):
            return ours(str(fault), answer)
    if isinstance(fault, errors.InvalidArgument):
        if "takes a UUID" in str(fault):
            return UnknownId(str(fault), answer)
        return InvalidMessage(str(fault), answer)
    if isinstance(fault, errors.RequestTimeout):
        return TimeoutError(str(fault), answer)
    return NetworkError(str(fault), answer)
