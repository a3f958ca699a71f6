//! What the fuzzer of `tests/fuzz` found worth trying is tried again, and random bytes with it.

mod reports;
mod requests;
mod settings;

use std::path::Path;

use steadfast_core::rng::{Random as _, SeededRandom};

/// Texts of random bytes for each, beside the seeds.
const RANDOM: usize = 1_000;

fn replay(target: &str, case: impl Fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/seeds").join(target);
    let mut tried = 0;
    for seed in std::fs::read_dir(seeds).unwrap() {
        case(&std::fs::read(seed.unwrap().path()).unwrap());
        tried += 1;
    }
    assert!(tried > 0, "there is something to try");
    let mut dice = SeededRandom::new(target.len() as u64);
    for _ in 0..RANDOM {
        let length = 1 << (dice.next_u32() % 11);
        let bytes = (0..length).map(|_| dice.next_u32().to_le_bytes()[0]);
        case(&bytes.collect::<Vec<u8>>());
    }
}

#[test]
fn reports_are_refused_or_counted_as_a_naive_recount_does() {
    replay("reports", reports::reports);
}

#[test]
fn requests_are_answered_and_never_with_a_failure() {
    replay("requests", requests::requests);
}

#[test]
fn settings_are_refused_or_printed_as_they_are_in_effect() {
    replay("settings", settings::settings);
}
