use std::time::Duration;

use futures::StreamExt as _;
use steadfast::core::rng::{Random as _, SeededRandom};
use steadfast::{
    Connection, Event, Events, EventsMissed, Exponential, Heartbeat, Intervals, OpenError,
};
use tokio::sync::watch;

use super::FleetConfig;
use super::persona::dress;
use super::tally::Tally;

/// One client: it sends a message every few seconds, and counts what comes back.
pub(super) struct Client {
    connection: Connection,
    events: Events,
    random: SeededRandom,
    tally: Tally,
}

impl Client {
    pub(super) fn open(config: &FleetConfig, index: u16, tally: Tally) -> Result<Self, OpenError> {
        let mut builder = dress(steadfast::connect(&config.url), index)
            .organization(&config.organization)
            .heartbeat(lively())
            .retry(Exponential { max_delay: Duration::from_secs(10), ..Exponential::default() });
        if let Some(report_to) = &config.report_to {
            builder = builder.report_to(report_to.clone());
        }
        let connection = builder.open()?;
        tally.joined();
        let random = SeededRandom::new(u64::from(index));
        Ok(Self { events: connection.events(), connection, random, tally })
    }

    /// Runs until told to stop, or until the connection has failed for good.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut number = 0_u64;
        let pause = tokio::time::sleep(Duration::ZERO);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                _ = stop.changed() => break,
                () = &mut pause => {
                    let message = format!("message {number}");
                    self.tally.sent(self.connection.try_send(message).is_ok());
                    number += 1;
                    let wait = Duration::from_secs_f64(self.random.next_between(1.0, 4.0));
                    pause.as_mut().reset(tokio::time::Instant::now() + wait);
                }
                message = self.connection.next() => match message {
                    Some(_) => self.tally.echoed(),
                    None => break,
                },
                Some(event) = self.events.next() => happened(&self.tally, event),
            }
        }
        let Self { mut events, connection, tally, .. } = self;
        connection.close().await;
        drop(connection);
        while let Some(event) = events.next().await {
            happened(&tally, event);
        }
    }
}

fn happened(tally: &Tally, event: Result<Event, EventsMissed>) {
    // Those that were missed are missing from a tally, no more.
    if let Ok(event) = event {
        tally.happened(&event.kind);
    }
}

/// Heartbeats that are more frequent than useful, so that there is something to see.
fn lively() -> Heartbeat {
    let seconds = Duration::from_secs;
    Heartbeat {
        intervals: Intervals {
            excellent: seconds(3),
            good: seconds(3),
            poor: seconds(2),
            critical: seconds(1),
            unknown: seconds(1),
        },
        ..Heartbeat::default()
    }
}
