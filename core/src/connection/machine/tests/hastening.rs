//! News of this side, again and again: networks that change, pages that come and go, clocks that are set.

use super::*;
use crate::connection::Suspension::{Cached, Frozen, Hidden, Offline};

const HOUR: Duration = Duration::from_hours(1);

/// What happens again and again.
type News = &'static [Input];

const NEWS: [News; 7] = [
    &[Input::NetworkChanged],
    &[Input::MayHaveSlept(secs(10))],
    &[Input::Slept(secs(3))],
    &[Input::Suspend(Offline), Input::Resume(Offline)],
    &[Input::Suspend(Hidden), Input::Resume(Hidden)],
    &[Input::Suspend(Frozen), Input::Resume(Frozen)],
    &[Input::Suspend(Cached), Input::Resume(Cached)],
];

/// How often it happens.
const EVERY: [Duration; 4] = [Duration::from_millis(300), secs(1), secs(2), secs(7)];

/// A connection to a server that refuses every dial.
struct Refused {
    bench: Bench,
    dials: Vec<Instant>,
}

impl Refused {
    fn open(change: impl FnOnce(&mut ConnectionConfig)) -> Self {
        let mut bench = Bench::new(change);
        bench.input(Input::Open);
        let mut refused = Self { bench, dials: Vec::new() };
        refused.refuse();
        refused
    }

    fn refuse(&mut self) {
        while let Some(socket) = self.bench.socket.take() {
            self.dials.push(self.bench.now);
            self.bench.input(Input::Lost { socket, cause: Cause::Network, hint: Hint::NONE });
        }
    }

    fn pass(&mut self, duration: Duration) {
        let end = self.bench.now + duration;
        let next = |bench: &Bench| bench.connection.poll_timeout().filter(|due| due.at <= end);
        while let Some(due) = next(&self.bench) {
            self.bench.now = due.at;
            self.bench.timeout();
            self.refuse();
        }
        self.bench.now = end;
    }

    /// How many dials an hour with this news has.
    fn hour(&mut self, news: News, every: Duration) -> usize {
        let end = self.bench.now + HOUR;
        while self.bench.now < end {
            self.pass(every / 2);
            news.iter().for_each(|news| {
                self.bench.input(news.clone());
                self.pass(every / 4);
            });
        }
        self.dials.len()
    }
}

/// The strategy that nobody has changed.
fn usual(config: &mut ConnectionConfig) {
    config.retry = RetryStrategy::default();
}

/// The strategy never dials again.
fn patient(config: &mut ConnectionConfig) {
    config.retry =
        Exponential { base_delay: 24 * HOUR, max_delay: 24 * HOUR, ..<_>::default() }.into();
}

#[test]
fn news_without_end_do_not_pass_over_the_retry_strategy() {
    let quiet = Refused::open(usual).hour(&[], secs(1));
    for news in NEWS {
        for every in EVERY {
            let dials = Refused::open(usual).hour(news, every);
            assert!(dials <= quiet + 50, "{dials} dials, {quiet} without {news:?} every {every:?}");
            assert!(dials >= 30, "{dials} dials with {news:?} every {every:?}");
        }
    }
}

#[test]
fn hastened_attempts_are_ten_seconds_apart_and_three_in_a_row() {
    for news in &NEWS[..3] {
        for every in EVERY {
            let mut refused = Refused::open(patient);
            let dials = refused.hour(news, every);
            assert!((4..40).contains(&dials), "{dials} dials with {news:?} every {every:?}");
            let gaps =
                refused.dials.windows(2).skip(1).map(|pair| pair[1].saturating_since(pair[0]));
            let gaps = gaps.collect::<Vec<_>>();
            assert!(gaps.iter().all(|gap| *gap >= secs(10)), "{gaps:?}");
            let row = gaps.iter().take_while(|gap| **gap < secs(60)).count() + 1;
            assert_eq!(row, 3, "{gaps:?}");
        }
    }
}

#[test]
fn a_row_ends_after_five_minutes_or_with_a_link_that_has_held() {
    let mut refused = Refused::open(patient);
    refused.hour(NEWS[0], secs(2));
    refused.pass(secs(300));
    let before = refused.dials.len();
    refused.bench.input(Input::NetworkChanged);
    refused.pass(secs(1));
    assert_eq!(refused.dials.len(), before + 1, "calm for five minutes");

    let mut bench = Bench::up(patient);
    for _ in 0..5 {
        bench.pass_answering(secs(11));
        bench.lost(Cause::Network);
        let lost = bench.socket();
        bench.input(Input::NetworkChanged);
        bench.pass(secs(1));
        assert_ne!(bench.socket(), lost, "each link has held");
        bench.opened();
    }
}

#[test]
fn an_attempt_that_is_planned_is_made_although_news_come_in_between() {
    for news in &NEWS[3..] {
        let mut refused = Refused::open(patient);
        refused.hour(news, Duration::from_millis(900));
        assert!(refused.dials.len() >= 4, "{} dials with {news:?}", refused.dials.len());
    }
}

#[test]
fn a_network_that_changes_again_and_again_makes_few_pings() {
    for every in [Duration::from_millis(300), Duration::from_millis(1300), secs(2)] {
        let mut bench = Bench::up(|_| {});
        bench.pass_answering(secs(60));
        let end = bench.now + secs(300);
        let before = bench.connection.next_ping;
        while bench.now < end {
            bench.input(Input::NetworkChanged);
            bench.pass_answering(every);
        }
        let pings = bench.connection.next_ping - before;
        assert!((50..=64).contains(&pings), "{pings} pings with a change every {every:?}");
    }
}

#[test]
fn a_link_that_died_after_it_was_asked_is_noticed_all_the_same() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.input(Input::NetworkChanged);
    bench.pass_answering(secs(1));
    // The network changes once more, and now the link is dead.
    bench.input(Input::NetworkChanged);
    bench.pass(secs(15));
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn the_user_dials_whenever_the_user_wants() {
    let mut refused = Refused::open(patient);
    for _ in 0..20 {
        let before = refused.dials.len();
        refused.bench.input(Input::Reconnect);
        refused.refuse();
        assert_eq!(refused.dials.len(), before + 1);
    }
}
