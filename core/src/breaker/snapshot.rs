use super::packed_state::BreakerState;
use crate::time::{Dates, Instant};

/// What is saved and restored: the state, but not the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", deny_unknown_fields))]
pub struct BreakerSnapshot {
    /// The state. Half open is saved as open: its probes are gone.
    pub state: BreakerState,
    /// Whether somebody decided it by hand.
    pub forced: bool,
    /// When a probe may go; absent unless open.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub open_until: Option<Instant>,
    /// How often it opened since it was last closed.
    pub openings: u32,
}

impl BreakerSnapshot {
    /// With a date in the place of the instant: what is restored later is judged by the wall clock.
    #[must_use]
    pub fn dated(self, dates: Dates) -> Self {
        Self { open_until: self.open_until.map(|until| dates.date(until)), ..self }
    }

    /// With an instant in the place of the date: the reverse of [`dated`](Self::dated).
    #[must_use]
    pub fn timed(self, dates: Dates) -> Self {
        Self { open_until: self.open_until.map(|until| dates.instant(until)), ..self }
    }
}
