//! What is known of every organisation's sessions, in memory: the core's own services, one pair
//! for each organisation, fed with what the store has committed.

mod filter;
mod order;
mod organization;
mod session;

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::activity::Activity;
use steadfast_core::connection::ConnectionState;
use steadfast_core::health::{HealthConfig, HealthMonitor, OverloadRule};
use steadfast_core::histogram::share_of;
use steadfast_core::manager::{ConnectionManager, ManagerConfig};
use steadfast_core::report::{Advice, Report};
use steadfast_core::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::address::ClientNetwork;
use crate::auth::OrganizationId;
use crate::claim::{Claim, TokenDigest};
use crate::ingest::Amount;

pub(crate) use filter::text_of;
pub use filter::{Filter, QualityOrUnknown};
pub use order::{Order, SortBy};
pub use organization::{Health, HealthPoint, Organization, Selection};
pub use session::{LastLoss, Page, Session};

/// The share of the live sessions that are possible beyond which the bound is near.
pub const NEAR_LIMIT: f64 = 0.8;

/// What is known of every organisation's sessions.
#[derive(Debug)]
pub struct Fleet {
    config: RwLock<FleetConfig>,
    organizations: RwLock<HashMap<OrganizationId, Arc<Organization>>>,
    selecting: Semaphore,
    exporting: Arc<Semaphore>,
}

/// How many selections of sessions run at a time. Each takes one processor for as long as it takes.
const SELECTIONS: usize = 2;

/// How many tables are exported at a time. Each takes some 20 MB for as long as its reader takes.
pub(crate) const EXPORTS: usize = 4;

/// The bounds of a [`Fleet`].
#[derive(Clone, Debug, PartialEq)]
pub struct FleetConfig {
    /// The most sessions of one organisation in memory, where ended and stale ones make room. From 1 to 100,000,000; 100,000 by default.
    pub max_sessions: usize,
    /// How the health of each organisation is judged.
    pub health: HealthConfig,
}

/// A report that was accepted, and when it came in.
#[derive(Clone, Debug)]
pub struct AcceptedReport {
    /// The organisation whose key it came with.
    pub organization: OrganizationId,
    /// The report.
    pub report: Report,
    /// What it shows of the client that sent it.
    pub claim: Claim,
    /// When it came in, by the collector's clock.
    pub received_at: Instant,
    /// What was added to the client's instants, in milliseconds; absent if the client did not tell
    /// the time.
    pub clock_skew: Option<i64>,
    /// How long the session may be silent now: see [`Report::next_in`].
    pub next_in: Duration,
    /// Who sent it.
    pub source: ReportSource,
    /// The share of it, from 0 to 1, that counts in the organisation's figures. The session's own record
    /// and events are taken whole.
    pub share: f64,
}

/// Who sent a report.
#[derive(Clone, Debug, Default)]
pub struct ReportSource {
    /// The id of the key that it came with; empty if it is not known.
    pub key_id: String,
    /// The address that limits count its client by; absent for a client that they do not count.
    pub network: Option<ClientNetwork>,
}

/// A session as it was known before a restart.
#[derive(Clone, Debug)]
pub struct KnownSession {
    /// The organisation that it belongs to.
    pub organization: OrganizationId,
    /// Its last record.
    pub state: ConnectionState,
    /// What the record speaks of: an older one does not replace it.
    pub as_of: Instant,
    /// When its first report came in.
    pub first_heard: Instant,
    /// When its last report came in.
    pub heard_at: Instant,
    /// Name and version of the client's package; absent if it is not known.
    pub sdk: Option<String>,
    /// The last loss of a link.
    pub last_loss: Option<LastLoss>,
    /// What was added to the client's instants, in milliseconds; absent if the client did not tell
    /// the time.
    pub clock_skew: Option<i64>,
    /// How long it may be silent after that.
    pub next_in: Duration,
    /// The token that its reports show; absent for those of earlier clients.
    pub token: Option<TokenDigest>,
}

impl Default for FleetConfig {
    fn default() -> Self {
        // Latencies and qualities are what clients have measured.
        let system_overload =
            OverloadRule { inhibits: false, own_sessions: false, ..OverloadRule::default() };
        Self {
            max_sessions: 100_000,
            health: HealthConfig { system_overload, ..HealthConfig::default() },
        }
    }
}

/// The most windows that a report stands for, also one of an earlier version.
const MOST_WEIGHT: f64 = 1.0 / Advice::LEAST_SAMPLING;

impl AcceptedReport {
    /// What the report's record speaks of. A client's clock that runs ahead of the collector's
    /// counts as the collector's: otherwise, once put right, the client would go unheard until
    /// the time it had claimed.
    #[must_use]
    pub fn as_of(&self) -> Instant {
        self.report.window.end.min(self.received_at)
    }

    /// The same report, of another session than the one that it names.
    pub(crate) fn of_session(&self, session_id: String) -> Self {
        let mut other = self.clone();
        other.report.session.session_id = session_id;
        other
    }

    /// The last loss that the report tells of.
    #[must_use]
    pub fn last_loss(&self) -> Option<LastLoss> {
        LastLoss::of(&self.report, self.as_of())
    }

    /// What happened, for all windows that the report stands for and by the share of it that counts.
    #[must_use]
    pub fn activity(&self) -> Activity {
        Self::weighed(&self.report.activity, self.report.sampling, self.share)
    }

    /// Counts an activity as often as there are windows for each one that is reported, in whole
    /// numbers: of every three, thrice; and of that a share.
    pub(crate) fn weighed(activity: &Activity, sampling: f64, share: f64) -> Activity {
        activity.times(Self::weight_of(sampling)).reduced(share)
    }

    /// What an activity counted for, by the share of it that counts.
    pub(crate) fn counted(activity: &Activity, sampling: f64, share: f64) -> Amount {
        Amount::of(activity, Self::weight_of(sampling)).times(share)
    }

    /// How many of the windows that the report stands for count: whole ones only.
    #[must_use]
    pub fn counted_windows(&self) -> u64 {
        share_of(self.weight().into(), self.share)
    }

    /// How many windows the report stands for.
    #[must_use]
    pub fn weight(&self) -> u32 {
        Self::weight_of(self.report.sampling)
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what was validated is a tenth at least"
    )]
    fn weight_of(sampling: f64) -> u32 {
        (1.0 / sampling).round().clamp(1.0, MOST_WEIGHT) as u32
    }
}

impl Fleet {
    /// A fleet of no organisations.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: FleetConfig) -> Result<Self, ConfigError> {
        new_organization(&config, Instant::ORIGIN)?;
        Ok(Self {
            config: RwLock::new(config),
            organizations: RwLock::default(),
            selecting: Semaphore::new(SELECTIONS),
            exporting: Arc::new(Semaphore::new(EXPORTS)),
        })
    }

    /// What is known of an organisation's sessions.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense, which [`Fleet::new`] has ruled out.
    pub fn organization(
        &self,
        now: Instant,
        id: &OrganizationId,
    ) -> Result<Arc<Organization>, ConfigError> {
        let known = self.organizations.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(organization) = known.get(id) {
            return Ok(Arc::clone(organization));
        }
        drop(known);
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        let organization = Arc::new(new_organization(&config, now)?);
        let mut known = self.organizations.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(id.clone()).or_insert(organization)))
    }

    /// Every organisation, by name.
    #[must_use]
    pub fn organizations(&self) -> BTreeMap<OrganizationId, Arc<Organization>> {
        let known = self.organizations.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(id, organization)| (id.clone(), Arc::clone(organization))).collect()
    }

    /// Judges the health of every organisation by other rules from now on.
    ///
    /// # Errors
    ///
    /// If they make no sense. Nothing has changed then.
    pub fn reconfigure(&self, health: &HealthConfig) -> Result<(), ConfigError> {
        // Held until all have them: an organisation that is made meanwhile waits.
        let mut config = self.config.write().unwrap_or_else(PoisonError::into_inner);
        let next = FleetConfig { health: health.clone(), ..config.clone() };
        new_organization(&next, Instant::ORIGIN)?;
        *config = next;
        for organization in self.all() {
            organization.reconfigure(health)?;
        }
        Ok(())
    }

    /// The turn of a request to [select](Organization::select) sessions, until it is dropped.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.selecting.acquire().await.ok()
    }

    /// The permission to export a table, until it is dropped; absent while too many are exported.
    #[must_use]
    pub fn export(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.exporting).try_acquire_owned().ok()
    }

    /// Forgets ended sessions that were last heard of before `ended`, and stale ones that were last
    /// heard of before `stale`.
    pub fn forget(&self, ended: Instant, stale: Instant) {
        self.all().iter().for_each(|organization| organization.forget(ended, stale));
    }

    /// Forgets an organisation that was deleted.
    pub fn remove(&self, id: &OrganizationId) {
        self.organizations.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Forgets organisations without sessions that are not among these, which are all in the store. A
    /// request that was under way may have brought one back that was deleted.
    pub fn keep_only(&self, stored: &[OrganizationId]) {
        let mut known = self.organizations.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, organization| !organization.is_empty() || stored.contains(id));
    }

    /// Collects the metrics of every organisation whose time has come, finds out which sessions are
    /// stale, and says when to call again: a second from now at the latest, so that no new
    /// organisation waits longer. No session becomes stale if that has to `rest`, since it could not
    /// be heard of.
    pub fn handle_timeout(&self, now: Instant, rest: bool) -> Instant {
        let latest = now + Duration::from_secs(1);
        self.all()
            .iter()
            .map(|organization| organization.handle_timeout(now, rest))
            .fold(latest, Instant::min)
    }

    /// The greatest share of the live sessions that are possible, of any organisation; absent without
    /// an organisation.
    #[must_use]
    pub fn fill(&self) -> Option<f64> {
        self.all().iter().map(|organization| organization.fill()).reduce(f64::max)
    }

    fn all(&self) -> Vec<Arc<Organization>> {
        let known = self.organizations.read().unwrap_or_else(PoisonError::into_inner);
        known.values().cloned().collect()
    }
}

fn new_organization(config: &FleetConfig, now: Instant) -> Result<Organization, ConfigError> {
    let (health, max_sessions) = (config.health.clone(), config.max_sessions);
    let config = ManagerConfig {
        max_sessions: config.max_sessions,
        // Told once for each that becomes stale, which may be all at once.
        max_events: 1_000_000,
        // How long sessions are kept is the store's to say.
        forget_after: None,
        ..ManagerConfig::default()
    };
    // Clients choose the ids, and must not be able to make them collide.
    let mut manager = ConnectionManager::new(config, RandomState::new().build_hasher().finish())?;
    // Nobody polls them here: changes show in the order of `Organization`'s sessions.
    manager.watch(false);
    Ok(Organization::new(manager, HealthMonitor::new(health, now)?, max_sessions))
}
