//! A client sends a last message and closes, over many seeds.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::time::Duration;

use steadfast_core::connection::{ConnectionConfig, Registration, Status};
use steadfast_tests::net::{Conditions, Mode, World};

const SECOND: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(3);
const SEEDS: u64 = 200;

/// For how many seeds the last message arrives, and how long the close takes at most, in
/// milliseconds, if the server is down for `down` around the close: the client closes `before` the
/// server is back.
fn last_words(down: Duration, before: Duration) -> (u64, u64) {
    let conditions = Conditions {
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(20),
        loss: 0.01,
    };
    let (mut arrived, mut longest) = (0, Duration::ZERO);
    for seed in 0..SEEDS {
        let mut world = World::new(seed, conditions);
        let client = world.connect(ConnectionConfig::new(Registration::new("one", "sim"))).unwrap();
        world.pass(SECOND * 15);
        if !down.is_zero() {
            world.server_becomes(Mode::Down);
            world.pass(down.saturating_sub(before));
        }
        world.send(client);
        let asked = world.now();
        world.close_within(client, LIMIT);
        world.pass(before);
        world.server_becomes(Mode::Up);
        world.pass(LIMIT + SECOND);
        let closed = world.clients[client].connection.state();
        assert_eq!(closed.status, Status::Disconnected, "seed {seed}");
        arrived += u64::from(world.server().received_from(client) == [0]);
        let over = world.clients[client].first_after(asked, |event| {
            matches!(
                event,
                steadfast_core::event::EventKind::StatusChanged { to: Status::Disconnected, .. }
            )
        });
        longest = longest.max(over.unwrap().saturating_since(asked));
    }
    (arrived, u64::try_from(longest.as_millis()).unwrap())
}

#[test]
fn a_last_message_arrives_although_the_server_is_down_as_the_client_closes() {
    // How long the server is down, and how long of that after the close.
    let cases =
        [(0, 0), (1000, 500), (20_000, 1000), (60_000, 1000), (60_000, 2000), (60_000, 9000)];
    let millis = Duration::from_millis;
    let table = cases.map(|(down, before)| {
        let (arrived, longest) = last_words(millis(down), millis(before));
        (down, before, arrived, longest)
    });
    println!("{table:?}");
    for (down, before, arrived, longest) in table {
        let expected = if before < 3000 { SEEDS } else { 0 };
        assert_eq!(arrived, expected, "{down} ms down, {before} ms after the close");
        assert!(longest <= 3000, "{longest} ms");
    }
}
