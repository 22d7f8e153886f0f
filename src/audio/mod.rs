//! Sound as plain data: no device, no thread, no network.

mod wav;

pub(crate) use wav::{Pcm, read_wav};
