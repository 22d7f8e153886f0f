"""Exceptions, one class for each status of the library."""
from typing import Any, Dict, Type

from ._constants import Status


class ParlorError(Exception):
    """Something went wrong; `status` says what, and the text says it in words."""

    #: The number of the library; see `Status`.
    status: int = 0
    #: The RequestDone event that told of it, where one did: its `body` is the service's whole answer.
    event: Any = None

    def __init__(self, text: str = "", status: int = 0) -> None:
        super().__init__(text)
        if status:
            self.status = status

    @property
    def status_name(self) -> str:
        """The status by its name: "ERR_REFUSED"."""
        try:
            return Status(self.status).name
        except ValueError:
            return f"status {self.status}"

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text} [{self.status_name}]" if self.status else text


class LibraryNotFound(ParlorError, ImportError):
    """The shared library was not found, or could not be loaded."""


class InvalidArgument(ParlorError, ValueError):
    """An argument is missing or wrong; the text names it and says what to do."""

    status = Status.ERR_INVALID_ARGUMENT


class BadHandle(ParlorError):
    """The client was destroyed before."""

    status = Status.ERR_BAD_HANDLE


class BadText(InvalidArgument):
    """A text is not valid UTF-8."""

    status = Status.ERR_BAD_UTF8


class BufferTooSmall(ParlorError):
    """A buffer does not hold the answer. This package never lets it come to that."""

    status = Status.ERR_BUFFER_TOO_SMALL


class WrongState(ParlorError):
    """It can not be done now, such as saying something while there is no chat."""

    status = Status.ERR_WRONG_STATE


class QueueFull(ParlorError):
    """Too many requests are pending."""

    status = Status.ERR_QUEUE_FULL


class WouldDeadlock(ParlorError):
    """The call would wait for itself."""

    status = Status.ERR_WOULD_DEADLOCK


class Unsupported(ParlorError, NotImplementedError):
    """The service has no such thing."""

    status = Status.ERR_UNSUPPORTED


class Forked(ParlorError):
    """The client was made in the parent of this process. Make clients after the fork."""

    status = Status.ERR_FORKED


class AbiMismatch(ParlorError, ImportError):
    """The library that was found is older than this package, or of another kind."""

    status = Status.ERR_ABI_MISMATCH


class OutOfResources(ParlorError):
    """A thread, a runtime or a descriptor could not be made."""

    status = Status.ERR_RESOURCES


class ThreadsLeft(ParlorError):
    """Some threads did not end in the time given."""

    status = Status.ERR_THREADS_LEFT


class FieldNotFound(ParlorError, LookupError):
    """The message has no such field."""

    status = Status.ERR_NOT_FOUND


class LinkError(ParlorError, ConnectionError):
    """The network."""


class NameNotFound(LinkError):
    """The host name was not found."""

    status = Status.ERR_DNS


class Refused(LinkError, ConnectionRefusedError):
    """Nobody listens at that address."""

    status = Status.ERR_REFUSED


class Unreachable(LinkError):
    """The network does not lead there."""

    status = Status.ERR_UNREACHABLE


class ConnectTimeout(LinkError, TimeoutError):
    """The address did not answer in time."""

    status = Status.ERR_CONNECT_TIMEOUT


class ConnectionLost(LinkError):
    """The connection ended without a word."""

    status = Status.ERR_CONNECTION_LOST


class ProxyError(LinkError):
    """The proxy refused or failed."""

    status = Status.ERR_PROXY


class IdleTimeout(LinkError, TimeoutError):
    """The other side has been silent for too long."""

    status = Status.ERR_IDLE_TIMEOUT


class HandshakeTimeout(LinkError, TimeoutError):
    """TLS or the WebSocket upgrade did not complete in time."""

    status = Status.ERR_HANDSHAKE_TIMEOUT


class TooBig(LinkError):
    """A frame or a body is larger than the limit."""

    status = Status.ERR_TOO_BIG


class TlsError(LinkError):
    """TLS failed."""

    status = Status.ERR_TLS


class CertificateError(TlsError):
    """The certificate is not acceptable."""

    status = Status.ERR_TLS_CERTIFICATE


class HttpError(ParlorError):
    """An HTTP answer that was not expected."""

    status = Status.ERR_HTTP


class Unauthorized(HttpError):
    """HTTP 401: the credential is missing, wrong or expired."""

    status = Status.ERR_UNAUTHORIZED


class Forbidden(HttpError):
    """HTTP 403: not allowed, or the path is wrong."""

    status = Status.ERR_FORBIDDEN


class HttpNotFound(HttpError):
    """HTTP 404 or 405: there is no such thing at that path."""

    status = Status.ERR_HTTP_NOT_FOUND


class Rejected(HttpError):
    """HTTP 400 or 422: the service found a fault in the request."""

    status = Status.ERR_REJECTED


class RateLimited(HttpError):
    """HTTP 429: too many requests."""

    status = Status.ERR_RATE_LIMITED


class ServerFault(HttpError):
    """HTTP 5xx: the service failed."""

    status = Status.ERR_SERVER_ERROR


class Redirected(HttpError):
    """A redirect to another origin, which is not followed."""

    status = Status.ERR_REDIRECT


class Conflict(HttpError):
    """HTTP 409: it clashes with what the service already has."""

    status = Status.ERR_CONFLICT


class ServiceProblem(ParlorError):
    """The conversation with the service."""


class ProtocolFault(ServiceProblem):
    """The other side broke the protocol."""

    status = Status.ERR_PROTOCOL


class NoAnswer(ServiceProblem, TimeoutError):
    """The service did not give its first answer in time."""

    status = Status.ERR_NO_ANSWER


class Replaced(ServiceProblem):
    """Another connection took this client's place."""

    status = Status.ERR_REPLACED


class ServiceClosed(ServiceProblem):
    """The service closed the connection."""

    status = Status.ERR_SERVICE_CLOSED


class ServiceError(ServiceProblem):
    """The service reported an error."""

    status = Status.ERR_SERVICE


class Overflowed(ServiceProblem):
    """The program did not take its events, so the link was let go."""

    status = Status.ERR_OVERFLOW


class RequestEnded(ParlorError):
    """How a request ended without an answer."""


class Cancelled(RequestEnded):
    """The request was cancelled."""

    status = Status.ERR_CANCELLED


class RequestTimeout(RequestEnded, TimeoutError):
    """The request was not answered in time. It may still take effect."""

    status = Status.ERR_TIMEOUT


class LinkLost(RequestEnded, ConnectionError):
    """The link was lost before the answer came; whether it took effect is unknown."""

    status = Status.ERR_LINK_LOST


class Expired(RequestEnded):
    """The request waited for a chat longer than its time to live."""

    status = Status.ERR_EXPIRED


class LibraryFault(ParlorError):
    """A fault inside the library; the client that it touched has failed."""

    status = Status.ERR_PANIC


def _subclasses(base: Type[ParlorError]) -> Dict[int, Type[ParlorError]]:
    found: Dict[int, Type[ParlorError]] = {}
    for one in base.__subclasses__():
        if "status" in vars(one):
            found[int(one.status)] = one
        found.update(_subclasses(one))
    return found


#: Status to class. A status of a later version is a plain ParlorError.
BY_STATUS: Dict[int, Type[ParlorError]] = _subclasses(ParlorError)


def error(status: int, text: str = "") -> ParlorError:
    """The exception for a status."""
    return BY_STATUS.get(status, ParlorError)(text, status)
