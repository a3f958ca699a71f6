//! A small fleet of native clients that talk to an echo server and report to a collector: what the
//! demo shows, and a load for tests. Every client is a real one, with a real connection.

mod client;
mod persona;
mod tally;

use std::time::Duration;

use steadfast::{OpenError, ReportTo};
use tokio::sync::watch;
use tokio::task::JoinSet;

use client::Client;
use tally::Tally;

/// The time between two lines about how the fleet is doing.
const STATUS_INTERVAL: Duration = Duration::from_secs(5);

/// What a fleet is made of.
#[derive(Clone, Debug)]
pub struct FleetConfig {
    /// The echo server.
    pub url: String,
    /// How many clients.
    pub clients: u16,
    /// The tenant they belong to.
    pub organization: String,
    /// Where they report to, if anywhere.
    pub report_to: Option<ReportTo>,
}

/// Clients that run until they are [closed](Self::close).
#[derive(Debug)]
pub struct Fleet {
    clients: JoinSet<()>,
    tally: Tally,
    stop: watch::Sender<bool>,
}

impl Fleet {
    /// Opens all connections.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn open(config: &FleetConfig) -> Result<Self, OpenError> {
        let mut fleet = Self {
            clients: JoinSet::new(),
            tally: Tally::default(),
            stop: watch::Sender::new(false),
        };
        for index in 0..config.clients {
            let client = Client::open(config, index, fleet.tally.clone())?;
            fleet.clients.spawn(client.run(fleet.stop.subscribe()));
        }
        Ok(fleet)
    }

    /// Prints how the fleet is doing, again and again.
    pub async fn print_status(&self) {
        let mut interval = tokio::time::interval(STATUS_INTERVAL);
        loop {
            interval.tick().await;
            println!("{}", self.status());
        }
    }

    /// How the fleet is doing, in a line.
    #[must_use]
    pub fn status(&self) -> String {
        self.tally.to_string()
    }

    /// Closes all connections and waits for their last reports.
    pub async fn close(&mut self) {
        self.stop.send_replace(true);
        while self.clients.join_next().await.is_some() {}
    }
}
