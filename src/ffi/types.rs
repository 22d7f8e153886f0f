//! The opaque types and the function types.

use std::ffi::c_void;

use super::event::parlor_event;

/// cbindgen:ignore
///
/// The header spells it SIZE_MAX, which cbindgen has no word for.
pub const PARLOR_STRLEN: usize = usize::MAX;

/// As a time to wait: without an end.
pub const PARLOR_FOREVER: u32 = u32::MAX;

/// As a time to wait for events: none, and only the oldest events that came together.
pub const PARLOR_OLDEST: u32 = u32::MAX - 1;

/// A set of options for clients to be made.
/// Owned: release with parlor_options_free(). A client copies what it needs, so one set can make many clients.
pub struct parlor_options {
    _never_made: (),
}

/// A client: one conversation with one service, over as many connections as it takes.
/// Owned: release with parlor_client_destroy().
pub struct parlor_client {
    _never_made: (),
}

/// Some events in the order in which they came.
/// Owned: release with parlor_batch_free(). It outlives its client.
pub struct parlor_batch {
    _never_made: (),
}

/// The speech of a client, for an audio thread.
/// Owned: release with parlor_audio_close(). It outlives its client.
pub struct parlor_audio {
    _never_made: (),
}

/// Receives one event.
///
/// \param event     not NULL, borrowed until the function returns; parlor_event_keep() makes a copy that stays.
/// \param userdata  what was given to parlor_client_new().
///
/// It may call every function of this library. It must return: no C++ exception and no longjmp() may leave it.
pub type parlor_event_fn = Option<unsafe extern "C" fn(event: *const parlor_event, userdata: *mut c_void)>;

/// Frees the userdata of a client. It is called exactly once, after the last event.
///
/// \param userdata  what was given to parlor_client_new().
pub type parlor_free_fn = Option<unsafe extern "C" fn(userdata: *mut c_void)>;
