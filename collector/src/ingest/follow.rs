//! Follows the commits of other collectors, and deletions, by their numbers.

use super::{IngestError, Writer};
use crate::store::{DeletionRecord, StoreError};

/// How many commits are taken in at once.
const FOLLOWED_AT_ONCE: u64 = 8;

impl Writer {
    /// Takes in what other collectors have committed, and what was deleted.
    pub(super) async fn keep_up(&mut self) {
        let kept_up = match self.store.revision().await {
            Ok(revision) => self.follow(revision).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept_up {
            self.readiness.store_failed(&error);
        }
    }

    pub(super) async fn follow(&mut self, until: u64) -> Result<(), StoreError> {
        while self.revision < until {
            let next = until.min(self.revision + FOLLOWED_AT_ONCE);
            // Before the reports: those of a session that was deleted are seen only if it began anew.
            for deleted in self.store.deletions(self.revision, next).await? {
                self.forget(&deleted);
            }
            for followed in self.store.follow(self.revision, next).await? {
                self.weights.follow(&followed.counted);
                let (now, id) = (followed.session.heard_at, &followed.session.organization);
                let taken = match self.fleet.organization(now, id) {
                    Ok(organization) => {
                        organization.follow(followed).map_err(IngestError::Sessions)
                    }
                    Err(error) => Err(error.into()),
                };
                if let Err(error) = taken {
                    tracing::warn!(%error, "what another collector stored is not shown here");
                }
            }
            self.knows(next);
        }
        Ok(())
    }

    /// Learns from the reports of the last minutes how much each session and key usually counts for.
    pub(super) async fn learn(&mut self) {
        match self.store.counted_lately().await {
            Ok(counted) => counted.iter().for_each(|counted| self.weights.follow(counted)),
            Err(error) => {
                tracing::warn!(%error, "the weights of reports are not bounded until they are known");
            }
        }
    }

    fn forget(&self, deleted: &DeletionRecord) {
        let DeletionRecord { organization: id, session_id, .. } = deleted;
        match session_id {
            None => self.fleet.remove(id),
            Some(session_id) => {
                if let Some(organization) = self.fleet.organizations().get(id) {
                    organization.remove(session_id);
                }
            }
        }
    }
}
