use std::time::Duration;

use steadfast_collector::Clock;
use steadfast_collector::audit::Actor;
use steadfast_collector::fleet::{AcceptedReport, Fleet, FleetConfig};
use steadfast_collector::retention::{REPORTS_KEPT, SESSIONS_KEPT, remove_outdated};
use steadfast_collector::store::{Outcome, Store};
use steadfast_core::time::Instant;

use crate::support::report;

struct Fixture {
    store: Store,
    fleet: Fleet,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db").into()).await.unwrap();
        store
            .add_keys(Instant::ORIGIN, &"acme".parse().unwrap(), &[], &Actor::command())
            .await
            .unwrap();
        let fleet = Fleet::new(FleetConfig::default()).unwrap();
        Self { store, fleet, _folder: folder }
    }

    async fn deliver(&self, session_id: &str, batch_id: &str, received_at: Instant) -> Outcome {
        let organization = "acme".parse().unwrap();
        let delivery = AcceptedReport {
            organization,
            report: report(session_id, batch_id),
            received_at,
            clock_skew: None,
            next_in: Duration::from_secs(30),
        };
        let outcomes = self.store.store_reports(&[&delivery]).await.unwrap().outcomes;
        let organization = self.fleet.organization(received_at, &delivery.organization).unwrap();
        organization.observe(&delivery).unwrap();
        outcomes[0]
    }
}

#[tokio::test]
async fn reports_are_forgotten_after_a_week_and_sessions_after_a_month() {
    let fixture = Fixture::new().await;
    let now = Clock::start().now();
    let moment = Duration::from_secs(1);
    fixture.deliver("old", "old", now - SESSIONS_KEPT - moment).await;
    fixture.deliver("known", "forgotten", now - REPORTS_KEPT - moment).await;
    fixture.deliver("new", "kept", now - REPORTS_KEPT + moment).await;

    remove_outdated(&fixture.store, &fixture.fleet, now).await.unwrap();
    let acme = fixture.fleet.organization(now, &"acme".parse().unwrap()).unwrap();
    assert!(!acme.knows("old") && acme.knows("known") && acme.knows("new"));
    assert_eq!(acme.metrics(now).total_connections, 2);
    let stored = fixture.store.sessions(10).await.unwrap();
    let stored: Vec<_> = stored.iter().map(|known| known.state.session_id.as_str()).collect();
    assert_eq!(stored, ["known", "new"]);
    assert_eq!(fixture.deliver("new", "kept", now).await, Outcome::Duplicate);
    assert_eq!(fixture.deliver("new", "forgotten", now).await, Outcome::Stored);
}
