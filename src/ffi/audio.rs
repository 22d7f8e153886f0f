//! Speech for an audio thread: pulled by the host's sound device, as one function that never waits.

use std::ffi::c_char;

use libc::size_t;

use super::args::{Out, OutHandle, TextOut};
use super::guard::{forked, guard};
use super::status::parlor_status;
use super::types::{parlor_audio, parlor_client};
use crate::model::{Error, Status};

/// For parlor_audio_counter(): frames of speech that were read.
pub const PARLOR_AUDIO_HEARD: i32 = 0;
/// For parlor_audio_counter(): how often a reply was being heard and nothing more of it was there.
pub const PARLOR_AUDIO_UNDERRUNS: i32 = 1;
/// For parlor_audio_counter(): frames that wait to be read.
pub const PARLOR_AUDIO_WAITING: i32 = 2;
/// For parlor_audio_counter(): frames that were dropped because more waited than the option audio.buffer_ms allows.
pub const PARLOR_AUDIO_DROPPED: i32 = 3;
/// For parlor_audio_counter(): the rate, in frames a second.
pub const PARLOR_AUDIO_RATE: i32 = 4;
/// For parlor_audio_counter(): the number of channels.
pub const PARLOR_AUDIO_CHANNELS: i32 = 5;

/// The most channels.
const CHANNELS: u32 = 8;

#[cfg(feature = "audio")]
mod handles {
    use std::sync::Arc;

    use super::super::args::Handle;
    use super::super::handle::Registry;
    use crate::audio::Progress;
    use crate::core::Output;

    /// What everybody but the audio thread looks at.
    pub(super) struct Voice {
        pub(super) output: Arc<Output>,
        pub(super) progress: Arc<Progress>,
        pub(super) rate: u32,
        pub(super) channels: u32,
    }

    pub(super) static VOICES: Registry<Voice> = Registry::new(0, "audio");

    /// The slot that a key names.
    pub(super) fn slot<T: Handle>(key: *const T) -> usize {
        VOICES.slot(key)
    }
}

/// Opens the speech of a client for an audio thread: from now on what the service speaks is decoded, brought to the rate
/// of the sound device and buffered, and parlor_audio_read() takes it. AUDIO events go on coming unless the option
/// events.kinds leaves them out. Only what services send as PCM, or what the library decodes, can be heard here.
///
/// A client has one at a time. It stays good when the client is destroyed, and is silent then.
///
/// \param client     not NULL.
/// \param rate       frames a second, 8000 to 192000; 0 takes the option audio.rate.
/// \param channels   1 to 8; 0 takes the option audio.channels.
/// \param out_audio  not NULL; receives the handle. Owned: release with parlor_audio_close(). NULL on failure.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT; PARLOR_ERR_WRONG_STATE when the client has one already;
///          PARLOR_ERR_RESOURCES; PARLOR_ERR_UNSUPPORTED when this library was built without services that speak.
/// \threadsafety any thread, also inside callbacks.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_audio_open(
    client: *mut parlor_client,
    rate: u32,
    channels: u32,
    out_audio: *mut *mut parlor_audio,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { OutHandle::new(out_audio, "out_audio") }?;
        out.set(open(client, rate, channels)?);
        Ok(Status::Ok)
    })
}

#[cfg(feature = "audio")]
fn open(client: *mut parlor_client, rate: u32, channels: u32) -> Result<*mut parlor_audio, Error> {
    use std::sync::Arc;

    use crate::core::{Counter, Counters};

    let client = super::client::get(client)?;
    if rate != 0 && !(8_000..=192_000).contains(&rate) {
        return Err(Error::invalid(format!("rate is {rate}; it takes 8000 to 192000, or 0 for the option audio.rate")));
    }
    if channels > CHANNELS {
        return Err(Error::invalid(format!("channels is {channels}; it takes 1 to {CHANNELS}, or 0 for the option")));
    }
    let opened = client.open_audio(rate, channels)?;
    let (rate, channels) = (opened.rate, opened.channels);
    let voice = handles::Voice { output: Arc::clone(&opened.output), progress: opened.progress, rate, channels };
    let put = handles::VOICES.insert(Arc::new(voice)).and_then(|key: *mut parlor_audio| {
        let put = super::audio_slots::put(handles::slot(key), key.addr(), channels as usize, opened.reader);
        if put.is_err() {
            // The key was seen by nobody yet.
            let _ = handles::VOICES.remove(key);
        }
        put.map(|()| key)
    });
    match &put {
        Ok(_) => Counters::add(Counter::LiveAudio, 1),
        Err(_) => opened.output.close(),
    }
    put
}

#[cfg(not(feature = "audio"))]
fn open(client: *mut parlor_client, _rate: u32, channels: u32) -> Result<*mut parlor_audio, Error> {
    super::client::get(client)?;
    if channels > CHANNELS {
        return Err(Error::invalid(format!("channels is {channels}; it takes 1 to {CHANNELS}, or 0 for the option")));
    }
    let text = "this library was built without services that speak; build it with --features voxta or voicelive";
    Err(Error::new(Status::Unsupported, text))
}

/// Reads speech. This is the function for an audio thread: it takes no lock and no memory, calls no system and waits for
/// nothing; what is not there is silence. A reply begins to be heard when the option audio.latency_ms of it is there.
///
/// An error leaves `frames` as they were, and does not touch parlor_last_error().
///
/// \param audio        not NULL.
/// \param frames       receives frame_count frames of interleaved samples from -1 to 1, one sample for each channel. Not
///                     NULL unless frame_count is 0.
/// \param frame_count  how many frames the sound device wants.
/// \param out_heard    may be NULL; receives how many of the frames are speech. The others are silence.
/// \returns PARLOR_OK, also when all of it is silence; PARLOR_ERR_INVALID_ARGUMENT; PARLOR_ERR_BAD_HANDLE;
///          PARLOR_ERR_WRONG_STATE when another thread reads through the same handle at this moment.
/// \threadsafety any thread, one at a time.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_audio_read(
    audio: *mut parlor_audio,
    frames: *mut f32,
    frame_count: u32,
    out_heard: *mut u32,
) -> parlor_status {
    if forked() {
        return Status::Forked as parlor_status;
    }
    // SAFETY: the header says the same of the arguments.
    let out = unsafe { Out::optional(out_heard) };
    // SAFETY: the same.
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unsafe { read(audio, frames, frame_count) }));
    match read {
        Ok(Ok(heard)) => {
            out.set(heard);
            Status::Ok as parlor_status
        }
        Ok(Err(status)) => status as parlor_status,
        Err(_) => Status::Panic as parlor_status,
    }
}

/// # Safety
/// `frames` is NULL or points to `count` frames of as many samples as the handle has channels.
#[cfg(feature = "audio")]
unsafe fn read(audio: *mut parlor_audio, frames: *mut f32, count: u32) -> Result<u32, Status> {
    use super::audio_slots as slots;

    let (at, key) = (handles::slot(audio), audio.addr());
    if audio.is_null() {
        return Err(Status::BadHandle);
    }
    let channels = slots::channels(at, key)?;
    // SAFETY: the contract of this function is that of the call.
    let out = unsafe { super::args::floats(frames, (count as usize).saturating_mul(channels)) }
        .ok_or(Status::InvalidArgument)?;
    let heard = slots::read(at, key, out)?;
    Ok(u32::try_from(heard).unwrap_or(count))
}

#[cfg(not(feature = "audio"))]
unsafe fn read(_audio: *mut parlor_audio, _frames: *mut f32, _count: u32) -> Result<u32, Status> {
    // No handle of this kind was ever given out.
    Err(Status::BadHandle)
}

#[cfg(feature = "audio")]
type Voice = std::sync::Arc<handles::Voice>;

#[cfg(feature = "audio")]
fn voice(audio: *const parlor_audio) -> Result<Voice, Error> {
    handles::VOICES.get(audio)
}

/// Silences what waits to be heard, at once: for a user who has begun to speak. What the service speaks after this call is
/// heard again. To make the service stop as well, call parlor_client_interrupt(), which does the same to what waits.
///
/// \param audio  not NULL.
/// \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE.
/// \threadsafety any thread, also inside callbacks; it takes a lock, so not the audio thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_audio_flush(audio: *mut parlor_audio) -> parlor_status {
    guard(|| {
        #[cfg(feature = "audio")]
        voice(audio)?.output.cut();
        #[cfg(not(feature = "audio"))]
        unknown(audio)?;
        Ok(Status::Ok)
    })
}

/// Tells which reply is being heard, and how much of it was: what was really read, silence left out.
///
/// \param audio    not NULL.
/// \param out_ms   may be NULL; receives the milliseconds of that reply that were read.
/// \param buffer   receives the id of the reply, as its AUDIO events bear it, and a NUL; empty when nothing was heard yet.
///                 May be NULL when `capacity` is 0: then only the length is asked for.
/// \param out_len  may be NULL, but not together with `buffer`; receives the length without the NUL.
/// \returns PARLOR_OK; PARLOR_ERR_BUFFER_TOO_SMALL, with the buffer left as it was; PARLOR_ERR_BAD_HANDLE.
/// \threadsafety any thread, also inside callbacks; it takes a lock, so not the audio thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_audio_position(
    audio: *const parlor_audio,
    out_ms: *mut u64,
    buffer: *mut c_char,
    capacity: size_t,
    out_len: *mut size_t,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the arguments.
        let (ms, text) = unsafe { (Out::optional(out_ms), TextOut::new(buffer, capacity, out_len)?) };
        #[cfg(feature = "audio")]
        let (id, heard) = voice(audio)?.output.position();
        #[cfg(not(feature = "audio"))]
        let (id, heard) = unknown::<(String, crate::model::Heard)>(audio)?;
        let status = text.put(&id)?;
        ms.set(heard.ms);
        Ok(status)
    })
}

/// Reads a number of an audio handle.
///
/// \param audio      not NULL.
/// \param counter    one of PARLOR_AUDIO_.
/// \param out_value  not NULL.
/// \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such number; PARLOR_ERR_BAD_HANDLE.
/// \threadsafety any thread, also inside callbacks; it takes a lock, so not the audio thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_audio_counter(
    audio: *const parlor_audio,
    counter: i32,
    out_value: *mut u64,
) -> parlor_status {
    guard(|| {
        // SAFETY: the header says the same of the argument.
        let out = unsafe { Out::required(out_value, "out_value") }?;
        out.set(number(audio, counter)?);
        Ok(Status::Ok)
    })
}

#[cfg(feature = "audio")]
fn number(audio: *const parlor_audio, counter: i32) -> Result<u64, Error> {
    let voice = voice(audio)?;
    Ok(match counter {
        PARLOR_AUDIO_HEARD => voice.progress.heard(),
        PARLOR_AUDIO_UNDERRUNS => voice.progress.underruns(),
        PARLOR_AUDIO_WAITING => voice.progress.waiting(),
        PARLOR_AUDIO_DROPPED => voice.progress.dropped(),
        PARLOR_AUDIO_RATE => u64::from(voice.rate),
        PARLOR_AUDIO_CHANNELS => u64::from(voice.channels),
        _ => return Err(Error::invalid(format!("there is no number {counter} of an audio handle; see PARLOR_AUDIO_"))),
    })
}

#[cfg(not(feature = "audio"))]
fn number(audio: *const parlor_audio, _counter: i32) -> Result<u64, Error> {
    unknown(audio)
}

/// Closes an audio handle. A read that is under way on another thread ends first; later ones find the handle gone.
///
/// \param audio  may be NULL (nothing happens).
/// \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE when it was closed before.
/// \threadsafety any thread, also inside callbacks; it waits for the thread "parlor-audio", so not the audio thread.
/// \since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parlor_audio_close(audio: *mut parlor_audio) -> parlor_status {
    guard(|| {
        if audio.is_null() {
            return Ok(Status::Ok);
        }
        close(audio)?;
        Ok(Status::Ok)
    })
}

#[cfg(feature = "audio")]
fn close(audio: *mut parlor_audio) -> Result<(), Error> {
    let voice = handles::VOICES.remove(audio)?;
    drop(super::audio_slots::take(handles::slot(audio), audio.addr()));
    voice.output.close();
    crate::core::Counters::gone(crate::core::Counter::LiveAudio);
    Ok(())
}

#[cfg(not(feature = "audio"))]
fn close(audio: *mut parlor_audio) -> Result<(), Error> {
    unknown(audio)
}

/// Every handle is a wrong one where none was ever given out.
#[cfg(not(feature = "audio"))]
fn unknown<T>(audio: *const parlor_audio) -> Result<T, Error> {
    let what = if audio.is_null() { "the audio handle is NULL" } else { "what was passed is no audio handle" };
    Err(Error::new(Status::BadHandle, what))
}
