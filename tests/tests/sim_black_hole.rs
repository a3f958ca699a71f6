//! A path swallows everything and closes nothing.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::time::Duration;

use steadfast_core::connection::{Cause, ConnectionConfig, Input, Registration};
use steadfast_core::event::EventKind;
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;
use steadfast_tests::net::{Conditions, Mode, World};

const SEEDS: u64 = 300;

/// How long it takes until the link is given up that died at `began`.
fn time_to_notice(world: &mut World, client: usize, began: Instant) -> Duration {
    world.pass(Duration::from_mins(1));
    let noticed = world.clients[client].first_after(began, |kind| {
        matches!(kind, EventKind::Disconnected { cause: Cause::HeartbeatTimeout, .. })
    });
    noticed.unwrap().saturating_since(began)
}

/// How long it takes to notice, for many seeds: the black hole opens somewhere within a minute.
fn times_to_notice(send: bool) -> Vec<Duration> {
    (0..SEEDS)
        .map(|seed| {
            let mut world = World::new(seed, Conditions::delay(Duration::from_millis(25)));
            let registration = Registration::new("one", "simulated");
            let client = world.connect(ConnectionConfig::new(registration)).unwrap();
            let offset = SeededRandom::new(seed).next_between(120.0, 180.0);
            world.pass(Duration::from_secs_f64(offset));
            let began = world.now();
            world.server_becomes(Mode::BlackHole);
            if send {
                world.send(client);
            }
            time_to_notice(&mut world, client, began)
        })
        .collect()
}

/// How long it takes to notice after a message that follows a ping, whose pong may be under way already.
fn times_with_a_ping_in_flight(delay: Duration) -> Vec<Duration> {
    (0..SEEDS)
        .map(|seed| {
            let mut world = World::new(seed, Conditions::delay(delay));
            let registration = Registration::new("one", "simulated");
            let client = world.connect(ConnectionConfig::new(registration)).unwrap();
            world.pass(Duration::from_mins(2));
            world.input(client, Input::NetworkChanged);
            let share = SeededRandom::new(seed).next_unit();
            world.pass(delay.mul_f64(2.0 * share));
            let began = world.now();
            world.server_becomes(Mode::BlackHole);
            world.send(client);
            time_to_notice(&mut world, client, began)
        })
        .collect()
}

#[test]
fn a_message_that_follows_a_ping_in_flight_is_noticed_within_eight_seconds() {
    for millis in [10, 100, 300] {
        let mut times = times_with_a_ping_in_flight(Duration::from_millis(millis));
        times.sort_unstable();
        let p95 = times[times.len() * 95 / 100];
        println!("{millis} ms each way: mean {:?}, p95 {p95:?}", mean(&times));
        assert!(p95 <= Duration::from_secs(8), "{p95:?} at {millis} ms each way");
    }
}

fn mean(times: &[Duration]) -> Duration {
    times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap()
}

#[test]
fn the_heartbeat_notices_within_twenty_seconds_on_average() {
    let times = times_to_notice(false);
    let worst = times.iter().max().unwrap();
    println!("idle: mean {:?}, worst {worst:?} of {SEEDS}", mean(&times));
    assert!(mean(&times) < Duration::from_secs(20));
    assert!(*worst < Duration::from_secs(35), "{worst:?}");
}

#[test]
fn a_message_into_the_void_is_noticed_within_eight_seconds() {
    let times = times_to_notice(true);
    let worst = times.iter().max().unwrap();
    println!("after a message: mean {:?}, worst {worst:?} of {SEEDS}", mean(&times));
    assert!(*worst < Duration::from_secs(8), "{worst:?}");
}

#[test]
fn it_comes_back_once_the_path_is_good_again() {
    for seed in 0..50 {
        let mut world = World::new(seed, Conditions::delay(Duration::from_millis(25)));
        let registration = Registration::new("one", "simulated");
        let mut config = ConnectionConfig::new(registration);
        // As a driver that sees whether TCP answers. One that does not waits within a dial.
        config.reach_timeout = Some(Duration::from_secs(8));
        let client = world.connect(config).unwrap();
        world.pass(Duration::from_secs(30));
        world.server_becomes(Mode::BlackHole);
        world.pass(Duration::from_mins(2));
        assert!(!world.clients[client].is_connected(), "seed {seed}");
        world.send(client);
        world.server_becomes(Mode::Up);
        world.pass(Duration::from_mins(1));
        assert!(world.clients[client].is_connected(), "seed {seed}");
        assert_eq!(world.server().received_from(client), [0], "seed {seed}");
    }
}
