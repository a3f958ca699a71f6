use core::time::Duration;

use super::packed_state::{BreakerState, PackedState};
use crate::time::Instant;

/// The right to make one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a probe that is neither recorded nor given back blocks others until it times out"]
pub struct Permit {
    pub(super) generation: u16,
    pub(super) admitted_at: Instant,
    pub(super) probe: bool,
    transition: Option<Transition>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It failed, in a way that speaks against the peer.
    Failure,
    /// It succeeded, or failed in a way that does not speak against the peer.
    Success,
}

/// A call was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the circuit is {}; next probe in {} ms", .state.as_str(), .retry_in.as_millis())]
pub struct Rejection {
    /// Open or half open.
    pub state: BreakerState,
    /// The time until the next probe may go.
    pub retry_in: Duration,
}

/// The state became another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// What it was.
    pub from: BreakerState,
    /// What it is.
    pub to: BreakerState,
}

impl Rejection {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "circuit.open"
    }
}

impl Permit {
    /// Whether this call decides if the breaker closes again.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.probe
    }

    /// What admitting it changed.
    #[must_use]
    pub fn transition(&self) -> Option<Transition> {
        self.transition
    }

    /// The permit as a number, without its time: for callers across a boundary that numbers pass
    /// cheaply.
    #[must_use]
    pub fn to_bits(&self) -> u32 {
        u32::from(self.generation) | u32::from(self.probe) << 16
    }

    /// The permit of this number, which was given at `admitted_at`.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the cast keeps the low bits, which are the generation"
    )]
    pub fn from_bits(bits: u32, admitted_at: Instant) -> Self {
        let probe = bits >> 16 & 1 == 1;
        Self { generation: bits as u16, admitted_at, probe, transition: None }
    }
}

#[inline]
pub(super) fn permit(
    packed_state: PackedState,
    admitted_at: Instant,
    transition: Option<Transition>,
) -> Permit {
    let probe = packed_state.state != BreakerState::Closed;
    Permit { generation: packed_state.generation, admitted_at, probe, transition }
}

pub(super) fn transition(from: PackedState, to: PackedState) -> Option<Transition> {
    (from.state != to.state).then_some(Transition { from: from.state, to: to.state })
}
