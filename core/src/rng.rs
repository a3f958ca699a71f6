//! The seeded generator. Nothing in this crate draws a random number from anywhere else, so two
//! machines with the same seed and the same inputs decide the same.

use rand_core::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg32;

/// A source of random numbers.
pub trait Random {
    /// The next 32 bits.
    fn next_u32(&mut self) -> u32;

    /// A number drawn uniformly from `0.0 ..= 1.0 - 2^-32`.
    fn next_unit(&mut self) -> f64 {
        f64::from(self.next_u32()) * (1.0 / 4_294_967_296.0)
    }

    /// A number drawn uniformly between `low` and `high`.
    fn next_between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next_unit()
    }
}

/// The generator that the machines use: PCG-XSH-RR 64/32 (O'Neill, 2014), whose sequence for a
/// seed is the same on every platform.
#[derive(Clone, Debug)]
pub struct SeededRandom(Pcg32);

impl SeededRandom {
    /// A generator whose whole sequence follows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Pcg32::seed_from_u64(seed))
    }
}

impl Random for SeededRandom {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sequence_and_another_seed_another() {
        let draw = |seed| {
            let mut random = SeededRandom::new(seed);
            core::array::from_fn::<u32, 8, _>(|_| random.next_u32())
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_unit_draw_is_never_one() {
        struct Ones;
        impl Random for Ones {
            fn next_u32(&mut self) -> u32 {
                u32::MAX
            }
        }
        assert!(Ones.next_unit() < 1.0);
    }
}
