//! A connection, whatever happens to it, in whatever order and at whatever time.

use arbitrary::Arbitrary;

use super::steps::{Setup, Step};
use super::watched::Watched;
use super::{at, case};

#[derive(Arbitrary, Debug)]
struct Case {
    setup: Setup,
    now: u64,
    steps: Vec<Step>,
}

/// The machine keeps the rules of the model that watches it.
///
/// # Panics
///
/// If not.
pub fn connection(bytes: &[u8]) {
    let Some(Case { setup, now, steps }) = case(bytes) else { return };
    Watched::new(&setup, at(now)).follow(steps);
}
