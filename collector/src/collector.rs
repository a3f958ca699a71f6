use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::address::Addresses;
use crate::alerts::{AlertBook, Evaluator, Operator};
use crate::auth::{Authenticator, Key, KeyKind, OrganizationId};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, FIRST_ORGANIZATION};
use crate::error::StartError;
use crate::fleet::Fleet;
use crate::http::{self, RefusalLog};
use crate::ingest::Ingest;
use crate::listening::listen;
use crate::live::Live;
use crate::load::{self, OwnLoad};
use crate::metrics::Metrics;
use crate::new_sessions::NewSessions;
use crate::notes::KeyNotes;
use crate::otlp::Exporter;
use crate::outgoing::Reach;
use crate::presence;
use crate::readiness::Readiness;
use crate::reload::{LiveConfig, Reloaded};
use crate::restore::restore;
use crate::retention;
use crate::state::App;
use crate::store::Store;
use crate::webhooks::{Sender, WebhookClient};

/// A collector that runs. Dropped without [`Collector::stop`], it runs on until the runtime ends.
#[derive(Debug)]
pub struct Collector {
    addresses: Vec<SocketAddr>,
    config: LiveConfig,
    clients: Arc<Addresses>,
    new_sessions: Arc<NewSessions>,
    fleet: Arc<Fleet>,
    first_keys: Vec<Key>,
    store: Store,
    stop: CancellationToken,
    tasks: TaskTracker,
    stop_writer: CancellationToken,
    writer: JoinHandle<()>,
    readiness: Arc<Readiness>,
}

/// How often it is looked whether the store can be written to, while nobody reports.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);

/// The secret that tickets of the live stream are written under.
const TICKETS: &str = "tickets";

impl Collector {
    /// Opens the store, restores what is known of the sessions, and begins to listen.
    ///
    /// # Errors
    ///
    /// If it cannot run as configured.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        Self::start_by(config, Clock::start()).await
    }

    /// The same by a clock of one's own.
    ///
    /// # Errors
    ///
    /// If it cannot run as configured.
    pub async fn start_by(config: Config, clock: Clock) -> Result<Self, StartError> {
        config.validate()?;
        let fleet = Arc::new(Fleet::new(config.fleet())?);
        // The address first: a port that is taken should leave no new database behind.
        let (listeners, addresses) = listen(&config.listen)
            .await
            .map_err(|reason| StartError::Listen { address: config.listen.clone(), reason })?;
        let store = Store::open_to_serve(&config.database).await?;
        let store = store.with_breakdown_keys(&config.breakdown_keys);
        let first_keys = create_first_keys(&store, clock).await?;
        let readiness = Arc::new(Readiness::default());
        let metrics = Arc::new(Metrics::new()?);
        metrics.limit_sessions(config.max_sessions);
        let (stop, stop_writer) = (CancellationToken::new(), CancellationToken::new());
        let tasks = TaskTracker::new();
        let (ingest, writer) = Ingest::new(
            config.queue,
            store.clone(),
            Arc::clone(&fleet),
            Arc::clone(&readiness),
            Arc::clone(&metrics),
            config.max_sessions,
        );
        let (webhooks, sender) = webhooks(&config, &store, &metrics, clock)?;
        let alerts = AlertBook::new(store.clone(), webhooks.is_configured(), config.public_url());
        let load = Arc::new(OwnLoad::new());
        let operator = config.operator()?.map(|id| Operator::new(id, Arc::clone(&load)));
        let (judged, counted) = (Arc::clone(&fleet), Arc::clone(&metrics));
        let evaluator = Evaluator::new(alerts.clone(), judged, counted, operator, clock);
        let authenticator = Arc::new(Authenticator::new(store.clone(), clock));
        let live = Live::new(store.clone(), store.secret(TICKETS).await?, config.max_live_clients)?;
        let live_config = LiveConfig::new(config.clone());
        let refusals = Arc::new(RefusalLog::default());
        let clients = Arc::new(Addresses::new(&config));
        let new_sessions = Arc::new(NewSessions::new(&config));
        let app = App {
            addresses: Arc::clone(&clients),
            clock,
            alerts,
            webhooks,
            public_url: config.public_url(),
            authenticator: Arc::clone(&authenticator),
            notes: Arc::new(KeyNotes::default()),
            store: store.clone(),
            ingest: ingest.clone(),
            fleet: Arc::clone(&fleet),
            load: Arc::clone(&load),
            live: Arc::new(live),
            new_sessions: Arc::clone(&new_sessions),
            metrics,
            config: live_config.clone(),
            refusals: Arc::clone(&refusals),
            readiness: Arc::clone(&readiness),
            stop: stop.clone(),
            tasks: tasks.clone(),
        };
        tasks.spawn(authenticator.run(stop.clone()));
        tasks.spawn(load::watch(load, app.ingest.clone(), Arc::clone(&fleet), clock, stop.clone()));
        // It says that it is alive, and not ready, while it restores.
        let exporter = exporter(&config, &app)?;
        tasks.spawn(http::serve(listeners, app));
        tasks.spawn(refusals.run(stop.clone()));
        let restored = restore(&store, &fleet, clock, config.max_sessions).await;
        let revision = restored.inspect_err(|_| stop.cancel())?;
        let writer = tokio::spawn(writer.run(revision, stop_writer.clone()));
        readiness.restored();
        let (swept, watched) = (Arc::clone(&fleet), Arc::clone(&fleet));
        let (kept, limits) = (store.clone(), live_config.clone());
        tasks.spawn(retention::run(kept, swept, limits, clock, stop.clone()));
        let ready = Arc::clone(&readiness);
        tasks.spawn(presence::watch(watched, ingest, ready, clock, stop.clone()));
        tasks.spawn(evaluator.run(stop.clone()));
        if let Some(exporter) = exporter {
            tasks.spawn(exporter.run());
        }
        tasks.spawn(sender.run(stop.clone()));
        tasks.spawn(probe_store(store.clone(), Arc::clone(&readiness), clock, stop.clone()));
        announce(&addresses, &config);
        Ok(Self {
            addresses,
            config: live_config,
            clients,
            new_sessions,
            fleet,
            first_keys,
            store,
            stop,
            tasks,
            stop_writer,
            writer,
            readiness,
        })
    }

    /// Where it listens: the first address of a name that has several.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        // It has begun to listen, so there is one.
        self.addresses.first().copied().unwrap_or_else(|| ([0, 0, 0, 0], 0).into())
    }

    /// Where it listens: on one port of each address that is meant.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Takes over of another configuration what can change while the collector runs:
    /// [`RELOADED`](crate::RELOADED).
    ///
    /// # Errors
    ///
    /// If a value is not one that is allowed. Nothing has changed then.
    pub fn reload(&self, config: &Config) -> Result<Reloaded, ConfigError> {
        let reloaded = self.config.replace(config)?;
        let current = self.config.current();
        self.clients.reconfigure(&current);
        self.new_sessions.reconfigure(&current);
        self.fleet.reconfigure(&current.health)?;
        Ok(reloaded)
    }

    /// The keys that were made because this was the first start on this database: one of each
    /// kind, of the organisation `default`. They cannot be read again later.
    #[must_use]
    pub fn first_keys(&self) -> &[Key] {
        &self.first_keys
    }

    /// Takes no more requests, answers those under way within the limit that is configured, writes
    /// what waits, and closes the store.
    pub async fn stop(self) {
        self.readiness.stopping();
        self.stop.cancel();
        self.tasks.close();
        let limit = self.config.current().shutdown_limit;
        if tokio::time::timeout(limit, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "connections did not end in time");
        }
        self.stop_writer.cancel();
        if self.writer.await.is_err() {
            tracing::error!("the writer ended before its time");
        }
        self.store.close().await;
        tracing::info!("stopped");
    }
}

/// What sends webhooks: at once, and when their time has come.
fn webhooks(
    config: &Config,
    store: &Store,
    metrics: &Arc<Metrics>,
    clock: Clock,
) -> Result<(WebhookClient, Sender), StartError> {
    let anywhere = config.webhook_private_addresses;
    let reach = if anywhere { Reach::Anywhere } else { Reach::Public };
    let client = WebhookClient::new(clock, config.webhook()?, reach)?;
    // Two collectors that fail together should not try again together.
    let seed = RandomState::new().build_hasher().finish();
    let sender = Sender::new(store.clone(), Arc::clone(metrics), clock, client.clone(), seed);
    Ok((client, sender))
}

/// Who sends metrics, if they are to be sent.
fn exporter(config: &Config, app: &App) -> Result<Option<Exporter>, StartError> {
    let Some(otlp) = config.otlp()? else {
        return Ok(None);
    };
    Ok(Some(Exporter::new(app.clone(), otlp, RandomState::new().build_hasher().finish())?))
}

async fn create_first_keys(store: &Store, clock: Clock) -> Result<Vec<Key>, StartError> {
    let organization: OrganizationId = FIRST_ORGANIZATION.parse()?;
    let keys = vec![Key::generate(KeyKind::Publishable)?, Key::generate(KeyKind::Secret)?];
    let added = store.add_first_keys(clock.now(), &organization, &keys).await?;
    Ok(if added { keys } else { Vec::new() })
}

/// Finds out whether the store can be written to, also while nobody reports, and notes that this
/// collector runs.
async fn probe_store(
    store: Store,
    readiness: Arc<Readiness>,
    clock: Clock,
    stop: CancellationToken,
) {
    loop {
        match store.probe(clock.now()).await {
            Ok(()) => readiness.store_works(),
            Err(error) => readiness.store_failed(&error),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PROBE_INTERVAL) => {}
        }
    }
}

/// Logs each address that the collector listens on.
fn announce(addresses: &[SocketAddr], config: &Config) {
    for address in addresses {
        tracing::info!(%address, database = %config.database, "listening");
    }
}
