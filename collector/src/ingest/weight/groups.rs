//! The amounts of keys, or of addresses, in the current minute and before it.

use std::collections::HashMap;

use super::amount::Amount;
use super::flow::{Flow, HISTORY, kept};

/// The amount of each key, or of each address, by a hash of its name. At most
/// [`Groups::MAX`] are counted apart; all others together count as one.
#[derive(Debug, Default)]
pub(super) struct Groups {
    known: HashMap<u64, Usage>,
    /// The minute in which room was made last.
    swept: u64,
}

/// The amount of one of them.
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    minute: u64,
    now: Amount,
    before: Amount,
    /// Its greatest average of a minute, which halves in a day.
    usual: Amount,
    /// How many minutes ago it was counted before this one, at most [`HISTORY`].
    silent: f64,
}

/// The greatest share of an organisation's figures for a key or address without a history.
const NEWCOMER: f64 = 0.1;

/// The factor by which a share of the figures may grow within a minute.
const GROWTH: f64 = 2.0;

/// The half-life of a usual amount, in minutes.
const HALF_LIFE: f64 = 1440.0;

/// Stands for all that are not counted apart.
const OTHERS: u64 = 0;

impl Groups {
    /// Maximum number that are counted apart, some 100 bytes each.
    pub(super) const MAX: usize = 16_384;

    /// The share of a claim that the limit of a key or address leaves room for. The limit is the greatest
    /// of four: a tenth of the expected total of the minute; twice its share of the history; twice its
    /// usual amount for each minute since it was last counted; and the limit of a session.
    pub(super) fn room_for(
        &mut self,
        flow: &Flow,
        name: u64,
        session_bound: Amount,
        claim: Amount,
    ) -> f64 {
        let usage = self.usage(flow, name);
        if !flow.is_known() {
            return 1.0;
        }
        let share = usage.before.share_of(flow.before());
        let expected = flow.expected();
        let grown = expected.scaled_by(share.times(GROWTH)).unless_half(share);
        let bound = expected.times(NEWCOMER).max(grown).max(session_bound);
        let bound = bound.max(usage.usual.times(GROWTH * usage.silent));
        bound.room_for(claim, usage.now)
    }

    pub(super) fn count(&mut self, flow: &Flow, name: u64, amount: Amount) {
        let usage = self.usage(flow, name);
        usage.now = usage.now.plus(amount);
    }

    pub(super) fn put_back(&mut self, flow: &Flow, name: u64, amount: Amount) {
        let usage = self.usage(flow, name);
        usage.now = usage.now.minus(amount);
    }

    fn usage(&mut self, flow: &Flow, name: u64) -> &mut Usage {
        let minute = flow.minute();
        let is_full = self.known.len() >= Self::MAX && !self.known.contains_key(&name);
        // Not for each that comes, as that would take too long.
        if is_full && self.swept < minute {
            self.known.retain(|_, usage| usage.minute + HISTORY > minute);
            self.swept = minute;
        }
        let is_full = is_full && self.known.len() >= Self::MAX;
        let new = Usage { minute, silent: 1.0, ..Usage::default() };
        let usage = self.known.entry(if is_full { OTHERS } else { name }).or_insert(new);
        usage.advance(flow);
        usage
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}

impl Usage {
    fn advance(&mut self, flow: &Flow) {
        let passed = flow.minute().saturating_sub(self.minute);
        if passed == 0 {
            return;
        }
        let before = self.before.times(kept(passed)).plus(self.now.times(kept(passed - 1)));
        let faded = self.usual.times(0.5_f64.powf(passed as f64 / HALF_LIFE));
        let usual = before.times(1.0 / flow.minutes().max(1.0));
        *self = Self {
            minute: flow.minute(),
            now: Amount::default(),
            before,
            usual: faded.max(usual),
            silent: passed.min(HISTORY) as f64,
        };
    }
}
