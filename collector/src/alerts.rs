//! Alerts are judged by one collector for all that share its database.
//!
//! Who holds a lease judges. What follows is stored, and every other collector shows that; so an
//! alert has one life, wherever it is asked for and whoever judges it next. Alerts are written with
//! the revision that they follow from: a collector that stood still and believes to hold the lease
//! cannot undo what its successor wrote, nor can an acknowledgement get lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::health::{Alert, HealthError};
use steadfast_core::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::auth::OrganizationId;
use crate::clock::Clock;
use crate::fleet::Fleet;
use crate::metrics::Metrics;
use crate::store::{AlertsUpdate, Store, StoreError, StoredAlerts};

/// How often alerts are judged, and the lease is prolonged.
const INTERVAL: Duration = Duration::from_secs(2);

/// How long the lease lasts: whoever dies is followed by another after so long and one
/// [`INTERVAL`] at the latest.
const TERM: Duration = Duration::from_secs(6);

/// The name of the lease.
const LEASE: &str = "alerts";

/// How often an acknowledgement is tried when somebody else writes at the same time.
const ATTEMPTS: u32 = 10;

/// Judges the alerts of a fleet, or shows what another collector judged.
#[derive(Debug)]
pub struct Evaluator {
    store: Store,
    fleet: Arc<Fleet>,
    metrics: Arc<Metrics>,
    clock: Clock,
}

/// Alerts could not be judged or acknowledged. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlertsError {
    /// Others wrote the organisation's alerts again and again meanwhile.
    #[error("the alerts change too often to be written")]
    Busy,
    /// The organisation cannot be set up.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no such alert, or it is not one to be acknowledged.
    #[error(transparent)]
    Health(#[from] HealthError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AlertsError {
    /// The stable name of this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy => "alerts.busy",
            Self::Config(error) => error.code(),
            Self::Health(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl Evaluator {
    /// Judges the alerts of `fleet`, and keeps them in `store`.
    #[must_use]
    pub fn new(store: Store, fleet: Arc<Fleet>, metrics: Arc<Metrics>, clock: Clock) -> Self {
        Self { store, fleet, metrics, clock }
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
        if let Err(error) = self.store.release_lease(LEASE).await {
            tracing::debug!(%error, "the lease is left to run out");
        }
    }

    /// Judges or follows once; and whether it was this collector's to judge.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn turn(&self) -> Result<bool, AlertsError> {
        let judges = self.store.hold_lease(LEASE, TERM).await?;
        let stored: BTreeMap<_, _> = self.store.all_alerts().await?.into_iter().collect();
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
        for (id, organization) in self.fleet.organizations() {
            let StoredAlerts { revision, alerts: before } = stored.remove(&id).unwrap_or_default();
            let alerts = organization.judge_alerts(now, before.clone());
            if alerts != before {
                updates.push(AlertsUpdate { organization: id, after: revision, alerts });
            }
        }
        if !updates.is_empty() {
            // What somebody else wrote meanwhile stands, and is what the next turn judges from.
            self.store.replace_alerts(&updates).await?;
        }
        Ok(())
    }
}

/// Notes that somebody knows of an alert: it is silent until it grows worse, wherever it is asked
/// for.
///
/// # Errors
///
/// If there is no such alert, it is not firing, or the store fails.
pub async fn acknowledge(
    store: &Store,
    now: Instant,
    organization: &OrganizationId,
    id: u32,
) -> Result<Alert, AlertsError> {
    for _ in 0..ATTEMPTS {
        let StoredAlerts { revision, mut alerts } = store.alerts(organization).await?;
        let alert = alerts.acknowledge(now, id)?.clone();
        let update = AlertsUpdate { organization: organization.clone(), after: revision, alerts };
        if store.replace_alerts(&[update]).await?.contains(&true) {
            return Ok(alert);
        }
    }
    Err(AlertsError::Busy)
}
