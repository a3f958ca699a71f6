//! Snapshots from whatever bytes a store gives back.

use arbitrary::Arbitrary;
use steadfast_core::snapshot::ConnectionSnapshot;

use super::steps::{Setup, Step};
use super::watched::Watched;
use super::{at, case};

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    setup: Setup,
    now: u64,
    /// What happened before it was saved, if it is to make sense.
    before: Option<Vec<Step>>,
    /// Damage to single bytes in the store.
    damage: Vec<(u16, u8)>,
    after: Vec<Step>,
    body: &'a [u8],
}

/// What every snapshot of this version begins with.
const MARK: &[u8] = b"SFST\x02";

/// Reading never panics, what was read can be written and read again, and a machine that goes on
/// from it keeps the rules.
///
/// # Panics
///
/// If not.
pub fn snapshots(bytes: &[u8]) {
    drop(ConnectionSnapshot::from_bytes(bytes));
    let Some(Case { setup, now, before, damage, after, body }) = case(bytes) else { return };
    let mut body = before.map_or_else(|| body.to_vec(), |before| saved(&setup, now, before));
    for (index, flip) in &damage {
        let length = body.len().max(1);
        body.get_mut(usize::from(*index) % length).into_iter().for_each(|byte| *byte ^= flip);
    }
    let snapshot = ConnectionSnapshot::from_bytes(&summed(&body));
    let Ok(snapshot) = snapshot else { return };
    let written = snapshot.to_bytes();
    let again = ConnectionSnapshot::from_bytes(&written).map(|again| again.to_bytes());
    assert_eq!(again, Ok(written), "it is written as it was read");
    if let Some(mut watched) = Watched::restored(&setup, at(now), snapshot) {
        watched.follow(after);
    }
}

/// What is saved of a connection to which this happened, without what stands before it.
fn saved(setup: &Setup, now: u64, before: Vec<Step>) -> Vec<u8> {
    let mut watched = Watched::new(setup, at(now));
    watched.follow(before);
    let whole = watched.snapshot().to_bytes();
    assert!(ConnectionSnapshot::from_bytes(&whole).is_ok(), "what was written can be read");
    whole[MARK.len() + size_of::<u64>()..].to_vec()
}

/// The body with what has to stand before it, so that not every guess is refused for its sum.
fn summed(body: &[u8]) -> Vec<u8> {
    let sum = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    [MARK, &sum.to_le_bytes(), body].concat()
}
