//! A server goes away and comes back, over many seeds.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::collections::BTreeMap;
use std::time::Duration;

use steadfast_core::connection::{ConnectionConfig, Registration};
use steadfast_tests::net::{Conditions, Mode, World};

const SECOND: Duration = Duration::from_secs(1);

fn world(seed: u64) -> World {
    let conditions = Conditions {
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(20),
        loss: 0.01,
    };
    World::new(seed, conditions)
}

fn config(name: impl Into<String>) -> ConnectionConfig {
    ConnectionConfig::new(Registration::new(name, "simulated"))
}

#[test]
fn a_client_comes_back_and_what_it_sent_meanwhile_arrives_once_and_in_order() {
    for seed in 0..200 {
        let mut world = world(seed);
        let client = world.connect(config("one")).unwrap();
        world.pass(SECOND * 5);
        assert!(world.clients[client].is_connected(), "seed {seed}");
        (0..5).for_each(|_| world.send(client));
        world.pass(SECOND * 5);

        world.server_becomes(Mode::Down);
        world.pass(SECOND);
        assert!(!world.clients[client].is_connected(), "seed {seed}");
        (0..20).for_each(|_| {
            world.send(client);
            world.pass(SECOND / 2);
        });
        world.server_becomes(Mode::Up);
        world.pass(SECOND * 40);

        assert!(world.clients[client].is_connected(), "seed {seed}");
        let expected: Vec<u64> = (0..25).collect();
        assert_eq!(world.server().received_from(client), expected, "seed {seed}");
        assert_eq!(world.clients[client].echoes, expected, "seed {seed}");
        let state = world.clients[client].connection.state();
        assert_eq!(state.total_disconnections, 1, "seed {seed}");
    }
}

#[test]
fn a_thousand_clients_do_not_come_back_in_step() {
    let mut world = world(1);
    for number in 0..1000 {
        world.connect(config(number.to_string())).unwrap();
    }
    world.pass(SECOND * 15);
    let restart = world.now();
    world.server_becomes(Mode::Down);
    world.pass(SECOND * 20);
    world.server_becomes(Mode::Up);
    world.pass(Duration::from_mins(1));

    assert!(world.clients.iter().all(steadfast_tests::net::Client::is_connected));
    let mut dials: BTreeMap<u64, u32> = BTreeMap::new();
    let after = world.clients.iter().flat_map(|client| &client.dials).filter(|at| **at > restart);
    after.for_each(|at| *dials.entry(at.as_millis() / 100).or_default() += 1);
    let most = dials.values().max().copied().unwrap_or_default();
    // A fixed second would bring all thousand into one tenth. The first wave, over a second, has
    // a hundred in each by design, and the first two retries of what was refused fall into it.
    assert!(most < 300, "{most} dials within a tenth of a second");
}

#[test]
fn the_same_seed_gives_the_same_history() {
    let history = |seed| {
        let mut world = world(seed);
        let client = world.connect(config("one")).unwrap();
        for mode in [Mode::Up, Mode::Down, Mode::Up, Mode::BlackHole, Mode::Up] {
            world.server_becomes(mode);
            world.send(client);
            world.pass(SECOND * 30);
        }
        world.clients.swap_remove(client).events
    };
    assert_eq!(history(3), history(3));
    assert_ne!(history(3), history(4));
}
