//! The whole state of a breaker in one word, so that every transition is one compare-and-swap.

/// Whether calls go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum BreakerState {
    /// Calls go through and are watched.
    Closed,
    /// A few probes go through.
    HalfOpen,
    /// No call goes through.
    Open,
}

impl BreakerState {
    /// The name on the wire: `CLOSED`, `HALF_OPEN`, `OPEN`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::HalfOpen => "HALF_OPEN",
            Self::Open => "OPEN",
        }
    }
}

/// What [`PackedState`] packs.
///
/// | field | bits |
/// |---|---|
/// | `until`, ms since the breaker was made | 36: two years |
/// | `generation` | 16 |
/// | `admitted`, `succeeded`, `failed` | 3 each |
/// | `state` | 2 |
/// | `forced` | 1 |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackedState {
    pub(super) state: BreakerState,
    /// Whether somebody decided it by hand: then nothing but another hand changes it.
    pub(super) forced: bool,
    /// Open: when a probe may go. Half open: when its probes have taken too long.
    pub(super) until: u64,
    /// How often the state has changed: a result from an earlier generation is stale.
    pub(super) generation: u16,
    /// Half open: the probes that were let through and not given back.
    pub(super) admitted: u32,
    /// Half open: those of them that have succeeded.
    pub(super) succeeded: u32,
    /// Half open: those of them that have failed.
    pub(super) failed: u32,
}

const UNTIL_BITS: u32 = 36;

/// The most probes that can be counted.
pub(super) const MOST_PROBES: u32 = 7;

/// The last moment that fits; later ones are taken for it.
pub(super) const LAST: u64 = (1 << UNTIL_BITS) - 1;

impl PackedState {
    pub(super) const CLOSED: Self = Self {
        state: BreakerState::Closed,
        forced: false,
        until: 0,
        generation: 0,
        admitted: 0,
        succeeded: 0,
        failed: 0,
    };

    /// Another state, one generation later.
    pub(super) fn next(self, state: BreakerState, until: u64) -> Self {
        let generation = self.generation.wrapping_add(1);
        Self { state, until: until.min(LAST), generation, ..Self::CLOSED }
    }

    pub(super) fn pack(self) -> u64 {
        let state = match self.state {
            BreakerState::Closed => 0,
            BreakerState::HalfOpen => 1,
            BreakerState::Open => 2,
        };
        self.until
            | u64::from(self.generation) << 36
            | u64::from(self.admitted) << 52
            | u64::from(self.succeeded) << 55
            | u64::from(self.failed) << 58
            | state << 61
            | u64::from(self.forced) << 63
    }

    #[allow(clippy::cast_possible_truncation, reason = "each cast keeps the bits of one field")]
    #[inline]
    pub(super) fn unpack(bits: u64) -> Self {
        Self {
            state: match bits >> 61 & 0b11 {
                0 => BreakerState::Closed,
                1 => BreakerState::HalfOpen,
                _ => BreakerState::Open,
            },
            forced: bits >> 63 == 1,
            until: bits & LAST,
            generation: (bits >> 36) as u16,
            admitted: (bits >> 52 & 0b111) as u32,
            succeeded: (bits >> 55 & 0b111) as u32,
            failed: (bits >> 58 & 0b111) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        for state in [BreakerState::Closed, BreakerState::HalfOpen, BreakerState::Open] {
            let packed_state = PackedState {
                state,
                forced: state == BreakerState::Open,
                until: LAST,
                generation: u16::MAX,
                admitted: 7,
                succeeded: 4,
                failed: 3,
            };
            assert_eq!(PackedState::unpack(packed_state.pack()), packed_state);
        }
        assert_eq!(PackedState::unpack(0), PackedState::CLOSED);
    }
}
