//! Who forges, and what.

use std::time::Duration;

use steadfast_core::activity::Activity;
use steadfast_core::quality::Quality;
use steadfast_core::report::Report;

use super::SESSIONS;

/// Somebody who forges reports with one key.
#[derive(Clone, Copy)]
pub(super) struct Forger {
    pub(super) organization: &'static str,
    /// The share of the figures that is documented for it.
    pub(super) most: f64,
    /// What limits it.
    pub(super) code: &'static str,
    pub(super) forge: fn(&mut Report, u32),
    /// The address of a report.
    pub(super) address: fn(u32) -> String,
    pub(super) has_key_of_its_own: bool,
}

pub(super) const FORGERS: [Forger; 4] = [
    // One session of an outage without end, of which ten equal shares are a twentieth.
    Forger {
        organization: "session",
        most: 10.0 / SESSIONS as f64,
        code: "report.weight_session",
        forge: |report, _| outage(report),
        address: own_address,
        has_key_of_its_own: false,
    },
    Forger {
        organization: "address",
        most: 0.1,
        code: "report.weight_address",
        forge: |report, number| {
            report.session.session_id = format!("forged{number}");
            best(report);
        },
        address: |_| "198.51.100.7".to_owned(),
        has_key_of_its_own: false,
    },
    Forger {
        organization: "key",
        most: 0.1,
        code: "report.weight_key",
        forge: |report, number| {
            report.session.session_id = format!("forged{number}");
            outage(report);
        },
        address: own_address,
        has_key_of_its_own: true,
    },
    // Reports that count nothing but themselves.
    Forger {
        organization: "empty",
        most: 0.1,
        code: "report.weight_address",
        forge: |report, number| {
            report.session.session_id = format!("forged{}", number % 100);
            report.session.connection_quality = Some(Quality::Critical);
            "test/1".clone_into(&mut report.sdk);
        },
        address: |_| "198.51.100.7".to_owned(),
        has_key_of_its_own: false,
    },
];

fn own_address(number: u32) -> String {
    format!("10.77.{}.{}", number / 250, number % 250)
}

/// As many losses and as long round trips as a report of half a minute may claim.
fn outage(report: &mut Report) {
    let Activity { disconnections, unplanned_disconnections, failed_attempts, .. } =
        &mut report.activity;
    (*disconnections, *unplanned_disconnections, *failed_attempts) = (200, 200, 200);
    report.activity.missed_heartbeats = 800;
    record(report, 800, Duration::from_hours(1));
    report.session.connection_quality = Some(Quality::Critical);
}

/// As many heartbeats and as short ones as it may claim.
fn best(report: &mut Report) {
    record(report, 800, Duration::ZERO);
    report.activity.connects = 200;
    report.activity.reconnections = 200;
    report.session.connection_quality = Some(Quality::Excellent);
}

pub(super) fn record(report: &mut Report, count: u64, rtt: Duration) {
    report.activity.heartbeats += count;
    (0..count).for_each(|_| report.activity.latency.record(rtt));
}
