//! The callback as the core sees it: one call for each event, whose struct lives on the stack until the host returns.

use super::event::{fetch, flat};
use super::foreign::Foreign;
use crate::core::{Callback, Record};

/// The host's function.
pub(super) struct Delivery {
    foreign: Foreign,
}

impl Delivery {
    pub(super) fn new(foreign: Foreign) -> Delivery {
        Delivery { foreign }
    }
}

impl Callback for Delivery {
    fn call(&mut self, event: Record<'_>) {
        self.foreign.call(&flat(event));
    }

    fn expect(&self, event: Record<'_>) {
        fetch(event);
    }
}
