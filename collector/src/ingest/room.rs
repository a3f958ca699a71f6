//! Refuses reports of new sessions where their organisation has no room for more.

use std::collections::HashSet;

use steadfast_core::manager::ManagerError;

use super::{IngestError, Job, Writer};
use crate::auth::OrganizationId;
use crate::fleet::AcceptedReport;

impl Writer {
    /// Before anything is written, as afterwards it would be too late to say no.
    pub(super) fn refuse_sessions_beyond_the_bound(&self, group: Vec<Job>) -> Vec<Job> {
        let mut new: HashSet<(OrganizationId, String)> = HashSet::new();
        let mut allowed = Vec::with_capacity(group.len());
        for job in group {
            match self.make_room(&job.delivery, &mut new) {
                Ok(()) => allowed.push(job),
                Err(refused) => drop(job.answer.send(Err(refused))),
            }
        }
        allowed
    }

    fn make_room(
        &self,
        delivery: &AcceptedReport,
        new: &mut HashSet<(OrganizationId, String)>,
    ) -> Result<(), IngestError> {
        let id = &delivery.organization;
        let organization = self.fleet.organization(delivery.received_at, id)?;
        let named = &delivery.report.session.session_id;
        let Some(session_id) = organization.new_session(named, &delivery.claim) else {
            return Ok(());
        };
        let key = (id.clone(), session_id.into_owned());
        let expected = new.iter().filter(|(of, _)| of == id).count() + 1;
        if !new.contains(&key) && !organization.has_room(expected) {
            let max = self.max_sessions;
            return Err(IngestError::Sessions(ManagerError::TooManySessions { max }));
        }
        new.insert(key);
        Ok(())
    }
}
