//! What a monitor refuses to begin with.

use super::*;

#[test]
fn configurations_that_make_no_sense_are_refused_by_name() {
    let field = |change: fn(&mut HealthConfig)| {
        let mut config = HealthConfig::default();
        change(&mut config);
        HealthMonitor::new(config, at(0)).map(drop).unwrap_err().field()
    };
    assert_eq!(field(|c| c.interval = Duration::ZERO), "health.interval");
    assert_eq!(field(|c| c.trend_bucket = Duration::from_secs(1)), "health.trendBucket");
    assert_eq!(field(|c| c.error_rate_events = 0), "health.errorRateEvents");
    assert_eq!(field(|c| c.high_latency.raise = f64::NAN), "health.highLatency.raise");
    assert_eq!(field(|c| c.high_latency.clear = 1001.0), "health.highLatency.clear");
    assert_eq!(field(|c| c.high_error_rate.raise = 1.1), "health.highErrorRate.raise");
    assert_eq!(
        field(|c| c.low_connection_quality.clear = 0.7),
        "health.lowConnectionQuality.clear"
    );
    assert_eq!(field(|c| c.no_reports.raise = 1.0), "health.noReports.raise");
    assert_eq!(field(|c| c.no_reports.clear = 0.4), "health.noReports.clear");
    assert_eq!(field(|c| c.no_reports_sessions = 0), "health.noReportsSessions");
    assert_eq!(field(|c| c.no_reports.for_at_least = Duration::MAX), "health.noReports.for");
    assert_eq!(field(|c| c.system_overload.clear = 0.95), "health.systemOverload.clear");
    assert_eq!(
        field(|c| c.high_latency.keep_firing_for = Duration::MAX),
        "health.highLatency.keepFiringFor"
    );
}
