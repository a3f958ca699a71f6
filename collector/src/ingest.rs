//! The way of a report into the store: a bounded queue, one writer, many reports in one commit.
//!
//! A commit costs a flush to the disk, whether it holds one report or hundreds. So the writer
//! takes all that wait while it was busy with the commit before, and the busier the collector is,
//! the cheaper each report becomes. Nobody is answered before the commit, and the fleet learns of
//! a report only after it.

use std::collections::HashSet;
use std::sync::Arc;

use steadfast_core::ConfigError;
use steadfast_core::manager::ManagerError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::auth::OrganizationId;
use crate::fleet::{Delivery, Fleet, FleetConfig};
use crate::metrics::Metrics;
use crate::readiness::Readiness;
use crate::store::{Outcome, SqliteStore, StoreError};

/// The way in. Clones lead to the same queue.
#[derive(Clone, Debug)]
pub struct Ingest {
    queue: mpsc::Sender<Job>,
}

/// A report was not taken. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The collector ends.
    #[error("the collector is shutting down")]
    Closed,
    /// The organisation cannot be set up.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// More reports wait than may.
    #[error("{0} reports are waiting, which is as many as may")]
    Full(usize),
    /// The organisation has as many sessions as it may.
    #[error(transparent)]
    Sessions(ManagerError),
    /// The store failed. The details are in the collector's log.
    #[error("the report could not be stored")]
    Store,
}

/// Takes what waits, commits it, answers. Created beside an [`Ingest`]; to be run on a task.
#[derive(Debug)]
pub struct Writer {
    queue: mpsc::Receiver<Job>,
    store: SqliteStore,
    fleet: Arc<Fleet>,
    readiness: Arc<Readiness>,
    metrics: Arc<Metrics>,
    max_sessions: usize,
}

#[derive(Debug)]
struct Job {
    delivery: Delivery,
    answer: oneshot::Sender<Result<Outcome, IngestError>>,
}

/// The most reports in one commit: so many that the flush hardly counts, so few that the first
/// does not wait long for the last.
const MAX_GROUP: usize = 256;

impl Ingest {
    /// A queue for so many reports, and the writer behind it.
    #[must_use]
    pub fn new(
        capacity: usize,
        store: SqliteStore,
        fleet: Arc<Fleet>,
        readiness: Arc<Readiness>,
        metrics: Arc<Metrics>,
        config: FleetConfig,
    ) -> (Self, Writer) {
        let (sender, receiver) = mpsc::channel(capacity);
        let max_sessions = config.max_sessions;
        let writer = Writer { queue: receiver, store, fleet, readiness, metrics, max_sessions };
        (Self { queue: sender }, writer)
    }

    /// How many reports wait to be written, and how many may.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let most = self.queue.max_capacity();
        (most.saturating_sub(self.queue.capacity()), most)
    }

    /// Stores a report, and comes back when it is committed.
    ///
    /// # Errors
    ///
    /// If it was not stored.
    pub async fn submit(&self, delivery: Delivery) -> Result<Outcome, IngestError> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job { delivery, answer }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Closed(_) => IngestError::Closed,
            mpsc::error::TrySendError::Full(_) => IngestError::Full(self.queue.max_capacity()),
        })?;
        answered.await.unwrap_or(Err(IngestError::Closed))
    }
}

impl IngestError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "ingest.closed",
            Self::Config(error) => error.code(),
            Self::Full(_) => "ingest.full",
            Self::Sessions(error) => error.code(),
            Self::Store => "ingest.store",
        }
    }
}

impl Writer {
    /// Writes until `stop`, then takes no more, writes what still waits, and ends.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut group = Vec::with_capacity(MAX_GROUP);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled(), if !self.queue.is_closed() => self.queue.close(),
                taken = self.queue.recv_many(&mut group, MAX_GROUP) => {
                    if taken == 0 {
                        return;
                    }
                    self.write(std::mem::take(&mut group)).await;
                }
            }
        }
    }

    async fn write(&self, group: Vec<Job>) {
        let group = self.refuse_sessions_beyond_the_bound(group);
        let deliveries: Vec<&Delivery> = group.iter().map(|job| &job.delivery).collect();
        let began = std::time::Instant::now();
        let outcomes = self.store.store_reports(&deliveries).await;
        self.metrics.commit(deliveries.len(), began.elapsed());
        let outcomes = match outcomes {
            Ok(outcomes) => {
                self.readiness.store_works();
                outcomes
            }
            Err(error) => {
                self.readiness.store_failed(&error);
                Vec::new()
            }
        };
        // Where the commit failed there is no outcome, and every report failed with it.
        let outcomes = outcomes.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        for (Job { delivery, answer }, outcome) in group.into_iter().zip(outcomes) {
            let answered = match outcome {
                Some(Ok(Outcome::Stored)) => self.observe(delivery).map(|()| Outcome::Stored),
                Some(Ok(Outcome::Duplicate)) => Ok(Outcome::Duplicate),
                Some(Err(error)) => Err(failed(&error, &delivery)),
                None => Err(IngestError::Store),
            };
            // Who asked may have gone; the report is stored all the same.
            drop(answer.send(answered));
        }
    }

    fn observe(&self, delivery: Delivery) -> Result<(), IngestError> {
        let organization = self.fleet.organization(delivery.received_at, &delivery.organization)?;
        organization.observe(delivery).map_err(IngestError::Sessions)
    }

    /// Before anything is written, as afterwards it would be too late to say no.
    fn refuse_sessions_beyond_the_bound(&self, group: Vec<Job>) -> Vec<Job> {
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
        delivery: &Delivery,
        new: &mut HashSet<(OrganizationId, String)>,
    ) -> Result<(), IngestError> {
        let id = &delivery.organization;
        let organization = self.fleet.organization(delivery.received_at, id)?;
        let session_id = &delivery.report.session.session_id;
        if organization.knows(session_id) {
            return Ok(());
        }
        let key = (id.clone(), session_id.clone());
        let expected = organization.len() + new.iter().filter(|(of, _)| of == id).count();
        if expected >= self.max_sessions && !new.contains(&key) {
            let max = self.max_sessions;
            return Err(IngestError::Sessions(ManagerError::TooManySessions { max }));
        }
        new.insert(key);
        Ok(())
    }
}

fn failed(error: &StoreError, delivery: &Delivery) -> IngestError {
    let (organization, batch_id) = (&delivery.organization, &delivery.report.batch_id);
    tracing::error!(%error, %organization, %batch_id, "a report could not be stored");
    IngestError::Store
}
