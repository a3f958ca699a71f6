//! What an alert is raised by.

use super::alert::AlertKind;
use super::alerts::Patience;
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
    /// Number of sessions that should be reporting, for `NO_REPORTS`; 0 for the others.
    pub(super) expected: u64,
}

impl Reading {
    /// What is known of each kind of alert, and for how long it has to be so. An overload comes first,
    /// since others yield to it: an overloaded machine measures itself.
    pub(super) fn of_all(
        config: &HealthConfig,
        totals: &Totals,
        minute: &Activity,
        load: &SystemLoad,
        expected: u64,
    ) -> [(AlertKind, Option<Self>, Patience); AlertKind::ALL.len()] {
        let patience = |raise, keep, yields| Patience { raise, keep, yields };
        let of =
            |rule: &AlertRule, yields| patience(rule.for_at_least, rule.keep_firing_for, yields);
        let overload = &config.system_overload;
        let yields = overload.inhibits && !Self::is_of_sessions_alone(config, load);
        [
            (
                AlertKind::SystemOverload,
                Self::overload(config, load),
                patience(overload.for_at_least, overload.keep_firing_for, false),
            ),
            (
                AlertKind::HighErrorRate,
                Self::errors(config, minute),
                of(&config.high_error_rate, false),
            ),
            (
                AlertKind::HighLatency,
                Self::latency(config, totals, minute),
                of(&config.high_latency, yields),
            ),
            (
                AlertKind::LowConnectionQuality,
                Self::quality(config, totals),
                of(&config.low_connection_quality, yields),
            ),
            (
                AlertKind::NoReports,
                Self::reports(config, totals, expected),
                of(&config.no_reports, false),
            ),
        ]
    }

    fn high(value: f64, rule: &AlertRule) -> Self {
        Self {
            value,
            threshold: rule.raise,
            times: value / rule.raise,
            raises: value > rule.raise,
            clears: value < rule.clear,
            expected: 0,
        }
    }

    /// How long answers take. A session without a link says nothing.
    fn latency(config: &HealthConfig, totals: &Totals, minute: &Activity) -> Option<Self> {
        let connected = totals.by_status.connected > 0;
        let p95 = minute.latency.percentile(0.95).filter(|_| connected)?;
        Some(Self::high(millis(p95), &config.high_latency))
    }

    /// How much goes wrong.
    fn errors(config: &HealthConfig, minute: &Activity) -> Option<Self> {
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
    fn quality(config: &HealthConfig, totals: &Totals) -> Option<Self> {
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
            expected: 0,
        })
    }

    /// How many of the expected sessions report.
    fn reports(config: &HealthConfig, totals: &Totals, expected: u64) -> Option<Self> {
        let rule = &config.no_reports;
        if expected < config.no_reports_sessions.into() {
            return None;
        }
        let share = (totals.reporting as f64 / expected as f64).min(1.0);
        Some(Self {
            value: share,
            threshold: rule.raise,
            times: rule.raise / share,
            raises: share < rule.raise,
            clears: share > rule.clear,
            expected,
        })
    }

    /// How much there is to do.
    fn overload(config: &HealthConfig, load: &SystemLoad) -> Option<Self> {
        let rule = &config.system_overload;
        let lag = load.loop_lag_p95.map(|lag| lag.as_secs_f64() / rule.loop_lag.as_secs_f64());
        let times = [
            (lag, lag),
            (load.cpu, load.cpu.map(|cpu| cpu / rule.cpu)),
            (load.queue, load.queue.map(|queue| queue / rule.queue)),
            (load.sessions, load.sessions.map(|sessions| sessions / rule.sessions)),
        ];
        let most = times.iter().filter_map(|&(_, times)| times).reduce(f64::max)?;
        let clears = times.iter().filter_map(|&(load, _)| load).all(|load| load < rule.clear);
        let raises = most > 1.0;
        // Sessions are always known. Few of them say nothing of a machine that is not heard of.
        if clears && (SystemLoad { sessions: None, ..*load }).is_empty() {
            return None;
        }
        Some(Self { value: most, threshold: 1.0, times: most, raises, clears, expected: 0 })
    }
}

impl Reading {
    /// Whether the load is too much, or not yet over, for the sessions alone: they take room and no
    /// time, and so do not make the machine measure itself.
    fn is_of_sessions_alone(config: &HealthConfig, load: &SystemLoad) -> bool {
        let clears =
            |load: &SystemLoad| Self::overload(config, load).is_none_or(|reading| reading.clears);
        let sessions = SystemLoad { sessions: load.sessions, ..SystemLoad::default() };
        !clears(&sessions) && clears(&SystemLoad { sessions: None, ..*load })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manager::{QualityDistribution, StatusDistribution};
    use core::time::Duration;

    fn config() -> HealthConfig {
        HealthConfig::default()
    }

    fn same(value: f64, expected: f64) -> bool {
        (value - expected).abs() < 1e-9
    }

    /// Of sessions that have a link or are getting one.
    fn sessions(healthy: u64, unhealthy: u64) -> Totals {
        let by_status = StatusDistribution { connected: healthy + unhealthy, ..<_>::default() };
        Totals { by_status, healthy, unhealthy, ..Totals::default() }
    }

    fn latency(millis: u64) -> Reading {
        let mut minute = Activity::default();
        minute.latency.record(Duration::from_millis(millis));
        Reading::latency(&config(), &sessions(1, 0), &minute).unwrap()
    }

    #[test]
    fn latency_is_high_above_1000_ms_and_clear_below_800() {
        let judged = [799, 800, 1000, 1001].map(|ms| (latency(ms).raises, latency(ms).clears));
        assert_eq!(judged, [(false, true), (false, false), (false, false), (true, false)]);
        assert!(same(latency(1500).times, 1.5) && same(latency(1500).value, 1500.0));
    }

    #[test]
    fn latency_says_nothing_without_a_link_or_a_heartbeat() {
        let mut minute = Activity::default();
        assert_eq!(Reading::latency(&config(), &sessions(1, 0), &minute), None);
        minute.latency.record(Duration::from_millis(5));
        assert_eq!(Reading::latency(&config(), &Totals::default(), &minute), None);
    }

    fn errors(wrong: u64, tried: u64) -> Option<Reading> {
        let heartbeats = tried - wrong;
        let minute = Activity { heartbeats, missed_heartbeats: wrong, ..Activity::default() };
        Reading::errors(&config(), &minute)
    }

    #[test]
    fn errors_are_many_from_5_percent_of_20_on_and_few_below_2_percent() {
        let raises = |wrong, tried| errors(wrong, tried).unwrap().raises;
        assert!(raises(1, 20) && !raises(1, 21) && !raises(19, 19));
        let clears = |wrong, tried| errors(wrong, tried).unwrap().clears;
        assert!(clears(1, 51) && !clears(1, 50) && clears(0, 1));
        assert!(same(errors(3, 20).unwrap().times, 3.0));
        assert_eq!(errors(0, 0), None);
    }

    fn quality(totals: &Totals) -> Reading {
        Reading::quality(&config(), totals).unwrap()
    }

    #[test]
    fn a_fleet_is_bad_below_80_percent_and_clear_above_90() {
        let of = |healthy| quality(&sessions(healthy, 100 - healthy));
        let judged = [79, 80, 90, 91].map(|healthy| (of(healthy).raises, of(healthy).clears));
        assert_eq!(judged, [(true, false), (false, false), (false, false), (false, true)]);
        assert!(same(of(55).times, 2.25), "45 % are 2.25 times 20 %");
        assert_eq!(Reading::quality(&config(), &Totals::default()), None);
    }

    #[test]
    fn a_session_alone_is_good_poor_or_critical() {
        let alone = |healthy, critical| {
            let by_quality = QualityDistribution { critical, ..<_>::default() };
            let reading = quality(&Totals { by_quality, ..sessions(healthy, 1 - healthy) });
            (reading.raises, reading.times)
        };
        assert_eq!(alone(1, 0), (false, 0.0));
        assert_eq!(alone(0, 0), (true, 2.0));
        assert_eq!(alone(0, 1), (true, 4.0));
        let by_status = StatusDistribution { reconnecting: 1, ..<_>::default() };
        let lost = Totals { by_status, unhealthy: 1, ..Totals::default() };
        assert_eq!(Reading::quality(&config(), &lost), None, "without a link");
    }

    #[test]
    fn the_greatest_load_counts_and_all_have_to_be_clear() {
        let of = |lag: u64, cpu, queue| {
            let loop_lag_p95 = Some(Duration::from_millis(lag));
            let load =
                SystemLoad { loop_lag_p95, cpu: Some(cpu), queue: Some(queue), ..<_>::default() };
            Reading::overload(&config(), &load).unwrap()
        };
        assert!(same(of(300, 0.45, 0.4).times, 1.5) && of(300, 0.45, 0.4).raises);
        assert!(same(of(10, 0.99, 0.4).times, 1.1) && of(10, 0.99, 0.4).raises);
        assert!(same(of(10, 0.45, 0.88).times, 1.1) && of(10, 0.45, 0.88).raises);
        assert!(!of(200, 0.9, 0.8).raises, "none is beyond its threshold");
        assert!(of(119, 0.59, 0.59).clears);
        let not_clear = [of(120, 0.5, 0.5), of(10, 0.6, 0.5), of(10, 0.5, 0.6)];
        assert!(not_clear.iter().all(|reading| !reading.clears));
        let of_sessions = |share| {
            let load = SystemLoad { sessions: Some(share), queue: Some(0.0), ..<_>::default() };
            Reading::overload(&config(), &load).unwrap()
        };
        assert!(same(of_sessions(0.88).times, 1.1) && of_sessions(0.88).raises);
        assert!(!of_sessions(0.8).raises && !of_sessions(0.6).clears && of_sessions(0.59).clears);
        let alone = SystemLoad { sessions: Some(0.59), ..<_>::default() };
        assert_eq!(Reading::overload(&config(), &alone), None, "nothing else is known");
        assert_eq!(Reading::overload(&config(), &SystemLoad::default()), None);
    }
}
