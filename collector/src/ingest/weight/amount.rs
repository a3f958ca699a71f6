use steadfast_core::activity::Activity;

/// How much a report claims: the events that it counts, at least one for each window, and the windows
/// that it stands for. Every figure of an organisation is made of one or the other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Amount([f64; 2]);

impl Amount {
    /// What an activity claims that stands for that many windows.
    pub(crate) fn of(activity: &Activity, windows: u32) -> Self {
        let windows = f64::from(windows);
        Self([(activity.events() as f64).max(1.0) * windows, windows])
    }

    /// The events and the windows.
    #[cfg(test)]
    pub(super) fn parts(self) -> [f64; 2] {
        self.0
    }

    pub(super) fn is_zero(self) -> bool {
        // A window is counted whole, or in a part that is larger than what rounding leaves.
        self.0.iter().all(|part| *part < 1e-9)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        self.with(other, |one, other| one + other)
    }

    /// The difference; never less than nothing.
    pub(super) fn minus(self, other: Self) -> Self {
        self.with(other, |one, other| (one - other).max(0.0))
    }

    pub(crate) fn times(self, factor: f64) -> Self {
        Self(self.0.map(|part| part * factor))
    }

    pub(super) fn max(self, other: Self) -> Self {
        self.with(other, f64::max)
    }

    /// The share that each part is of those of a whole; 0 of nothing.
    pub(super) fn share_of(self, whole: Self) -> Self {
        self.with(whole, |part, whole| if whole > 0.0 { part / whole } else { 0.0 })
    }

    /// The same, where each part is multiplied by another.
    pub(super) fn scaled_by(self, factors: Self) -> Self {
        self.with(factors, |part, factor| part * factor)
    }

    /// This where a share is below one half, and no bound where it is more: twice that is all.
    pub(super) fn unless_half(self, share: Self) -> Self {
        self.with(share, |bound, share| if share < 0.5 { bound } else { f64::INFINITY })
    }

    /// The share of a claim, from 0 to 1, that fits below this bound beside what is used already.
    pub(super) fn room_for(self, claim: Self, used: Self) -> f64 {
        let room = self.minus(used);
        let fits = |index: usize| {
            let (room, claim): (f64, f64) = (room.0[index], claim.0[index]);
            // Sums of many parts are off by less than that.
            if room * (1.0 + 1e-9) >= claim { 1.0 } else { room / claim }
        };
        fits(0).min(fits(1))
    }

    fn with(self, other: Self, op: impl Fn(f64, f64) -> f64) -> Self {
        let ([events, windows], [other_events, other_windows]) = (self.0, other.0);
        Self([op(events, other_events), op(windows, other_windows)])
    }
}
