use alloc::collections::BTreeSet;
use std::vec::Vec;

use super::*;
use crate::rng::{Random as _, SeededRandom};

/// A number of clients come within a second to a server that takes `config.per_second` of them. Gives
/// when each was in, how often one was refused at most, and how long the last had to wait once it was let in.
fn herd(
    clients: usize,
    config: SlotConfig,
    refusal: f64,
    seed: u64,
) -> (Vec<Duration>, u32, Duration) {
    let mut random = SeededRandom::new(seed);
    let mut slots = Slots::new(config).unwrap();
    let service = config.time(1.0);
    let mut coming: BTreeSet<(Instant, usize, u32)> = (0..clients)
        .map(|client| {
            (Instant::ORIGIN + Duration::from_secs(1).mul_f64(random.next_unit()), client, 0)
        })
        .collect();
    let (mut under_way, mut finished) = (VecDeque::new(), Vec::new());
    let (mut busy_until, mut most_refused) = (Instant::ORIGIN, 0);
    let mut last_wait = Duration::ZERO;
    while let Some((now, client, refused)) = coming.pop_first() {
        while under_way.front().is_some_and(|done| *done <= now) {
            under_way.pop_front();
        }
        match slots.admit(now, under_way.len()) {
            Ok(()) => {
                busy_until = busy_until.max(now) + service;
                under_way.push_back(busy_until);
                last_wait = busy_until.saturating_since(now);
                finished.push(busy_until.saturating_since(Instant::ORIGIN));
            }
            Err(hint) => {
                assert_eq!(hint.spread, Some(Duration::ZERO), "to be obeyed to the moment");
                // Whole seconds are all that a close reason and `Retry-After` can say.
                let wait = Hint::from_close_reason(&hint.to_close_reason()).retry_after.unwrap();
                most_refused = most_refused.max(refused + 1);
                slots.refused(service.mul_f64(refusal));
                busy_until = busy_until.max(now) + service.mul_f64(refusal);
                coming.insert((now + wait, client, refused + 1));
            }
        }
    }
    finished.sort();
    (finished, most_refused, last_wait)
}

#[test]
fn a_herd_is_in_after_little_more_than_the_least_time_and_few_refusals() {
    for (clients, per_second) in [(1000, 100.0), (6000, 100.0), (20_000, 100.0), (2000, 20.0)] {
        let least = clients as f64 / per_second;
        for seed in 0..5 {
            let (finished, refused, _) =
                herd(clients, SlotConfig { per_second, queue: 200 }, 0.0, seed);
            let t99 = finished[clients * 99 / 100].as_secs_f64();
            assert!(t99 < 1.2 * least, "{clients} clients, seed {seed}: {t99} of {least} s");
            assert!(refused <= 2, "{clients} clients, seed {seed}: {refused} refusals");
        }
    }
}

#[test]
fn what_refusals_cost_stretches_the_slots_so_that_the_server_keeps_to_them() {
    for (clients, per_second) in [(6000, 100.0), (18_000, 100.0)] {
        let least = 1.3 * clients as f64 / per_second;
        let config = SlotConfig { per_second, queue: 200 };
        let (finished, refused, last_wait) = herd(clients, config, 0.3, 1);
        let t99 = finished[clients * 99 / 100].as_secs_f64();
        assert!(t99 < 1.15 * least, "{clients} clients: {t99} of {least} s");
        assert!(refused <= 2, "{clients} clients: {refused} refusals");
        assert!(last_wait.as_secs_f64() < 0.05 * least, "{clients} clients: {last_wait:?}");
    }
}

#[test]
fn a_server_with_little_to_do_lets_everybody_in() {
    let mut slots = Slots::new(SlotConfig { per_second: 10.0, queue: 20 }).unwrap();
    for _ in 0..1000 {
        assert_eq!(slots.admit(Instant::ORIGIN, 10), Ok(()));
    }
}

#[test]
fn slots_begin_after_half_of_the_queue_and_keep_the_pace() {
    let mut slots = Slots::new(SlotConfig { per_second: 10.0, queue: 20 }).unwrap();
    let mut wait = || slots.admit(Instant::ORIGIN, 11).unwrap_err().retry_after.unwrap();
    assert_eq!(wait(), Duration::from_millis(1110));
    assert_eq!(wait(), Duration::from_millis(1220));
}

#[test]
fn a_slot_lets_in_one_and_not_before_its_time() {
    let mut slots = Slots::new(SlotConfig { per_second: 10.0, queue: 20 }).unwrap();
    let at = Instant::from_millis;
    assert!(slots.admit(at(0), 11).is_err());
    assert!(slots.admit(at(1109), 11).is_err());
    assert!(slots.admit(at(1110), 11).is_ok());
    assert!(slots.admit(at(1110), 11).is_err());
}

#[test]
fn slots_that_nobody_used_are_forgotten_and_never_too_many_are_remembered() {
    let mut slots = Slots::new(SlotConfig { per_second: 1e6, queue: 20 }).unwrap();
    for _ in 0..Slots::KEPT + 10 {
        assert!(slots.admit(Instant::ORIGIN, 11).is_err());
    }
    assert_eq!(slots.promised.len(), Slots::KEPT);
    assert!(slots.admit(Instant::from_millis(60_000), 11).is_err());
    assert_eq!(slots.promised.len(), 1);
}

#[test]
fn configurations_out_of_range_are_refused() {
    let refused = |config| Slots::new(config).unwrap_err().field();
    let config = SlotConfig::default();
    assert_eq!(refused(SlotConfig { per_second: f64::NAN, ..config }), "slots.perSecond");
    assert_eq!(refused(SlotConfig { queue: 1, ..config }), "slots.queue");
}
