//! Alerts are judged by one collector for all that share its database.
//!
//! Who holds a lease judges. What follows is stored, and every other collector shows that; so an
//! alert has one life, on whichever collector it is read or judged next. Alerts are written with
//! the revision that they follow from: a collector that stood still and believes to hold the lease
//! cannot undo what its successor wrote, nor can an acknowledgement get lost.

mod announcing;
mod evaluator;
mod operator;
mod record;
mod silence;

use std::collections::BTreeSet;

use steadfast_core::ConfigError;
use steadfast_core::event::{Event, EventKind};
use steadfast_core::health::{Alert, Alerts, HealthError};
use steadfast_core::time::Instant;

use crate::audit::Actor;
use crate::auth::OrganizationId;
use crate::store::{Acknowledged, AlertsUpdate, RecordedChange, Store, StoreError, StoredAlerts};
use crate::webhooks::Message;

pub use announcing::Announcement;
pub use evaluator::Evaluator;
pub use operator::Operator;
pub use record::{HistoryEntry, HistoryQuery, PublicUrl, RecordedAlert, Unannounced};
pub use silence::Silence;

/// How often an acknowledgement is tried when somebody else writes at the same time.
const ATTEMPTS: u32 = 10;

/// Where alerts are written.
#[derive(Clone, Debug)]
pub struct AlertBook {
    store: Store,
    /// Whether the configuration names a receiver of webhooks.
    has_receiver: bool,
    url: PublicUrl,
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
    /// Writes into `store`; and whether the configuration names a receiver of webhooks, and where the
    /// dashboard is found.
    #[must_use]
    pub fn new(store: Store, has_receiver: bool, url: PublicUrl) -> Self {
        Self { store, has_receiver, url }
    }

    /// The alerts of an organisation, whichever collector judged them.
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
        note: Option<&str>,
    ) -> Result<Alert, AlertsError> {
        let unannounced = self.store.unannounced_alerts().await?.into_iter();
        let unannounced = unannounced.filter(|(of, _)| of == organization).map(|(_, id)| id);
        let unannounced: BTreeSet<u32> = unannounced.collect();
        for _ in 0..ATTEMPTS {
            let StoredAlerts { revision, mut alerts } = self.store.alerts(organization).await?;
            let alert = alerts.acknowledge(now, id)?.clone();
            let event =
                Event { at: now, kind: EventKind::AlertAcknowledged(Box::new(alert.clone())) };
            let changes = announcing::announce(now, &alerts, &[event], &unannounced, &[]);
            let mut update = self.update(organization.clone(), revision, alerts, changes);
            update.acknowledged =
                Some(Acknowledged { at: now, id, by: by.clone(), note: note.map(str::to_owned) });
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
        changes: Vec<Announcement>,
    ) -> AlertsUpdate {
        let recorded = changes.into_iter().map(|Announcement { alert, event, announced }| {
            let message = event.and_then(|event| Message::of(&organization, &event, &self.url));
            RecordedChange { alert, message, announced }
        });
        let changes = recorded.collect();
        let has_receiver = self.has_receiver;
        AlertsUpdate { organization, after, alerts, changes, has_receiver, acknowledged: None }
    }
}
