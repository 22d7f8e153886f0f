//! What the host's microphone picks up, on its way to the session: a ring that is filled without waiting and without
//! taking memory, and one command in the mailbox when it begins to hold something.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::model::{Error, Status};

/// How much may wait for the session: some seconds of it.
const ROOM: usize = 1024 * 1024;

/// The ring of one client. Its memory is taken with the first piece, since most clients have no microphone.
#[derive(Default)]
pub(crate) struct Microphone {
    /// The host's end. It is locked by the host's threads only, and none of them waits for another.
    host: Mutex<Option<rtrb::Producer<u8>>>,
    session: Mutex<Option<rtrb::Consumer<u8>>>,
    /// The session has been told, and has not looked yet.
    told: AtomicBool,
}

impl Microphone {
    /// Takes a piece in. `true` says that the session is to be told.
    ///
    /// # Errors
    /// There is no room for it, or another thread hands a piece over at this moment.
    pub(crate) fn put(&self, pcm: &[u8]) -> Result<bool, Error> {
        if pcm.len() > ROOM {
            let text =
                format!("one piece of audio is at most {ROOM} bytes, and this one has {}; send it in parts", pcm.len());
            return Err(Error::invalid(text));
        }
        let Some(mut host) = self.host.try_lock() else {
            let text = "two threads send audio at the same moment; what they mean would be mixed up";
            return Err(Error::new(Status::WrongState, text));
        };
        let ring = match &mut *host {
            Some(ring) => ring,
            none => {
                let (producer, consumer) = rtrb::RingBuffer::new(ROOM);
                *self.session.lock() = Some(consumer);
                none.insert(producer)
            }
        };
        if ring.push_entire_slice(pcm).is_err() {
            let text = "more audio is waiting than the network takes; drop what is old, or send less often";
            return Err(Error::new(Status::QueueFull, text));
        }
        Ok(!self.told.swap(true, Ordering::AcqRel))
    }

    /// Hands out all that waits, in one or two pieces.
    pub(crate) fn take(&self, mut heard: impl FnMut(&[u8])) {
        // Before it is looked at, so that what comes meanwhile is told again.
        self.told.store(false, Ordering::Release);
        let mut session = self.session.lock();
        let Some(ring) = session.as_mut() else { return };
        let waiting = ring.slots();
        let Ok(chunk) = ring.read_chunk(waiting) else { return };
        let (first, second) = chunk.as_slices();
        for piece in [first, second] {
            if !piece.is_empty() {
                heard(piece);
            }
        }
        chunk.commit_all();
    }
}

#[cfg(test)]
mod tests {
    use super::{Microphone, ROOM};
    use crate::model::Status;

    fn taken(microphone: &Microphone) -> Vec<u8> {
        let mut all = Vec::new();
        microphone.take(|piece| all.extend_from_slice(piece));
        all
    }

    #[test]
    fn it_is_told_once_and_comes_out_as_it_went_in() {
        let microphone = Microphone::default();
        assert!(taken(&microphone).is_empty());
        assert_eq!(microphone.put(&[1, 2]).ok(), Some(true));
        assert_eq!(microphone.put(&[3]).ok(), Some(false), "the session knows");
        assert_eq!(taken(&microphone), [1, 2, 3]);
        assert_eq!(microphone.put(&[4]).ok(), Some(true));
        assert_eq!(taken(&microphone), [4]);
    }

    #[test]
    fn what_has_no_room_is_refused_whole() {
        let microphone = Microphone::default();
        assert_eq!(microphone.put(&vec![0; ROOM + 1]).map_err(|error| error.status), Err(Status::InvalidArgument));
        assert!(microphone.put(&vec![1; ROOM - 1]).is_ok());
        assert_eq!(microphone.put(&[2, 2]).map_err(|error| error.status), Err(Status::QueueFull));
        assert!(microphone.put(&[3]).is_ok());
        assert_eq!(taken(&microphone).last(), Some(&3));
        // Around the end of the ring.
        assert!(microphone.put(&[7; 100]).is_ok());
        assert_eq!(taken(&microphone), [7; 100]);
    }
}
