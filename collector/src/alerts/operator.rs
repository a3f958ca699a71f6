//! The organisation that sees what the collectors have to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use steadfast_core::time::Instant;

use super::AlertsError;
use crate::auth::OrganizationId;
use crate::fleet::Fleet;
use crate::load::{OwnLoad, busiest};
use crate::store::Store;

/// The organisation that sees what the collectors have to do.
#[derive(Debug)]
pub struct Operator {
    id: OrganizationId,
    load: Arc<OwnLoad>,
    /// Whether there is such an organisation was found out.
    exists: AtomicBool,
}

impl Operator {
    /// The organisation of that name, and what this collector has to do.
    #[must_use]
    pub fn new(id: OrganizationId, load: Arc<OwnLoad>) -> Self {
        Self { id, load, exists: AtomicBool::new(false) }
    }

    /// Tells the operator's monitor the work to do: of several collectors, the most of each
    /// measure. While they cannot hear of each other, each tells its own.
    pub(super) async fn tell_load(
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
