//! The callback as the core sees it: one flat array for each batch, then one call for each event.

use super::event::Flat;
use super::foreign::Foreign;
use crate::core::{Batch, Callback};

/// The host's function with the array of the batch that is being delivered.
pub(super) struct Delivery {
    foreign: Foreign,
    flat: Flat,
}

impl Delivery {
    pub(super) fn new(foreign: Foreign) -> Delivery {
        Delivery { foreign, flat: Flat::default() }
    }
}

impl Callback for Delivery {
    fn begin(&mut self, batch: &Batch) {
        self.flat.fill(batch);
    }

    fn call(&mut self, at: usize) {
        if let Some(event) = self.flat.events().get(at) {
            self.foreign.call(event);
        }
    }
}
