//! Handles: keys that look like pointers and are never dereferenced.
//!
//! A key holds a mark in its lowest bit, which no pointer of an allocator has, the type of the thing, a slot and the
//! generation of that slot. So a handle that was released, released twice, or is of another type is an error that the
//! host is told, and never a wild access. Slots are reused first in, first out, and a slot whose generations are used up
//! retires, so an old key never comes to mean a new thing.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::RwLock;

use super::args::Handle;
use crate::model::{Error, Status};

const SLOT_BITS: u32 = if usize::BITS == 64 { 20 } else { 15 };
const TYPE_BITS: u32 = 2;
const GENERATION_SHIFT: u32 = 1 + TYPE_BITS + SLOT_BITS;
const GENERATIONS: usize = 1 << (usize::BITS - GENERATION_SHIFT);

struct Slot<V> {
    generation: usize,
    value: Option<Arc<V>>,
}

struct Slots<V> {
    all: Vec<Slot<V>>,
    free: VecDeque<usize>,
}

/// All live things of one type.
pub(super) struct Registry<V> {
    kind: usize,
    /// What the host calls it, for error texts.
    name: &'static str,
    slots: RwLock<Slots<V>>,
}

impl<V> Registry<V> {
    /// An empty one. `kind` must differ from registry to registry.
    pub(super) const fn new(kind: usize, name: &'static str) -> Registry<V> {
        Registry { kind, name, slots: RwLock::new(Slots { all: Vec::new(), free: VecDeque::new() }) }
    }

    /// Takes a thing in and gives its key out.
    pub(super) fn insert<T: Handle>(&self, value: Arc<V>) -> Result<*mut T, Error> {
        let mut slots = self.slots.write();
        let at = match slots.free.pop_front() {
            Some(at) => at,
            None if slots.all.len() < 1 << SLOT_BITS => {
                slots.all.push(Slot { generation: 0, value: None });
                slots.all.len() - 1
            }
            None => {
                let text = format!("there are {} live {} handles, and no more can be made", 1 << SLOT_BITS, self.name);
                return Err(Error::new(Status::Resources, text));
            }
        };
        let slot = &mut slots.all[at];
        slot.value = Some(value);
        let key = slot.generation << GENERATION_SHIFT | at << (1 + TYPE_BITS) | self.kind << 1 | 1;
        Ok(std::ptr::without_provenance_mut(key))
    }

    /// The thing of a key.
    pub(super) fn get<T: Handle>(&self, key: *const T) -> Result<Arc<V>, Error> {
        let (at, generation) = self.parts(key.addr())?;
        let slots = self.slots.read();
        let slot = slots.all.get(at).filter(|slot| slot.generation == generation);
        slot.and_then(|slot| slot.value.clone()).ok_or_else(|| self.stale())
    }

    /// Takes the thing of a key out: the key is void from now on. The thing is dropped by the caller, when no lock is
    /// held.
    pub(super) fn remove<T: Handle>(&self, key: *const T) -> Result<Arc<V>, Error> {
        let (at, generation) = self.parts(key.addr())?;
        let mut slots = self.slots.write();
        let slot = slots.all.get_mut(at).filter(|slot| slot.generation == generation).ok_or_else(|| self.stale())?;
        let value = slot.value.take().ok_or_else(|| self.stale())?;
        slot.generation += 1;
        if slot.generation < GENERATIONS {
            slots.free.push_back(at);
        }
        Ok(value)
    }

    /// Takes every thing out. Dropped by the caller, as in [`Registry::remove`].
    pub(super) fn drain(&self) -> Vec<Arc<V>> {
        let mut slots = self.slots.write();
        let mut taken = Vec::new();
        for at in 0..slots.all.len() {
            let slot = &mut slots.all[at];
            if let Some(value) = slot.value.take() {
                taken.push(value);
                slot.generation += 1;
                if slot.generation < GENERATIONS {
                    slots.free.push_back(at);
                }
            }
        }
        taken
    }

    /// Whether no key is valid.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.read().all.iter().all(|slot| slot.value.is_none())
    }

    /// The slot that a key names, whether it is good or not.
    #[cfg(feature = "audio")]
    pub(super) fn slot<T: Handle>(&self, key: *const T) -> usize {
        key.addr() >> (1 + TYPE_BITS) & ((1 << SLOT_BITS) - 1)
    }

    fn parts(&self, key: usize) -> Result<(usize, usize), Error> {
        if key == 0 {
            return Err(Error::new(Status::BadHandle, format!("the {} handle is NULL", self.name)));
        }
        if key & 1 == 0 || key >> 1 & ((1 << TYPE_BITS) - 1) != self.kind {
            let text = format!("what was passed is not a {} handle of this library", self.name);
            return Err(Error::new(Status::BadHandle, text));
        }
        Ok((key >> (1 + TYPE_BITS) & ((1 << SLOT_BITS) - 1), key >> GENERATION_SHIFT))
    }

    fn stale(&self) -> Error {
        Error::new(Status::BadHandle, format!("the {} was released before", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::{parlor_client, parlor_options};
    use super::Registry;
    use std::sync::Arc;

    #[test]
    fn keys_go_stale_and_do_not_come_back() {
        let registry: Registry<u32> = Registry::new(1, "client");
        let first: *mut parlor_client = registry.insert(Arc::new(7)).unwrap();
        assert_eq!(*registry.get(first).unwrap(), 7);
        assert_eq!(*registry.remove(first).unwrap(), 7);
        assert!(registry.get(first).unwrap_err().text.contains("released before"));
        assert!(registry.remove(first).is_err());
        let mut seen = std::collections::HashSet::from([first.addr()]);
        for _ in 0..if cfg!(miri) { 20 } else { 1000 } {
            let key: *mut parlor_client = registry.insert(Arc::new(8)).unwrap();
            assert!(seen.insert(key.addr()), "a key came back");
            assert!(registry.get(first).is_err());
            registry.remove(key).unwrap();
        }
    }

    #[test]
    fn foreign_things_are_told_apart() {
        let clients: Registry<u32> = Registry::new(1, "client");
        let options: Registry<u32> = Registry::new(2, "options");
        let key: *mut parlor_options = options.insert(Arc::new(1)).unwrap();
        let wrong: *const parlor_client = key.cast_const().cast();
        assert!(clients.get(wrong).unwrap_err().text.contains("not a client handle"));
        let null: *const parlor_client = std::ptr::null();
        assert!(clients.get(null).unwrap_err().text.contains("NULL"));
        let far: *const parlor_client = std::ptr::without_provenance(usize::MAX);
        assert!(clients.get(far).is_err());
        let on_stack = 5u64;
        let pointer: *const parlor_client = (&raw const on_stack).cast();
        assert!(clients.get(pointer).is_err());
    }

    #[test]
    fn draining_voids_every_key() {
        let registry: Registry<u32> = Registry::new(1, "client");
        let keys: Vec<*mut parlor_client> = (0..5).map(|n| registry.insert(Arc::new(n)).unwrap()).collect();
        assert_eq!(registry.drain().len(), 5);
        assert!(keys.iter().all(|key| registry.get(*key).is_err()));
        assert!(registry.drain().is_empty());
    }
}
