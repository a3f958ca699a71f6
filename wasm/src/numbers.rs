//! Options as numbers, which JavaScript has read, checked for their types and put in order: see
//! fields.js. Absent ones are NaN.
//!
//! What crosses so takes a third of the code of objects that are read here, and both modules share
//! what reads them.

use std::slice::Iter;
use std::time::Duration;

use steadfast_core::time::duration_from_millis;

/// The numbers that were not taken yet.
#[derive(Debug)]
pub(crate) struct Numbers<'a>(Iter<'a, f64>);

impl<'a> Numbers<'a> {
    pub(crate) fn new(numbers: &'a [f64]) -> Self {
        Self(numbers.iter())
    }

    /// The next number, if it was given.
    #[inline(never)]
    pub(crate) fn take(&mut self) -> Option<f64> {
        self.0.next().copied().filter(|number| !number.is_nan())
    }

    /// The next number, if it was given, in the place of a default.
    #[inline(never)]
    pub(crate) fn number(&mut self, number: &mut f64) {
        set(number, self.take());
    }

    /// A whole number. One beyond 32 bits becomes the greatest.
    #[inline(never)]
    pub(crate) fn take_whole(&mut self) -> Option<u32> {
        // A cast from a float saturates.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        self.take().map(|number| number as u32)
    }

    /// A whole number, if it was given, in the place of a default.
    #[inline(never)]
    pub(crate) fn whole(&mut self, number: &mut u32) {
        set(number, self.take_whole());
    }

    /// A whole number, if it was given, in the place of a default.
    #[inline(never)]
    pub(crate) fn count(&mut self, number: &mut usize) {
        set(number, self.take_whole().map(|number| number as usize));
    }

    /// Milliseconds.
    #[inline(never)]
    pub(crate) fn take_millis(&mut self) -> Option<Duration> {
        self.take().map(duration_from_millis)
    }

    /// Milliseconds, if they were given, in the place of a default.
    #[inline(never)]
    pub(crate) fn millis(&mut self, duration: &mut Duration) {
        set(duration, self.take_millis());
    }

    /// A list, after its length.
    #[inline(never)]
    pub(crate) fn codes(&mut self, codes: &mut Vec<u16>) {
        let Some(count) = self.take_whole() else { return };
        // They were checked to fit.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let given = self.0.by_ref().take(count as usize).map(|code| *code as u16);
        *codes = given.collect();
    }
}

/// Replaces a default by what was given.
pub(crate) fn set<T>(value: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *value = given;
    }
}
