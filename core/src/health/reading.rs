//! What an alert is raised by.

use super::config::{AlertRule, HealthConfig};
use super::load::SystemLoad;
use crate::activity::Activity;
use crate::manager::Totals;
use crate::time::millis;

/// A value as an alert sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) value: f64,
    pub(super) threshold: f64,
    /// How many times its threshold it is.
    pub(super) times: f64,
    /// Whether it is beyond the threshold.
    pub(super) raises: bool,
    /// Whether it is on the good side, by a margin.
    pub(super) clears: bool,
}

impl Reading {
    fn high(value: f64, rule: &AlertRule) -> Self {
        Self {
            value,
            threshold: rule.raise,
            times: value / rule.raise,
            raises: value > rule.raise,
            clears: value < rule.clear,
        }
    }

    /// How long answers take. A session without a link says nothing.
    pub(super) fn latency(
        config: &HealthConfig,
        totals: &Totals,
        minute: &Activity,
    ) -> Option<Self> {
        let connected = totals.by_status.connected > 0;
        let p95 = minute.latency.percentile(0.95).filter(|_| connected)?;
        Some(Self::high(millis(p95), &config.high_latency))
    }

    /// How much goes wrong.
    pub(super) fn errors(config: &HealthConfig, minute: &Activity) -> Option<Self> {
        let (events, rate) = (minute.tried(), minute.error_rate());
        if events == 0 {
            return None;
        }
        let reading = Self::high(rate, &config.high_error_rate);
        let enough = events >= u64::from(config.error_rate_events);
        Some(Self { raises: enough && rate >= config.high_error_rate.raise, ..reading })
    }

    /// How good the links are. Sessions that are closed or suspended say nothing; one that is alone
    /// says nothing while it has no link.
    pub(super) fn quality(config: &HealthConfig, totals: &Totals) -> Option<Self> {
        let rule = &config.low_connection_quality;
        let (healthy, unhealthy) = (totals.healthy, totals.unhealthy);
        let alone = totals.sessions() == 1;
        if healthy + unhealthy == 0 || (alone && totals.by_status.connected == 0) {
            return None;
        }
        let share = healthy as f64 / (healthy + unhealthy) as f64;
        // Alone, a session is healthy or not: what tells how bad it is is its level.
        let times = match (alone, totals.by_quality.critical) {
            (true, 0) => 2.0 * f64::from(u8::from(unhealthy > 0)),
            (true, _) => 4.0,
            (false, _) => (1.0 - share) / (1.0 - rule.raise),
        };
        Some(Self {
            value: share,
            threshold: rule.raise,
            times,
            raises: share < rule.raise,
            clears: share > rule.clear,
        })
    }

    /// How much there is to do.
    pub(super) fn overload(config: &HealthConfig, load: &SystemLoad) -> Option<Self> {
        let rule = &config.system_overload;
        let lag = load.loop_lag_p95.map(|lag| lag.as_secs_f64() / rule.loop_lag.as_secs_f64());
        let times = [
            (lag, lag),
            (load.cpu, load.cpu.map(|cpu| cpu / rule.cpu)),
            (load.queue, load.queue.map(|queue| queue / rule.queue)),
        ];
        let most = times.iter().filter_map(|&(_, times)| times).reduce(f64::max)?;
        let clears = times.iter().filter_map(|&(load, _)| load).all(|load| load < rule.clear);
        Some(Self { value: most, threshold: 1.0, times: most, raises: most > 1.0, clears })
    }
}
