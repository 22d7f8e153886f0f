//! Sound as plain data: no device, no thread, no network.

mod buffer;
#[cfg(feature = "voxta")]
mod decode;
mod g711;
mod resample;
#[cfg(feature = "voxta")]
mod wav;

pub(crate) use buffer::{Block, Writer, buffer};
pub use buffer::{Progress, Reader};
#[cfg(feature = "voxta")]
pub(crate) use decode::decode;
pub(crate) use g711::Law;
pub(crate) use resample::Resampler;
#[cfg(feature = "voxta")]
pub(crate) use wav::{Pcm, read_wav};
