//! What a link is called, by what its path does to it: a sweep over delay and loss, compared with
//! a stored table.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::fmt::Write as _;
use std::time::Duration;

use steadfast_core::connection::{ConnectionConfig, Registration};
use steadfast_core::event::EventKind;
use steadfast_core::quality::Quality;
use steadfast_tests::net::{Conditions, World};

fn connect(seed: u64, conditions: Conditions) -> World {
    let mut world = World::new(seed, conditions);
    world.connect(ConnectionConfig::new(Registration::new("one", "simulated"))).unwrap();
    world
}

fn quality(world: &World) -> Option<Quality> {
    world.clients[0].connection.state().connection_quality
}

/// The quality after half an hour, for each round-trip time and loss.
const TABLE: &str = "\
rtt ms    loss 0 %    loss 2 %   loss 10 %
    20   EXCELLENT   EXCELLENT   EXCELLENT
   200   EXCELLENT   EXCELLENT   EXCELLENT
   600        GOOD        GOOD        GOOD
  1000        POOR        POOR        POOR
  2000    CRITICAL    CRITICAL    CRITICAL
";

#[test]
fn the_quality_of_a_steady_path_is_what_the_table_says() {
    let mut table = String::from("rtt ms    loss 0 %    loss 2 %   loss 10 %\n");
    for rtt in [20, 200, 600, 1000, 2000] {
        write!(table, "{rtt:>6}").unwrap();
        for loss in [0.0, 0.02, 0.1] {
            let delay = Duration::from_millis(rtt) / 2;
            let mut world = connect(5, Conditions { delay, jitter: delay / 10, loss });
            world.pass(Duration::from_mins(30));
            write!(table, "{:>12}", quality(&world).map_or("unknown", Quality::as_str)).unwrap();
        }
        table.push('\n');
    }
    println!("{table}");
    assert_eq!(table, TABLE);
}

#[test]
fn a_link_that_turns_bad_is_called_so_and_gets_its_name_back() {
    let mut world = connect(1, Conditions::delay(Duration::from_millis(10)));
    world.pass(Duration::from_mins(5));
    assert_eq!(quality(&world), Some(Quality::Excellent));
    world.conditions = Conditions::delay(Duration::from_millis(900));
    world.pass(Duration::from_mins(5));
    assert_eq!(quality(&world), Some(Quality::Critical));
    world.conditions = Conditions::delay(Duration::from_millis(10));
    world.pass(Duration::from_mins(10));
    assert_eq!(quality(&world), Some(Quality::Excellent));
}

#[test]
fn on_a_steady_path_at_a_line_the_quality_seldom_changes() {
    // 440 ms is where EXCELLENT ends.
    let conditions = Conditions {
        delay: Duration::from_millis(205),
        jitter: Duration::from_millis(30),
        loss: 0.0,
    };
    let (mut changes, mut evaluations) = (0, 0);
    for seed in 0..20 {
        let mut world = connect(seed, conditions);
        world.pass(Duration::from_hours(1));
        for event in &world.clients[0].events {
            changes += u32::from(matches!(event.kind, EventKind::QualityChanged { .. }));
            evaluations += u32::from(matches!(event.kind, EventKind::Heartbeat { .. }));
        }
    }
    let per_thousand = f64::from(changes) * 1000.0 / f64::from(evaluations);
    println!("{per_thousand:.1} changes in 1000 evaluations");
    assert!(per_thousand < 10.0, "{per_thousand:.1} changes in 1000 evaluations");
}
