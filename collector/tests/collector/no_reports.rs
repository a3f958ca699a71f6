//! The alert that sessions no longer report: by a fleet in simulated time, and over HTTP.

use std::time::Duration;

use steadfast_collector::fleet::{Fleet, FleetConfig, KnownSession};
use steadfast_core::health::{AlertKind, Alerts};
use steadfast_core::time::Instant;

use crate::support::{Running, accepted, eventually, report};

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// A fleet of one organisation, its judge and a clock.
struct Judged {
    fleet: Fleet,
    alerts: Alerts,
    now: Instant,
    rests: bool,
}

impl Judged {
    fn new() -> Self {
        let fleet = Fleet::new(FleetConfig::default()).unwrap();
        let now = Instant::ORIGIN + Duration::from_hours(24);
        Self { fleet, alerts: Alerts::default(), now, rests: false }
    }

    fn observe(&self, number: u32) {
        let organization = self.fleet.organization(self.now, &"acme".parse().unwrap()).unwrap();
        let report = report(&format!("s{number}"), "b");
        let accepted = accepted(report, self.now);
        organization.observe(&accepted).unwrap();
    }

    fn restore(&self, number: u32, stopped_at: Instant) {
        let organization = self.fleet.organization(self.now, &"acme".parse().unwrap()).unwrap();
        let known = KnownSession {
            organization: "acme".parse().unwrap(),
            state: report(&format!("s{number}"), "b").session,
            as_of: stopped_at,
            first_heard: Instant::ORIGIN,
            sdk: None,
            last_loss: None,
            heard_at: stopped_at,
            clock_skew: None,
            next_in: HALF_A_MINUTE,
            token: None,
        };
        organization.restore(self.now, stopped_at, &known).unwrap();
    }

    /// Lets that many seconds pass, in which that many sessions report every half a minute.
    fn pass(&mut self, secs: u32, sessions: u32) {
        let organization = self.fleet.organization(self.now, &"acme".parse().unwrap()).unwrap();
        for second in 0..secs {
            if second % 30 == 0 {
                (0..sessions).for_each(|number| self.observe(number));
            }
            self.now = self.now + Duration::from_secs(1);
            self.fleet.handle_timeout(self.now, self.rests);
            (self.alerts, _) = organization.judge_alerts(self.now, self.alerts.clone());
        }
    }

    fn is_raised(&self) -> bool {
        self.alerts.active().any(|alert| alert.kind == AlertKind::NoReports)
    }
}

#[test]
fn while_the_store_is_away_nobody_is_missed_nor_are_those_that_do_not_come_back() {
    let mut judged = Judged::new();
    judged.pass(300, 20);
    judged.rests = true;
    judged.pass(1800, 0);
    assert!(!judged.is_raised());
    judged.rests = false;
    judged.pass(600, 4);
    assert!(!judged.is_raised(), "16 of 20 left meanwhile, and could not say so");
}

#[test]
fn after_a_restart_those_that_left_meanwhile_are_not_missed() {
    let mut judged = Judged::new();
    let stopped_at = judged.now - Duration::from_hours(1);
    (0..20).for_each(|number| judged.restore(number, stopped_at));
    judged.pass(1200, 4);
    assert!(!judged.is_raised());
    judged.pass(900, 20);
    judged.pass(120, 0);
    assert!(judged.is_raised(), "those that came since are");
}

#[test]
fn an_outage_outlasts_a_restart() {
    let mut before = Judged::new();
    before.pass(300, 20);
    before.pass(120, 0);
    assert!(before.is_raised());
    let mut after = Judged { alerts: before.alerts, now: before.now, ..Judged::new() };
    (0..20).for_each(|number| after.restore(number, before.now));
    after.pass(1800, 0);
    assert!(after.is_raised());
    after.pass(150, 20);
    assert!(!after.is_raised());
}

#[tokio::test]
async fn when_all_processes_are_killed_the_alert_fires() {
    let collector = Running::start_with(|config| {
        config.health.no_reports.for_at_least = Duration::ZERO;
        config.health.interval = Duration::from_millis(100);
    })
    .await;
    for number in 0..6 {
        let mut report = report(&format!("s{number}"), &format!("b{number}"));
        report.interval = Some(Duration::from_secs(1));
        collector.accept(&report).await;
    }
    let alert = async || {
        let listed = collector.read("/v1/alerts").await;
        let mut alerts = listed["alerts"].as_array().unwrap().clone().into_iter();
        alerts.find(|alert| alert["type"] == "NO_REPORTS")
    };
    eventually("nobody reports", async || alert().await.is_some()).await;
    let alert = alert().await.unwrap();
    assert_eq!((&alert["status"], &alert["severity"]), (&"FIRING".into(), &"CRITICAL".into()));
}
