//! What a long outage costs the server of the tokens, how soon a client whose token has expired is let
//! in again, and how long waits are that a server asks for, over many seeds.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::time::Duration;

use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration, Suspension,
};
use steadfast_core::protocol::Hint;
use steadfast_core::retry::{Fixed, RetryStrategy};
use steadfast_core::time::Instant;

const SEEDS: u64 = 100;
const SECOND: Duration = Duration::from_secs(1);

/// A client whose dials end as the server says, which hears of each when it comes, from 0 on, and
/// whether it asks for a fresh token.
struct Client {
    connection: Connection,
    now: Instant,
    dials: u32,
    refreshes: u32,
}

impl Client {
    fn new(seed: u64) -> Self {
        Self::with(seed, RetryStrategy::default())
    }

    fn with(seed: u64, retry: RetryStrategy) -> Self {
        let mut config = ConnectionConfig::new(Registration::new("s", "simulated"));
        (config.refreshable, config.retry) = (true, retry);
        let mut connection = Connection::new(config, seed, Instant::ORIGIN).unwrap();
        connection.handle_input(Instant::ORIGIN, Input::Open);
        Self { connection, now: Instant::ORIGIN, dials: 0, refreshes: 0 }
    }

    /// Lives until a dial opens, or until `end`; says whether one has opened.
    fn run(&mut self, end: Instant, mut server: impl FnMut(bool) -> Option<(Cause, Hint)>) -> bool {
        loop {
            while let Some(output) = self.connection.poll_output() {
                let Output::Dial { socket, refresh, .. } = output else { continue };
                self.dials += 1;
                self.refreshes += u32::from(refresh);
                let Some((cause, hint)) = server(refresh) else { return true };
                self.connection.handle_input(self.now, Input::Lost { socket, cause, hint });
            }
            let Some(due) = self.connection.poll_timeout().filter(|due| due.at <= end) else {
                self.now = end;
                return false;
            };
            self.now = due.at;
            self.connection.handle_timeout(self.now);
        }
    }
}

#[test]
fn a_long_outage_costs_the_server_of_the_tokens_a_small_share_of_the_dials() {
    // The outage, and the most refreshes of any client.
    let minute = 60 * SECOND;
    let table = [(10 * SECOND, 2), (minute, 4), (10 * minute, 8), (60 * minute, 25)];
    for (outage, most) in table {
        for seed in 0..SEEDS {
            let mut client = Client::new(seed);
            client.run(Instant::ORIGIN + outage, |_| Some((Cause::Network, Hint::NONE)));
            let Client { dials, refreshes, .. } = client;
            assert!(refreshes <= most, "{refreshes} of {dials} dials in {outage:?}, seed {seed}");
        }
    }
}

#[test]
fn no_retry_strategy_makes_a_client_ask_more_than_25_times_in_an_outage_of_an_hour() {
    for millis in [100, 1000, 10_000, 100_000] {
        let delay = Duration::from_millis(millis);
        for seed in 0..10 {
            let mut client = Client::with(seed, Fixed { delay, ..Fixed::default() }.into());
            client.run(Instant::ORIGIN + 3600 * SECOND, |_| Some((Cause::Network, Hint::NONE)));
            let Client { dials, refreshes, .. } = client;
            assert!(refreshes <= 25, "{refreshes} of {dials} dials, {delay:?} apart, seed {seed}");
        }
    }
}

#[test]
fn a_client_whose_refusal_nobody_sees_is_in_again_within_seconds() {
    for seed in 0..SEEDS {
        let mut client = Client::new(seed);
        let refused = |refresh: bool| (!refresh).then_some((Cause::Network, Hint::NONE));
        assert!(client.run(Instant::ORIGIN + 5 * SECOND, refused), "seed {seed}");
        assert_eq!((client.dials, client.refreshes), (3, 1), "seed {seed}");
    }
}

#[test]
fn a_token_that_expires_in_an_outage_is_renewed_soon_after_it() {
    // The outage, and how long after it every client is in again.
    let minute = 60 * SECOND;
    let table = [(10 * SECOND, minute), (minute, 2 * minute), (60 * minute, 4 * minute)];
    for (outage, soon) in table {
        for seed in 0..SEEDS {
            let mut client = Client::new(seed);
            client.run(Instant::ORIGIN + outage, |_| Some((Cause::Network, Hint::NONE)));
            let refused = |refresh: bool| (!refresh).then_some((Cause::Network, Hint::NONE));
            assert!(client.run(client.now + soon, refused), "{outage:?}, seed {seed}");
        }
    }
}

#[test]
fn a_slot_is_kept_to_the_moment_whatever_happens_on_the_way() {
    let slot = 300 * SECOND;
    for seed in 0..SEEDS {
        let mut client = Client::new(seed);
        let refused = |_| Some((Cause::Rejected { status: 503 }, Hint::slot(slot)));
        client.run(Instant::ORIGIN, refused);
        let reasons =
            [Suspension::Cached, Suspension::Frozen, Suspension::Hidden, Suspension::Offline];
        for why in reasons.into_iter().cycle().take(20) {
            // As irregular as the seed.
            let step =
                SECOND * u32::try_from(1 + (seed * 7 + u64::from(client.dials)) % 7).unwrap();
            assert!(!client.run(client.now + step, |_| None), "too early, seed {seed}");
            client.connection.handle_input(client.now, Input::Suspend(why));
            assert!(!client.run(client.now + step, |_| None), "too early, seed {seed}");
            client.connection.handle_input(client.now, Input::Resume(why));
            client.connection.handle_input(client.now, Input::NetworkChanged);
        }
        assert!(client.run(Instant::ORIGIN + slot, |_| None), "seed {seed}");
        assert_eq!(client.now, Instant::ORIGIN + slot, "seed {seed}");
    }
}

#[test]
fn no_server_keeps_its_clients_away_for_longer_than_a_day() {
    let years = Some(Duration::from_hours(24 * 3650));
    let hints = [
        Hint { retry_after: years, ..Hint::NONE },
        Hint { spread: years, ..Hint::NONE },
        Hint { retry_after: years, spread: years, ..Hint::NONE },
        Hint { retry_after: years, spread: Some(Duration::ZERO), ..Hint::NONE },
    ];
    for hint in hints {
        for seed in 0..SEEDS {
            let mut client = Client::new(seed);
            client.run(Instant::ORIGIN, |_| Some((Cause::Network, hint)));
            let day = Instant::ORIGIN + Hint::LONGEST;
            assert!(client.run(day, |_| None), "{hint:?}, seed {seed}");
        }
    }
}
