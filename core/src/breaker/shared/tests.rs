use super::*;
use proptest::prelude::*;
use std::vec::Vec;

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn breaker(change: impl FnOnce(&mut BreakerConfig)) -> CircuitBreaker {
    let mut config = BreakerConfig::default();
    change(&mut config);
    CircuitBreaker::new(config, 1, Instant::ORIGIN).unwrap()
}

/// Makes one call for each letter, at this time: `F` fails, `S` succeeds.
fn calls(breaker: &CircuitBreaker, millis: u64, outcomes: &str) -> BreakerState {
    for outcome in outcomes.chars().filter(|c| !c.is_whitespace()) {
        let outcome = if outcome == 'F' { Outcome::Failure } else { Outcome::Success };
        let permit = breaker.admit(at(millis)).unwrap();
        breaker.record(at(millis), permit, outcome);
    }
    breaker.state()
}

#[test]
fn it_opens_at_half_of_at_least_five_calls() {
    let of = |outcomes| calls(&breaker(|_| {}), 0, outcomes);
    assert_eq!(of("F F F F"), BreakerState::Closed);
    assert_eq!(of("F F S S S S S S"), BreakerState::Closed);
    assert_eq!(of("S S S F F F"), BreakerState::Open);
}

/// resilience4j, `CircuitBreakerStateMachineTest`: minimum 5, threshold 50 %.
#[test]
fn the_cases_of_resilience4j_come_out() {
    assert_eq!(calls(&breaker(|_| {}), 0, "F F F S S"), BreakerState::Open);
    let half_open_of_four = || {
        let breaker = breaker(|config| config.probes = 4);
        calls(&breaker, 0, "F F F F F");
        breaker
    };
    let four = |outcomes: &str| {
        let breaker = half_open_of_four();
        let probes: Vec<_> = (0..4).map(|_| breaker.admit(at(30_000)).unwrap()).collect();
        for (probe, outcome) in probes.into_iter().zip(outcomes.chars()) {
            let outcome = if outcome == 'F' { Outcome::Failure } else { Outcome::Success };
            breaker.record(at(30_000), probe, outcome);
        }
        breaker.state()
    };
    assert_eq!(four("FFSF"), BreakerState::Open);
    assert_eq!(four("FSSS"), BreakerState::Closed);
    assert_eq!(four("FSSF"), BreakerState::Open);
}

#[test]
fn old_calls_do_not_speak_against_a_peer_that_is_seldom_called() {
    let breaker = breaker(|_| {});
    for minute in 0..100 {
        assert_eq!(calls(&breaker, minute * 60_000, "F"), BreakerState::Closed);
    }
}

#[test]
fn with_a_threshold_alone_only_failures_in_a_row_count() {
    let config = BreakerConfig::consecutive(3, Duration::from_secs(5));
    let breaker = CircuitBreaker::new(config, 1, Instant::ORIGIN).unwrap();
    assert_eq!(calls(&breaker, 0, "F F S F F S F F"), BreakerState::Closed);
    assert_eq!(calls(&breaker, 0, "F"), BreakerState::Open);
}

#[test]
fn slow_calls_open_it_too() {
    let breaker = breaker(|config| config.slow_call = Some(Duration::from_millis(100)));
    for _ in 0..5 {
        let permit = breaker.admit(at(0)).unwrap();
        breaker.record(at(101), permit, Outcome::Success);
    }
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[test]
fn a_rejection_says_how_long_until_the_next_probe() {
    let breaker = breaker(|_| {});
    calls(&breaker, 0, "F F F F F");
    let rejection = breaker.admit(at(10_000)).unwrap_err();
    assert_eq!(rejection.retry_in, Duration::from_secs(20));
    assert_eq!(rejection.code(), "circuit.open");
    let probe = breaker.admit(at(30_000)).unwrap();
    assert!(probe.is_probe());
    let (from, to) = (BreakerState::Open, BreakerState::HalfOpen);
    assert_eq!(probe.transition(), Some(Transition { from, to }));
    assert_eq!(breaker.admit(at(30_000)).unwrap_err().state, BreakerState::HalfOpen);
}

#[test]
fn while_probes_fail_it_stays_open_for_longer_and_longer_up_to_its_cap() {
    let breaker = breaker(|_| {});
    calls(&breaker, 0, "F F F F F");
    let mut now = 30_000;
    let mut stays = Vec::new();
    for _ in 0..8 {
        let probe = breaker.admit(at(now)).unwrap();
        breaker.record(at(now), probe, Outcome::Failure);
        let stay = breaker.admit(at(now)).unwrap_err().retry_in.as_secs();
        stays.push(stay);
        now += stay * 1000 + 1000;
    }
    let nominal = [60, 120, 240, 300, 300, 300, 300, 300];
    let holds = |(stay, nominal): (&u64, u64)| (nominal / 2..=nominal).contains(stay);
    assert!(stays.iter().zip(nominal).all(holds), "{stays:?}");
    let probe = breaker.admit(at(now)).unwrap();
    breaker.record(at(now), probe, Outcome::Success);
    assert_eq!(calls(&breaker, now, "F F F F F"), BreakerState::Open);
    assert_eq!(breaker.admit(at(now)).unwrap_err().retry_in, Duration::from_secs(30));
}

#[test]
fn a_probe_that_was_dropped_goes_to_the_next_caller() {
    let breaker = breaker(|_| {});
    calls(&breaker, 0, "F F F F F");
    let probe = breaker.admit(at(30_000)).unwrap();
    assert!(breaker.admit(at(30_000)).is_err());
    breaker.give_back(probe);
    breaker.give_back(breaker.admit(at(30_000)).unwrap());
    assert!(breaker.admit(at(30_000)).is_ok());
}

#[test]
fn a_probe_that_never_ends_is_given_up_and_its_late_result_ignored() {
    let breaker = breaker(|_| {});
    calls(&breaker, 0, "F F F F F");
    let lost = breaker.admit(at(30_000)).unwrap();
    let rejection = breaker.admit(at(59_000)).unwrap_err();
    assert_eq!(rejection.retry_in, Duration::from_secs(1));
    let second = breaker.admit(at(60_000)).unwrap();
    assert_eq!(breaker.record(at(60_001), lost, Outcome::Failure), None);
    breaker.give_back(lost);
    assert!(breaker.admit(at(60_001)).is_err(), "the second probe is still the only one");
    breaker.record(at(60_002), second, Outcome::Success);
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn results_from_before_it_opened_are_stale() {
    let breaker = breaker(|_| {});
    let early: Vec<_> = (0..10).map(|_| breaker.admit(at(0)).unwrap()).collect();
    calls(&breaker, 0, "F F F F F");
    let probe = breaker.admit(at(30_000)).unwrap();
    for permit in early {
        assert_eq!(breaker.record(at(30_000), permit, Outcome::Failure), None);
    }
    breaker.record(at(30_000), probe, Outcome::Success);
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn a_hand_decides_until_it_is_taken_away() {
    let breaker = breaker(|_| {});
    breaker.force_open();
    assert!(breaker.admit(at(1 << 35)).is_err());
    breaker.force_closed();
    assert_eq!(calls(&breaker, 0, "F F F F F F F F F"), BreakerState::Closed);
    breaker.reset();
    assert_eq!(calls(&breaker, 0, "F F F F F"), BreakerState::Open);
    let (from, to) = (BreakerState::Open, BreakerState::Closed);
    assert_eq!(breaker.reset(), Some(Transition { from, to }));
    assert_eq!(calls(&breaker, 0, "F F F F"), BreakerState::Closed);
}

#[test]
fn what_was_saved_is_taken_on_by_another_breaker() {
    let first = breaker(|_| {});
    calls(&first, 0, "F F F F F");
    let probe = first.admit(at(30_000)).unwrap();
    first.record(at(30_000), probe, Outcome::Failure);
    let saved = first.snapshot();
    let second = CircuitBreaker::new(BreakerConfig::default(), 9, at(31_000)).unwrap();
    second.restore(saved);
    assert_eq!(second.snapshot(), saved);
    assert_eq!(second.admit(at(31_000)), first.admit(at(31_000)));
}

#[test]
fn a_breaker_that_was_saved_by_a_wrong_clock_waits_no_longer_than_its_own_maximum() {
    let year = Duration::from_hours(365 * 24);
    let saved =
        |state, open_until| BreakerSnapshot { state, forced: false, open_until, openings: 3 };
    for open_until in [at(0) + year, at(u64::MAX), Instant::from_origin(Duration::MAX)] {
        for state in [BreakerState::Open, BreakerState::HalfOpen] {
            let breaker = breaker(|_| {});
            breaker.restore(saved(state, Some(open_until)));
            let rejection = breaker.admit(at(1000)).unwrap_err();
            assert_eq!(rejection.state, BreakerState::Open);
            assert_eq!(rejection.retry_in, Duration::from_mins(5), "{open_until:?}");
            assert_eq!(breaker.admit(at(2000)).unwrap_err().retry_in.as_secs(), 299);
            assert!(breaker.admit(at(301_000)).unwrap().is_probe());
        }
    }
    let breaker = breaker(|_| {});
    breaker.restore(saved(BreakerState::Open, None));
    assert!(breaker.admit(at(0)).unwrap().is_probe(), "without a time a probe may go at once");
}

#[test]
fn a_breaker_that_was_saved_half_open_is_not_stuck_by_a_hand() {
    let breaker = breaker(|_| {});
    let state = BreakerState::HalfOpen;
    breaker.restore(BreakerSnapshot { state, forced: true, open_until: None, openings: u32::MAX });
    assert_eq!(breaker.state(), BreakerState::Open);
    breaker.force_closed();
    assert!(breaker.admit(at(0)).is_ok());
}

#[test]
fn clock_steps_of_an_hour_neither_panic_nor_strand_it() {
    let breaker = breaker(|_| {});
    let hour = 3_600_000;
    calls(&breaker, hour, "F F F F F");
    assert!(breaker.admit(at(0)).is_err(), "a step back only makes it wait");
    assert!(breaker.admit(at(hour + 30_000)).is_ok());
}

#[test]
fn nonsense_is_refused_by_the_name_of_its_field() {
    let field = |change: fn(&mut BreakerConfig)| {
        let mut config = BreakerConfig::default();
        change(&mut config);
        config.validate().unwrap_err().field()
    };
    assert_eq!(field(|c| c.consecutive_failures = Some(0)), "breaker.consecutiveFailures");
    assert_eq!(field(|c| c.failure_rate = Some(f64::NAN)), "breaker.failureRate");
    assert_eq!(field(|c| c.slow_rate = 1.5), "breaker.slowRate");
    assert_eq!(field(|c| c.slow_call = Some(Duration::ZERO)), "breaker.slowCall");
    assert_eq!(field(|c| c.window_calls = 65), "breaker.windowCalls");
    assert_eq!(field(|c| c.minimum_calls = 21), "breaker.minimumCalls");
    assert_eq!(field(|c| c.open_for = Duration::ZERO), "breaker.openFor");
    assert_eq!(field(|c| c.open_for = Duration::from_hours(1)), "breaker.openFor");
    assert_eq!(field(|c| c.probes = 8), "breaker.probes");
    assert_eq!(field(|c| c.probe_timeout = Duration::ZERO), "breaker.probeTimeout");
}

#[test]
fn many_threads_at_once_get_exactly_one_probe() {
    for round in 0..200 {
        let breaker = breaker(|_| {});
        calls(&breaker, 0, "F F F F F");
        let admitted: usize = std::thread::scope(|scope| {
            let ask = || usize::from(breaker.admit(at(30_000)).is_ok());
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(admitted, 1, "round {round}");
    }
}

proptest! {
    #[test]
    fn probes_in_flight_never_exceed_their_number(
        probes in 1_u32..=7,
        steps in proptest::collection::vec((0_u8..4, 0_usize..16, 0_u64..20_000), 1..300),
    ) {
        let breaker = breaker(|config| config.probes = probes);
        calls(&breaker, 0, "F F F F F");
        let (mut now, mut in_flight) = (30_000, Vec::<(u64, Permit)>::new());
        for (what, which, passes) in steps {
            match what {
                0 => now += passes,
                1 => {
                    if let Ok(permit) = breaker.admit(at(now)) {
                        in_flight.push((now, permit));
                    }
                }
                _ if in_flight.is_empty() => {}
                2 => {
                    let (_, permit) = in_flight.swap_remove(which % in_flight.len());
                    breaker.give_back(permit);
                }
                _ => {
                    let (_, permit) = in_flight.swap_remove(which % in_flight.len());
                    let failed = which % 3 == 0;
                    let outcome = if failed { Outcome::Failure } else { Outcome::Success };
                    breaker.record(at(now), permit, outcome);
                }
            }
            // What has outlived the probe timeout was given up and no longer counts.
            let packed_state = breaker.load();
            let current = in_flight.iter().filter(|(_, permit)| {
                permit.probe && permit.generation == packed_state.generation
            });
            prop_assert!(current.count() <= probes as usize);
        }
    }
}

#[test]
fn a_permit_that_crossed_a_boundary_as_a_number_still_decides() {
    let config = BreakerConfig::consecutive(1, Duration::from_secs(1));
    let breaker = CircuitBreaker::new(config, 1, Instant::ORIGIN).unwrap();
    let across = |permit: Permit, at| Permit::from_bits(permit.to_bits(), at);
    let permit = breaker.admit(Instant::ORIGIN).unwrap();
    let permit = across(permit, Instant::ORIGIN);
    assert!(breaker.record(Instant::ORIGIN, permit, Outcome::Failure).is_some());
    let later = Instant::ORIGIN + Duration::from_secs(1);
    let probe = across(breaker.admit(later).unwrap(), later);
    assert!(probe.is_probe());
    breaker.give_back(probe);
    assert!(breaker.admit(later).unwrap().is_probe(), "it was given back");
}
