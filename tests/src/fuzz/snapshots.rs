//! Snapshots from whatever bytes a store gives back.

use arbitrary::Arbitrary;
use steadfast_core::snapshot::ConnectionSnapshot;

use super::watched::{Setup, Step, Watched};
use super::{at, case};

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    setup: Setup,
    now: u64,
    steps: Vec<Step>,
    body: &'a [u8],
}

/// What every snapshot of this version begins with.
const MARK: &[u8] = b"SFST\x01";

/// Reading never panics, what was read can be written and read again, and a machine that goes on
/// from it keeps the rules.
///
/// # Panics
///
/// If not.
pub fn snapshots(bytes: &[u8]) {
    drop(ConnectionSnapshot::from_bytes(bytes));
    let Some(Case { setup, now, steps, body }) = case(bytes) else { return };
    let Ok(snapshot) = ConnectionSnapshot::from_bytes(&summed(body)) else { return };
    let written = snapshot.to_bytes();
    let again = ConnectionSnapshot::from_bytes(&written).map(|again| again.to_bytes());
    assert_eq!(again, Ok(written), "it is written as it was read");
    if let Some(mut watched) = Watched::restored(&setup, at(now), snapshot) {
        watched.follow(steps);
    }
}

/// The body with what has to stand before it, so that not every guess is refused for its sum.
fn summed(body: &[u8]) -> Vec<u8> {
    let sum = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    [MARK, &sum.to_le_bytes(), body].concat()
}
