//! What every request can reach.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::address::Addresses;
use crate::alerts::{AlertBook, PublicUrl};
use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::fleet::Fleet;
use crate::http::RefusalLog;
use crate::ingest::Ingest;
use crate::live::Live;
use crate::load::OwnLoad;
use crate::metrics::{Levels, Metrics};
use crate::new_sessions::NewSessions;
use crate::notes::KeyNotes;
use crate::readiness::{Readiness, StoreState};
use crate::reload::LiveConfig;
use crate::store::Store;
use crate::webhooks::WebhookClient;

/// What every request can reach. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct App {
    /// Where clients are, and how much may come from one address.
    pub(crate) addresses: Arc<Addresses>,
    /// The time.
    pub(crate) clock: Clock,
    /// Who may do what.
    pub(crate) authenticator: Arc<Authenticator>,
    /// The way of a report into the store.
    pub(crate) ingest: Ingest,
    /// What is known of the sessions.
    pub(crate) fleet: Arc<Fleet>,
    /// What this process has to do.
    pub(crate) load: Arc<OwnLoad>,
    /// The alerts of all organisations.
    pub(crate) alerts: AlertBook,
    /// Who sends webhooks.
    pub(crate) webhooks: WebhookClient,
    /// Where the dashboard is found from outside.
    pub(crate) public_url: PublicUrl,
    /// What was refused, cut short or passed over of each key's reports.
    pub(crate) notes: Arc<KeyNotes>,
    /// What outlives the process.
    pub(crate) store: Store,
    /// Who may listen to the live stream.
    pub(crate) live: Arc<Live>,
    /// How many sessions keys and addresses begin.
    pub(crate) new_sessions: Arc<NewSessions>,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
    /// The configuration in effect.
    pub(crate) config: LiveConfig,
    /// The refusals that are to be logged.
    pub(crate) refusals: Arc<RefusalLog>,
    /// Whether it can answer.
    pub(crate) readiness: Arc<Readiness>,
    /// Cancelled when the collector is to end.
    pub(crate) stop: CancellationToken,
    /// What the collector waits for at its end: connections and live streams.
    pub(crate) tasks: TaskTracker,
}

impl App {
    /// What is read for the metrics.
    pub(crate) fn levels(&self) -> Levels {
        let (queue, queue_capacity) = self.ingest.waiting();
        Levels {
            queue,
            queue_capacity,
            load: self.load.known(self.clock.now()),
            live_clients: self.live.clients(),
            store_writable: self.readiness.state().store == StoreState::Writable,
        }
    }
}
