//! Sockets, HTTP and TLS: where tokio lives, together with `runtime.rs`.
