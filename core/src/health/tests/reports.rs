//! The alert that sessions no longer report.

use super::*;
use crate::connection::ConnectionState;
use crate::quality::Quality;

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

impl Bench {
    /// A manager of sessions that another side reports.
    fn of_reports() -> Self {
        Self::new(0)
    }

    /// These sessions report, and say that they do so again within `next_in`.
    fn report(&mut self, sessions: core::ops::Range<u32>, status: Status, next_in: Duration) {
        for number in sessions {
            let id = std::format!("s{number}");
            let mut state = ConnectionState::new(Registration::new(id, "web"));
            state.status = status;
            state.connection_quality = Some(Quality::Good);
            let now = at(self.now);
            self.manager.observe(now, &state, &Activity::default(), next_in).unwrap();
        }
    }

    /// Lets a number of seconds pass, in which these sessions report every half a minute.
    fn pass_reporting(&mut self, secs: u64, sessions: core::ops::Range<u32>) {
        for _ in 0..secs {
            self.now += 1;
            if self.now.is_multiple_of(30) {
                self.report(sessions.clone(), Status::Connected, HALF_A_MINUTE);
            }
            self.manager.handle_timeout(at(self.now));
            self.tick();
        }
    }

    fn pass_silently(&mut self, secs: u64) {
        self.pass_reporting(secs, 0..0);
    }
}

#[test]
fn when_nobody_reports_any_more_an_alert_is_raised_and_it_lasts_until_reports_are_back() {
    let mut bench = Bench::of_reports();
    bench.pass_reporting(120, 0..20);
    bench.pass_silently(59);
    assert_eq!(bench.names(), [""; 0], "one missing report is not two");
    bench.pass_silently(40);
    assert_eq!(bench.active(), [AlertKind::NoReports]);
    let raised = bench.alerts[0].clone();
    assert_eq!((raised.severity, raised.value.to_bits()), (Severity::Critical, 0.0_f64.to_bits()));
    bench.pass_silently(3600);
    assert_eq!(bench.active(), [AlertKind::NoReports], "that nobody is left is no end of it");
    bench.pass_reporting(30, 0..20);
    bench.pass_reporting(70, 0..20);
    assert_eq!(bench.names(), ["created", "changed", "resolved"]);
}

#[test]
fn the_alert_is_raised_below_half_and_is_over_above_four_fifths() {
    let share = |reporting: u32| {
        let mut bench = Bench::of_reports();
        bench.pass_reporting(120, 0..20);
        bench.pass_reporting(120, 0..reporting);
        bench
    };
    assert_eq!(share(10).active(), []);
    let mut bench = share(9);
    assert_eq!(bench.active(), [AlertKind::NoReports]);
    assert_eq!(bench.alerts[0].severity, Severity::Low);
    bench.pass_reporting(300, 0..16);
    assert_eq!(bench.active(), [AlertKind::NoReports], "16 of 20 are not more than four fifths");
    bench.pass_reporting(120, 0..17);
    assert_eq!(bench.active(), []);
    assert_eq!(share(5).alerts[0].severity, Severity::Medium);
    assert_eq!(share(4).alerts.last().unwrap().severity, Severity::High);
}

#[test]
fn sessions_that_end_are_not_expected_to_report() {
    let mut bench = Bench::of_reports();
    bench.pass_reporting(120, 0..20);
    bench.report(0..18, Status::Disconnected, HALF_A_MINUTE);
    bench.pass_reporting(300, 18..20);
    for number in 18..20 {
        bench.manager.remove(&std::format!("s{number}")).unwrap();
    }
    bench.pass_silently(300);
    assert_eq!(bench.names(), [""; 0]);
}

#[test]
fn sessions_that_vanish_while_others_take_their_place_are_no_outage() {
    let mut bench = Bench::of_reports();
    for wave in 0..40 {
        // Each session vanishes after a minute without a word.
        bench.pass_reporting(60, 20 * wave..20 * (wave + 1));
    }
    assert_eq!(bench.names(), [""; 0]);
    bench.pass_silently(120);
    assert_eq!(bench.active(), [AlertKind::NoReports]);
}

#[test]
fn sessions_that_said_to_be_silent_for_long_are_not_missed_before_that() {
    let mut bench = Bench::of_reports();
    let ten_minutes = Duration::from_mins(10);
    bench.report(0..20, Status::Connected, ten_minutes);
    bench.pass_silently(1199);
    assert_eq!(bench.names(), [""; 0]);
    bench.pass_silently(60);
    assert_eq!(bench.active(), [AlertKind::NoReports]);
}

#[test]
fn a_few_sessions_that_vanish_raise_nothing() {
    let mut bench = Bench::of_reports();
    bench.pass_reporting(120, 0..4);
    bench.pass_silently(300);
    assert_eq!(bench.names(), [""; 0]);
}

#[test]
fn registered_sessions_are_never_missed() {
    let mut bench = Bench::new(20);
    bench.pass_reporting(120, 20..30);
    bench.pass_silently(1200);
    assert_eq!(bench.names(), [""; 0]);
}

#[test]
fn while_sessions_cannot_report_nothing_is_raised_and_nothing_is_over() {
    let mut bench = Bench::of_reports();
    bench.pass_reporting(120, 0..20);
    for _ in 0..100 {
        bench.monitor.hold_reports_until(at(bench.now + 2));
        bench.pass_silently(1);
    }
    bench.pass_silently(600);
    assert_eq!(bench.names(), [""; 0], "who did not come back is not missed");

    bench.pass_reporting(120, 0..20);
    bench.pass_silently(120);
    assert_eq!(bench.active(), [AlertKind::NoReports]);
    bench.monitor.hold_reports_until(at(bench.now + 3600));
    bench.pass_reporting(1800, 0..20);
    assert_eq!(bench.active(), [AlertKind::NoReports]);
}

#[test]
fn a_monitor_that_takes_over_knows_who_is_missing() {
    let mut bench = Bench::of_reports();
    bench.pass_reporting(120, 0..20);
    bench.pass_silently(120);
    let judged = bench.monitor.remembered_alerts().clone();
    let mut other = Bench::of_reports();
    other.now = bench.now;
    other.monitor.restore_alerts(judged);
    other.pass_reporting(600, 0..6);
    assert_eq!(other.active(), [AlertKind::NoReports]);
    assert!((other.monitor.active_alerts().last().unwrap().value - 0.3).abs() < 1e-9);
    other.pass_reporting(120, 0..20);
    assert_eq!(other.active(), []);
}

#[test]
fn sessions_that_are_missing_for_a_day_are_gone_for_good() {
    let mut bench = Bench::of_reports();
    bench.pass_reporting(120, 0..20);
    bench.pass_silently(86_400);
    assert_eq!(bench.active(), [AlertKind::NoReports]);
    bench.pass_silently(300);
    assert_eq!(bench.active(), []);
    assert_eq!(bench.alerts.last().unwrap().state, AlertState::Expired);
}

#[cfg(feature = "serde")]
#[test]
fn alerts_that_were_stored_with_four_kinds_are_read() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(60);
    let mut stored = serde_json::to_value(bench.monitor.remembered_alerts()).unwrap();
    let mut overload = stored["live"][0].clone();
    overload.as_object_mut().unwrap().remove("expected");
    stored["live"] = serde_json::json!([null, null, null, overload]);
    bench.monitor.restore_alerts(serde_json::from_value(stored).unwrap());
    bench.wait(10);
    assert_eq!(bench.active(), [AlertKind::SystemOverload]);
    assert_eq!(bench.names(), ["created"], "the alert goes on");
}
