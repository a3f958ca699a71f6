//! What the collector says about itself and the fleet in Prometheus' text format: base units, and
//! labels of few values.

mod fleet;

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{
    Encoder, Gauge, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};

use steadfast_core::health::SystemLoad;

use crate::fleet::Fleet;
use crate::notes::KeyNotes;

pub(crate) use fleet::MAX_ORGANIZATIONS;

/// The metrics of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reports: IntCounterVec,
    requests: IntCounterVec,
    refusals: IntCounterVec,
    request_duration: HistogramVec,
    commit_duration: prometheus::Histogram,
    commit_reports: prometheus::Histogram,
    queue: IntGauge,
    queue_capacity: IntGauge,
    cpu: Gauge,
    queue_fill: Gauge,
    loop_lag: Gauge,
    live_clients: IntGauge,
    sessions_limit: IntGauge,
    store_writable: IntGauge,
    judges_alerts: IntGauge,
    webhooks: IntCounterVec,
}

/// What is read at the time of a scrape.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    /// Reports that wait to be written.
    pub queue: usize,
    /// The most of them.
    pub queue_capacity: usize,
    /// What the process has to do.
    pub load: SystemLoad,
    /// Clients that listen to the live stream.
    pub live_clients: usize,
    /// Whether the last attempt to write succeeded.
    pub store_writable: bool,
}

/// From 1 ms to 16 s, in doublings.
fn latency_buckets() -> Vec<f64> {
    (0..15).map(|power| 0.001 * f64::from(1 << power)).collect()
}

impl Metrics {
    /// Metrics that have counted nothing.
    ///
    /// # Errors
    ///
    /// Never: names and labels are constants that are allowed. The library says so by its types.
    pub fn new() -> prometheus::Result<Self> {
        let counter =
            |name, help, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels);
        let latency = |name, help| HistogramOpts::new(name, help).buckets(latency_buckets());
        let metrics = Self {
            registry: Registry::new(),
            reports: counter(
                "steadfast_reports_total",
                "Reports that came in, by what became of them.",
                &["outcome"],
            )?,
            requests: counter(
                "steadfast_http_requests_total",
                "HTTP requests that were answered.",
                &["method", "route", "status"],
            )?,
            refusals: counter(
                "steadfast_refusals_total",
                "Requests and connections that were refused, or failed, by the code of the reason.",
                &["code"],
            )?,
            request_duration: HistogramVec::new(
                latency(
                    "steadfast_http_request_duration_seconds",
                    "How long it took to answer HTTP requests.",
                ),
                &["route"],
            )?,
            commit_duration: prometheus::Histogram::with_opts(latency(
                "steadfast_commit_duration_seconds",
                "How long commits of reports took.",
            ))?,
            commit_reports: prometheus::Histogram::with_opts(
                HistogramOpts::new("steadfast_commit_reports", "How many reports shared a commit.")
                    .buckets((0..9).map(|power| f64::from(1 << power)).collect()),
            )?,
            queue: IntGauge::new("steadfast_queue_reports", "Reports that wait to be written.")?,
            queue_capacity: IntGauge::new(
                "steadfast_queue_capacity_reports",
                "The most reports that wait to be written.",
            )?,
            cpu: Gauge::new(
                "steadfast_cpu_ratio",
                "The share of the processors' time that the process takes, 0 to 1.",
            )?,
            queue_fill: Gauge::new(
                "steadfast_queue_fill_ratio",
                "How full the queue is on an average that falls slowly, 0 to 1.",
            )?,
            loop_lag: Gauge::new(
                "steadfast_loop_lag_seconds",
                "How late tasks were woken within the last minute, at the 95th percentile.",
            )?,
            live_clients: IntGauge::new(
                "steadfast_live_clients",
                "Clients that listen to the live stream.",
            )?,
            sessions_limit: IntGauge::new(
                "steadfast_sessions_limit",
                "The most sessions of one organisation that can be live at a time.",
            )?,
            store_writable: IntGauge::new(
                "steadfast_store_writable",
                "Whether the last attempt to write to the store succeeded: 1 or 0.",
            )?,
            judges_alerts: IntGauge::new(
                "steadfast_judges_alerts",
                "Whether this collector judges the alerts, for all on its database: 1 or 0.",
            )?,
            webhooks: counter(
                "steadfast_webhooks_total",
                "Attempts to send a webhook, by what became of them.",
                &["outcome"],
            )?,
        };
        let build = IntGauge::with_opts(
            Opts::new("steadfast_build_info", "The version, as a label of a constant 1.")
                .const_label("version", env!("CARGO_PKG_VERSION")),
        )?;
        build.set(1);
        metrics.register(build)?;
        metrics.register(metrics.reports.clone())?;
        metrics.register(metrics.requests.clone())?;
        metrics.register(metrics.refusals.clone())?;
        metrics.register(metrics.request_duration.clone())?;
        metrics.register(metrics.commit_duration.clone())?;
        metrics.register(metrics.commit_reports.clone())?;
        metrics.register(metrics.queue.clone())?;
        metrics.register(metrics.queue_capacity.clone())?;
        metrics.register(metrics.cpu.clone())?;
        metrics.register(metrics.queue_fill.clone())?;
        metrics.register(metrics.loop_lag.clone())?;
        metrics.register(metrics.live_clients.clone())?;
        metrics.register(metrics.sessions_limit.clone())?;
        metrics.register(metrics.store_writable.clone())?;
        metrics.register(metrics.judges_alerts.clone())?;
        metrics.register(metrics.webhooks.clone())?;
        #[cfg(target_os = "linux")]
        metrics.register(prometheus::process_collector::ProcessCollector::for_self())?;
        Ok(metrics)
    }

    /// Counts a report by its outcome: `stored`, `duplicate`, or the code of its refusal.
    pub fn report(&self, outcome: &str) {
        self.reports.with_label_values(&[outcome]).inc();
    }

    /// Counts a commit of that many reports.
    pub fn commit(&self, reports: usize, took: Duration) {
        self.commit_reports.observe(reports as f64);
        self.commit_duration.observe(took.as_secs_f64());
    }

    /// Counts an answered request; `route` is a pattern, never a path that somebody chose.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let status = status.to_string();
        self.requests.with_label_values(&[method, route, &status]).inc();
        self.request_duration.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// Counts what was refused, or failed, by the code of the reason.
    pub fn refused(&self, code: &str) {
        self.refusals.with_label_values(&[code]).inc();
    }

    /// Counts an attempt to send a webhook: `delivered`, `failed` or `given_up`.
    pub fn webhook(&self, outcome: &str) {
        self.webhooks.with_label_values(&[outcome]).inc();
    }

    /// Notes how many sessions of one organisation can be live at a time.
    pub fn limit_sessions(&self, limit: usize) {
        self.sessions_limit.set(level(limit));
    }

    /// Notes whether this collector judges the alerts.
    pub fn judges(&self, judges: bool) {
        self.judges_alerts.set(level(usize::from(judges)));
    }

    /// All of it, and what is known of a fleet, as text.
    ///
    /// # Errors
    ///
    /// If it cannot be written as text.
    pub fn render(
        &self,
        levels: Levels,
        fleet: Option<(&Fleet, &KeyNotes)>,
    ) -> prometheus::Result<Vec<u8>> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.families(levels, fleet)?, &mut text)?;
        Ok(text)
    }

    /// All of it, and what is known of a fleet.
    ///
    /// # Errors
    ///
    /// Never, for the same reason as [`Metrics::new`].
    pub fn families(
        &self,
        levels: Levels,
        fleet: Option<(&Fleet, &KeyNotes)>,
    ) -> prometheus::Result<Vec<MetricFamily>> {
        self.queue.set(level(levels.queue));
        self.queue_capacity.set(level(levels.queue_capacity));
        let SystemLoad { cpu, queue, loop_lag_p95, .. } = levels.load;
        self.cpu.set(cpu.unwrap_or_default());
        self.queue_fill.set(queue.unwrap_or_default());
        self.loop_lag.set(loop_lag_p95.unwrap_or_default().as_secs_f64());
        self.live_clients.set(level(levels.live_clients));
        self.store_writable.set(level(usize::from(levels.store_writable)));
        let mut families = self.registry.gather();
        if let Some((fleet, notes)) = fleet {
            families.extend(fleet::gather(fleet, notes)?);
        }
        Ok(families)
    }

    fn register(&self, metric: impl Collector + 'static) -> prometheus::Result<()> {
        self.registry.register(Box::new(metric))
    }
}

fn level(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
