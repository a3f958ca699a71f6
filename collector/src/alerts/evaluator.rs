//! Judges the alerts, or follows the collector that does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use steadfast_core::time::Instant;
use tokio_util::sync::CancellationToken;

use super::announcing::announce;
use super::{AlertBook, AlertsError, Operator, Silence};
use crate::auth::OrganizationId;
use crate::clock::Clock;
use crate::fleet::Fleet;
use crate::metrics::Metrics;
use crate::store::StoredAlerts;

/// Judges the alerts of a fleet, or shows what another collector judged.
#[derive(Debug)]
pub struct Evaluator {
    book: AlertBook,
    fleet: Arc<Fleet>,
    metrics: Arc<Metrics>,
    operator: Option<Operator>,
    clock: Clock,
}

/// How often alerts are judged, and the lease is prolonged.
const INTERVAL: Duration = Duration::from_secs(2);

/// How long the lease lasts: a collector that dies is followed by another after so long and one
/// [`INTERVAL`] at the latest.
const TERM: Duration = Duration::from_secs(6);

/// The name of the lease.
const LEASE: &str = "alerts";

impl Evaluator {
    /// Judges the alerts of `fleet`, and writes them into `book`.
    #[must_use]
    pub fn new(
        book: AlertBook,
        fleet: Arc<Fleet>,
        metrics: Arc<Metrics>,
        operator: Option<Operator>,
        clock: Clock,
    ) -> Self {
        Self { book, fleet, metrics, operator, clock }
    }

    /// Judges, or follows who does, until `stop`; then lets another judge at once.
    pub async fn run(self, stop: CancellationToken) {
        let mut failing = false;
        while !stop.is_cancelled() {
            let turn = self.turn().await;
            if let Err(error) = &turn
                && !failing
            {
                tracing::error!(%error, code = error.code(), "alerts cannot be judged");
            }
            failing = turn.is_err();
            self.metrics.judges(turn.unwrap_or(false));
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
        if let Err(error) = self.book.store.release_lease(LEASE).await {
            tracing::debug!(%error, "the lease is left to run out");
        }
    }

    /// Judges or follows once; and whether it was this collector's to judge.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn turn(&self) -> Result<bool, AlertsError> {
        if let Some(operator) = &self.operator {
            operator.tell_load(&self.book.store, &self.fleet, self.clock.now()).await?;
        }
        let judges = self.book.store.hold_lease(LEASE, TERM).await?;
        let stored: BTreeMap<_, _> = self.book.store.all_alerts().await?.into_iter().collect();
        let now = self.clock.now();
        for (id, stored) in &stored {
            self.fleet.organization(now, id)?.restore_alerts(stored.alerts.clone());
        }
        if judges {
            self.judge(now, stored).await?;
        }
        Ok(judges)
    }

    async fn judge(
        &self,
        now: Instant,
        mut stored: BTreeMap<OrganizationId, StoredAlerts>,
    ) -> Result<(), AlertsError> {
        let mut updates = Vec::new();
        let mut silences: BTreeMap<_, Vec<Silence>> = BTreeMap::new();
        for (id, silence) in self.book.store.all_silences(now).await? {
            silences.entry(id).or_default().push(silence);
        }
        let mut unannounced: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
        for (id, alert) in self.book.store.unannounced_alerts().await? {
            unannounced.entry(id).or_default().insert(alert);
        }
        for (id, organization) in self.fleet.organizations() {
            let StoredAlerts { revision, alerts: before } = stored.remove(&id).unwrap_or_default();
            let (alerts, events) = organization.judge_alerts(now, before.clone());
            let unannounced = unannounced.remove(&id).unwrap_or_default();
            let silences = silences.remove(&id).unwrap_or_default();
            let changes = announce(now, &alerts, &events, &unannounced, &silences);
            if alerts != before || !changes.is_empty() {
                updates.push(self.book.update(id, revision, alerts, changes));
            }
        }
        if !updates.is_empty() {
            // What somebody else wrote meanwhile stands, and is what the next turn judges from.
            self.book.store.replace_alerts(&updates).await?;
        }
        Ok(())
    }
}
