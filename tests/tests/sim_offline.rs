//! A system that says that there is no network, whether that is so or not.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::time::Duration;

use steadfast_core::connection::{
    ConnectionConfig, Input, Registration, Status, Suspension::Offline,
};
use steadfast_tests::net::{Conditions, Mode, World};

const SEEDS: u64 = 100;

fn world(seed: u64) -> World {
    World::new(seed, Conditions::delay(Duration::from_millis(25)))
}

fn config() -> ConnectionConfig {
    ConnectionConfig::new(Registration::new("one", "simulated"))
}

/// Dials in an hour without a network, and how long after its return the link is up: with an event
/// that says so, and without.
#[test]
fn an_hour_without_a_network_costs_about_a_dial_a_minute_and_its_end_is_noticed_in_time() {
    let (mut dials, mut told, mut untold) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 0..SEEDS {
        for says_so in [true, false] {
            let mut world = world(seed);
            let client = world.connect(config()).unwrap();
            world.pass(Duration::from_mins(2));
            world.server_becomes(Mode::Down);
            world.input(client, Input::Suspend(Offline));
            let before = world.clients[client].dials.len();
            world.pass(Duration::from_hours(1));
            dials.push(world.clients[client].dials.len() - before);
            assert_eq!(world.clients[client].connection.state().reconnect_attempts, 0);
            world.server_becomes(Mode::Up);
            let back = world.now();
            if says_so {
                world.input(client, Input::Resume(Offline));
            }
            world.pass(Duration::from_mins(2));
            assert!(world.clients[client].is_connected(), "seed {seed}");
            let at = world.clients[client].connection.state().connected_at.unwrap();
            if says_so { &mut told } else { &mut untold }.push(at.saturating_since(back));
        }
    }
    let (fewest, most) = (dials.iter().min().unwrap(), dials.iter().max().unwrap());
    println!("dials in an hour: {fewest} to {most}");
    println!(
        "back after at most {:?} if told, {:?} if not",
        told.iter().max(),
        untold.iter().max()
    );
    assert!((60..=72).contains(most) && (60..=72).contains(fewest), "{fewest} to {most}");
    assert!(told.iter().all(|wait| *wait < Duration::from_millis(1100)), "{told:?}");
    assert!(untold.iter().all(|wait| *wait < Duration::from_secs(61)), "{untold:?}");
}

/// The same as with a loopback interface only: the system is wrong, and the link never noticed.
#[test]
fn a_link_that_works_is_kept_whatever_the_system_says_and_so_often_it_likes() {
    for seed in 0..SEEDS {
        let mut world = world(seed);
        let client = world.connect(config()).unwrap();
        world.pass(Duration::from_mins(1));
        for _ in 0..20 {
            world.input(client, Input::Suspend(Offline));
            world.send(client);
            world.pass(Duration::from_millis(100));
            assert!(world.clients[client].is_connected(), "seed {seed}");
            world.input(client, Input::Resume(Offline));
            world.pass(Duration::from_secs(5));
        }
        let state = world.clients[client].connection.state();
        assert_eq!((state.status, state.total_disconnections), (Status::Connected, 0));
        assert_eq!(world.server().received_from(client), (0..20).collect::<Vec<_>>());
        assert_eq!(world.clients[client].dials.len(), 1);
    }
}
