//! How often the quality of a link changes on a path that loses packets, as a stored table.
//!
//! `UPDATE_EXPECT=1 cargo test --package steadfast-tests --test sim_flapping` writes the table anew.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::fmt::Write as _;
use std::time::Duration;

use expect_test::expect_file;
use steadfast_core::connection::{ConnectionConfig, Registration};
use steadfast_core::event::EventKind;
use steadfast_core::quality::{Quality, QualityTracker};
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;
use steadfast_tests::net::{Conditions, World};

const EVALUATIONS: u32 = 1000;
const SEEDS: u64 = 10;
/// The most changes in 1000 evaluations that are bearable.
const BEARABLE: u32 = 15;
const LOSSES: [u32; 11] = [0, 1, 2, 5, 10, 15, 20, 25, 30, 40, 50];
/// Round-trip time in ms, and jitter in per cent of it.
const PATHS: [(u32, u32); 6] = [(30, 0), (30, 30), (150, 0), (150, 30), (400, 0), (400, 30)];

/// A path by its round-trip time in ms, its jitter in per cent of that, and the per cent of packets that
/// it loses.
#[derive(Clone, Copy)]
struct Path {
    rtt: u32,
    jitter: u32,
    loss: u32,
}

/// Changes from one level to another, and those that a miss made for the better.
#[derive(Default)]
struct Changes {
    all: u32,
    raised_by_a_miss: u32,
}

impl Changes {
    fn count(&mut self, from: Option<Quality>, to: Option<Quality>, missed: bool) {
        if from.is_some() && to.is_some() {
            self.all += 1;
            self.raised_by_a_miss += u32::from(missed && to > from);
        }
    }
}

/// A connection over TCP: what is lost is sent again, and late.
fn over_tcp(seed: u64, path: Path) -> Changes {
    let delay = Duration::from_millis(path.rtt.into()) / 2;
    let loss = f64::from(path.loss) / 100.0;
    let mut world = World::new(seed, Conditions { delay, jitter: delay * path.jitter / 100, loss });
    world.connect(ConnectionConfig::new(Registration::new("one", "simulated"))).unwrap();
    let is_evaluation = |kind: &EventKind| matches!(kind, EventKind::Heartbeat { .. });
    let mut evaluations = 0;
    while evaluations < EVALUATIONS as usize {
        world.pass(Duration::from_mins(20));
        let events = world.clients[0].events.iter();
        evaluations = events.filter(|event| is_evaluation(&event.kind)).count();
    }
    let (mut changes, mut evaluated, mut missed) = (Changes::default(), 0, false);
    for event in &world.clients[0].events {
        match event.kind {
            EventKind::Heartbeat { rtt, .. } => {
                evaluated += 1;
                missed = rtt.is_none();
            }
            EventKind::QualityChanged { from, to, .. } if evaluated <= EVALUATIONS => {
                changes.count(from, to, missed);
            }
            _ => {}
        }
    }
    changes
}

/// Pings that nobody sends again: what is lost is missed.
fn over_datagrams(seed: u64, path: Path) -> Changes {
    let mut random = SeededRandom::new(seed);
    let mut tracker = QualityTracker::default();
    let (mut changes, mut now) = (Changes::default(), Instant::ORIGIN);
    for _ in 0..EVALUATIONS {
        let missed = random.next_unit() < f64::from(path.loss) / 100.0;
        let spread = 1.0 + f64::from(path.jitter) / 100.0 * random.next_unit();
        let rtt = Duration::from_millis(path.rtt.into()).mul_f64(spread);
        let change = if missed {
            now = now + Duration::from_secs(2);
            tracker.missed(now)
        } else {
            now = now + Duration::from_secs(20);
            tracker.answered(now, rtt)
        };
        if let Some(change) = change {
            changes.count(change.from, change.to, missed);
        }
    }
    changes
}

/// A row for each loss and a column for each path: the mean and the most changes.
fn sweep(table: &mut String, run: impl Fn(u64, Path) -> Changes) {
    write!(table, "{:10}", "loss").unwrap();
    for (rtt, jitter) in PATHS {
        write!(table, "{:>14}", format!("{rtt} ms ±{jitter} %")).unwrap();
    }
    table.push('\n');
    for loss in LOSSES {
        write!(table, "{:10}", format!("{loss} %")).unwrap();
        for (rtt, jitter) in PATHS {
            let changes = (0..SEEDS).map(|seed| run(seed, Path { rtt, jitter, loss }));
            let (mut all, mut most) = (0, 0);
            for changes in changes {
                assert_eq!(changes.raised_by_a_miss, 0, "{loss} %, {rtt} ms");
                (all, most) = (all + changes.all, most.max(changes.all));
            }
            let mean = f64::from(all) / SEEDS as f64;
            write!(table, "{:>14}", format!("{mean:.1} ({most})")).unwrap();
            assert!(most <= BEARABLE, "{most} changes at {loss} %, {rtt} ms\n{table}");
        }
        table.push('\n');
    }
}

#[test]
fn on_a_lossy_path_the_quality_seldom_changes_and_no_miss_raises_it() {
    let mut table = String::from(
        "Changes of the quality in the first 1000 evaluations of a link, by the loss and the round-trip time of its path:
the mean of 10 seeds, and the most in brackets.

A connection over TCP, which sends again what is lost

",
    );
    sweep(&mut table, over_tcp);
    table.push_str("\nPings that nobody sends again\n\n");
    sweep(&mut table, over_datagrams);
    expect_file!["tables/flapping.txt"].assert_eq(&table);
}
