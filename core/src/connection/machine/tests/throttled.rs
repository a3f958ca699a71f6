//! Hidden pages, whose timers run once a second or once a minute, while all that arrives is seen at once.

use super::*;
use crate::connection::Suspension::Hidden;

/// How far apart the ticks are at which the timers of a hidden page run.
const TICKS: [Duration; 4] = [secs(1), secs(4), secs(20), secs(60)];

/// A page and what it hears of a peer.
struct Page {
    bench: Bench,
    tick: Duration,
    answers: bool,
    pinged: usize,
}

impl Page {
    /// A page whose quality is known, and that is hidden then.
    fn hidden(tick: Duration, change: impl FnOnce(&mut ConnectionConfig)) -> Self {
        let mut bench = Bench::up(change);
        bench.pass_answering(secs(60));
        bench.input(Input::Suspend(Hidden));
        bench.pings.clear();
        Self { bench, tick, answers: true, pinged: 0 }
    }

    /// The timers run that are due by the next tick. Pongs arrive in between.
    fn tick(&mut self) {
        self.bench.now = self.bench.now + self.tick;
        self.bench.timeout();
        let pings = core::mem::take(&mut self.bench.pings);
        self.pinged += pings.len();
        if self.answers && !pings.is_empty() {
            let ticked = self.bench.now;
            self.bench.now = ticked + RTT;
            for (socket, id) in pings {
                self.bench.input(Input::Pong { socket, id });
            }
            self.bench.now = ticked;
        }
    }

    fn pass(&mut self, duration: Duration) {
        let end = self.bench.now + duration;
        while self.bench.now < end {
            self.tick();
        }
    }

    /// After how many ticks the link is given up, at most this many.
    fn ticks_until_lost(&mut self, most: usize) -> Option<usize> {
        (1..=most).find(|_| {
            self.tick();
            self.bench.status() != Status::Connected
        })
    }

    fn losses(&self) -> u32 {
        self.bench.connection.state().total_disconnections
    }
}

#[test]
fn a_hidden_page_pings_at_the_interval_of_the_last_known_level() {
    for tick in TICKS {
        let mut page = Page::hidden(tick, |_| {});
        page.pass(secs(300));
        assert!((4..15).contains(&page.pinged), "{} pings, ticks of {tick:?}", page.pinged);
        assert_eq!((page.losses(), page.bench.status()), (0, Status::Connected));
    }
}

#[test]
fn a_page_that_is_opened_hidden_does_not_ping_each_second() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Suspend(Hidden));
    bench.input(Input::Open);
    bench.opened();
    let mut page = Page { bench, tick: secs(1), answers: true, pinged: 0 };
    page.pass(secs(300));
    assert!(page.pinged < 15, "{}", page.pinged);
}

#[test]
fn a_dead_link_is_noticed_within_three_ticks_of_a_minute() {
    for tick in [secs(60), secs(64)] {
        for pause in 0..60 {
            let mut page = Page::hidden(tick, |_| {});
            page.pass(secs(60 * (1 + pause % 5)));
            page.answers = false;
            // It dies between two ticks.
            page.bench.now = page.bench.now + secs(pause);
            page.tick = tick.saturating_sub(secs(pause));
            page.tick();
            page.tick = tick;
            let noticed = page.ticks_until_lost(9).map(|ticks| ticks + 1);
            assert!(noticed <= Some(3) && noticed.is_some(), "{noticed:?} after {pause} s");
        }
    }
}

#[test]
fn a_dead_link_is_noticed_with_any_interval_between_pings_and_ticks() {
    for tick in TICKS {
        for interval in [Duration::from_millis(100), secs(1), secs(5), secs(25)] {
            let mut page = Page::hidden(tick, |config| {
                let intervals = crate::heartbeat::Intervals::fixed(interval);
                config.heartbeat =
                    Some(HeartbeatConfig { intervals, ..HeartbeatConfig::default() });
            });
            page.pass(secs(120));
            assert_eq!(page.losses(), 0, "ticks of {tick:?}, pings every {interval:?}");
            page.answers = false;
            let died_at = page.bench.now;
            assert!(page.ticks_until_lost(60).is_some(), "ticks of {tick:?}, {interval:?}");
            let took = page.bench.now.saturating_since(died_at);
            let most = (3 * tick).max(interval + interval / 10 + secs(6) + 4 * tick);
            assert!(took <= most, "{took:?}, ticks of {tick:?}, pings every {interval:?}");
        }
    }
}

#[test]
fn a_dead_link_is_noticed_by_a_visible_page_whose_timers_are_late_every_time() {
    let mut page = Page::hidden(secs(60), |config| {
        let intervals = crate::heartbeat::Intervals::fixed(secs(1));
        config.heartbeat = Some(HeartbeatConfig { intervals, ..HeartbeatConfig::default() });
    });
    page.bench.input(Input::Resume(Hidden));
    page.pass(secs(300));
    assert_eq!(page.losses(), 0);
    page.answers = false;
    assert!(page.ticks_until_lost(4).is_some());
}

#[test]
fn a_dead_link_is_noticed_by_a_hidden_page_of_whose_clock_and_network_there_is_news() {
    let news = [Input::MayHaveSlept(secs(3)), Input::NetworkChanged];
    for news in news {
        let mut page = Page::hidden(secs(60), |_| {});
        page.pass(secs(120));
        page.answers = false;
        let noticed = (1..=9).find(|_| {
            page.bench.now = page.bench.now + secs(31);
            page.bench.input(news.clone());
            page.bench.now = page.bench.now + secs(29);
            page.bench.timeout();
            page.bench.status() != Status::Connected
        });
        assert!(noticed <= Some(3) && noticed.is_some(), "{noticed:?} {news:?}");
    }
}

#[test]
fn throttled_timers_are_no_sleep() {
    // Neither is a link too old, nor one that cannot be asked, nor is a link proved stable later.
    let changes: [fn(&mut ConnectionConfig); 2] =
        [|config| config.heartbeat = None, |config| config.max_idle = Some(secs(20))];
    for change in changes {
        let mut bench = Bench::up(change);
        bench.input(Input::Suspend(Hidden));
        bench.pings.clear();
        let mut page = Page { bench, tick: secs(60), answers: true, pinged: 0 };
        page.pass(secs(600));
        assert_eq!((page.losses(), page.bench.status()), (0, Status::Connected));
    }
}

#[test]
fn a_dial_that_is_not_answered_ends_at_the_next_tick() {
    let mut bench = Bench::new(|config| config.connect_timeout = secs(15));
    bench.input(Input::Suspend(Hidden));
    bench.input(Input::Open);
    bench.now = bench.now + secs(60);
    bench.timeout();
    assert_eq!(bench.closed.len(), 1);
    assert!(bench.events.iter().any(|event| matches!(
        event,
        EventKind::RetryFailed { cause: Some(Cause::ConnectTimeout), .. }
    )));
}

#[test]
fn a_dial_that_was_throttled_is_over_when_the_page_is_seen() {
    let mut bench = Bench::new(|config| config.connect_timeout = secs(15));
    bench.input(Input::Suspend(Hidden));
    bench.input(Input::Open);
    bench.now = bench.now + secs(50);
    bench.input(Input::Resume(Hidden));
    bench.timeout();
    assert_eq!(bench.closed.len(), 1);
}
