//! A connection, whatever happens to it, in whatever order and at whatever time.

use arbitrary::{Arbitrary, Unstructured};

use super::steps::{Loss, News, Setup, Step};
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

/// The same where dials fail and links break, and little else happens: so that the ladders are climbed.
///
/// # Panics
///
/// If the machine breaks a rule.
pub fn losses(bytes: &[u8]) {
    story(bytes, |bytes| Ok(Loss::arbitrary(bytes)?.steps()));
}

/// The same where dials fail, and networks, pages and clocks change while the next one is waited for.
///
/// # Panics
///
/// If the machine breaks a rule.
pub fn news(bytes: &[u8]) {
    story(bytes, |bytes| Ok(News::arbitrary(bytes)?.steps(u8::arbitrary(bytes)?)));
}

/// A connection that is opened, and to which such things happen as the bytes say.
fn story(bytes: &[u8], next: impl Fn(&mut Unstructured<'_>) -> arbitrary::Result<Vec<Step>>) {
    let mut bytes = Unstructured::new(bytes);
    let Ok(setup) = Setup::arbitrary(&mut bytes) else { return };
    let mut steps = vec![Step::Open];
    // A vector of random bytes would seldom have more than two.
    while !bytes.is_empty()
        && let Ok(happens) = next(&mut bytes)
    {
        steps.extend(happens);
    }
    Watched::new(&setup.adaptive(), at(0)).follow(steps);
}
