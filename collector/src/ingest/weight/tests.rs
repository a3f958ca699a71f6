use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use proptest::prelude::*;
use steadfast_core::activity::Activity;
use steadfast_core::time::Instant;

use super::groups::Groups;
use super::shares::{Claim, Shares, Weight, WeightLimit};
use super::*;
use crate::address::ClientNetwork;

const MORNING: u64 = 29_000_000;

/// That many seconds after the minute `MORNING` began.
fn at(secs: u64) -> Instant {
    Instant::from_millis(MORNING * 60_000) + Duration::from_secs(secs)
}

fn events(heartbeats: u64, windows: u32) -> Amount {
    Amount::of(&Activity { heartbeats, ..Activity::default() }, windows)
}

fn network(number: u32) -> ClientNetwork {
    ClientNetwork::of(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number)))
}

/// Shares, and who reports to them.
#[derive(Default)]
struct Told {
    shares: Shares,
    live: usize,
    /// What honest sessions count for in the current minute, and forged ones.
    honest: [f64; 2],
    forged: [f64; 2],
}

impl Told {
    fn claim(&mut self, secs: u64, by: (&str, &str, u32), amount: Amount) -> Weight {
        let (session_id, key_id, address) = by;
        let silent = Some(Duration::from_secs(30));
        let network = Some(network(address));
        let claim = Claim { session_id, key_id, network, amount, silent, live: self.live };
        self.shares.weigh(at(secs), &claim)
    }

    /// `sessions` sessions with a key and addresses of their own report twice in a minute.
    fn honest_minute(&mut self, minute: u64, sessions: u32) {
        self.live = sessions as usize;
        for half in 0..2 {
            for number in 0..sessions {
                let by = (&*format!("s{number}"), "key_web", number);
                let weight = self.claim(60 * minute + 30 * half, by, events(2, 1));
                assert!((weight.share - 1.0).abs() < f64::EPSILON, "{minute} {number} {weight:?}");
                self.honest[0] += 2.0;
                self.honest[1] += 1.0;
            }
        }
    }

    fn forge(&mut self, secs: u64, by: (&str, &str, u32), amount: Amount) -> Weight {
        let weight = self.claim(secs, by, amount);
        let [events, windows] = amount.times(weight.share).parts();
        self.forged[0] += events;
        self.forged[1] += windows;
        weight
    }

    /// The share of the forged reports in what is counted in this minute, the greater of both.
    fn forged_share(&self) -> f64 {
        let share = |index: usize| self.forged[index] / (self.forged[index] + self.honest[index]);
        share(0).max(share(1))
    }
}

/// An organisation whose sessions have reported for ten minutes; the eleventh minute is over, too.
fn busy(sessions: u32) -> Told {
    let mut told = Told::default();
    (0..10).for_each(|minute| told.honest_minute(minute, sessions));
    told.honest = [0.0; 2];
    told.honest_minute(10, sessions);
    told
}

const IN_THE_ELEVENTH: u64 = 10 * 60 + 45;

#[test]
fn one_session_counts_for_a_hundredth_or_ten_equal_shares() {
    for (sessions, most) in [(50, 10.0 / 50.0), (300, 10.0 / 300.0), (3000, 0.01)] {
        let mut told = busy(sessions);
        let mut limits = Vec::new();
        for number in 0..1000 {
            let amount = events(600, 10);
            // From everywhere, so that it is the session alone.
            let weight = told.forge(IN_THE_ELEVENTH, ("forged", "key_web", 1000 + number), amount);
            limits.push(weight.limit);
        }
        let share = told.forged_share();
        assert!(share > 0.8 * most && share <= most * 1.001, "{sessions}: {share}");
        assert_eq!(limits[999], Some(WeightLimit::Session));
    }
}

#[test]
fn an_address_and_a_key_from_nowhere_count_for_a_tenth_or_ten_equal_shares() {
    for (sessions, most) in [(50, 0.2), (300, 0.1), (3000, 0.1)] {
        let mut told = busy(sessions);
        for number in 0..20_000 {
            let session = format!("forged{number}");
            told.forge(IN_THE_ELEVENTH, (&session, "key_web", 9999), events(40, 1));
        }
        let share = told.forged_share();
        assert!(share > 0.8 * most && share <= most * 1.001, "by address, {sessions}: {share}");
        let mut told = busy(sessions);
        for number in 0..20_000 {
            let session = format!("forged{number}");
            told.forge(IN_THE_ELEVENTH, (&session, "key_leaked", 9999 + number), events(40, 1));
        }
        let share = told.forged_share();
        assert!(share > 0.8 * most && share <= most * 1.001, "by key, {sessions}: {share}");
    }
}

#[test]
fn a_key_that_all_use_and_an_address_that_most_share_are_not_bounded() {
    let mut told = Told { live: 200, ..Told::default() };
    for minute in 0..20 {
        for number in 0..200 {
            let by = (&*format!("s{number}"), "key_web", if number < 120 { 1 } else { number });
            let weight = told.claim(60 * minute + 5, by, events(4, 2));
            assert_eq!(weight.limit, None, "{minute} {number}");
        }
    }
}

#[test]
fn a_key_that_doubles_its_share_is_counted_whole() {
    let mut told = Told { live: 200, ..Told::default() };
    for minute in 0..12 {
        // From a tenth to less than a fifth.
        let app = if minute < 11 { 20 } else { 38 };
        for number in 0..200 {
            let key = if number >= 200 - app { "key_app" } else { "key_web" };
            let by = (&*format!("s{number}"), key, number);
            let weight = told.claim(60 * minute + 5, by, events(4, 2));
            assert_eq!(weight.limit, None, "{minute} {number}");
        }
    }
}

#[test]
fn a_key_that_was_busy_yesterday_is_counted_whole_when_it_comes_back() {
    let mut told = Told::default();
    let minute = |told: &mut Told, minute: u64, app: bool| {
        told.live = 300;
        for number in 0..300 {
            let key = if number >= 200 { "key_app" } else { "key_web" };
            if key == "key_app" && !app {
                continue;
            }
            let by = (&*format!("s{number}"), key, number);
            let weight = told.claim(60 * minute + 5, by, events(4, 2));
            assert_eq!(weight.limit, None, "{minute} {number}");
        }
    };
    (0..20).for_each(|number| minute(&mut told, number, true));
    (20..1440).step_by(5).for_each(|number| minute(&mut told, number, false));
    minute(&mut told, 1440, true);
}

#[test]
fn a_session_that_could_not_report_for_an_hour_makes_up_for_it() {
    let mut told = busy(300);
    let claim = |silent| Claim {
        session_id: "s7",
        key_id: "key_web",
        network: Some(network(7)),
        // An attempt each half a minute, and what it counted before.
        amount: events(120, 1),
        silent,
        live: 300,
    };
    let after = |told: &mut Told, silent| {
        let weight = told.shares.weigh(at(IN_THE_ELEVENTH), &claim(Some(silent)));
        told.shares.put_back(&weight);
        weight
    };
    assert_eq!(after(&mut told, Duration::from_secs(30)).limit, Some(WeightLimit::Session));
    assert_eq!(after(&mut told, Duration::from_hours(1)).limit, None);
    assert!(after(&mut told, Duration::from_hours(1000)).share >= 1.0);
}

#[test]
fn what_is_put_back_was_never_counted() {
    let mut told = busy(50);
    let forge = |told: &mut Told| told.claim(IN_THE_ELEVENTH, ("f", "key_x", 77), events(10, 3));
    let first = forge(&mut told);
    told.shares.put_back(&first);
    for _ in 0..1000 {
        let again = forge(&mut told);
        assert!((again.share - first.share).abs() < 1e-9, "{again:?}");
        told.shares.put_back(&again);
    }
}

#[test]
fn what_another_collector_took_of_a_session_and_a_key_counts_here_too() {
    let mut told = busy(300);
    for number in 0..20_000 {
        let session = format!("forged{number}");
        told.shares.follow(at(IN_THE_ELEVENTH), &session, "key_leaked", events(20, 10));
    }
    let weight = told.claim(IN_THE_ELEVENTH, ("f", "key_leaked", 77), events(10, 3));
    assert_eq!((weight.share < 1e-9, weight.limit), (true, Some(WeightLimit::Key)));
}

#[test]
fn a_start_after_a_quiet_night_is_counted_whole() {
    let mut told = Told { live: 1, ..Told::default() };
    for minute in 0..5 {
        told.claim(60 * minute, ("night", "key_web", 1), events(2, 1));
    }
    // Ten minutes later hundreds come at once, from one address, and with very different counts.
    for minute in 14..=15 {
        for number in 0..500_u32 {
            let session = format!("s{number}");
            let amount = events(u64::from(number) * u64::from(number) / 100, 1);
            let weight = told.claim(60 * minute, (&session, "key_app", 2), amount);
            assert_eq!(weight.limit, None, "{minute} {number}");
        }
    }
}

#[test]
fn keys_and_addresses_beyond_what_is_remembered_share_one_bound() {
    let mut told = busy(300);
    let most = u32::try_from(2 * Groups::MAX).unwrap();
    let mut groups = Groups::default();
    let mut flow = flow::Flow::default();
    flow.advance(at(0));
    (0..most).for_each(|number| groups.count(&flow, u64::from(number) + 1, events(1, 1)));
    assert!(groups.len() <= Groups::MAX + 1, "{}", groups.len());
    for number in 0..most {
        told.forge(IN_THE_ELEVENTH, ("f", "key_web", 5000 + number), events(1, 1));
    }
    assert!(told.forged_share() < 10.0 / 300.0 * 1.001);
}

#[test]
fn organisations_that_no_longer_report_are_forgotten() {
    let mut told = busy(5);
    assert!(!told.shares.is_past(at(15 * 60)));
    assert!(told.shares.is_past(at(21 * 60)));
    told.claim(21 * 60, ("s", "key_web", 1), events(1, 1));
    assert!(!told.shares.is_past(at(21 * 60)));
}

/// Somebody who reports at a steady rate between two minutes.
#[derive(Clone, Debug)]
struct Steady {
    heartbeats: u64,
    reports: u64,
    from: u64,
    until: u64,
    address: u32,
}

fn steady() -> impl Strategy<Value = Steady> {
    (1_u64..=10, 1_u64..=2, 0_u64..12, 1_u64..25, 0_u32..200).prop_map(
        |(level, reports, from, length, address)| Steady {
            heartbeats: 6 * level / reports,
            reports,
            from,
            until: from + length,
            address,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..<_>::default() })]

    /// With the one key that most organisations have, and whether each has an address of its own or
    /// all have the same.
    #[test]
    fn sessions_that_are_equal_within_a_factor_of_ten_are_counted_whole(
        fleet in prop::collection::vec(steady(), 1..60),
        is_office in any::<bool>(),
    ) {
        let mut shares = Shares::default();
        for minute in 0..25 {
            let live = fleet.iter().filter(|one| (one.from..one.until).contains(&minute)).count();
            for part in 0..2 {
                for (number, one) in fleet.iter().enumerate() {
                    if !(one.from..one.until).contains(&minute) || part >= one.reports {
                        continue;
                    }
                    // Of those whose address is their own, nobody else has it.
                    let own = u32::try_from(number).unwrap_or_default() * 200 + one.address;
                    let claim = Claim {
                        session_id: &format!("s{number}"),
                        key_id: "key_web",
                        network: Some(network(if is_office { 1 } else { own })),
                        amount: events(one.heartbeats, 1),
                        silent: None,
                        live,
                    };
                    let weight = shares.weigh(at(60 * minute + 30 * part), &claim);
                    prop_assert_eq!(weight.limit, None, "{} {:?}", minute, one);
                }
            }
        }
    }

    #[test]
    fn whatever_one_address_forges_it_counts_for_no_more_than_a_tenth(
        reports in prop::collection::vec((0_u32..50, 0_u64..100_000, 1_u32..=10), 1..400),
        sessions in 100_u32..200,
    ) {
        let mut told = busy(sessions);
        for (session, heartbeats, windows) in reports {
            let by = (&*format!("forged{session}"), "key_web", 99_999);
            told.forge(IN_THE_ELEVENTH, by, events(heartbeats, windows));
        }
        prop_assert!(told.forged_share() <= 0.1 * 1.001, "{}", told.forged_share());
    }

    #[test]
    fn a_share_is_between_nothing_and_all(
        reports in prop::collection::vec((0_u64..3000, 0_u32..5, 0_u32..3, 0_u64..u64::MAX, 1_u32..=10), 1..200),
    ) {
        let mut shares = Shares::default();
        let mut now = 0;
        for (secs, session, key, heartbeats, windows) in reports {
            now += secs / 30;
            let claim = Claim {
                session_id: &format!("s{session}"),
                key_id: &format!("key_{key}"),
                network: Some(network(key)),
                amount: events(heartbeats, windows),
                silent: Some(Duration::from_secs(secs)),
                live: 3,
            };
            let weight = shares.weigh(at(now), &claim);
            prop_assert!((0.0..=1.0).contains(&weight.share), "{:?}", weight);
            prop_assert_eq!(weight.share < 1.0, weight.limit.is_some());
        }
    }
}
