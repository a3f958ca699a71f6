//! The way of a report into the store: a bounded queue, one writer, many reports in one commit.
//!
//! A commit costs a flush to the disk, whether it holds one report or hundreds. So the writer
//! takes all that wait while it was busy with the commit before, and the busier the collector is,
//! the cheaper each report becomes. Nobody is answered before the commit, and the fleet learns of
//! a report only after it.
//!
//! Where several collectors share a database, the writer also follows what the others commit:
//! commits are numbered without a gap, and it takes them in by their numbers. So each collector
//! knows the whole of every organisation, and one whose commit came to nothing, or may have, finds
//! out the same way.

mod follow;
mod load;
mod room;
mod weight;

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::manager::ManagerError;
use steadfast_core::report::Advice;
use steadfast_core::time::Instant;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::fleet::{AcceptedReport, Fleet};
use crate::metrics::Metrics;
use crate::readiness::Readiness;
use crate::store::{Commit, Outcome, Store, StoreError};
use load::Load;
pub(crate) use weight::Amount;
pub use weight::WeightLimit;
use weight::Weights;

/// The way in. Clones lead to the same queue.
#[derive(Clone, Debug)]
pub struct Ingest {
    queue: mpsc::Sender<Job>,
    load: Arc<Load>,
    known: watch::Receiver<u64>,
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
    load: Arc<Load>,
    store: Store,
    fleet: Arc<Fleet>,
    readiness: Arc<Readiness>,
    metrics: Arc<Metrics>,
    max_sessions: usize,
    /// How much each report counts for.
    weights: Weights,
    /// The last commit that the fleet knows of.
    revision: u64,
    known: watch::Sender<u64>,
}

/// Result of storing a report.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Whether it was stored now or before.
    pub outcome: Outcome,
    /// The reporting interval and sampling that the client is advised to use.
    pub advice: Advice,
    /// The bound for which it counts with a reduced weight; absent if it counts whole.
    pub reduced: Option<WeightLimit>,
    /// The session that the report was taken for, if that is not the one that it names.
    pub other_session: Option<String>,
}

#[derive(Debug)]
struct Job {
    delivery: AcceptedReport,
    answer: oneshot::Sender<Result<Taken, IngestError>>,
}

/// The most reports in one commit: enough that the flush hardly counts, so few that the first
/// does not wait long for the last.
const MAX_GROUP: usize = 256;

/// How often it is looked for what other collectors have committed.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(250);

/// How long a request waits for the fleet to know of what it has changed.
const KNOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a client stays away whose session is one too many.
const SESSIONS_WAIT: Duration = Duration::from_mins(1);

/// How long a commit may take. Longer than a database waits for another writer.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(15);

impl Ingest {
    /// A queue for that many reports, and the writer behind it.
    #[must_use]
    pub fn new(
        capacity: usize,
        store: Store,
        fleet: Arc<Fleet>,
        readiness: Arc<Readiness>,
        metrics: Arc<Metrics>,
        max_sessions: usize,
    ) -> (Self, Writer) {
        let (sender, receiver) = mpsc::channel(capacity);
        let load = Arc::new(Load::new(capacity));
        let (known, is_known) = watch::channel(0);
        let writer = Writer {
            queue: receiver,
            load: Arc::clone(&load),
            store,
            fleet,
            readiness,
            metrics,
            max_sessions,
            weights: Weights::default(),
            revision: 0,
            known,
        };
        (Self { queue: sender, load, known: is_known }, writer)
    }

    /// Waits until the fleet knows of the commits up to `revision`, for a few seconds at most.
    pub async fn until_known(&self, revision: u64) {
        let mut known = self.known.clone();
        let until = known.wait_for(|known| *known >= revision);
        // While the database is away, the fleet learns of it later.
        drop(tokio::time::timeout(KNOWN_TIMEOUT, until).await);
    }

    /// How many reports wait to be written, and how many may.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let most = self.queue.max_capacity();
        (most.saturating_sub(self.queue.capacity()), most)
    }

    /// The average fill of the queue, from 0 to 1, after a look at it.
    #[must_use]
    pub fn look(&self, now: Instant) -> f64 {
        self.load.waiting(now, self.waiting().0);
        self.load.fill()
    }

    /// Stores a report, and comes back when it is committed; with the advice to its client.
    ///
    /// # Errors
    ///
    /// If it was not stored.
    pub async fn submit(&self, delivery: AcceptedReport) -> Result<Taken, IngestError> {
        self.load.waiting(delivery.received_at, self.waiting().0);
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job { delivery, answer }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Closed(_) => IngestError::Closed,
            mpsc::error::TrySendError::Full(_) => IngestError::Full(self.queue.max_capacity()),
        })?;
        answered.await.unwrap_or(Err(IngestError::Closed))
    }

    /// How often clients should report now, and how many of their windows.
    #[must_use]
    pub fn advice(&self) -> Advice {
        self.load.advice()
    }

    /// How full the queue is on average, from 0 to 1.
    #[must_use]
    pub fn fill(&self) -> f64 {
        self.load.fill()
    }

    /// Until when clients that were refused are asked to stay away; absent if none was.
    #[must_use]
    pub fn refused_until(&self) -> Option<Instant> {
        self.load.last_slot()
    }

    /// How long a client should stay away whose report was not taken: each longer than the one
    /// before, so that they come back at the pace of the writer.
    #[must_use]
    pub fn wait(&self, now: Instant, refused: &IngestError) -> Duration {
        match refused {
            // Others have to leave first, and those take their time.
            IngestError::Sessions(_) => SESSIONS_WAIT,
            _ => self.load.wait(now),
        }
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
    /// Writes until `stop`, then takes no more, writes what still waits, and ends. The fleet knows
    /// of every commit up to `revision`.
    pub async fn run(mut self, revision: u64, stop: CancellationToken) {
        self.knows(revision);
        self.learn().await;
        let mut group = Vec::with_capacity(MAX_GROUP);
        let mut follow = tokio::time::interval(FOLLOW_INTERVAL);
        follow.set_missed_tick_behavior(MissedTickBehavior::Delay);
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
                _ = follow.tick() => self.keep_up().await,
            }
        }
    }

    async fn write(&mut self, group: Vec<Job>) {
        let mut group = self.refuse_sessions_beyond_the_bound(group);
        if group.is_empty() {
            return;
        }
        match self.commit(&mut group).await {
            Ok(taken) => {
                for (job, taken) in group.into_iter().zip(taken) {
                    // Who asked may have gone; the report is stored all the same.
                    drop(job.answer.send(Ok(taken)));
                }
            }
            Err(error) if group.len() > 1 && error.is_of_a_value() => {
                // One takes no other with it.
                for mut job in group {
                    let stored = self.commit(std::slice::from_mut(&mut job)).await;
                    let stored = stored.map(|taken| taken.into_iter().next());
                    let answer = stored.map_err(|error| failed(&error, 1));
                    drop(job.answer.send(answer.and_then(|taken| taken.ok_or(IngestError::Store))));
                }
            }
            Err(error) => {
                failed(&error, group.len());
                group.into_iter().for_each(|job| drop(job.answer.send(Err(IngestError::Store))));
            }
        }
    }

    /// Stores reports, and lets the fleet know.
    async fn commit(&mut self, jobs: &mut [Job]) -> Result<Vec<Taken>, StoreError> {
        let weigh = |job: &mut Job| self.weights.weigh(&self.fleet, &mut job.delivery);
        let weights: Vec<_> = jobs.iter_mut().map(weigh).collect();
        let deliveries: Vec<&AcceptedReport> = jobs.iter().map(|job| &job.delivery).collect();
        let stored = tokio::time::timeout(COMMIT_TIMEOUT, self.store.store_reports(&deliveries));
        let late = |_| Err(StoreError::TimedOut(COMMIT_TIMEOUT.as_secs()));
        let began = std::time::Instant::now();
        let stored = stored.await.unwrap_or_else(late);
        self.metrics.commit(deliveries.len(), began.elapsed());
        self.load.written(deliveries.len(), began.elapsed());
        let Commit { revision, outcomes, other_sessions } = match stored {
            Ok(commit) => commit,
            Err(error) => {
                for (job, weight) in jobs.iter().zip(&weights) {
                    self.weights.put_back(&job.delivery, weight);
                }
                if !error.is_of_a_value() {
                    self.readiness.store_failed(&error);
                }
                return Err(error);
            }
        };
        self.readiness.store_works();
        for (job, other) in jobs.iter_mut().zip(&other_sessions) {
            if let Some(other) = other {
                job.delivery.report.session.session_id.clone_from(other);
            }
        }
        for ((job, outcome), weight) in jobs.iter().zip(&outcomes).zip(&weights) {
            match outcome {
                Outcome::Duplicate => self.weights.put_back(&job.delivery, weight),
                Outcome::Stored => self.count(&job.delivery),
            }
        }
        let advice = self.load.advice();
        self.expect_later(jobs, advice).await;
        // What is not known of yet came before. If it cannot be read now, it will be, and these
        // reports along with it: they are stored.
        if self.follow(revision.saturating_sub(1)).await.is_ok() {
            let stored = jobs.iter().zip(&outcomes);
            for (job, _) in stored.filter(|(_, to)| **to == Outcome::Stored) {
                self.observe(&job.delivery);
            }
            self.knows(revision);
        }
        let taken = outcomes.into_iter().zip(weights).zip(other_sessions);
        let taken = taken.map(|((outcome, weight), other_session)| {
            let reduced = weight.limit.filter(|_| outcome == Outcome::Stored);
            Taken { outcome, advice, reduced, other_session }
        });
        Ok(taken.collect())
    }

    /// Clients are asked to be silent for longer than when their reports came in, since the queue
    /// has filled up meanwhile: that is noted, so that they are not taken for gone.
    async fn expect_later(&self, jobs: &mut [Job], advice: Advice) {
        let mut later = Vec::new();
        for Job { delivery, .. } in jobs {
            let next_in = delivery.report.next_in(advice);
            if next_in > delivery.next_in {
                delivery.next_in = next_in;
                later.push(&*delivery);
            }
        }
        if later.is_empty() {
            return;
        }
        // Without it other collectors are wrong about these sessions until they report again.
        if let Err(error) = self.store.expect_later(&later).await {
            tracing::warn!(%error, "it is not stored when sessions are to be heard of again");
        }
    }

    fn knows(&mut self, revision: u64) {
        self.revision = revision;
        self.known.send_replace(revision);
    }

    /// What the fleet knows of it may come later, by way of the database; that this collector took it
    /// does not.
    fn count(&self, delivery: &AcceptedReport) {
        // `observe` reports a failure.
        if let Ok(organization) =
            self.fleet.organization(delivery.received_at, &delivery.organization)
        {
            organization.count(delivery);
        }
    }

    fn observe(&self, delivery: &AcceptedReport) {
        let organization = self.fleet.organization(delivery.received_at, &delivery.organization);
        let observed = match organization {
            Ok(organization) => organization.observe(delivery).map_err(IngestError::Sessions),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = observed {
            tracing::warn!(%error, "a report that is stored is not shown");
        }
    }
}

fn failed(error: &StoreError, reports: usize) -> IngestError {
    tracing::error!(%error, code = error.code(), reports, "reports could not be stored");
    IngestError::Store
}
