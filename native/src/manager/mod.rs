//! The records of many sessions, with their deadlines kept on tokio.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use steadfast_core::activity::Activity;
use steadfast_core::connection::{Cause, ConnectionState, Registration, Status};
use steadfast_core::manager::{
    ConnectionManager as Machine, HeartbeatUpdate, Liveness, ManagerConfig,
    ManagerError as Refusal, ManagerOutput, ReconnectConfig, ScheduledReconnection, Totals,
};
use steadfast_core::retry::RetryStrategy;

use crate::events::Events;
use crate::runtime::{self, Needs};
use crate::seed::seed;

mod error;
mod shared;

pub use error::{ManagerError, StartError};
pub(crate) use shared::Shared;

/// Holds the records of many sessions, with running totals: for who holds their sockets, and hears
/// their heartbeats.
///
/// Heartbeats are expected of every session that is registered. When they stay away they are
/// counted, in the end the session is lost, and attempts to connect it again are announced by
/// [`events`](Self::events). Deadlines are kept by a task of the runtime that this was made in. A
/// sleep of the machine counts as no time, where the monotonic clock stands still meanwhile, as on
/// Linux and macOS.
///
/// Clones are the same manager. It is locked for each decision, and never while anybody else's code
/// runs. It ends with [`close`](Self::close), or when its last clone was dropped, those within
/// [`HealthMonitor`](crate::HealthMonitor)s among them. It is closed, too, when the runtime that it
/// was made in ends: nothing would keep its deadlines any more.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use futures::StreamExt as _;
/// use steadfast::{ConnectionManager, ManagerOutput, Registration};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let manager = ConnectionManager::new(Default::default())?;
/// let mut events = manager.events();
/// manager.register_connection(Registration::new("session-1", "web"))?;
///
/// // The session's ping came in, and said when it had set out.
/// let set_out = SystemTime::now() - Duration::from_millis(20);
/// let update = manager.update_heartbeat("session-1", set_out)?;
/// println!("the next one is expected in {:?}", update.next_interval);
///
/// while let Some(told) = events.next().await {
///     match told? {
///         ManagerOutput::Event { session_id, event } => println!("{session_id}: {}", event.kind.name()),
///         ManagerOutput::Reconnect { session_id, attempt } => println!("dial {session_id}: {attempt}"),
///         _ => {}
///     }
///     # break;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ConnectionManager {
    pub(crate) shared: Arc<Shared>,
    config: Arc<ManagerConfig>,
}

impl ConnectionManager {
    /// A manager without sessions.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense, or this is not called from within a tokio runtime
    /// with timers.
    pub fn new(config: ManagerConfig) -> Result<Self, StartError> {
        let mut machine = Machine::new(config.clone(), seed())?;
        let runtime = runtime::present(Needs::Timers)?;
        machine.watch(false);
        let shared = Arc::new(Shared::new(machine, &config));
        let config = Arc::new(config);
        runtime.spawn(shared.keep_deadlines(Arc::clone(&config)));
        Ok(Self { shared, config })
    }

    /// A session has connected: its record.
    ///
    /// # Errors
    ///
    /// If it makes no sense, exists already, or is one too many.
    pub fn register_connection(
        &self,
        registration: Registration,
    ) -> Result<ConnectionState, ManagerError> {
        self.shared.ask(|machine, now| machine.register_connection(now, registration))
    }

    /// The side that holds a session's socket tells its record, and what happened since it last
    /// told; the session is registered if it is new. That side tells again within `next_in`: after
    /// three times that the session is [stale](Liveness::Stale), which
    /// [`EventKind::Stale`](crate::EventKind::Stale) says, until the next word of it.
    ///
    /// # Errors
    ///
    /// If its ids make no sense, or the session is new and one too many.
    pub fn observe(
        &self,
        state: &ConnectionState,
        activity: &Activity,
        next_in: Duration,
    ) -> Result<(), ManagerError> {
        self.shared.ask(|machine, now| machine.observe(now, state, activity, next_in))
    }

    /// A heartbeat of a session came in: what it changed. `client_timestamp` is when it set out, by
    /// the wall clock of this machine: the peer gives back what it was sent. A session that was
    /// being connected again is thereby connected.
    ///
    /// # Errors
    ///
    /// If there is no such session, or the time stamp lies in the future.
    pub fn update_heartbeat(
        &self,
        session_id: &str,
        client_timestamp: SystemTime,
    ) -> Result<HeartbeatUpdate, ManagerError> {
        // The wall clock may be set while the program runs; what counts is the time between two
        // readings of it.
        let (ago, ahead) = match client_timestamp.elapsed() {
            Ok(ago) => (ago, Duration::ZERO),
            Err(error) => (Duration::ZERO, error.duration()),
        };
        self.shared.ask(|machine, now| machine.update_heartbeat(now, session_id, now - ago + ahead))
    }

    /// The status of a session becomes another: its record.
    ///
    /// # Errors
    ///
    /// If there is no such session, or [`Status::may_become`] says no.
    pub fn update_status(
        &self,
        session_id: &str,
        status: Status,
    ) -> Result<ConnectionState, ManagerError> {
        self.shared.ask(|machine, now| {
            machine.update_status(now, session_id, status)?;
            known(machine, session_id)
        })
    }

    /// The link of a session is gone: its record. If somebody meant it the session is
    /// `DISCONNECTED`; otherwise it is `RECONNECTING`, and an attempt to connect it again is
    /// scheduled.
    ///
    /// # Errors
    ///
    /// If there is no such session, or it has no link.
    pub fn disconnect(
        &self,
        session_id: &str,
        cause: Cause,
    ) -> Result<ConnectionState, ManagerError> {
        self.shared.ask(|machine, now| {
            machine.disconnect(now, session_id, cause)?;
            known(machine, session_id)
        })
    }

    /// Schedules attempts to connect a session again, with bounds and waits of their own, in place
    /// of those that were scheduled. They are counted anew; when one is due
    /// [`ManagerOutput::Reconnect`] says so.
    ///
    /// # Errors
    ///
    /// If there is no such session, or the configuration makes no sense.
    pub fn schedule_reconnection(
        &self,
        session_id: &str,
        retry_config: ReconnectConfig,
        strategy: impl Into<RetryStrategy>,
    ) -> Result<ScheduledReconnection, ManagerError> {
        let strategy = strategy.into();
        self.shared.ask(|machine, now| {
            machine.schedule_reconnection(now, session_id, retry_config, strategy)
        })
    }

    /// The attempt to connect a session again has failed: when the next one is due; absent if there
    /// is none, since they have run out.
    ///
    /// # Errors
    ///
    /// If there is no such session, or it is not being connected again.
    pub fn reconnection_failed(
        &self,
        session_id: &str,
        cause: Cause,
    ) -> Result<Option<ScheduledReconnection>, ManagerError> {
        self.shared.ask(|machine, now| machine.reconnection_failed(now, session_id, cause))
    }

    /// Forgets a session, and gives its last record.
    ///
    /// # Errors
    ///
    /// If there is no such session.
    pub fn remove(&self, session_id: &str) -> Result<ConnectionState, ManagerError> {
        self.shared.ask(|machine, _| machine.remove(session_id))
    }

    /// The record of a session.
    #[must_use]
    pub fn connection(&self, session_id: &str) -> Option<ConnectionState> {
        self.shared.lock().machine.connection(session_id)
    }

    /// Whether a session is there; absent if it is not known.
    #[must_use]
    pub fn liveness(&self, session_id: &str) -> Option<Liveness> {
        self.shared.lock().machine.liveness(session_id)
    }

    /// All records, in an order that follows from what was done: without removals that of
    /// registration. Nothing else is decided while they are copied.
    #[must_use]
    pub fn connections(&self) -> Vec<ConnectionState> {
        self.shared.lock().machine.connections().collect()
    }

    /// The records of a user's sessions, the one registered last first.
    #[must_use]
    pub fn connections_of_user(&self, user_id: &str) -> Vec<ConnectionState> {
        self.shared.lock().machine.connections_of_user(user_id).collect()
    }

    /// The records of an organisation's sessions, the one registered last first.
    #[must_use]
    pub fn connections_of_organization(&self, organization_id: &str) -> Vec<ConnectionState> {
        self.shared.lock().machine.connections_of_organization(organization_id).collect()
    }

    /// How many sessions there are, of which kind, and what has happened to them.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.shared.lock().machine.totals()
    }

    /// What happens from now on, and which attempts are due.
    ///
    /// Events are made only while somebody listens. A stream that falls more than
    /// [`ManagerConfig::max_events`] behind loses the oldest, and says how many. An attempt whose
    /// announcement was lost, or heard by nobody, has failed after
    /// [`ReconnectConfig::attempt_timeout`], and another one follows.
    #[must_use]
    pub fn events(&self) -> Events<ManagerOutput> {
        let mut state = self.shared.lock();
        let events = state.publisher.subscribe();
        let heard = state.publisher.is_heard();
        state.machine.watch(heard);
        events
    }

    /// Lets go of all records, and waits for nothing any more. Streams of events end; what would
    /// change a session is refused from now on, and nobody is found.
    pub fn close(&self) {
        self.shared.close(&self.config);
    }
}

fn known(machine: &Machine, session_id: &str) -> Result<ConnectionState, Refusal> {
    let state = machine.connection(session_id);
    state.ok_or_else(|| Refusal::UnknownSession(session_id.to_owned()))
}
