//! The border to C: every exported function, all pointer work, and nothing else.
//!
//! The rules here, which a reviewer may cite:
//!
//! 1. An export is written out, never made by a macro, because cbindgen and readers look at it. Its body is one
//!    [`guard::guard`], where `?` turns an error into its status and into the thread's last error.
//! 2. Checks come in a fixed order: out pointers, handle, arguments, state. An out handle is set to NULL first; every
//!    other output is written only on success.
//! 3. No enum, bool, long, struct by value or varargs crosses the border: C can put any number into an enum, and bindings
//!    marshal bool in three different ways.
//! 4. A pointer with a length may be NULL only where the length is 0. Foreign texts are checked to be UTF-8.
//! 5. No lock is held while foreign code runs, and that includes the function that frees the host's userdata.
//! 6. Pointers are touched in [`args`], [`event`] and [`foreign`] only. Handles are keys and are never dereferenced.
//! 7. Doc comments on exports are written for C readers, since they become the header word by word. What Rust needs to
//!    know stands in `SAFETY` comments.
#![allow(unsafe_code, reason = "this is the one room where C is met")]
#![allow(non_camel_case_types, reason = "C names stand here as C programmers will read them")]
#![allow(missing_docs, reason = "every item that reaches the header is documented there, and a test holds that")]
#![allow(clippy::too_many_arguments, reason = "C has no other way to pass many things")]
#![allow(unreachable_pub, reason = "exports are public to the linker, not to Rust")]

mod actions;
mod args;
mod audio;
#[cfg(feature = "audio")]
mod audio_slots;
mod batch;
mod client;
mod delivery;
mod event;
mod event_read;
mod foreign;
mod guard;
mod handle;
mod json;
mod kept;
mod kinds;
mod library;
mod option_keys;
mod options;
mod status;
mod status_codes;
mod types;
mod version;
mod wake;
