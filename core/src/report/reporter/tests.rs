mod bounds;
mod tokens;

use std::vec::Vec;

use super::*;
use crate::connection::{Cause, Registration};

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

fn accepted(report: &Report) -> ReporterInput {
    told(report, Advice::NONE)
}

fn told(report: &Report, advice: Advice) -> ReporterInput {
    ReporterInput::Accepted { batch_id: report.batch_id.clone(), advice }
}

fn asking(interval_secs: u64, sampling: f64) -> Advice {
    Advice { interval: Some(Duration::from_secs(interval_secs)), sampling: Some(sampling) }
}

#[test]
fn what_happened_is_reported_once_and_validly() {
    let mut reporter = reporter();
    reporter.handle_event(lost(1));
    assert_eq!(due(&mut reporter, 1), None);
    let first = due(&mut reporter, 40).unwrap();
    assert_eq!(first.validate(), Ok(()));
    assert_eq!((first.activity.disconnections, first.events.len()), (1, 1));
    reporter.handle_input(at(40), accepted(&first));
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
    reporter.handle_input(at(80), ReporterInput::Failed { batch_id, retry_after });
    assert_eq!(due(&mut reporter, 170), None, "the collector asked for 100 s");
    let again = due(&mut reporter, 230).unwrap();
    assert_eq!((first.sent_at, again.sent_at), (Some(at(40)), Some(at(230))));
    assert_eq!(again, Report { sent_at: again.sent_at, ..first });
    reporter.handle_input(at(231), accepted(&again));
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
    assert_eq!(reporter.poll_output().unwrap().batch_id, first.batch_id);
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
    use crate::connection::{MetadataValue, Status};

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
        let text = MetadataValue::Text("\"".repeat(256));
        state.metadata.insert(std::format!("{index:064}"), text);
    }
    reporter.handle_timeout(at(40), &state);
    let report = reporter.poll_output().unwrap();
    assert_eq!(report.validate(), Ok(()));
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.len() < Report::MAX_BYTES, "{}", json.len());
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}

#[test]
fn a_collector_may_ask_to_be_told_less_often_and_takes_that_back() {
    let mut reporter = reporter();
    let first = due(&mut reporter, 40).unwrap();
    reporter.handle_input(at(41), told(&first, asking(300, 1.0)));
    assert_eq!(due(&mut reporter, 41 + 269), None);
    let second = due(&mut reporter, 41 + 331).unwrap();
    assert_eq!((second.window.start, second.sampling), (at(40), 1.0));
    reporter.handle_input(at(372), accepted(&second));
    assert!(due(&mut reporter, 372 + 34).is_some(), "it is as it was configured");
}

#[test]
fn no_collector_makes_a_client_report_more_often_than_it_was_told_to_or_parks_it_for_good() {
    let mut reporter = reporter();
    let first = due(&mut reporter, 40).unwrap();
    reporter.handle_input(at(40), told(&first, asking(0, 1.0)));
    assert_eq!(due(&mut reporter, 40 + 26), None);
    let second = due(&mut reporter, 40 + 34).unwrap();
    let asked = Advice { interval: Some(Duration::MAX), sampling: Some(0.0) };
    reporter.handle_input(at(74), told(&second, asked));
    assert!(reporter.poll_timeout() < Some(at(74 + 4000)));
    for nonsense in [f64::NAN, -1.0, f64::INFINITY] {
        let share = Advice { sampling: Some(nonsense), ..Advice::NONE }.share();
        let windows = Advice::windows(share, Duration::from_secs(30));
        assert!((1..=120).contains(&windows), "{nonsense}: {windows}");
    }
}

#[test]
fn what_is_asked_for_a_report_that_is_none_of_ours_is_passed_over() {
    let mut reporter = reporter();
    let first = due(&mut reporter, 40).unwrap();
    reporter.handle_input(at(40), told(&first, asking(300, 1.0)));
    reporter.handle_input(at(41), accepted(&first));
    assert_eq!(due(&mut reporter, 41 + 269), None, "it was answered already");
}

#[test]
fn of_a_share_of_the_windows_all_together_are_counted_right() {
    const WINDOWS: u64 = 20_000;
    let mut reporter = reporter();
    let (mut reports, mut counted) = (0_u32, 0.0);
    let mut secs = 0;
    for _ in 0..WINDOWS {
        secs += 34;
        reporter.handle_event(lost(secs));
        let Some(report) = due(&mut reporter, secs) else { continue };
        reports += 1;
        counted += report.activity.disconnections as f64 / report.sampling;
        assert_eq!(report.validate(), Ok(()));
        reporter.handle_input(at(secs), told(&report, asking(30, 0.1)));
    }
    let share = f64::from(reports) / WINDOWS as f64;
    assert!((0.09..0.11).contains(&share), "{share}");
    let off = counted / WINDOWS as f64;
    assert!((0.9..1.1).contains(&off), "{off}");
}

#[test]
fn of_a_window_that_was_passed_over_the_events_are_known_to_be_missing() {
    let mut reporter = reporter();
    let first = due(&mut reporter, 40).unwrap();
    reporter.handle_input(at(40), told(&first, asking(30, 0.1)));
    reporter.handle_event(lost(50));
    assert_eq!(due(&mut reporter, 80), None);
    reporter.handle_event(lost(90));
    reporter.flush(at(100), &state());
    let last = reporter.poll_output().unwrap();
    assert_eq!((&last.events[..], last.events_dropped), (&[lost(90)][..], 1));
    assert_eq!((last.window.start, last.sampling), (at(80), 1.0), "an end is always told");
}

#[test]
fn the_skew_of_a_clock_is_what_is_more_than_the_way_takes() {
    let mut reporter = reporter();
    reporter.handle_event(lost(1));
    let mut state = state();
    state.connected_at = Some(at(10));
    reporter.handle_timeout(at(40), &state);
    let sent = reporter.poll_output().unwrap();
    assert_eq!(sent.clock_skew(at(40)), Some(0));
    assert_eq!(sent.clock_skew(Instant::from_millis(40_999)), Some(0));
    assert_eq!(sent.clock_skew(at(100)), Some(60_000));
    assert_eq!(sent.clock_skew(at(35)), Some(-5000));
    assert_eq!(Report { sent_at: None, ..sent.clone() }.clock_skew(at(40)), None);
    let mut moved = sent.clone();
    moved.move_clock(-5000);
    assert_eq!((moved.window.start, moved.window.end), (Instant::ORIGIN, at(35)));
    assert_eq!((moved.session.connected_at, moved.events[0].at), (Some(at(5)), Instant::ORIGIN));
    assert_eq!(moved.session.disconnected_at, None);
}

#[cfg(feature = "serde")]
#[test]
fn advice_is_read_from_an_answer_whatever_else_stands_there() {
    let read = |json| serde_json::from_str::<Advice>(json).unwrap();
    assert_eq!(
        read(r#"{"accepted":true,"interval":1500,"sampling":0.5}"#),
        Advice { interval: Some(Duration::from_millis(1500)), sampling: Some(0.5) }
    );
    assert_eq!(read("{}"), Advice::NONE);
    assert_eq!(read(r#"{"interval":-1}"#).interval, Some(Duration::ZERO));
}

#[test]
fn a_report_says_when_the_next_one_is_due() {
    let mut reporter = reporter();
    let first = due(&mut reporter, 40).unwrap();
    assert_eq!(first.interval, Some(Duration::from_secs(30)));
    assert_eq!(first.next_in(Advice::NONE), Duration::from_secs(30));
    assert_eq!(first.next_in(asking(300, 0.1)), Duration::from_mins(50), "as it is asked to");
    reporter.handle_input(at(41), told(&first, asking(300, 1.0)));
    let second = due(&mut reporter, 400).unwrap();
    assert_eq!(second.next_in(Advice::NONE), Duration::from_mins(5), "as it was asked to");
    let share = Report { sampling: 0.1, ..second.clone() };
    assert_eq!(share.next_in(Advice::NONE), Duration::from_mins(50));
}

#[test]
fn of_a_client_that_does_not_say_the_length_of_its_window_tells() {
    let mut reporter = reporter();
    let first = due(&mut reporter, 40).unwrap();
    let older = |start, end| {
        let window = ReportWindow { start: at(start), end: at(end) };
        Report { interval: None, window, ..first.clone() }.next_in(Advice::NONE)
    };
    assert_eq!(older(0, 4), Report::ASSUMED_INTERVAL);
    assert_eq!(older(0, 600), Duration::from_mins(10));
    assert_eq!(older(0, 1_000_000), Report::LONGEST_SILENCE);
    let forged = Report { interval: Some(Duration::MAX), sampling: 1e-300, ..first.clone() };
    assert_eq!(forged.next_in(Advice::NONE), Report::LONGEST_SILENCE);
}

#[test]
fn no_sampling_keeps_a_session_silent_for_three_times_what_it_announced() {
    for (share, seed) in [0.5, 0.34, 0.1, 0.01, 0.001]
        .into_iter()
        .flat_map(|share| (1..20).map(move |seed| (share, seed)))
    {
        let mut reporter =
            Reporter::new(ReporterConfig::new("test/0"), seed, Instant::ORIGIN).unwrap();
        let (mut heard, mut announced) = (None, Duration::ZERO);
        let mut now = Instant::ORIGIN;
        for number in 0..2000 {
            now = reporter.poll_timeout().unwrap().max(now);
            reporter.handle_timeout(now, &state());
            let Some(report) = reporter.poll_output() else { continue };
            if let Some(heard) = heard {
                let silence = now.saturating_since(heard);
                assert!(silence < 3 * announced, "{share}: {silence:?} of {announced:?}");
            }
            let advice = if number % 3 == 0 { asking(30, 1.0) } else { asking(40, share) };
            (heard, announced) = (Some(now), report.next_in(advice));
            reporter.handle_input(now, told(&report, advice));
        }
    }
}

/// The record of a session with a link.
fn connected() -> ConnectionState {
    ConnectionState { status: Status::Connected, ..state() }
}

#[test]
fn a_page_that_is_left_says_that_its_session_has_ended() {
    let mut reporter = reporter();
    let first = due(&mut reporter, 40).unwrap();
    reporter.handle_event(lost(41));
    reporter.leave(at(42), &connected());
    assert_eq!(reporter.poll_output().unwrap().batch_id, first.batch_id, "it was not taken yet");
    let last = reporter.poll_output().unwrap();
    assert_eq!(
        (last.session.status, last.session.disconnected_at),
        (Status::Disconnected, Some(at(42)))
    );
    let names: Vec<_> = last.events.iter().map(|event| event.kind.name()).collect();
    assert_eq!(
        names,
        ["connection.disconnected", "connection.disconnected", "connection.status.changed"]
    );
    let left = EventKind::Disconnected { cause: Cause::PageLeft, planned: true };
    assert_eq!(last.events[1].kind, left);
    assert_eq!((last.activity.disconnections, last.activity.unplanned_disconnections), (2, 1));
    assert!((last.sampling - 1.0).abs() < f64::EPSILON, "an end is always told");
    reporter.leave(at(43), &connected());
    assert_eq!(reporter.poll_output(), None, "it says so once");
}

#[test]
fn a_page_that_was_left_after_its_session_was_closed_says_nothing_more() {
    let mut reporter = reporter();
    reporter.leave(at(1), &state());
    assert_eq!(reporter.poll_output(), None);
    reporter.come_back(at(2), &state());
    assert_eq!(reporter.poll_output(), None);
}

#[test]
fn a_page_that_comes_back_says_so_at_once_and_again_when_it_may_have_a_link() {
    let mut reporter = reporter();
    reporter.leave(at(10), &connected());
    let last = reporter.poll_output().unwrap();
    // What happens while the page is put away is no news: the session has ended.
    reporter.handle_event(lost(10));
    let suspended = ConnectionState { status: Status::Suspended, ..state() };
    reporter.come_back(at(100), &suspended);
    assert_eq!(reporter.poll_output().unwrap().batch_id, last.batch_id, "nobody has answered");
    let back = reporter.poll_output().unwrap();
    assert_eq!(back.session.status, Status::Suspended);
    let changed = EventKind::StatusChanged { from: Status::Disconnected, to: Status::Suspended };
    assert_eq!(back.events, [Event { at: at(100), kind: changed }]);
    reporter.handle_input(at(100), accepted(&back));
    reporter.handle_timeout(at(103), &connected());
    assert_eq!(reporter.poll_output().unwrap().session.status, Status::Connected);
    reporter.come_back(at(104), &connected());
    assert_eq!(reporter.poll_output(), None, "it was not left meanwhile");
}

#[cfg(feature = "serde")]
#[test]
fn what_a_later_version_adds_to_a_report_is_passed_over() {
    let mut reporter = reporter();
    let report = due(&mut reporter, 40).unwrap();
    let mut json = serde_json::to_value(&report).unwrap();
    json["later"] = 1.into();
    json["window"]["later"] = 2.into();
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
}
