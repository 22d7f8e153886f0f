//! One subscription: what the host wished for, how far it is, and where it stands in its channel.

use crate::model::{Nanos, RequestId, millis};

/// The shortest and the longest wait before a channel is subscribed to again.
const WAIT: (Nanos, Nanos) = (millis(500), millis(20_000));

/// How a subscription is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SubOptions {
    /// Ask for positions.
    pub(crate) positioned: bool,
    /// Ask for positions and recovery.
    pub(crate) recoverable: bool,
    /// Ask for who joins and leaves.
    pub(crate) join_leave: bool,
    /// Ask for payloads as differences.
    pub(crate) delta: bool,
    /// JSON for the service's own handler, or empty.
    pub(crate) data: String,
    /// A filter of tags as JSON, or empty.
    pub(crate) filter: String,
    /// Begin behind this publication.
    pub(crate) since: Option<(u64, String)>,
}

/// What the host wants to hear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) channel: String,
    pub(crate) token: String,
    pub(crate) options: SubOptions,
}

/// How far a subscription is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is to be made when there is a connection, when its wait is over, or when it has a token.
    Waiting,
    /// The command is on its way.
    Subscribing,
    Subscribed,
}

/// One subscription.
#[derive(Debug)]
pub(super) struct Sub {
    pub(super) wish: Wish,
    /// Whether the service made it, so that no command of ours belongs to it.
    pub(super) server: bool,
    pub(super) phase: Phase,
    /// Which subscribe command its answer must belong to.
    pub(super) generation: u32,
    /// The last publication that was handed on. Only where the service speaks of positions.
    pub(super) position: Option<(u64, String)>,
    /// Whether payloads come as differences, and what they differ from.
    pub(super) delta: bool,
    pub(super) base: Option<Vec<u8>>,
    /// The request that ends when it is made.
    pub(super) request: Option<RequestId>,
    /// Whether it can not be made before the host has brought a token for it.
    pub(super) needs_token: bool,
    pub(super) tries: u32,
    pub(super) again_at: Option<Nanos>,
    pub(super) refresh_at: Option<Nanos>,
    /// Since when a channel that was heard before is not heard any more.
    pub(super) lost_at: Option<Nanos>,
}

impl Sub {
    pub(super) fn new(wish: Wish, server: bool) -> Sub {
        let position = wish.options.since.clone();
        Sub {
            wish,
            server,
            phase: Phase::Waiting,
            generation: 0,
            position,
            delta: false,
            base: None,
            request: None,
            needs_token: false,
            tries: 0,
            again_at: None,
            refresh_at: None,
            lost_at: None,
        }
    }

    pub(super) fn position(&self) -> Option<(u64, &str)> {
        self.position.as_ref().map(|(offset, epoch)| (*offset, epoch.as_str()))
    }

    /// Whether this publication was handed on before; if not, the position moves behind it.
    pub(super) fn is_old(&mut self, offset: u64, epoch: &str) -> bool {
        let Some((at, known)) = &mut self.position else { return false };
        if offset == 0 {
            return false;
        }
        if known.is_empty() && !epoch.is_empty() {
            epoch.clone_into(known);
        }
        if offset <= *at && (epoch.is_empty() || *known == epoch) {
            return true;
        }
        *at = offset;
        false
    }

    /// It is heard no more, for the moment.
    pub(super) fn pause(&mut self, now: Nanos) {
        if self.phase == Phase::Subscribed && self.lost_at.is_none() {
            self.lost_at = Some(now);
        }
        self.phase = Phase::Waiting;
        self.generation = self.generation.wrapping_add(1);
        self.again_at = None;
        self.refresh_at = None;
        self.base = None;
    }

    /// A recovery from here fails visibly, as it must when the service has forgotten the channel's history.
    pub(super) fn invalidate(&mut self) {
        if self.position.is_some() {
            self.position = Some((0, "_".to_owned()));
        }
    }

    /// How long to wait before the next try.
    pub(super) fn next_wait(&mut self, random: &mut fastrand::Rng) -> Nanos {
        let (least, most) = WAIT;
        let ceiling = least.saturating_mul(1 << self.tries.min(31)).min(most);
        self.tries = self.tries.saturating_add(1);
        (least + random.u64(0..=ceiling)).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::{Sub, Wish};
    use crate::model::millis;

    #[test]
    fn positions_only_move_forward_and_only_where_there_are_positions() {
        let mut sub = Sub::new(Wish::default(), false);
        assert!(!sub.is_old(5, "e") && sub.position.is_none());
        sub.position = Some((5, "e".into()));
        assert!(sub.is_old(5, "") && sub.is_old(4, "e") && !sub.is_old(0, ""));
        assert!(!sub.is_old(6, ""));
        assert_eq!(sub.position(), Some((6, "e")));
        sub.invalidate();
        assert_eq!(sub.position(), Some((0, "_")));
    }

    #[test]
    fn waits_grow_and_stay_within_their_bounds() {
        let (mut sub, mut random) = (Sub::new(Wish::default(), false), fastrand::Rng::with_seed(7));
        let waits: Vec<u64> = (0..40).map(|_| sub.next_wait(&mut random)).collect();
        assert!(waits.iter().all(|wait| (millis(500)..=millis(20_000)).contains(wait)));
        assert!(waits[0] <= millis(1000));
    }
}
