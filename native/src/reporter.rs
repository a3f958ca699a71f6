use std::future::{self, Future};
use std::pin::Pin;
use std::time::Duration;

use futures::future::join_all;
use steadfast_core::ConfigError;
use steadfast_core::connection::ConnectionState;
use steadfast_core::event::Event;
use steadfast_core::report::{self, ReportToken, ReporterConfig, ReporterInput};
use steadfast_core::time::Instant;

use crate::endpoint::Endpoint;
use crate::panics::{caught, caught_async};
use crate::post::SDK;

/// How long the last report may take.
const LAST_REPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Reports a session to a collector: the decisions of `core`, and the posts they ask for.
pub(crate) struct Reporter {
    machine: report::Reporter,
    endpoint: Endpoint,
    posting: Option<Pin<Box<dyn Future<Output = Posted> + Send>>>,
}

/// Results of the reports that were under way.
pub(crate) struct Posted(Vec<ReporterInput>);

impl Reporter {
    pub(crate) fn new(
        endpoint: Endpoint,
        interval: Duration,
        token: ReportToken,
        seed: u64,
        now: Instant,
    ) -> Result<Self, ConfigError> {
        let token = Some(token);
        let config = ReporterConfig { interval, token, ..ReporterConfig::new(SDK) };
        let machine = report::Reporter::new(config, seed, now)?;
        Ok(Self { machine, endpoint, posting: None })
    }

    pub(crate) fn handle_event(&mut self, event: &Event) {
        self.machine.handle_event(event.clone());
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, state: &ConnectionState) {
        self.machine.handle_timeout(now, state);
        // The machine has one report under way at a time.
        if let Some(report) = self.machine.poll_output() {
            let batch_id = report.batch_id.clone();
            let post = caught_async(self.endpoint.clone().post(report));
            self.posting = Some(Box::pin(async {
                let failed = || ReporterInput::Failed { batch_id, retry_after: None };
                Posted(vec![post.await.unwrap_or_else(failed)])
            }));
        }
    }

    /// Results of reports, given to [`handle_posted`](Self::handle_posted).
    pub(crate) async fn posted(&mut self) -> Posted {
        match &mut self.posting {
            Some(posting) => posting.await,
            None => future::pending().await,
        }
    }

    pub(crate) fn handle_posted(&mut self, now: Instant, Posted(outcomes): Posted) {
        self.posting = None;
        outcomes.into_iter().for_each(|outcome| self.machine.handle_input(now, outcome));
    }

    /// Whether the result of a report is not known yet.
    pub(crate) fn is_posting(&self) -> bool {
        self.posting.is_some()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.machine.poll_timeout()
    }

    /// Sends what is left, for as long as [`LAST_REPORT_TIMEOUT`]. A report that was under way is
    /// sent again: the collector counts it once.
    pub(crate) fn flush(&mut self, now: Instant, state: &ConnectionState) {
        self.machine.flush(now, state);
        let reports: Vec<_> = std::iter::from_fn(|| self.machine.poll_output()).collect();
        let late: Vec<_> = reports
            .iter()
            .map(|report| ReporterInput::Failed {
                batch_id: report.batch_id.clone(),
                retry_after: None,
            })
            .collect();
        let posts = join_all(reports.into_iter().map(|report| self.endpoint.clone().post(report)));
        self.posting = Some(Box::pin(async move {
            let posts = tokio::time::timeout(LAST_REPORT_TIMEOUT, caught_async(posts)).await;
            Posted(posts.ok().flatten().unwrap_or_else(|| {
                caught(|| tracing::debug!("the last report did not arrive in time"));
                late
            }))
        }));
    }
}
