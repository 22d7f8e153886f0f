//! Statuses: one enum with explicit numbers, grouped by layer. A number is never reused.

use std::fmt;

macro_rules! statuses {
    ($($variant:ident = $number:literal, $name:literal, $text:literal;)*) => {
        /// What a call or an event reports: 0 is good, positive is good with a remark, negative is an error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        #[allow(missing_docs, reason = "the texts of the table below say it, and they reach the C reader too")]
        pub enum Status { $($variant = $number,)* }

        impl Status {
            /// Every status there is, in the order of the table.
            pub const ALL: &'static [Status] = &[$(Status::$variant,)*];

            /// The name as it stands in the header, prefix included.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Status::$variant => concat!("PARLOR_", $name),)* }
            }

            /// The name with a NUL behind it, for C.
            #[must_use]
            pub const fn c_name(self) -> &'static std::ffi::CStr {
                // The table's literals hold no NUL, so the one appended here is the only one.
                match self { $(Status::$variant =>
                    match std::ffi::CStr::from_bytes_with_nul(concat!("PARLOR_", $name, "\0").as_bytes()) {
                        Ok(name) => name,
                        Err(_) => c"PARLOR_ERR_UNKNOWN",
                    },)* }
            }

            /// One sentence about it.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Status::$variant => $text,)* }
            }

            /// The sentence with a NUL behind it, for C.
            #[must_use]
            pub const fn c_text(self) -> &'static std::ffi::CStr {
                match self { $(Status::$variant =>
                    match std::ffi::CStr::from_bytes_with_nul(concat!($text, "\0").as_bytes()) {
                        Ok(text) => text,
                        Err(_) => c"",
                    },)* }
            }

            /// The status with this number.
            #[must_use]
            pub const fn from_number(number: i32) -> Option<Status> {
                match number { $($number => Some(Status::$variant),)* _ => None }
            }
        }
    };
}

statuses! {
    Ok = 0, "OK", "it worked";
    Deferred = 1, "DEFERRED", "destroy was called inside this client's own callback and completes when that returns";
    TimedOut = 2, "TIMED_OUT", "nothing happened in the time given, which is not a failure";
    // -1..-99: the call itself. Last added: -13.
    InvalidArgument = -1, "ERR_INVALID_ARGUMENT", "an argument is missing or wrong";
    BadHandle = -2, "ERR_BAD_HANDLE", "the handle is not one of ours, or was destroyed before";
    BadUtf8 = -3, "ERR_BAD_UTF8", "a text is not valid UTF-8";
    BufferTooSmall = -4, "ERR_BUFFER_TOO_SMALL", "the buffer does not hold the answer; the length needed was written";
    WrongState = -5, "ERR_WRONG_STATE", "the client is not in a state in which this can be done";
    QueueFull = -6, "ERR_QUEUE_FULL", "too many requests are pending";
    WouldDeadlock = -7, "ERR_WOULD_DEADLOCK", "this call waits for the callback that it was made from";
    Unsupported = -8, "ERR_UNSUPPORTED", "the service has no such thing";
    Forked = -9, "ERR_FORKED", "the library was started in the parent process and can not be used in this child";
    AbiMismatch = -10, "ERR_ABI_MISMATCH", "the program was built with a header that does not fit this library";
    Resources = -11, "ERR_RESOURCES", "a thread, a runtime or a descriptor could not be made";
    ThreadsLeft = -12, "ERR_THREADS_LEFT", "some threads did not end in the time given";
    NotFound = -13, "ERR_NOT_FOUND", "there is no such field";
    // -100..-199: the network. Last added: -108.
    Dns = -100, "ERR_DNS", "the host name was not found";
    Refused = -101, "ERR_REFUSED", "nobody listens at that address";
    Unreachable = -102, "ERR_UNREACHABLE", "the network does not lead there";
    ConnectTimeout = -103, "ERR_CONNECT_TIMEOUT", "the address did not answer in time";
    ConnectionLost = -104, "ERR_CONNECTION_LOST", "the connection ended without a word";
    Proxy = -105, "ERR_PROXY", "the proxy refused or failed";
    IdleTimeout = -106, "ERR_IDLE_TIMEOUT", "the other side has been silent for too long";
    HandshakeTimeout = -107, "ERR_HANDSHAKE_TIMEOUT", "TLS or the WebSocket upgrade did not complete in time";
    TooBig = -108, "ERR_TOO_BIG", "a frame or a body is larger than the limit";
    // -200..-299: TLS. Last added: -201.
    Tls = -200, "ERR_TLS", "TLS failed";
    TlsCertificate = -201, "ERR_TLS_CERTIFICATE", "the certificate is not acceptable";
    // -300..-399: HTTP, also the answer to a WebSocket upgrade. Last added: -308.
    Http = -300, "ERR_HTTP", "an HTTP answer that was not expected";
    Unauthorized = -301, "ERR_UNAUTHORIZED", "HTTP 401: the credential is missing, wrong or expired";
    Forbidden = -302, "ERR_FORBIDDEN", "HTTP 403: not allowed, or the path is wrong";
    HttpNotFound = -303, "ERR_HTTP_NOT_FOUND", "HTTP 404 or 405: there is no such thing at that path";
    Rejected = -304, "ERR_REJECTED", "HTTP 400 or 422: the service found a fault in the request";
    RateLimited = -305, "ERR_RATE_LIMITED", "HTTP 429: too many requests";
    ServerError = -306, "ERR_SERVER_ERROR", "HTTP 5xx: the service failed";
    Redirect = -307, "ERR_REDIRECT", "a redirect to another origin, which is not followed";
    Conflict = -308, "ERR_CONFLICT", "HTTP 409: it clashes with what the service already has";
    // -400..-499: the conversation with the service. Last added: -405.
    Protocol = -400, "ERR_PROTOCOL", "the other side broke the protocol";
    NoAnswer = -401, "ERR_NO_ANSWER", "the service did not give its first answer in time";
    Replaced = -402, "ERR_REPLACED", "another connection took this client's place";
    ServiceClosed = -403, "ERR_SERVICE_CLOSED", "the service closed the connection";
    Service = -404, "ERR_SERVICE", "the service reported an error";
    Overflow = -405, "ERR_OVERFLOW", "the host did not take its events, so the link was let go";
    // -500..-599: outcomes of requests. Last added: -503.
    Cancelled = -500, "ERR_CANCELLED", "the request was cancelled";
    Timeout = -501, "ERR_TIMEOUT", "the request was not answered in time";
    LinkLost = -502, "ERR_LINK_LOST", "the link was lost before the answer came; whether it took effect is unknown";
    Expired = -503, "ERR_EXPIRED", "the request waited for a chat longer than its time to live";
    Panic = -1000, "ERR_PANIC", "a fault inside the library; the client that it touched has failed";
}

/// A status with the sentence that a person needs: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The number for the program.
    pub status: Status,
    /// The sentence for the person.
    pub text: String,
}

impl Error {
    /// An error with its sentence.
    pub fn new(status: Status, text: impl Into<String>) -> Error {
        Error { status, text: text.into() }
    }

    /// `INVALID_ARGUMENT`, by far the most frequent.
    pub fn invalid(text: impl Into<String>) -> Error {
        Error::new(Status::InvalidArgument, text)
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Error {
        Error::new(status, status.text())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status.name(), self.text)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn numbers_and_names_are_distinct_and_documented() {
        for (i, a) in Status::ALL.iter().enumerate() {
            assert_eq!(Status::from_number(*a as i32), Some(*a));
            assert_eq!(a.c_name().to_str().expect("ASCII"), a.name());
            assert_eq!(a.c_text().to_str().expect("UTF-8"), a.text());
            assert!(!a.text().is_empty());
            for b in &Status::ALL[i + 1..] {
                assert_ne!(*a as i32, *b as i32);
                assert_ne!(a.name(), b.name());
            }
        }
    }
}
