//! What a report may claim, and that no reporter claims more.

use std::borrow::ToOwned as _;
use std::string::ToString as _;

use proptest::prelude::*;

use super::*;

#[test]
fn a_report_claims_no_more_than_can_have_happened_in_its_window() {
    let mut reporter = reporter();
    let report = due(&mut reporter, 40).unwrap();
    let refused = |change: fn(&mut Report)| {
        let mut report = report.clone();
        report.window = ReportWindow { start: at(0), end: at(30) };
        change(&mut report);
        report.validate().map_err(|error| (error.code(), error.to_string()))
    };
    assert_eq!(refused(|report| report.activity.connects = 200), Ok(()));
    let said = "activity.connects is 201; allowed are at most 200 in this window";
    assert_eq!(
        refused(|report| report.activity.connects = 201),
        Err(("report.count", said.to_owned()))
    );
    assert_eq!(refused(|report| report.activity.missed_heartbeats = 800), Ok(()));
    for change in [
        |report: &mut Report| report.activity.missed_heartbeats = 801,
        |report: &mut Report| report.activity.failed_attempts = u64::MAX,
        |report: &mut Report| report.activity.unplanned_disconnections = 1,
        |report: &mut Report| report.activity.reconnections = 1,
        |report: &mut Report| report.activity.latency.record(Duration::from_millis(1)),
        // A window of years is none.
        |report: &mut Report| {
            report.window.end = at(1 << 40);
            report.activity.heartbeats = 20 * 86_411;
        },
    ] {
        assert_eq!(refused(change).unwrap_err().0, "report.count");
    }
    let long = |report: &mut Report| {
        report.activity.heartbeats = 1;
        report.activity.latency.record(Duration::from_secs(3601));
    };
    assert_eq!(refused(long).unwrap_err().0, "report.latency");
    assert_eq!(refused(|report| report.sampling = 0.1), Ok(()));
    assert_eq!(refused(|report| report.sampling = 0.0999).unwrap_err().0, "report.sampling");
    assert_eq!(
        refused(|report| report.events_dropped = u64::MAX).unwrap_err().0,
        "report.events_dropped"
    );
}

proptest! {
    /// Whatever happens to a session, however often, and whatever a collector asks for.
    #[test]
    fn no_report_of_a_reporter_is_refused(
        seed: u64,
        steps in prop::collection::vec((0..9_u8, 0..200_u64, 1..3000_u32), 1..60),
    ) {
        let mut reporter =
            Reporter::new(ReporterConfig::new("test/0"), seed, Instant::ORIGIN).unwrap();
        let mut now = Instant::ORIGIN;
        for (what, passed, often) in steps {
            now = now + Duration::from_millis(passed * passed * 7);
            for _ in 0..often {
                let rtt = Some(Duration::from_millis(u64::from(often) * passed * passed * 3));
                let kind = match what {
                    0 => EventKind::Heartbeat { rtt, missed: 0 },
                    1 => EventKind::Heartbeat { rtt: None, missed: often },
                    2 => EventKind::Disconnected { cause: Cause::Network, planned: false },
                    3 => EventKind::RetrySuccess { attempt: often, took: Duration::ZERO },
                    4 => EventKind::RetryFailed { attempt: 0, class: None, cause: None },
                    _ => break,
                };
                reporter.handle_event(Event { at: now, kind });
            }
            match what {
                5 => reporter.hurry(now, &connected()),
                6 => reporter.leave(now, &connected()),
                7 => reporter.come_back(now, &connected()),
                _ => reporter.handle_timeout(now, &connected()),
            }
            while let Some(report) = reporter.poll_output() {
                prop_assert_eq!(report.validate(), Ok(()));
                #[cfg(feature = "serde")]
                {
                    let json = serde_json::to_string(&report).unwrap();
                    let read: Report = serde_json::from_str(&json).unwrap();
                    prop_assert_eq!(read.validate(), Ok(()));
                }
                let advice = asking(passed, f64::from(often) / 3000.0);
                reporter.handle_input(now, told(&report, advice));
            }
        }
    }
}

#[cfg(feature = "serde")]
#[test]
fn events_of_a_later_version_are_passed_over_and_the_rest_is_read() {
    let mut reporter = reporter();
    reporter.handle_event(lost(3));
    let report = due(&mut reporter, 40).unwrap();
    let mut json = serde_json::to_value(&report).unwrap();
    let cause = serde_json::json!({ "kind": "quantum" });
    let events = json["events"].as_array_mut().unwrap();
    events.insert(0, serde_json::json!({ "at": 1, "name": "connection.teleported", "to": [1] }));
    events.push(serde_json::json!({ "at": 4, "name": "connection.disconnected", "planned": true, "cause": cause }));
    json["activity"]["teleports"] = 7.into();
    json["activity"]["latency"]["unit"] = "ms".into();
    let mut read: Report = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(read.events.len(), 3);
    assert_eq!(read.drop_unknown_events(), 2);
    assert_eq!(read.validate(), Ok(()));
    assert_eq!(read, Report { events_dropped: 2, ..report });
    json["events"][0] = 7.into();
    assert!(serde_json::from_value::<Report>(json).is_err(), "what has no name is no event");
}
