//! Hidden pages: their timers run on time, once a second or once a minute, and what arrives is seen at once.
//! Before they kept the last known interval, they sent 296 pings in 300 s, and with timers once a minute
//! noticed no dead link in a day.
//!
//! `UPDATE_EXPECT=1 cargo test --package steadfast-tests --test sim_hidden` writes the table anew.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::fmt::Write as _;
use std::time::Duration;

use expect_test::expect_file;
use steadfast_core::connection::{
    Connection, ConnectionConfig, Input, Output, Registration, Status, Suspension,
};
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;

const SEEDS: u64 = 300;
const RTT: Duration = Duration::from_millis(50);
const WATCHED: Duration = Duration::from_mins(5);

/// A page with a link, and its timers.
struct Page {
    connection: Connection,
    now: Instant,
    /// The timers run at multiples of this; at their time if it is zero.
    tick: Duration,
    ticks: u32,
    answers: bool,
    pings: u32,
    /// What arrives next, in order.
    arriving: Vec<(Instant, Input)>,
}

impl Page {
    fn open(seed: u64) -> Self {
        let config = ConnectionConfig::new(Registration::new("s", "simulated"));
        let connection = Connection::new(config, seed, Instant::ORIGIN).unwrap();
        let mut page = Self {
            connection,
            now: Instant::ORIGIN,
            tick: Duration::ZERO,
            ticks: 0,
            answers: true,
            pings: 0,
            arriving: Vec::new(),
        };
        page.input(Input::Open);
        page
    }

    fn input(&mut self, input: Input) {
        self.connection.handle_input(self.now, input);
        self.obey();
    }

    fn obey(&mut self) {
        while let Some(output) = self.connection.poll_output() {
            let answer = match output {
                Output::Dial { socket, .. } => Input::Opened { socket, reliable: false },
                Output::Ping { socket, id } => {
                    self.pings += 1;
                    Input::Pong { socket, id }
                }
                _ => continue,
            };
            if self.answers {
                self.arriving.push((self.now + RTT, answer));
            }
        }
    }

    /// When the timer runs that is due at this time.
    fn runs(&self, due: Instant) -> Instant {
        let due = due.max(self.now);
        if self.tick.is_zero() {
            return due;
        }
        let ticks = due.since_origin().as_nanos().div_ceil(self.tick.as_nanos());
        Instant::ORIGIN + self.tick * u32::try_from(ticks).unwrap()
    }

    /// Lets time pass, or less if the link is given up.
    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let timer = self.connection.poll_timeout().map(|due| self.runs(due.at));
            let arrival = self.arriving.first().map(|(at, _)| *at);
            let next = timer.into_iter().chain(arrival).min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = next;
            if arrival == Some(next) {
                let (_, input) = self.arriving.remove(0);
                self.input(input);
            } else {
                self.ticks += 1;
                self.connection.handle_timeout(self.now);
                self.obey();
            }
            if !self.answers && self.connection.state().status != Status::Connected {
                return;
            }
        }
        self.now = end;
    }
}

#[derive(Default)]
struct Figures {
    pings: Vec<u32>,
    ticks: Vec<u32>,
    noticed: Vec<Duration>,
    false_deaths: u32,
}

/// Pages that are hidden after a minute, whose link dies after 300 s.
fn simulate(tick: Duration) -> Figures {
    let mut figures = Figures::default();
    for seed in 0..SEEDS {
        let mut page = Page::open(seed);
        page.pass(Duration::from_mins(1));
        page.input(Input::Suspend(Suspension::Hidden));
        (page.tick, page.pings) = (tick, 0);
        page.pass(WATCHED);
        figures.pings.push(page.pings);
        page.pass(Duration::from_secs_f64(SeededRandom::new(seed).next_between(60.0, 180.0)));
        figures.false_deaths += page.connection.state().total_disconnections;
        let died_at = page.now;
        (page.answers, page.ticks) = (false, 0);
        page.arriving.clear();
        page.pass(Duration::from_hours(24));
        figures.ticks.push(page.ticks);
        figures.noticed.push(page.now.saturating_since(died_at));
    }
    figures
}

#[test]
fn a_hidden_page_pings_seldom_and_notices_a_dead_link_within_three_ticks() {
    let mut table =
        String::from("timers         pings in 300 s   noticed, mean/max s   ticks at most\n");
    let ticks = [("on time", 0), ("every 1 s", 1), ("every 60 s", 60)];
    for (name, seconds) in ticks {
        let Figures { pings, ticks, noticed, false_deaths } =
            simulate(Duration::from_secs(seconds));
        let (pings, ticks) = (pings.iter().max().unwrap(), ticks.iter().max().unwrap());
        let mean = noticed.iter().sum::<Duration>() / u32::try_from(noticed.len()).unwrap();
        let worst = noticed.iter().max().unwrap();
        let (mean, max) = (mean.as_secs_f64(), worst.as_secs_f64());
        writeln!(table, "{name:<12} {pings:>16} {mean:>16.1}/{max:>4.1} {ticks:>15}").unwrap();
        assert!(*pings < 15, "{pings} pings, timers {name}");
        assert_eq!(false_deaths, 0, "timers {name}");
        assert!(seconds < 60 || *ticks <= 3, "{ticks} ticks");
    }
    expect_file!["tables/hidden.txt"].assert_eq(&table);
}
