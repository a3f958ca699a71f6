//! Alerts are judged by one collector for all that share its database.
//!
//! Who holds a lease judges. What follows is stored, and every other collector shows that; so an
//! alert has one life, wherever it is asked for and whoever judges it next. Alerts are written with
//! the revision that they follow from: a collector that stood still and believes to hold the lease
//! cannot undo what its successor wrote, nor can an acknowledgement get lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::event::{Event, EventKind};
use steadfast_core::health::{Alert, Alerts, HealthError};
use steadfast_core::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::audit::Actor;
use crate::auth::OrganizationId;
use crate::clock::Clock;
use crate::fleet::Fleet;
use crate::load::{OwnLoad, busiest};
use crate::metrics::Metrics;
use crate::store::{Acknowledged, AlertsUpdate, Store, StoreError, StoredAlerts};
use crate::webhooks::Message;

/// How often alerts are judged, and the lease is prolonged.
const INTERVAL: Duration = Duration::from_secs(2);

/// How long the lease lasts: whoever dies is followed by another after so long and one
/// [`INTERVAL`] at the latest.
const TERM: Duration = Duration::from_secs(6);

/// The name of the lease.
const LEASE: &str = "alerts";

/// How often an acknowledgement is tried when somebody else writes at the same time.
const ATTEMPTS: u32 = 10;

/// Where alerts are written.
#[derive(Clone, Debug)]
pub struct AlertBook {
    store: Store,
    /// Whether what becomes of them is told elsewhere.
    tells: bool,
}

/// Judges the alerts of a fleet, or shows what another collector judged.
#[derive(Debug)]
pub struct Evaluator {
    book: AlertBook,
    fleet: Arc<Fleet>,
    metrics: Arc<Metrics>,
    operator: Option<Operator>,
    clock: Clock,
}

/// The organisation that sees what the collectors have to do.
#[derive(Debug)]
pub struct Operator {
    id: OrganizationId,
    load: Arc<OwnLoad>,
    /// Whether there is such an organisation was found out.
    exists: AtomicBool,
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

impl AlertBook {
    /// Writes into `store`; and whether what becomes of alerts is to be told elsewhere.
    #[must_use]
    pub fn new(store: Store, tells: bool) -> Self {
        Self { store, tells }
    }

    /// The alerts of an organisation, whoever judged them.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn alerts(&self, organization: &OrganizationId) -> Result<Alerts, StoreError> {
        Ok(self.store.alerts(organization).await?.alerts)
    }

    /// Notes that somebody knows of an alert: it is silent until it grows worse, wherever it is
    /// asked for.
    ///
    /// # Errors
    ///
    /// If there is no such alert, it is not firing, or the store fails.
    pub async fn acknowledge(
        &self,
        now: Instant,
        organization: &OrganizationId,
        id: u32,
        by: &Actor,
    ) -> Result<Alert, AlertsError> {
        for _ in 0..ATTEMPTS {
            let StoredAlerts { revision, mut alerts } = self.store.alerts(organization).await?;
            let alert = alerts.acknowledge(now, id)?.clone();
            let event =
                Event { at: now, kind: EventKind::AlertAcknowledged(Box::new(alert.clone())) };
            let mut update = self.update(organization.clone(), revision, alerts, &[event]);
            update.acknowledged = Some(Acknowledged { at: now, id, by: by.clone() });
            if self.store.replace_alerts(&[update]).await?.contains(&true) {
                return Ok(alert);
            }
        }
        Err(AlertsError::Busy)
    }

    fn update(
        &self,
        organization: OrganizationId,
        after: u64,
        alerts: Alerts,
        events: &[Event],
    ) -> AlertsUpdate {
        let told = events.iter().filter(|_| self.tells);
        let messages = told.filter_map(|event| Message::of(&organization, event)).collect();
        AlertsUpdate { organization, after, alerts, messages, acknowledged: None }
    }
}

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
        for (id, organization) in self.fleet.organizations() {
            let StoredAlerts { revision, alerts: before } = stored.remove(&id).unwrap_or_default();
            let (alerts, events) = organization.judge_alerts(now, before.clone());
            if alerts != before {
                updates.push(self.book.update(id, revision, alerts, &events));
            }
        }
        if !updates.is_empty() {
            // What somebody else wrote meanwhile stands, and is what the next turn judges from.
            self.book.store.replace_alerts(&updates).await?;
        }
        Ok(())
    }
}

impl Operator {
    /// The organisation of that name, and what this collector has to do.
    #[must_use]
    pub fn new(id: OrganizationId, load: Arc<OwnLoad>) -> Self {
        Self { id, load, exists: AtomicBool::new(false) }
    }

    /// Tells the operator's monitor what there is to do: of several collectors, the most of each
    /// measure. While they cannot hear of each other, each tells its own.
    async fn tell_load(
        &self,
        store: &Store,
        fleet: &Fleet,
        now: Instant,
    ) -> Result<(), AlertsError> {
        // Alerts of an organisation that is none could not be written.
        if !self.exists.load(Ordering::Relaxed) {
            if !store.has_organization(&self.id).await? {
                return Ok(());
            }
            self.exists.store(true, Ordering::Relaxed);
        }
        let own = self.load.known(now);
        let shared = store.share_load(own).await;
        let load = shared.as_ref().map_or(own, |loads| busiest(loads));
        fleet.organization(now, &self.id)?.handle_load(now, load);
        shared?;
        Ok(())
    }
}
