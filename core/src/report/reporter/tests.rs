use std::format;

use super::*;
use crate::connection::{Cause, Registration, Status};

fn at(secs: u64) -> Instant {
    Instant::ORIGIN + Duration::from_secs(secs)
}

fn state() -> ConnectionState {
    ConnectionState::new(Registration::new("s", "web"))
}

fn reporter() -> Reporter {
    Reporter::new(ReporterConfig::new("test/0"), 1, Instant::ORIGIN).unwrap()
}

fn lost(secs: u64) -> Event {
    let kind = EventKind::Disconnected { cause: Cause::Network, planned: false };
    Event { at: at(secs), kind }
}

fn due(reporter: &mut Reporter, secs: u64) -> Option<Report> {
    reporter.handle_timeout(at(secs), &state());
    reporter.poll_output()
}

#[test]
fn what_happened_is_reported_once_and_validly() {
    let mut reporter = reporter();
    reporter.handle_event(lost(1));
    assert_eq!(due(&mut reporter, 1), None);
    let first = due(&mut reporter, 40).unwrap();
    assert_eq!(first.validate(), Ok(()));
    assert_eq!((first.activity.disconnections, first.events.len()), (1, 1));
    reporter.handle_input(at(40), ReporterInput::Accepted { batch_id: first.batch_id.clone() });
    let second = due(&mut reporter, 80).unwrap();
    assert_ne!(second.batch_id, first.batch_id);
    assert_eq!((second.activity.disconnections, second.events.len()), (0, 0));
    assert_eq!(second.window.start, first.window.end);
}

#[test]
fn a_report_that_did_not_arrive_is_sent_again_unchanged_and_the_next_one_waits() {
    let mut reporter = reporter();
    reporter.handle_event(lost(1));
    let first = due(&mut reporter, 40).unwrap();
    reporter.handle_event(lost(41));
    assert_eq!(due(&mut reporter, 80), None, "one is under way");
    let retry_after = Some(Duration::from_secs(100));
    let batch_id = first.batch_id.clone();
    reporter
        .handle_input(at(80), ReporterInput::Failed { batch_id: batch_id.clone(), retry_after });
    assert_eq!(due(&mut reporter, 170), None, "the collector asked for 100 s");
    assert_eq!(due(&mut reporter, 230), Some(first));
    reporter.handle_input(at(231), ReporterInput::Accepted { batch_id });
    let next = due(&mut reporter, 300).unwrap();
    assert_eq!((next.activity.disconnections, next.events.len()), (1, 1));
}

#[test]
fn a_refused_report_is_not_sent_again() {
    let mut reporter = reporter();
    let first = due(&mut reporter, 40).unwrap();
    reporter.handle_input(at(41), ReporterInput::Refused { batch_id: first.batch_id.clone() });
    assert_ne!(due(&mut reporter, 80).unwrap().batch_id, first.batch_id);
}

#[test]
fn events_are_bounded_and_the_missing_ones_counted() {
    let mut reporter = reporter();
    (0..100).for_each(|secs| reporter.handle_event(lost(secs)));
    let report = due(&mut reporter, 100).unwrap();
    assert_eq!((report.events.len(), report.events_dropped), (Report::MAX_EVENTS, 36));
    assert_eq!(report.events.last(), Some(&lost(99)));
    assert_eq!(report.activity.disconnections, 100);
}

#[test]
fn at_the_end_everything_goes_out() {
    let mut reporter = reporter();
    let first = due(&mut reporter, 40).unwrap();
    reporter.handle_event(lost(41));
    reporter.flush(at(42), &state());
    assert_eq!(reporter.poll_output(), Some(first));
    assert_eq!(reporter.poll_output().unwrap().events, [lost(41)]);
}

#[test]
fn after_a_timeout_the_next_one_is_later() {
    let mut reporter = reporter();
    for secs in [0, 40, 41, 500] {
        reporter.handle_timeout(at(secs), &state());
        assert!(reporter.poll_timeout() > Some(at(secs)));
    }
}

#[test]
fn nonsense_is_refused_by_the_name_of_what_is_wrong() {
    let mut reporter = reporter();
    let good = due(&mut reporter, 40).unwrap();
    let code = |change: fn(&mut Report)| {
        let mut report = good.clone();
        change(&mut report);
        report.validate().unwrap_err().code()
    };
    assert_eq!(code(|r| r.version = 2), "report.version");
    assert_eq!(code(|r| r.batch_id = "a b".into()), "report.batch_id");
    assert_eq!(code(|r| r.events = (0..65).map(lost).collect()), "report.events");
    assert_eq!(code(|r| r.sampling = f64::NAN), "report.sampling");
    assert_eq!(code(|r| r.window.start = at(99)), "report.window");
    assert_eq!(code(|r| r.session.session_id.clear()), "report.session");
}

#[cfg(feature = "serde")]
#[test]
fn the_largest_report_stays_within_the_bound_and_comes_back_the_same() {
    let mut reporter = reporter();
    let change = |to, from| Event { at: at(1), kind: EventKind::StatusChanged { from, to } };
    (0..80).for_each(|_| reporter.handle_event(change(Status::Disconnected, Status::Reconnecting)));
    let rtts = (1..=60_000).step_by(40).map(Duration::from_millis);
    rtts.for_each(|rtt| {
        reporter.handle_event(Event {
            at: at(1),
            kind: EventKind::Heartbeat { rtt: Some(rtt), missed: 0 },
        });
    });
    let mut state = state();
    for index in 0..32 {
        let text = crate::connection::MetadataValue::Text("\"".repeat(256));
        state.metadata.insert(format!("{index:064}"), text);
    }
    reporter.handle_timeout(at(40), &state);
    let report = reporter.poll_output().unwrap();
    assert_eq!(report.validate(), Ok(()));
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.len() < Report::MAX_BYTES, "{}", json.len());
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}
