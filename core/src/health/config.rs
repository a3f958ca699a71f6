use core::time::Duration;

use crate::error::{ConfigError, ensure};
use crate::time::millis;

/// How health is computed and judged. In JSON durations are milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct HealthConfig {
    /// The time between two collections. From 100 ms to an hour; 5 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub interval: Duration,
    /// The time that each of the 30 points of a trend stands for. From 12 s to an hour; a minute by
    /// default, so that trends speak of half an hour.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub trend_bucket: Duration,
    /// `HIGH_LATENCY`, in milliseconds of the last minute's 95th percentile. More than 1000, less
    /// than 800, for 30 s, 60 s by default.
    pub high_latency: AlertRule,
    /// `HIGH_ERROR_RATE`, as a share of what was tried within the last minute. From 0.05 on, less
    /// than 0.02, for 30 s, 60 s by default.
    pub high_error_rate: AlertRule,
    /// Minimum number of events before an error rate raises an alert. From 1 to 1,000,000; 20 by default.
    pub error_rate_events: u32,
    /// `LOW_CONNECTION_QUALITY`, as the share of healthy ones among all that are not closed or
    /// suspended. Less than 0.8, more than 0.9, for 15 s, 60 s by default. A session that is alone
    /// is judged by its level instead: below `GOOD`, from `GOOD` on.
    pub low_connection_quality: AlertRule,
    /// `NO_REPORTS`, as a share of the sessions that reported at some time in the last ten minutes
    /// and have not ended: those count as reporting that were heard of within two of their
    /// intervals. Less than 0.5, more than 0.8, for 30 s, 60 s by default. Sessions that are
    /// registered on this side always count as reporting.
    pub no_reports: AlertRule,
    /// Minimum number of expected sessions before `NO_REPORTS` is evaluated. From 1 to 1,000,000; 5
    /// by default.
    pub no_reports_sessions: u32,
    /// `SYSTEM_OVERLOAD`.
    pub system_overload: OverloadRule,
    /// How long an alert that is over is remembered. From 0 to a day; an hour by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub keep_resolved: Duration,
}

/// When an alert is raised, and when it is over. In JSON durations are milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", deny_unknown_fields))]
pub struct AlertRule {
    /// The value beyond which it is raised.
    pub raise: f64,
    /// The value on the other side of which it is over. Between the two nothing changes.
    pub clear: f64,
    /// How long the value has to be beyond `raise` without a break. At most a day.
    #[cfg_attr(feature = "serde", serde(rename = "for", with = "crate::time::serde_millis"))]
    pub for_at_least: Duration,
    /// How long the value has to be beyond `clear` without a break. At most a day.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub keep_firing_for: Duration,
}

/// When a machine or a page has too much to do. In JSON durations are milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct OverloadRule {
    /// The 95th percentile of the event loop's lag. Above zero and at most a minute; 200 ms by
    /// default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub loop_lag: Duration,
    /// The share of the processors' time. Above 0, at most 1; 0.9 by default.
    pub cpu: f64,
    /// The share of a queue that is filled. Above 0, at most 1; 0.8 by default.
    pub queue: f64,
    /// The share of the limit of sessions that is in use. Above 0, at most 1; 0.8 by default.
    pub sessions: f64,
    /// It is over when processors, queue and sessions are below this share, and the lag below this
    /// share of `loop_lag`. Above 0, less than `cpu`, `queue` and `sessions`; 0.6 by default.
    pub clear: f64,
    /// See [`AlertRule::for_at_least`]; 15 s by default.
    #[cfg_attr(feature = "serde", serde(rename = "for", with = "crate::time::serde_millis"))]
    pub for_at_least: Duration,
    /// See [`AlertRule::keep_firing_for`]; 60 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub keep_firing_for: Duration,
    /// Whether alerts about latency and quality wait until it is over, since a machine that has too
    /// much to do measures itself. An overload of sessions alone holds none back. True by default; false for who hears what others have measured,
    /// as a collector does.
    pub inhibits: bool,
    /// Whether the manager's own limit of sessions counts: where no share of sessions is reported,
    /// [`SystemLoad::sessions`](super::SystemLoad::sessions) is the share of
    /// [`ManagerConfig::max_sessions`](crate::manager::ManagerConfig::max_sessions) that is in use.
    /// True by default; false for a monitor that shows the load of another program, as a collector's
    /// does.
    pub own_sessions: bool,
}

impl AlertRule {
    const fn new(raise: f64, clear: f64, for_secs: u64) -> Self {
        Self {
            raise,
            clear,
            for_at_least: Duration::from_secs(for_secs),
            keep_firing_for: Duration::from_mins(1),
        }
    }
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            trend_bucket: Duration::from_mins(1),
            high_latency: AlertRule::new(1000.0, 800.0, 30),
            high_error_rate: AlertRule::new(0.05, 0.02, 30),
            error_rate_events: 20,
            low_connection_quality: AlertRule::new(0.8, 0.9, 15),
            no_reports: AlertRule::new(0.5, 0.8, 30),
            no_reports_sessions: 5,
            system_overload: OverloadRule::default(),
            keep_resolved: Duration::from_hours(1),
        }
    }
}

impl Default for OverloadRule {
    fn default() -> Self {
        Self {
            loop_lag: Duration::from_millis(200),
            cpu: 0.9,
            queue: 0.8,
            sessions: 0.8,
            clear: 0.6,
            for_at_least: Duration::from_secs(15),
            keep_firing_for: Duration::from_mins(1),
            inhibits: true,
            own_sessions: true,
        }
    }
}

impl HealthConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let within = |field, value: Duration, least: u64, most: Duration, allowed| {
            let range = Duration::from_millis(least)..=most;
            ensure(range.contains(&value), field, millis(value), allowed)
        };
        let (hour, day) = (Duration::from_hours(1), Duration::from_hours(24));
        within("health.interval", self.interval, 100, hour, "100 to 3600000 ms")?;
        let bucket = self.trend_bucket;
        within("health.trendBucket", bucket, 12_000, hour, "12000 to 3600000 ms")?;
        let kept = self.keep_resolved;
        within("health.keepResolved", kept, 0, day, "0 to 86400000 ms")?;
        let events = self.error_rate_events;
        let allowed = "1 to 1000000";
        ensure((1..=1_000_000).contains(&events), "health.errorRateEvents", events, allowed)?;

        let latency = &self.high_latency;
        let raise = latency.raise;
        let allowed = "more than 0 and at most 60000 ms";
        ensure(raise > 0.0 && raise <= 60_000.0, "health.highLatency.raise", raise, allowed)?;
        let (clear, allowed) = (latency.clear, "more than 0 and at most health.highLatency.raise");
        ensure(clear > 0.0 && clear <= raise, "health.highLatency.clear", clear, allowed)?;

        let errors = &self.high_error_rate;
        let (raise, clear) = (errors.raise, errors.clear);
        let allowed = "more than 0 and at most 1";
        ensure(raise > 0.0 && raise <= 1.0, "health.highErrorRate.raise", raise, allowed)?;
        let allowed = "more than 0 and at most health.highErrorRate.raise";
        ensure(clear > 0.0 && clear <= raise, "health.highErrorRate.clear", clear, allowed)?;

        let quality = &self.low_connection_quality;
        let (raise, clear) = (quality.raise, quality.clear);
        let share = "more than 0 and less than 1";
        ensure(raise > 0.0 && raise < 1.0, "health.lowConnectionQuality.raise", raise, share)?;
        let allowed = "health.lowConnectionQuality.raise to 1, and less than 1";
        let holds = clear >= raise && clear < 1.0;
        ensure(holds, "health.lowConnectionQuality.clear", clear, allowed)?;

        let reports = &self.no_reports;
        let (raise, clear) = (reports.raise, reports.clear);
        ensure(raise > 0.0 && raise < 1.0, "health.noReports.raise", raise, share)?;
        let allowed = "health.noReports.raise to 1, and less than 1";
        ensure(clear >= raise && clear < 1.0, "health.noReports.clear", clear, allowed)?;
        let sessions = self.no_reports_sessions;
        let allowed = "1 to 1000000";
        ensure((1..=1_000_000).contains(&sessions), "health.noReportsSessions", sessions, allowed)?;

        let overload = &self.system_overload;
        let (cpu, queue, clear) = (overload.cpu, overload.queue, overload.clear);
        let (sessions, lag) = (overload.sessions, overload.loop_lag);
        let minute = Duration::from_mins(1);
        within("health.systemOverload.loopLag", lag, 1, minute, "1 to 60000 ms")?;
        let allowed = "more than 0 and at most 1";
        ensure(cpu > 0.0 && cpu <= 1.0, "health.systemOverload.cpu", cpu, allowed)?;
        ensure(queue > 0.0 && queue <= 1.0, "health.systemOverload.queue", queue, allowed)?;
        let holds = sessions > 0.0 && sessions <= 1.0;
        ensure(holds, "health.systemOverload.sessions", sessions, allowed)?;
        let holds = clear > 0.0 && clear < cpu.min(queue).min(sessions);
        let allowed = "more than 0 and less than cpu, queue and sessions";
        ensure(holds, "health.systemOverload.clear", clear, allowed)?;

        let allowed = "0 to 86400000 ms";
        for (wait, keep, [wait_name, keep_name]) in [
            (
                latency.for_at_least,
                latency.keep_firing_for,
                ["health.highLatency.for", "health.highLatency.keepFiringFor"],
            ),
            (
                errors.for_at_least,
                errors.keep_firing_for,
                ["health.highErrorRate.for", "health.highErrorRate.keepFiringFor"],
            ),
            (
                quality.for_at_least,
                quality.keep_firing_for,
                ["health.lowConnectionQuality.for", "health.lowConnectionQuality.keepFiringFor"],
            ),
            (
                reports.for_at_least,
                reports.keep_firing_for,
                ["health.noReports.for", "health.noReports.keepFiringFor"],
            ),
            (
                overload.for_at_least,
                overload.keep_firing_for,
                ["health.systemOverload.for", "health.systemOverload.keepFiringFor"],
            ),
        ] {
            within(wait_name, wait, 0, day, allowed)?;
            within(keep_name, keep, 0, day, allowed)?;
        }
        Ok(())
    }
}
