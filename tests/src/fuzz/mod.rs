//! What is tried with bytes that a fuzzer comes up with: each function makes sense of any bytes, and
//! panics if the code under it does, or breaks a rule.
//!
//! `tests/fuzz` has the fuzzer's targets, and the seeds that it found worth keeping, which
//! `tests/tests/fuzzed.rs` tries again.

#![allow(clippy::expect_used, reason = "a case fails by panicking, as a test does")]

mod calls;
mod connection;
mod delivery;
mod frames;
mod hours;
mod judged;
mod manager;
mod server;
mod silence;
mod snapshots;
mod steps;
mod watched;

use std::path::Path;

use arbitrary::{Arbitrary, Unstructured};
use steadfast_core::rng::{Random as _, SeededRandom};
use steadfast_core::time::Instant;

pub use calls::calls;
pub use connection::{connection, losses, news};
pub use delivery::delivery;
pub use frames::frames;
pub use hours::hours;
pub use manager::{SESSIONS, Step, USERS, manager, run};
pub use silence::silence;
pub use snapshots::snapshots;

/// Tries what `tests/fuzz/seeds` keeps for a target, and then as many texts of random bytes as are
/// asked for. Gives the number of seeds.
///
/// # Errors
///
/// If the seeds cannot be read.
pub fn replay(target: &str, random: usize, case: impl Fn(&[u8])) -> std::io::Result<usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        seeds.push(std::fs::read(entry?.path())?);
    }
    seeds.iter().for_each(|seed| case(seed));
    let mut dice = SeededRandom::new(target.len() as u64);
    for _ in 0..random {
        let length = 1 << (dice.next_u32() % 12);
        let bytes = (0..length).map(|_| dice.next_u32().to_le_bytes()[0]);
        case(&bytes.collect::<Vec<u8>>());
    }
    Ok(seeds.len())
}

/// The case that these bytes stand for.
fn case<'a, T: Arbitrary<'a>>(bytes: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(bytes)).ok()
}

/// An instant by its nanoseconds.
fn at(nanos: u64) -> Instant {
    Instant::from_origin(std::time::Duration::from_nanos(nanos))
}
