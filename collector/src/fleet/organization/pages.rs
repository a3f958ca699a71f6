//! Selects the sessions that the API and the live stream show.

use std::thread;
use std::time::Duration;

use steadfast_core::manager::SessionView;
use steadfast_core::time::Instant;

use super::Organization;
use super::sessions::Sessions;
use crate::fleet::KnownSession;
use crate::fleet::filter::{Besides, Filter, Record};
use crate::fleet::order::{Best, Entry, Order, SortBy};
use crate::fleet::session::{Page, Session};

/// The first of the sessions that are wanted, in their order, and how many there are in all.
#[derive(Debug)]
pub struct Selection {
    entries: Vec<Entry>,
    total: u64,
}

/// How many sessions are looked at before the lock is released.
const AT_ONCE: usize = 4096;

/// The time for others to take the lock.
const PAUSE: Duration = Duration::from_micros(100);

impl Organization {
    /// When sessions that are in the database alone were heard of at the latest; absent if every
    /// session is in memory.
    #[must_use]
    pub fn stored_until(&self) -> Option<Instant> {
        self.lock().stored_until
    }

    /// The first `most` of the sessions that are wanted; among them those of the database, which are
    /// `stored` and wanted.
    ///
    /// It looks at every session unless the newest or those of a user are wanted, and pauses after each
    /// part: it should not run on a thread that serves requests. A session that comes or goes meanwhile may be missing.
    #[must_use]
    pub fn select(
        &self,
        filter: &Filter,
        order: Order,
        most: usize,
        stored: Vec<KnownSession>,
    ) -> Selection {
        if filter.wants_all() && order.by == SortBy::LastHeard && most <= AT_ONCE {
            return self.newest_or_oldest(order, most);
        }
        let mut best = Best::new(order, most);
        self.select_stored(stored, filter, &mut best);
        if !self.select_of_users(filter, &mut best) {
            self.select_of_all(filter, &mut best);
        }
        let (entries, total) = best.finish();
        Selection { entries, total }
    }

    /// The sessions that were selected, from the `offset`-th on, at most `limit`, as they are now. A
    /// session that was removed since is missing.
    #[must_use]
    pub fn page(&self, selection: &Selection, offset: usize, limit: usize) -> Page {
        let wanted: Vec<_> = selection.entries.iter().skip(offset).take(limit).collect();
        let mut connections = Vec::with_capacity(wanted.len());
        for part in wanted.chunks(AT_ONCE) {
            let sessions = self.lock();
            connections.extend(part.iter().filter_map(|entry| match &entry.stored {
                Some(session) => Some((**session).clone()),
                None => sessions.session(entry.session_id()),
            }));
        }
        Page { connections, total: selection.total }
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

    /// Sessions stand in the order in which they were heard of.
    fn newest_or_oldest(&self, order: Order, most: usize) -> Selection {
        let sessions = self.lock();
        let mut best = Best::new(order, most);
        let mut offer = |id: &str| {
            let view = sessions.manager.view(id);
            view.into_iter().for_each(|view| sessions.offer(view, &Filter::default(), &mut best));
        };
        if order.is_reversed {
            sessions.by_revision.values().take(most).for_each(|id| offer(id));
        } else {
            sessions.newest_first(0).take(most).for_each(offer);
        }
        let (entries, _) = best.finish();
        Selection { entries, total: sessions.manager.totals().sessions() }
    }

    fn select_stored(&self, stored: Vec<KnownSession>, filter: &Filter, best: &mut Best) {
        let mut stored = stored.into_iter().map(Session::from).peekable();
        while stored.peek().is_some() {
            let sessions = self.lock();
            for session in stored.by_ref().take(AT_ONCE) {
                // One that is in memory is known better there.
                let is_known = sessions.known.contains_key(session.state.session_id.as_str());
                if !is_known && filter.wants(&session) {
                    best.offer_stored(session);
                }
            }
        }
    }

    /// Whether that is done: not if no user is named, or one with more sessions than can be looked at
    /// under one lock.
    fn select_of_users(&self, filter: &Filter, best: &mut Best) -> bool {
        let sessions = self.lock();
        let of = |user: &String| sessions.manager.views_of_user(user).take(AT_ONCE + 1);
        if filter.user.is_empty() || filter.user.iter().flat_map(of).count() > AT_ONCE {
            return false;
        }
        let mut users: Vec<_> = filter.user.iter().collect();
        users.sort_unstable();
        users.dedup();
        users.into_iter().flat_map(of).for_each(|view| sessions.offer(view, filter, best));
        true
    }

    fn select_of_all(&self, filter: &Filter, best: &mut Best) {
        let mut place = 0;
        loop {
            let sessions = self.lock();
            let views = sessions.manager.views(place..place + AT_ONCE);
            views.for_each(|view| sessions.offer(view, filter, best));
            place += AT_ONCE;
            if place >= sessions.manager.places() {
                return;
            }
            drop(sessions);
            thread::sleep(PAUSE);
        }
    }
}

impl Selection {
    /// How many sessions are wanted in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many sessions were selected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Sessions {
    /// Offers a session if it is wanted.
    fn offer(&self, view: SessionView<'_>, filter: &Filter, best: &mut Best) {
        let record = Record {
            session_id: view.session_id(),
            user_id: view.user_id(),
            client_type: view.client_type(),
            status: view.status(),
            liveness: view.liveness(),
            quality: view.connection_quality(),
            latency: view.latency(),
            metadata: view.metadata(),
        };
        // Most fall out here, before they are looked up.
        if !filter.wants_record(&record) {
            return;
        }
        let Some(known) = self.known.get(record.session_id) else {
            return;
        };
        let besides = Besides {
            sdk: known.sdk.as_deref(),
            last_loss: known.last_loss,
            heard_at: known.heard_at,
            first_heard: known.first_heard,
        };
        if filter.wants_besides(&besides) {
            best.offer(&record, &besides);
        }
    }
}
