//! The name under which the gateway knows this client.
//!
//! Measured against voxta-gateway 0.1.0: a socket that takes the name of one which is still registered gets its
//! snapshot and then not a single event, while its pings are answered. So a name whose last socket did not end with a
//! close handshake rests for a while, and the client goes by `name~2`, `name~3`, … in the meantime. The gateway keeps a
//! history for every name it ever saw, so the names are few and are used again.

use crate::model::{Nanos, millis};
use std::borrow::Cow;

/// How long a gateway may hold a dead socket: it pings every 20 s and waits another 20 s; the rest is margin.
const REST: Nanos = millis(60_000);
/// How many names there are at most.
const NAMES: usize = 16;

/// The names, and which of them rest since when.
#[derive(Debug)]
pub(super) struct Identity {
    base: String,
    exact: bool,
    /// Whether the library made the name up, so that nobody else can have used it.
    drawn: bool,
    rests_since: [Option<Nanos>; NAMES],
    used: [bool; NAMES],
    current: usize,
    fresh: bool,
}

impl Identity {
    /// An empty `base` draws a name; `exact` keeps to the one name.
    pub(super) fn new(base: &str, exact: bool) -> Identity {
        let drawn = base.is_empty();
        let base = if drawn { format!("parlor-{:08x}", fastrand::u32(..)) } else { base.to_owned() };
        Identity { base, exact, drawn, rests_since: [None; NAMES], used: [false; NAMES], current: 0, fresh: false }
    }

    /// The name in use, or used last.
    pub(super) fn name(&self) -> String {
        self.name_at(self.current)
    }

    /// The same, without a copy where there is no suffix.
    pub(super) fn borrowed(&self) -> Cow<'_, str> {
        if self.current == 0 { Cow::Borrowed(&self.base) } else { Cow::Owned(self.name()) }
    }

    fn name_at(&self, at: usize) -> String {
        if at == 0 { self.base.clone() } else { format!("{}~{}", self.base, at + 1) }
    }

    /// Whether there is only the one name.
    pub(super) const fn exact(&self) -> bool {
        self.exact
    }

    /// Chooses the name for a new connection: the first that does not rest, or the one that has rested longest.
    pub(super) fn choose(&mut self, now: Nanos) {
        if !self.exact {
            self.current = self.best(now);
        }
        let used = std::mem::replace(&mut self.used[self.current], true);
        self.fresh = self.drawn && !used;
    }

    fn best(&self, now: Nanos) -> usize {
        let free = |since: &Option<Nanos>| since.is_none_or(|since| now.saturating_sub(since) >= REST);
        let first = self.rests_since.iter().position(free);
        let longest = || (0..NAMES).min_by_key(|&at| self.rests_since[at]).unwrap_or(0);
        first.unwrap_or_else(longest)
    }

    /// Whether the gateway can not have known the current name before this connection.
    pub(super) const fn fresh(&self) -> bool {
        self.fresh
    }

    /// Lets every name rest that is said to be taken, such as by another process of the same game.
    pub(super) fn rest_taken(&mut self, taken: impl Fn(&str) -> bool, now: Nanos) {
        for at in 0..NAMES {
            if at != self.current && taken(&self.name_at(at)) {
                self.rests_since[at] = Some(now);
            }
        }
    }

    /// Another client took the current name, and it is about to find out that it is not heard and to go on to the next
    /// one. That one is left to it.
    pub(super) fn yield_next(&mut self, now: Nanos) {
        self.rests_since[self.current] = Some(now);
        let next = self.best(now);
        self.rests_since[next] = Some(now);
    }

    /// The connection under the current name is over; `clean` if the gateway surely knows.
    pub(super) fn release(&mut self, clean: bool, now: Nanos) {
        self.rests_since[self.current] = if clean { None } else { Some(now) };
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, NAMES};
    use crate::model::millis;

    #[test]
    fn a_name_rests_after_an_unclean_end_and_comes_back() {
        let mut identity = Identity::new("game", false);
        identity.choose(0);
        assert_eq!(identity.name(), "game");
        identity.release(false, millis(1_000));
        identity.choose(millis(1_100));
        assert_eq!(identity.name(), "game~2");
        identity.release(false, millis(2_000));
        identity.choose(millis(2_000));
        assert_eq!(identity.name(), "game~3");
        identity.release(true, millis(3_000));
        identity.choose(millis(3_000));
        assert_eq!(identity.name(), "game~3", "a clean end frees the name");
        identity.choose(millis(61_000));
        assert_eq!(identity.name(), "game");
    }

    #[test]
    fn the_names_are_bounded() {
        let mut identity = Identity::new("a", false);
        let mut seen = std::collections::BTreeSet::new();
        for at in 0..200 {
            identity.choose(millis(at));
            seen.insert(identity.name());
            identity.release(false, millis(at));
        }
        assert_eq!(seen.len(), NAMES);
    }

    #[test]
    fn names_of_others_are_left_to_them() {
        let mut identity = Identity::new("a", false);
        identity.choose(0);
        identity.rest_taken(|name| name == "a~2" || name == "a~4", 0);
        identity.release(false, 0);
        identity.choose(1);
        assert_eq!(identity.name(), "a~3");
        identity.yield_next(1);
        identity.choose(2);
        assert_eq!(identity.name(), "a~6", "a~5 is left to the one who took a~3");
    }

    #[test]
    fn exact_is_exact() {
        let mut identity = Identity::new("a", true);
        for at in 0..3 {
            identity.choose(at);
            assert_eq!(identity.name(), "a");
            identity.release(false, at);
        }
    }

    #[test]
    fn a_drawn_name_is_fresh_once() {
        let mut identity = Identity::new("", false);
        identity.choose(0);
        assert!(identity.name().starts_with("parlor-") && identity.fresh());
        identity.release(true, 0);
        identity.choose(1);
        assert!(!identity.fresh());
        let mut named = Identity::new("mine", false);
        named.choose(0);
        assert!(!named.fresh(), "another process may have used it");
    }
}
