//! The statuses, made from the table in src/model by `PARLOR_UPDATE_HEADER=1 cargo test --test abi header`.

use super::status::parlor_status;

/// It worked.
pub const PARLOR_OK: parlor_status = 0;

/// Destroy was called inside this client's own callback and completes when that returns.
pub const PARLOR_DEFERRED: parlor_status = 1;

/// Nothing happened in the time given, which is not a failure.
pub const PARLOR_TIMED_OUT: parlor_status = 2;

/// An argument is missing or wrong.
pub const PARLOR_ERR_INVALID_ARGUMENT: parlor_status = -1;

/// The handle is not one of ours, or was destroyed before.
pub const PARLOR_ERR_BAD_HANDLE: parlor_status = -2;

/// A text is not valid UTF-8.
pub const PARLOR_ERR_BAD_UTF8: parlor_status = -3;

/// The buffer does not hold the answer; the length needed was written.
pub const PARLOR_ERR_BUFFER_TOO_SMALL: parlor_status = -4;

/// The client is not in a state in which this can be done.
pub const PARLOR_ERR_WRONG_STATE: parlor_status = -5;

/// Too many requests are pending.
pub const PARLOR_ERR_QUEUE_FULL: parlor_status = -6;

/// This call waits for the callback that it was made from.
pub const PARLOR_ERR_WOULD_DEADLOCK: parlor_status = -7;

/// The service has no such thing.
pub const PARLOR_ERR_UNSUPPORTED: parlor_status = -8;

/// The library was started in the parent process and can not be used in this child.
pub const PARLOR_ERR_FORKED: parlor_status = -9;

/// The program was built with a header that does not fit this library.
pub const PARLOR_ERR_ABI_MISMATCH: parlor_status = -10;

/// A thread, a runtime or a descriptor could not be made.
pub const PARLOR_ERR_RESOURCES: parlor_status = -11;

/// Some threads did not end in the time given.
pub const PARLOR_ERR_THREADS_LEFT: parlor_status = -12;

/// There is no such field.
pub const PARLOR_ERR_NOT_FOUND: parlor_status = -13;

/// The host name was not found.
pub const PARLOR_ERR_DNS: parlor_status = -100;

/// Nobody listens at that address.
pub const PARLOR_ERR_REFUSED: parlor_status = -101;

/// The network does not lead there.
pub const PARLOR_ERR_UNREACHABLE: parlor_status = -102;

/// The address did not answer in time.
pub const PARLOR_ERR_CONNECT_TIMEOUT: parlor_status = -103;

/// The connection ended without a word.
pub const PARLOR_ERR_CONNECTION_LOST: parlor_status = -104;

/// The proxy refused or failed.
pub const PARLOR_ERR_PROXY: parlor_status = -105;

/// The other side has been silent for too long.
pub const PARLOR_ERR_IDLE_TIMEOUT: parlor_status = -106;

/// TLS or the WebSocket upgrade did not complete in time.
pub const PARLOR_ERR_HANDSHAKE_TIMEOUT: parlor_status = -107;

/// A frame or a body is larger than the limit.
pub const PARLOR_ERR_TOO_BIG: parlor_status = -108;

/// TLS failed.
pub const PARLOR_ERR_TLS: parlor_status = -200;

/// The certificate is not acceptable.
pub const PARLOR_ERR_TLS_CERTIFICATE: parlor_status = -201;

/// An HTTP answer that was not expected.
pub const PARLOR_ERR_HTTP: parlor_status = -300;

/// HTTP 401: the credential is missing, wrong or expired.
pub const PARLOR_ERR_UNAUTHORIZED: parlor_status = -301;

/// HTTP 403: not allowed, or the path is wrong.
pub const PARLOR_ERR_FORBIDDEN: parlor_status = -302;

/// HTTP 404 or 405: there is no such thing at that path.
pub const PARLOR_ERR_HTTP_NOT_FOUND: parlor_status = -303;

/// HTTP 400 or 422: the service found a fault in the request.
pub const PARLOR_ERR_REJECTED: parlor_status = -304;

/// HTTP 429: too many requests.
pub const PARLOR_ERR_RATE_LIMITED: parlor_status = -305;

/// HTTP 5xx: the service failed.
pub const PARLOR_ERR_SERVER_ERROR: parlor_status = -306;

/// A redirect to another origin, which is not followed.
pub const PARLOR_ERR_REDIRECT: parlor_status = -307;

/// HTTP 409: it clashes with what the service already has.
pub const PARLOR_ERR_CONFLICT: parlor_status = -308;

/// The other side broke the protocol.
pub const PARLOR_ERR_PROTOCOL: parlor_status = -400;

/// The service did not give its first answer in time.
pub const PARLOR_ERR_NO_ANSWER: parlor_status = -401;

/// Another connection took this client's place.
pub const PARLOR_ERR_REPLACED: parlor_status = -402;

/// The service closed the connection.
pub const PARLOR_ERR_SERVICE_CLOSED: parlor_status = -403;

/// The service reported an error.
pub const PARLOR_ERR_SERVICE: parlor_status = -404;

/// The host did not take its events, so the link was let go.
pub const PARLOR_ERR_OVERFLOW: parlor_status = -405;

/// The request was cancelled.
pub const PARLOR_ERR_CANCELLED: parlor_status = -500;

/// The request was not answered in time.
pub const PARLOR_ERR_TIMEOUT: parlor_status = -501;

/// The link was lost before the answer came; whether it took effect is unknown.
pub const PARLOR_ERR_LINK_LOST: parlor_status = -502;

/// The request waited for a chat longer than its time to live.
pub const PARLOR_ERR_EXPIRED: parlor_status = -503;

/// A fault inside the library; the client that it touched has failed.
pub const PARLOR_ERR_PANIC: parlor_status = -1000;
