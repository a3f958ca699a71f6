use std::fmt;

use steadfast_core::breaker::{Outcome, Permit, Rejection};

use super::CircuitBreaker;

/// The right to make one call. Dropped without a word, it is given back: a probe then goes to the
/// next caller.
#[must_use = "dropping it at once gives it back"]
pub struct Guard<'a> {
    breaker: &'a CircuitBreaker,
    permit: Option<Permit>,
}

impl<'a> Guard<'a> {
    #[inline]
    pub(super) fn new(breaker: &'a CircuitBreaker, permit: Permit) -> Self {
        Self { breaker, permit: Some(permit) }
    }

    /// Whether this call decides if the breaker closes again.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.permit.is_some_and(|permit| permit.is_probe())
    }

    /// The call has ended.
    #[inline]
    pub fn record(mut self, outcome: Outcome) {
        if let Some(permit) = self.permit.take() {
            self.breaker.record(permit, outcome);
        }
    }
}

impl Drop for Guard<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.breaker.give_back(permit);
        }
    }
}

impl fmt::Debug for Guard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("is_probe", &self.is_probe()).finish_non_exhaustive()
    }
}

/// A breaker and at most one of its permits, for a future that makes calls one after the other.
#[derive(Debug)]
pub(crate) struct Admission {
    breaker: CircuitBreaker,
    permit: Option<Permit>,
}

impl Admission {
    pub(crate) fn new(breaker: CircuitBreaker) -> Self {
        Self { breaker, permit: None }
    }

    pub(crate) fn admit(&mut self) -> Result<(), Rejection> {
        self.permit = Some(self.breaker.permit()?);
        Ok(())
    }

    /// The call has ended; a permit that taught nothing goes back.
    pub(crate) fn ended(&mut self, outcome: Option<Outcome>) {
        let Some(outcome) = outcome else { return self.give_back() };
        if let Some(permit) = self.permit.take() {
            self.breaker.record(permit, outcome);
        }
    }

    pub(crate) fn give_back(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.breaker.give_back(permit);
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.give_back();
    }
}
