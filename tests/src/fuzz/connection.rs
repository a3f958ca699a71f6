//! A connection, whatever happens to it, in whatever order and at whatever time.

use arbitrary::Arbitrary;

use super::steps::{Loss, Setup, Step};
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

#[derive(Arbitrary, Debug)]
struct Losses {
    setup: Setup,
    steps: Vec<Loss>,
}

/// The same where dials fail and links break, and little else happens: so that the ladders are climbed.
///
/// # Panics
///
/// If the machine breaks a rule.
pub fn losses(bytes: &[u8]) {
    let Some(Losses { setup, steps }) = case(bytes) else { return };
    let open = [Step::Open].into_iter();
    let steps = open.chain(steps.into_iter().flat_map(Loss::steps)).collect();
    Watched::new(&setup.adaptive(), at(0)).follow(steps);
}
