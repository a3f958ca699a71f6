use std::future::{self, Future};
use std::pin::Pin;
use std::time::Duration;

use futures::future::join_all;
use steadfast_core::ConfigError;
use steadfast_core::connection::ConnectionState;
use steadfast_core::event::Event;
use steadfast_core::report::{self, ReporterConfig, ReporterInput};
use steadfast_core::time::Instant;

use crate::endpoint::Endpoint;

/// What reports say made them.
pub(crate) const SDK: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// How long the last report may take.
const LAST_REPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Reports a session to a collector: the decisions of `core`, and the posts they ask for.
pub(crate) struct Reporter {
    machine: report::Reporter,
    endpoint: Endpoint,
    posting: Option<Pin<Box<dyn Future<Output = ReporterInput> + Send>>>,
}

impl Reporter {
    pub(crate) fn new(
        endpoint: Endpoint,
        interval: Duration,
        seed: u64,
        now: Instant,
    ) -> Result<Self, ConfigError> {
        let config = ReporterConfig { interval, ..ReporterConfig::new(SDK) };
        let machine = report::Reporter::new(config, seed, now)?;
        Ok(Self { machine, endpoint, posting: None })
    }

    pub(crate) fn handle_event(&mut self, event: &Event) {
        self.machine.handle_event(event);
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, state: &ConnectionState) {
        self.machine.handle_timeout(now, state);
        // The machine has one report under way at a time.
        if let Some(report) = self.machine.poll_output() {
            self.posting = Some(Box::pin(self.endpoint.clone().post(report)));
        }
    }

    /// What became of a report, given to [`handle_posted`](Self::handle_posted).
    pub(crate) async fn posted(&mut self) -> ReporterInput {
        match &mut self.posting {
            Some(posting) => posting.await,
            None => future::pending().await,
        }
    }

    pub(crate) fn handle_posted(&mut self, now: Instant, outcome: ReporterInput) {
        self.posting = None;
        self.machine.handle_input(now, outcome);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.machine.poll_timeout()
    }

    /// Sends what is left, for as long as [`LAST_REPORT_TIMEOUT`]. A report that was under way is
    /// sent again: the collector counts it once.
    pub(crate) async fn finish(mut self, now: Instant, state: &ConnectionState) {
        self.posting = None;
        self.machine.flush(now, state);
        let posts: Vec<_> = std::iter::from_fn(|| self.machine.poll_output())
            .map(|report| self.endpoint.clone().post(report))
            .collect();
        if tokio::time::timeout(LAST_REPORT_TIMEOUT, join_all(posts)).await.is_err() {
            tracing::debug!("the last report did not arrive in time");
        }
    }
}
