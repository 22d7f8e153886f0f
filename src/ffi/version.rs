//! The version of the header, to be compared with that of the library.

/// The version of this header.
pub const PARLOR_VERSION_MAJOR: u32 = 0;
pub const PARLOR_VERSION_MINOR: u32 = 1;
pub const PARLOR_VERSION_PATCH: u32 = 0;
/// One byte for each part, so that numbers compare as versions do.
pub const PARLOR_VERSION_NUMBER: u32 =
    (PARLOR_VERSION_MAJOR << 16) | (PARLOR_VERSION_MINOR << 8) | PARLOR_VERSION_PATCH;

/// The version of the binary interface. It changes only when a program that was built before could break.
pub const PARLOR_ABI_VERSION: u32 = 0;
