//! Foreign arguments: the only place where pointers that a host hands in are read or written.
//!
//! Every function here is `unsafe` for the one reason that the header states for its caller: a pointer that is not NULL
//! points to what the function's comment says, for as long as the call lasts.

use std::ffi::{CStr, c_char, c_void};

use super::types::{PARLOR_STRLEN, parlor_audio, parlor_batch, parlor_client, parlor_options};
use crate::model::{Error, Status};

/// The types that a host sees as handles.
pub(super) trait Handle: Sized {}
impl Handle for parlor_client {}
impl Handle for parlor_options {}
impl Handle for parlor_batch {}
impl Handle for parlor_audio {}

/// A place for a handle: set to NULL at once, so that a host that forgets to look at the status has no wild pointer.
pub(super) struct OutHandle<T: Handle>(*mut *mut T);

impl<T: Handle> OutHandle<T> {
    /// # Safety
    /// `out` is NULL or points to a writable pointer.
    pub(super) unsafe fn new(out: *mut *mut T, name: &str) -> Result<OutHandle<T>, Error> {
        if out.is_null() {
            return Err(Error::invalid(format!("{name} is NULL; it must point to where the new handle goes")));
        }
        // SAFETY: not NULL, and writable by the header's contract.
        unsafe { out.write(std::ptr::null_mut()) };
        Ok(OutHandle(out))
    }

    pub(super) fn set(self, key: *mut T) {
        // SAFETY: checked in `new`, and the call it was given for has not returned yet.
        unsafe { self.0.write(key) };
    }
}

/// A place for a plain value that the host does want: NULL is an error.
pub(super) struct Out<T: Copy>(*mut T);

impl<T: Copy> Out<T> {
    /// # Safety
    /// `out` is NULL or points to a writable `T`.
    pub(super) unsafe fn required(out: *mut T, name: &str) -> Result<Out<T>, Error> {
        if out.is_null() {
            return Err(Error::invalid(format!("{name} is NULL; it must point to where the answer goes")));
        }
        Ok(Out(out))
    }

    /// # Safety
    /// `out` is NULL, which means that nobody wants the value, or points to a writable `T`.
    pub(super) unsafe fn optional(out: *mut T) -> Out<T> {
        Out(out)
    }

    pub(super) fn set(&self, value: T) {
        if !self.0.is_null() {
            // SAFETY: not NULL, writable by the contract, and the call it was given for has not returned yet.
            unsafe { self.0.write(value) };
        }
    }
}

/// Bytes that the host lends for the call.
///
/// # Safety
/// `data` is NULL or points to `len` readable bytes.
pub(super) unsafe fn bytes<'a>(data: *const c_void, len: usize, name: &str) -> Result<&'a [u8], Error> {
    if data.is_null() {
        return if len == 0 { Ok(&[]) } else { Err(null(name)) };
    }
    if len > isize::MAX as usize {
        return Err(Error::invalid(format!("the length of {name} is {len}, which no memory holds")));
    }
    // SAFETY: not NULL, readable for `len` bytes by the contract, and `len` fits.
    #[allow(clippy::disallowed_methods, reason = "this is the place where foreign memory is read")]
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}

/// Room for samples that the host lends for the call. Nothing for a NULL that should hold some, or a length that no memory
/// has. It makes no text of what is wrong: audio threads take no memory.
///
/// # Safety
/// `data` is NULL or points to `len` writable samples.
#[cfg(feature = "audio")]
pub(super) unsafe fn floats<'a>(data: *mut f32, len: usize) -> Option<&'a mut [f32]> {
    if data.is_null() {
        return (len == 0).then_some(&mut []);
    }
    if len > isize::MAX as usize / size_of::<f32>() || !data.is_aligned() {
        return None;
    }
    // SAFETY: not NULL, aligned, writable for `len` samples by the contract, and `len` fits.
    #[allow(clippy::disallowed_methods, reason = "this is the place where foreign memory is read")]
    Some(unsafe { std::slice::from_raw_parts_mut(data, len) })
}

/// A text that the host lends for the call: `len` bytes, or up to its NUL when `len` is `PARLOR_STRLEN`.
///
/// # Safety
/// `data` is NULL, or points to `len` readable bytes, or with `PARLOR_STRLEN` to a text that ends with a NUL.
pub(super) unsafe fn text<'a>(data: *const c_char, len: usize, name: &str) -> Result<&'a str, Error> {
    let bytes = if len == PARLOR_STRLEN {
        if data.is_null() {
            return Err(null(name));
        }
        // SAFETY: not NULL, and terminated by the contract.
        unsafe { CStr::from_ptr(data) }.to_bytes()
    } else {
        // SAFETY: the same contract.
        unsafe { bytes(data.cast(), len, name) }?
    };
    std::str::from_utf8(bytes).map_err(|error| {
        Error::new(Status::BadUtf8, format!("{name} is not valid UTF-8: the fault is at byte {}", error.valid_up_to()))
    })
}

fn null(name: &str) -> Error {
    Error::invalid(format!("{name} is NULL; pass \"\" or a length of 0 for an empty one"))
}

/// A buffer of the host that a text is to be copied into, with a place for the text's length.
pub(super) struct TextOut {
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
}

impl TextOut {
    /// # Safety
    /// `buffer` is NULL or points to `capacity` writable bytes; `out_len` is NULL or points to a writable length.
    pub(super) unsafe fn new(buffer: *mut c_char, capacity: usize, out_len: *mut usize) -> Result<TextOut, Error> {
        if buffer.is_null() && capacity > 0 {
            return Err(Error::invalid(format!("buffer is NULL, but capacity is {capacity}; a size query has 0")));
        }
        if buffer.is_null() && out_len.is_null() {
            return Err(Error::invalid("buffer and out_len are both NULL, so there is nothing to be told"));
        }
        Ok(TextOut { buffer, capacity, out_len })
    }

    /// Copies a text out with a NUL behind it. The length, without the NUL, is written in every case. A NULL buffer only
    /// asks for it; a buffer that does not hold all of the text stays as it is.
    pub(super) fn put(&self, text: &str) -> Result<Status, Error> {
        self.put_len(text.len());
        if self.buffer.is_null() {
            return Ok(Status::Ok);
        }
        if text.len() >= self.capacity {
            let (needed, has) = (text.len() + 1, self.capacity);
            return Err(Error::new(
                Status::BufferTooSmall,
                format!("the answer and its NUL take {needed} bytes, but the buffer has {has}"),
            ));
        }
        self.copy(text);
        Ok(Status::Ok)
    }

    /// Copies as many whole characters out as fit. For error texts, where half a sentence is better than none.
    pub(super) fn put_cut(&self, text: &str) -> Status {
        self.put_len(text.len());
        if self.buffer.is_null() || text.len() < self.capacity {
            if !self.buffer.is_null() {
                self.copy(text);
            }
            return Status::Ok;
        }
        if self.capacity > 0 {
            self.copy(&text[..text.floor_char_boundary(self.capacity - 1)]);
        }
        Status::BufferTooSmall
    }

    fn put_len(&self, len: usize) {
        if !self.out_len.is_null() {
            // SAFETY: not NULL and writable by the contract of `new`.
            unsafe { self.out_len.write(len) };
        }
    }

    /// The text must be shorter than the capacity.
    fn copy(&self, text: &str) {
        // SAFETY: both callers have checked that the text and its NUL fit in the buffer, and a text of ours does not
        // overlap a buffer of the host's.
        unsafe {
            self.buffer.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
            self.buffer.add(text.len()).write(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TextOut, text};
    use crate::ffi::types::PARLOR_STRLEN;
    use crate::model::Status;
    use std::ffi::c_char;

    #[test]
    fn texts_by_length_and_by_nul() {
        let at = c"h\u{e9}llo".as_ptr();
        // SAFETY: the text is longer than every length used here, and ends with a NUL.
        unsafe {
            assert_eq!(text(at, PARLOR_STRLEN, "x").unwrap(), "héllo");
            assert_eq!(text(at, 3, "x").unwrap(), "hé");
            assert_eq!(text(std::ptr::null(), 0, "x").unwrap(), "");
            assert_eq!(text(at, 2, "x").unwrap_err().status, Status::BadUtf8);
            assert_eq!(text(std::ptr::null(), PARLOR_STRLEN, "x").unwrap_err().status, Status::InvalidArgument);
            assert_eq!(text(std::ptr::null(), 1, "x").unwrap_err().status, Status::InvalidArgument);
        }
    }

    #[test]
    fn texts_out() {
        let mut buffer = [b'#' as c_char; 8];
        let mut len = 99;
        let mut put = |capacity, text: &str| {
            buffer = [b'#' as c_char; 8];
            // SAFETY: the capacity is never larger than the buffer.
            let out = unsafe { TextOut::new(buffer.as_mut_ptr(), capacity, &raw mut len) }.unwrap();
            let status = out.put(text).unwrap_or_else(|error| error.status);
            let whole: Vec<u8> = buffer.iter().map(|byte| *byte as u8).collect();
            (status, len, String::from_utf8(whole).unwrap())
        };
        assert_eq!(put(8, "abc"), (Status::Ok, 3, "abc\0####".into()));
        assert_eq!(put(4, "abc"), (Status::Ok, 3, "abc\0####".into()));
        assert_eq!(put(3, "abc"), (Status::BufferTooSmall, 3, "########".into()));
        // SAFETY: as above.
        let out = unsafe { TextOut::new(buffer.as_mut_ptr(), 4, &raw mut len) }.unwrap();
        assert_eq!(out.put_cut("aéé"), Status::BufferTooSmall);
        assert_eq!(buffer[..4], [b'a' as c_char, 0xC3u8 as c_char, 0xA9u8 as c_char, 0]);
    }
}
