//! Selects the sessions that the API and the live stream show.

use super::Organization;
use crate::fleet::KnownSession;
use crate::fleet::session::{Filter, Page, Session};

impl Organization {
    /// The sessions that are wanted, from the `offset`-th on, at most `limit`; the one heard of last
    /// first.
    #[must_use]
    pub fn page(&self, filter: Filter, offset: usize, limit: usize) -> Page {
        let sessions = self.lock();
        let is_wanted = |id: &&str| {
            let status = sessions.manager.status(id);
            let known = status.zip(sessions.manager.liveness(id));
            known.is_some_and(|(status, liveness)| filter.wants(status, liveness))
        };
        let all = filter == Filter::default();
        let connections = sessions
            .newest_first(0)
            .filter(|id| all || is_wanted(id))
            .skip(offset)
            .take(limit)
            .filter_map(|id| sessions.session(id))
            .collect();
        Page { connections, total: filter.count(&sessions.manager.totals()) }
    }

    /// The sessions of a user that are wanted, from the `offset`-th on, at most `limit`; the one
    /// registered last first, and then those that made room for others, which are `stored`.
    #[must_use]
    pub fn page_of_user(
        &self,
        user_id: &str,
        stored: Vec<KnownSession>,
        filter: Filter,
        offset: usize,
        limit: usize,
    ) -> Page {
        let sessions = self.lock();
        let known = sessions.manager.connections_of_user(user_id);
        let mut all: Vec<_> = known.filter_map(|state| sessions.shown(state)).collect();
        let is_known = |one: &KnownSession| sessions.known.contains_key(&*one.state.session_id);
        all.extend(stored.into_iter().filter(|one| !is_known(one)).map(Session::from));
        all.retain(|session| filter.wants(session.state.status, session.liveness));
        let total = all.len() as u64;
        Page { connections: all.into_iter().skip(offset).take(limit).collect(), total }
    }

    /// The sessions that were heard of, or became stale, after that revision; of each at most
    /// `limit`, the last one first. And the present revision. After revision 0 all are new, and
    /// only those heard of last are given.
    #[must_use]
    pub fn changed_since(&self, revision: u64, limit: usize) -> (Vec<Session>, u64) {
        let sessions = self.lock();
        let heard = sessions.newest_first(revision + 1).take(limit);
        let stale = sessions.stale_by_revision.range(revision + 1..).rev().map(|(_, id)| &**id);
        let stale = stale.take(if revision == 0 { 0 } else { limit });
        let changed = heard.chain(stale).filter_map(|id| sessions.session(id)).collect();
        (changed, *self.revision.borrow())
    }
}
