//! How often a server is dialled that cannot be connected to, by what is wrong with it.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::time::Duration;

use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration,
};
use steadfast_core::protocol::Hint;
use steadfast_core::time::Instant;

/// How many dials there are within an hour if each fails at once, on average over 50 seeds.
fn dials_in_an_hour(cause: Cause) -> f64 {
    const SEEDS: u64 = 50;
    (0..SEEDS).map(|seed| dials(seed, cause)).sum::<f64>() / SEEDS as f64
}

fn dials(seed: u64, cause: Cause) -> f64 {
    let config = ConnectionConfig::new(Registration::new("s", "simulated"));
    let mut connection = Connection::new(config, seed, Instant::ORIGIN).unwrap();
    let end = Instant::ORIGIN + Duration::from_hours(1);
    let (mut now, mut dials) = (Instant::ORIGIN, 0.0);
    connection.handle_input(now, Input::Open);
    loop {
        while let Some(output) = connection.poll_output() {
            if let Output::Dial { socket, .. } = output {
                dials += 1.0;
                connection.handle_input(now, Input::Lost { socket, cause, hint: Hint::NONE });
            }
        }
        now = connection.poll_timeout().unwrap().at;
        if now > end {
            return dials;
        }
        connection.handle_timeout(now);
    }
}

#[test]
fn what_waiting_does_not_mend_is_dialled_a_dozen_times_an_hour_and_what_it_may_mend_more_often() {
    // The cause, and the dials of an hour from and to.
    let table = [
        (Cause::Network, 470.0, 500.0),
        (Cause::Dns, 470.0, 500.0),
        (Cause::Rejected { status: 502 }, 470.0, 500.0),
        (Cause::Rejected { status: 503 }, 40.0, 60.0),
        (Cause::Rejected { status: 404 }, 12.0, 17.0),
        (Cause::Rejected { status: 426 }, 12.0, 17.0),
        (Cause::Certificate, 12.0, 17.0),
        (Cause::NotWebSocket, 12.0, 17.0),
        (Cause::Redirect, 12.0, 17.0),
        (Cause::TlsUnsupported, 12.0, 17.0),
    ];
    for (cause, from, to) in table {
        let dials = dials_in_an_hour(cause);
        assert!((from..to).contains(&dials), "{}: {dials}", cause.as_str());
    }
}
