//! What `/metrics` tells is also sent, by OTLP over HTTP in protobuf, to where somebody wants it.
//!
//! The names are those of `/metrics` without the endings that say unit and kind, which OTLP says
//! apart; a receiver that writes them for Prometheus arrives at the same names. Latencies of
//! heartbeats go as the exponential histograms that they are kept in. All counts are cumulative, so
//! what could not be sent is in what is sent next.

mod convert;

use std::time::Duration;

use axum::body::Bytes;
use hyper::Uri;
use hyper::header::{HeaderName, HeaderValue};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;
use steadfast_core::retry::{Backoff, Exponential, Failure, FailureClass, RetryStrategy};
use steadfast_core::rng::SeededRandom;

use crate::outgoing::{Outgoing, OutgoingError, Reach};
use crate::state::App;

/// Where metrics are sent, and how often.
#[derive(Clone, Debug)]
pub(crate) struct OtlpConfig {
    /// The address of the metrics' receiver, path and all.
    pub(crate) url: Uri,
    /// What requests carry along, such as an authorization.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The time from one to the next.
    pub(crate) interval: Duration,
}

/// Sends the metrics of a collector.
pub(crate) struct Exporter {
    app: App,
    receiver: Outgoing,
    config: OtlpConfig,
    resource: convert::Resource,
    strategy: RetryStrategy,
    random: SeededRandom,
}

/// Why metrics were not taken.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error("metrics cannot be gathered: {0}")]
    Gather(#[from] prometheus::Error),
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    #[error("the receiver answered {0}")]
    Status(hyper::StatusCode),
}

/// How long the receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Exporter {
    /// Sends what `app` counts.
    pub(crate) fn new(app: App, config: OtlpConfig, seed: u64) -> Result<Self, OutgoingError> {
        let receiver = Outgoing::new(config.url.clone(), TIMEOUT, Reach::Anywhere)?;
        let resource = convert::Resource::new(format!("{seed:016x}"), app.clock.now());
        let strategy = RetryStrategy::Exponential(Exponential {
            base_delay: config.interval.min(Duration::from_secs(1)),
            max_delay: config.interval,
            ..Exponential::default()
        });
        let random = SeededRandom::new(seed);
        Ok(Self { app, receiver, config, resource, strategy, random })
    }

    /// Sends until the collector is to end, and once more then.
    pub(crate) async fn run(mut self) {
        let stop = self.app.stop.clone();
        let mut backoff = Backoff::new();
        let mut wait = self.config.interval;
        loop {
            let stopping = tokio::select! {
                () = stop.cancelled() => true,
                () = tokio::time::sleep(wait) => false,
            };
            wait = match self.export().await {
                Ok(()) => {
                    backoff = Backoff::new();
                    self.config.interval
                }
                Err(error) => {
                    if backoff.failures() == 0 {
                        tracing::warn!(%error, "metrics cannot be sent");
                    }
                    let failure = Failure::new(FailureClass::Transport);
                    backoff.failed(&self.strategy, failure, &mut self.random)
                }
            };
            if stopping {
                return;
            }
        }
    }

    async fn export(&self) -> Result<(), ExportError> {
        let (app, now) = (&self.app, self.app.clock.now());
        let families = app.metrics.families(app.levels(), Some((&app.fleet, &app.notes)))?;
        let metrics = self.resource.metrics(now, &families, &app.fleet);
        let request = ExportMetricsServiceRequest { resource_metrics: vec![metrics] };
        let body = Bytes::from(request.encode_to_vec());
        let sent = self.receiver.post("application/x-protobuf", &self.config.headers, body);
        match sent.await?.status {
            status if status.is_success() => Ok(()),
            status => Err(ExportError::Status(status)),
        }
    }
}
