mod patience;
mod persisting;
mod registration;
mod websocket;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use steadfast_core::connection::{ConnectionConfig, Registration};
use steadfast_core::heartbeat::HeartbeatConfig;
use steadfast_core::outbox::OutboxConfig;
use steadfast_core::retry::RetryStrategy;
use tokio::sync::{broadcast, mpsc, watch};
use tracing::Instrument as _;

use crate::buffers::{Buffers, ensure_within};
use crate::clock::Clock;
use crate::connection::Connection;
use crate::connector::Connector;
use crate::driver::{Driver, Received, Sent};
use crate::error::OpenError;
use crate::goodbye::Goodbye;
use crate::handshake::{Handshake, HandshakeError, HandshakeLink};
use crate::outbox::Outbox;
use crate::random::{random, random_name};
#[cfg(feature = "report")]
use crate::report_to::ReportTo;
#[cfg(feature = "report")]
use crate::reporter::Reporter;
use crate::runtime::{self, Needs};
use crate::sleep::wake_after_sleep;
use crate::snapshot::Snapshot;
use crate::store::{Codec, Persister, Restored, Store};
use crate::transport::Transport;
use crate::websocket::WebSocket;

/// How a connection is to be: see [`connect`](crate::connect). Everything has a default; what is
/// out of range is refused by [`open`](Self::open).
#[must_use = "a connection is opened by open()"]
pub struct Builder<C: Connector = WebSocket> {
    pub(crate) connector: C,
    prepare: fn(&mut C) -> Result<(), OpenError>,
    /// What the connector needs of a runtime.
    needs: Needs,
    config: ConnectionConfig,
    /// The user's own.
    connect_timeout: Option<Duration>,
    session_id_given: bool,
    buffers: Buffers,
    #[cfg(feature = "report")]
    report_to: Option<ReportTo>,
    store: Option<Arc<dyn Store>>,
    /// How messages are kept; absent if they are not.
    codec: Option<Codec<Sent<C>>>,
    persist_interval: Duration,
    close_timeout: Duration,
    handshake: Option<Handshake<C::Link>>,
}

impl<C: Connector> Builder<C> {
    pub(crate) fn new(connector: C) -> Self {
        let mut builder = Self::prepared(connector, |_| Ok(()));
        // It may not use tokio's sockets.
        builder.needs = Needs::Timers;
        builder
    }

    /// With a connector that is checked when the connection is opened.
    pub(crate) fn prepared(connector: C, prepare: fn(&mut C) -> Result<(), OpenError>) -> Self {
        Self {
            connector,
            prepare,
            needs: Needs::TimersAndIo,
            config: ConnectionConfig::new(Registration::new("", "native")),
            connect_timeout: None,
            session_id_given: false,
            buffers: Buffers::default(),
            #[cfg(feature = "report")]
            report_to: None,
            store: None,
            codec: None,
            persist_interval: Duration::from_secs(1),
            close_timeout: Duration::from_secs(3),
            handshake: None,
        }
    }

    /// Opens the connection: starts the task that keeps it up, and returns at once. Whether and
    /// the connection's state and events report when there is a link.
    ///
    /// # Errors
    ///
    /// If an option makes no sense, or if this is not called from within a
    /// tokio runtime with timers, and with IO for a WebSocket ([`enable_all`]). That the server cannot be reached is no such error.
    ///
    /// tokio tells of what a runtime lacks by a panic, which is caught here: its message is written
    /// all the same, and a program that is built with `panic = "abort"` ends.
    ///
    /// [`enable_all`]: tokio::runtime::Builder::enable_all
    pub fn open(mut self) -> Result<Connection<Received<C>, Sent<C>>, OpenError> {
        let runtime = runtime::present(self.needs)?;
        self.buffers.validate()?;
        let interval = usize::try_from(self.persist_interval.as_millis()).unwrap_or(usize::MAX);
        ensure_within("persist.interval", interval, 10..=3_600_000, "10 to 3600000 ms")?;
        let timeout = usize::try_from(self.close_timeout.as_millis()).unwrap_or(usize::MAX);
        ensure_within("closeTimeout", timeout, 0..=600_000, "0 to 600000 ms")?;
        self.config.save_before_ack = self.store.is_some();
        self.be_patient();
        let mut found = match &self.store {
            Some(store) => Restored::load(store.as_ref(), self.codec),
            None => Restored::default(),
        };
        if !self.session_id_given {
            self.config.registration.session_id = match &found.snapshot {
                Some(snapshot) => snapshot.session_id().to_owned(),
                None => random_name()?,
            };
        }
        (self.prepare)(&mut self.connector)?;
        let connector = Arc::new(self.connector);
        let (session, peer) = (&self.config.registration.session_id, connector.peer());
        let span = tracing::info_span!("connection", session, peer);
        let accepting = Arc::clone(&connector);
        let accepts = Box::new(move |message: &_| accepting.accepts(message));
        let outbox = Arc::new(Outbox::new(self.config.outbox.clone(), accepts));
        wake_after_sleep(&outbox.driver_handle);

        let clock = Clock::start();
        let now = clock.now();
        let machine = found.machine(self.config, random()?, now)?;
        let Restored { snapshot, messages, stale, error } = found;
        let restored = error.map_or(Ok(snapshot.is_some()), Err);
        if let Err(error) = &restored {
            tracing::warn!(parent: &span, code = error.code(), %error, "of what was kept, this is ignored");
        }
        let kept = messages.iter().map(|(message, _)| *message);
        let stored = kept.chain(stale.iter().copied()).collect();
        if let Some(snapshot) = snapshot {
            outbox.restore(messages, snapshot.next_message());
        }
        let persister = self.store.map(|store| {
            Box::new(Persister::new(store, self.codec, self.persist_interval, stored, stale))
        });
        #[cfg(not(feature = "report"))]
        let reporter = None;
        #[cfg(feature = "report")]
        let mut machine = machine;
        #[cfg(feature = "report")]
        let reporter = match self.report_to {
            Some(to) => {
                let token = machine.keep_report_token(to.report_token()?);
                let (endpoint, interval) = (to.endpoint()?, to.report_interval());
                Some(Box::new(Reporter::new(endpoint, interval, token, random()?, now)?))
            }
            None => None,
        };

        // As many again are read to see whether the peer still answers.
        let ahead = self.buffers.inbound;
        let (inbound, inbound_receiver) = mpsc::channel(self.buffers.inbound + ahead);
        let (events, _) = broadcast::channel(self.buffers.events);
        let (snapshot, snapshot_receiver) = watch::channel(Snapshot::of(&machine));
        let connection = Connection::new(
            &events,
            inbound_receiver,
            Arc::clone(&outbox),
            snapshot_receiver,
            restored,
        );
        let driver = Box::new(Driver {
            clock,
            close_by: None,
            close_timeout: self.close_timeout,
            connector,
            discards: None,
            events,
            goodbye: Goodbye::default(),
            handshake: self.handshake,
            inbound,
            ahead,
            persister,
            transport: Transport::None,
            loss: None,
            machine,
            outbox,
            over: false,
            reporter,
            snapshot,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
        });
        runtime.spawn(driver.run().instrument(span));
        Ok(connection)
    }

    /// How the peer's life is probed, with WebSocket pings.
    pub fn heartbeat(mut self, heartbeat: HeartbeatConfig) -> Self {
        self.config.heartbeat = Some(heartbeat);
        self
    }

    /// Sends no pings: every message that comes is a sign of life, and silence is none of death,
    /// unless it lasts for longer than [`max_silence`](Self::max_silence).
    pub fn passive(mut self) -> Self {
        self.config.heartbeat = None;
        self
    }

    /// The waits between attempts to connect. By default those of
    /// [`Adaptive`](crate::Adaptive).
    pub fn retry(mut self, strategy: impl Into<RetryStrategy>) -> Self {
        self.config.retry = strategy.into();
        self
    }

    /// After this number of attempts to connect again without a stable link the connection has failed. At
    /// least 1; no limit by default. Attempts that reach nobody while
    /// [`set_online(false)`](crate::Connection::set_online) holds do not count.
    pub fn max_reconnect_attempts(mut self, attempts: u32) -> Self {
        self.config.max_reconnect_attempts = Some(attempts);
        self
    }

    /// Runs this on each new link before anything else, for servers that expect a login or a subscription
    /// first. Messages that wait go out after it has ended.
    ///
    /// It sends and receives by a [`HandshakeLink`]. Until it has ended the status is not `CONNECTED`,
    /// and no heartbeat is sent. It has as long as the [dial](Self::connect_timeout), of which it is a
    /// part, and is dropped when that is over, when the link is lost, and when no link is wanted any
    /// more. An error, or a panic, is a failed attempt with the cause `handshake_failed`; the error is
    /// the source of [`Connection::last_loss`], and may give a [close code](HandshakeError::close).
    /// Under `steadfast.v1` it runs before the hello, and is not part of the session.
    ///
    /// The function is cloned for each link, so what it captures has to be cheap to clone, such as an
    /// `Arc`. Makes the connection [refreshable](Self::refreshable):
    /// [`Dial::refresh`](crate::connector::Dial::refresh) says that the last credentials have expired.
    ///
    /// ```no_run
    /// # struct Store; impl Store { async fn token(&self, fresh: bool) -> Result<String, std::io::Error> { Ok(String::new()) } }
    /// # fn example(store: std::sync::Arc<Store>) -> Result<(), steadfast::OpenError> {
    /// use steadfast::HandshakeError;
    ///
    /// let connection = steadfast::connect("wss://api.example/live")
    ///     .handshake(async move |link| {
    ///         let token = store.token(link.dial().refresh).await?;
    ///         link.send(format!(r#"{{"type":"auth","token":"{token}"}}"#)).await?;
    ///         match link.receive().await?.as_text() {
    ///             Some(r#"{"type":"ready"}"#) => Ok(()),
    ///             // As if the server had closed with it: dials once more, for a fresh token.
    ///             _ => Err(HandshakeError::close(4401)),
    ///         }
    ///     })
    ///     .open()?;
    /// # Ok(()) }
    /// ```
    pub fn handshake<F, Running>(mut self, handshake: F) -> Self
    where
        F: FnOnce(HandshakeLink<Received<C>, Sent<C>>) -> Running + Clone + Send + Sync + 'static,
        Running: Future<Output = Result<(), HandshakeError>> + Send + 'static,
    {
        self.handshake = Some(Arc::new(move |link| Box::pin(handshake.clone()(link))));
        self.refreshable()
    }

    /// How long [`Connection::close`] may take, and sends what waits. At most 10 minutes; 3 s by
    /// default. With zero a close sends nothing more and returns at once.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// How long a link has to hold before the attempts are forgotten. At most a day; 10 s by
    /// default.
    pub fn stable_after(mut self, duration: Duration) -> Self {
        self.config.stable_after = duration;
        self
    }

    /// The close codes of the peer that end the connection for good, at most 64. By default those
    /// that would come again:
    ///
    /// | code | the peer says |
    /// |---|---|
    /// | 1002 | this side broke the protocol |
    /// | 1003 | it does not take such data |
    /// | 1007 | a message was not of its type, such as a text that is not UTF-8 |
    /// | 1008 | it does not let this client in; see [`expired_close_codes`](Self::expired_close_codes) |
    /// | 1009 | a message was too long |
    /// | 1010 | it lacks an extension that this side demands |
    /// | 4409 | another link has taken the session over (`steadfast.v1`, where it is always final) |
    ///
    /// Then the event `connection.failed` and
    /// [`ConnectionState::failure`](crate::ConnectionState::failure) have the code, and say that it
    /// is final. A close frame with a code that must not be sent (below 1000, 1004 to 1006, 1014 to
    /// 2999, 5000 and above) is an ordinary loss.
    pub fn fatal_close_codes(mut self, codes: impl Into<Vec<u16>>) -> Self {
        self.config.fatal_close_codes = codes.into();
        self
    }

    /// The HTTP statuses of a refused upgrade that end the connection for good, at most 64. By
    /// default 401 and 403.
    pub fn fatal_statuses(mut self, statuses: impl Into<Vec<u16>>) -> Self {
        self.config.fatal_statuses = statuses.into();
        self
    }

    /// The close codes of the peer that say that the credentials are not, or no longer, good, at
    /// most 64. By default 1008, 3000, 3003, 4401 and 4403. A refused upgrade with status 401 or 403
    /// says the same. They have a meaning only where the connection is
    /// [`refreshable`](Self::refreshable). A code that is also one of
    /// [`fatal_close_codes`](Self::fatal_close_codes) ends the connection only if the credentials
    /// of that link were fresh, and the link had not yet proved stable.
    pub fn expired_close_codes(mut self, codes: impl Into<Vec<u16>>) -> Self {
        self.config.expired_close_codes = codes.into();
        self
    }

    /// The connector can get fresh credentials. Set by itself where a function gives the URL,
    /// the headers or the sub-protocols.
    ///
    /// An answer that says that they have expired leads to one immediate dial with
    /// [`Dial::refresh`](crate::connector::Dial::refresh), before it counts as a failure. Every dial
    /// has it until one that did has opened: a function that fails is asked again, and the
    /// connection does not fail for that. Dials that fail without a reason of the server may fail for
    /// their credentials, too: the dial after the second such failure in a row has `refresh`, and
    /// then those after the 4th, the 8th and the 16th, and from then on one every three minutes.
    pub fn refreshable(mut self) -> Self {
        self.config.refreshable = true;
        self
    }

    /// How long the server lets a link be silent: pings are never farther apart, and a link that
    /// was paused for longer is replaced. From 1 s to a day; unknown by default. What the server
    /// says itself counts if it is less.
    pub fn max_idle(mut self, duration: Duration) -> Self {
        self.config.max_idle = Some(duration);
        self
    }

    /// How long the peer is ever silent, if it has promised to speak, such as a server that pings:
    /// a link over which nothing came for longer is dead, with pings of its own or
    /// [without](Self::passive). From 1 s to a day; unknown by default. A link that learns it from
    /// its peer says [`Incoming::Promise`](crate::connector::Incoming::Promise).
    pub fn max_silence(mut self, duration: Duration) -> Self {
        self.config.max_silence = Some(duration);
        self
    }

    /// The longest wait that the server may ask for, by `Retry-After`, by a close reason or by a
    /// message, its window included. Up to a day, the default; with zero no wait is granted. A wait
    /// that reaches the limit ends within its last tenth, at a moment of chance.
    ///
    /// Such a wait is kept when the network goes and comes back, when the machine sleeps, and, with
    /// [`persist`](Self::persist), across a restart. Only
    /// [`reconnect`](crate::Connection::reconnect) passes over it.
    pub fn max_server_wait(mut self, duration: Duration) -> Self {
        self.config.max_server_wait = duration;
        self
    }

    /// How much may wait while the link is down, for how long, and what happens to the rest. 1000
    /// messages and 1 MiB by default, without a limit in time; what finds no room is refused.
    pub fn outbox(mut self, outbox: OutboxConfig) -> Self {
        self.config.outbox = outbox;
        self
    }

    /// How many messages that came may wait to be read. From 1 to 1,000,000; 64 by default. As many
    /// again are read while an answer of the peer is waited for. See [`Connection`] for what happens
    /// then.
    pub fn inbound(mut self, messages: usize) -> Self {
        self.buffers.inbound = messages;
        self
    }

    /// How many events a slow reader of [`Connection::events`] may be behind before it loses the
    /// oldest. From 1 to 1,000,000; 64 by default.
    pub fn event_backlog(mut self, events: usize) -> Self {
        self.buffers.events = events;
        self
    }

    /// Reports the session to a collector. Needs the feature `report`, which is on by default.
    #[cfg(feature = "report")]
    pub fn report_to(mut self, collector: ReportTo) -> Self {
        self.report_to = Some(collector);
        self
    }
}

impl<C: Connector> fmt::Debug for Builder<C> {
    // Not the connector, of which nobody knows whether it hides its secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("config", &self.config).finish_non_exhaustive()
    }
}
