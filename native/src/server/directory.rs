use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use std::time::Duration;

use steadfast_core::protocol::server::{
    AttachError, Ended, LinkId, NewSession, RandomBytes, Refusal, Registry, SessionId, Slots,
};
use steadfast_core::protocol::{Hello, Hint, Token, Welcome, close};
use tokio::sync::Notify;

use super::clock::Clock;
use super::config::ServerConfig;
use super::error::AcceptError;
use super::session::{CloseWith, EndReason, Session};

/// All sessions of a server. Its lock is taken before that of a session, never after.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) clock: Clock,
    pub(super) config: ServerConfig,
    inner: Mutex<Inner>,
    /// Wakes who looks for sessions that have waited for too long.
    waiting: Arc<Notify>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry<Arc<Session>>,
    /// Those of clients that do not speak the sub-protocol, by number.
    plain: BTreeMap<u64, Arc<Session>>,
    next_plain: u64,
    slots: Option<Slots>,
    /// How many newcomers are between their first byte and their welcome.
    backlog: usize,
    /// The goodbye to newcomers once the server ends.
    goodbye: Option<CloseWith>,
    /// Whether nobody looks for sessions that have waited for too long any more, since the runtime
    /// that the server was made in has ended. Then none waits.
    unswept: bool,
}

/// Which session of the directory.
#[derive(Clone, Copy, Debug)]
pub(super) enum SessionKey {
    Plain(u64),
    Reliable(SessionId),
}

/// A link that was given a session.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) session: Arc<Session>,
    pub(super) place: SessionKey,
    pub(super) link: LinkId,
    pub(super) wake: Arc<Notify>,
    /// Whether the session has just begun.
    pub(super) begun: bool,
}

/// A newcomer that counts as under way until this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Directory>);

impl Directory {
    pub(super) fn new(config: ServerConfig) -> Result<Arc<Self>, steadfast_core::ConfigError> {
        config.validate()?;
        let inner = Inner {
            registry: Registry::new(config.registry())?,
            plain: BTreeMap::new(),
            next_plain: 0,
            slots: config.slots.map(Slots::new).transpose()?,
            backlog: 0,
            goodbye: None,
            unswept: false,
        };
        let (clock, inner, waiting) = (Clock::start(), Mutex::new(inner), Arc::default());
        Ok(Arc::new(Self { clock, config, inner, waiting }))
    }

    /// A newcomer is there, whether it will be let in or not.
    pub(super) fn under_way(self: &Arc<Self>) -> UnderWay {
        self.lock().backlog += 1;
        UnderWay(Arc::clone(self))
    }

    /// Whether the newcomer may go on to the welcome.
    pub(super) fn admit(&self) -> Result<(), Refusal> {
        let now = self.clock.now();
        let mut inner = self.lock();
        if let Some(CloseWith { code, hint }) = inner.goodbye {
            return Err(Refusal { code, hint });
        }
        let backlog = inner.backlog;
        let admitted = inner.slots.as_mut().map_or(Ok(()), |slots| slots.admit(now, backlog));
        admitted.map_err(|hint| Refusal { code: close::TRY_LATER, hint })
    }

    /// A refusal has kept one processor busy for so long: slots are that much farther apart.
    pub(super) fn refused(&self, took: Duration) {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = took / u32::try_from(processors).unwrap_or(u32::MAX);
        if let Some(slots) = &mut self.lock().slots {
            slots.refused(share);
        }
    }

    /// Gives the session that it wants to who says hello, or a new one.
    pub(super) fn welcome(&self, hello: &Hello, owner: &str) -> Result<Attached, AcceptError> {
        let mut random = RandomBytes::default();
        getrandom::fill(&mut random).map_err(AcceptError::Random)?;
        let mut inner = self.lock();
        inner.is_open()?;
        if let Some((id, session)) = inner.registry.find(hello, owner)
            && let Some(token) = hello.token.clone()
        {
            let session = Arc::clone(session);
            match session.attach(hello.received, self.answer(token, true)) {
                Ok(Some((link, wake))) => {
                    inner.registry.attached(id);
                    let place = SessionKey::Reliable(id);
                    return Ok(Attached { session, place, link, wake, begun: false });
                }
                // It was closed a moment ago.
                Ok(None) => {}
                Err(AttachError::Violation(violation)) => return Err(violation.into()),
                Err(_) => {
                    inner.registry.remove(id);
                    session.end(
                        EndReason::Forgotten,
                        CloseWith { code: close::DONE, hint: Hint::NONE },
                    );
                }
            }
        }
        inner.make_room(&self.config)?;
        let session = Arc::new(Session::new(self.config.session(), self.config.inbound));
        let state = Arc::clone(&session);
        let NewSession { id, token } =
            inner.registry.begin(&hello.session, owner, random, state)?;
        let ended = inner.ended();
        // Nobody has told the client anything yet: 0 fits.
        let attached = session.attach(0, self.answer(token, false)).ok().flatten();
        drop(inner);
        end(ended);
        let Some((link, wake)) = attached else { return Err(AcceptError::NoHello) };
        Ok(Attached { session, place: SessionKey::Reliable(id), link, wake, begun: true })
    }

    /// Gives a session to who does not speak the sub-protocol.
    pub(super) fn plain(&self) -> Result<Attached, AcceptError> {
        let mut inner = self.lock();
        inner.is_open()?;
        inner.make_room(&self.config)?;
        let ended = inner.ended();
        let (session, link) = Session::plain(self.config.session(), self.config.inbound);
        let session = Arc::new(session);
        let number = inner.next_plain;
        inner.next_plain += 1;
        inner.plain.insert(number, Arc::clone(&session));
        drop(inner);
        end(ended);
        let wake = session.wake();
        Ok(Attached { session, place: SessionKey::Plain(number), link, wake, begun: true })
    }

    /// A link is gone; `left` if its client said that it does not come back.
    pub(super) fn detach(&self, session: &Session, place: SessionKey, link: LinkId, left: bool) {
        let mut inner = self.lock();
        let waits = session.detach(link, left);
        match place {
            SessionKey::Reliable(id) if waits && inner.unswept => {
                inner.remove(SessionKey::Reliable(id));
                drop(inner);
                session.end(EndReason::Expired, CloseWith { code: close::DONE, hint: Hint::NONE });
            }
            SessionKey::Reliable(id) if waits => {
                inner.registry.detached(self.clock.now(), id);
                self.waiting.notify_one();
            }
            _ if session.ended().is_some() => inner.remove(place),
            _ => {}
        }
    }

    pub(super) fn remove(&self, place: SessionKey) {
        self.lock().remove(place);
    }

    /// How many sessions there are.
    pub(super) fn len(&self) -> usize {
        let inner = self.lock();
        inner.registry.len() + inner.plain.len()
    }

    /// How many newcomers are under way.
    pub(super) fn backlog(&self) -> usize {
        self.lock().backlog
    }

    /// Ends all sessions, and turns newcomers away from now on.
    pub(super) fn goodbye(&self, goodbye: CloseWith) -> Vec<Arc<Session>> {
        let mut inner = self.lock();
        inner.goodbye = Some(goodbye);
        let reliable = inner.registry.iter().map(|(_, session)| Arc::clone(session));
        let sessions: Vec<_> = reliable.chain(inner.plain.values().cloned()).collect();
        drop(inner);
        for session in &sessions {
            session.hint(goodbye.hint);
            session.end(EndReason::Closed, goodbye);
        }
        sessions
    }

    /// Forgets sessions whose clients do not come back, for as long as the server is there.
    pub(super) async fn sweep(sweeping: Sweeping) {
        let directory = &sweeping.0;
        let Some(waiting) = directory.upgrade().map(|directory| Arc::clone(&directory.waiting))
        else {
            return;
        };
        loop {
            let Some(deadline) = directory.upgrade().map(|directory| directory.expire()) else {
                return;
            };
            match deadline {
                Some(deadline) => {
                    let _ = tokio::time::timeout_at(deadline, waiting.notified()).await;
                }
                None => waiting.notified().await,
            }
        }
    }

    /// Forgets who has been away for too long, and says when to look again.
    fn expire(&self) -> Option<tokio::time::Instant> {
        let mut inner = self.lock();
        inner.registry.handle_timeout(self.clock.now());
        let ended = inner.ended();
        let next = inner.registry.poll_timeout();
        drop(inner);
        end(ended);
        next.map(|at| self.clock.to_tokio(at))
    }

    /// Nobody will look any more who has been away for too long: all who are away are.
    fn end_waiting(&self) {
        let mut inner = self.lock();
        inner.unswept = true;
        let waiting: Vec<_> = inner
            .registry
            .iter()
            .filter(|(_, session)| !session.has_link())
            .map(|(id, session)| (id, Arc::clone(session)))
            .collect();
        for (id, _) in &waiting {
            inner.remove(SessionKey::Reliable(*id));
        }
        drop(inner);
        for (_, session) in waiting {
            session.end(EndReason::Expired, CloseWith { code: close::DONE, hint: Hint::NONE });
        }
    }

    fn answer(&self, token: Token, resumed: bool) -> Welcome {
        Welcome { token, received: 0, resumed, max_idle: self.config.max_idle }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the lock is held, so what it guards is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.waiting.notify_one();
    }
}

/// Held by the task that looks for sessions that have waited for too long.
pub(super) struct Sweeping(pub(super) Weak<Directory>);

impl Drop for Sweeping {
    fn drop(&mut self) {
        if let Some(directory) = self.0.upgrade() {
            directory.end_waiting();
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.backlog = inner.backlog.saturating_sub(1);
    }
}

impl Inner {
    fn is_open(&self) -> Result<(), Refusal> {
        self.goodbye.map_or(Ok(()), |CloseWith { code, hint }| Err(Refusal { code, hint }))
    }

    /// Makes room for one more, with the sub-protocol or without, if it has to be.
    fn make_room(&mut self, config: &ServerConfig) -> Result<(), Refusal> {
        while self.plain.len() + self.registry.len() >= config.max_sessions {
            if !self.registry.evict() {
                return Err(Refusal::FULL);
            }
        }
        Ok(())
    }

    fn ended(&mut self) -> Vec<(Arc<Session>, Ended)> {
        std::iter::from_fn(|| self.registry.poll_ended()).collect()
    }

    fn remove(&mut self, place: SessionKey) {
        match place {
            SessionKey::Plain(number) => drop(self.plain.remove(&number)),
            SessionKey::Reliable(id) => drop(self.registry.remove(id)),
        }
    }
}

fn end(ended: Vec<(Arc<Session>, Ended)>) {
    for (session, why) in ended {
        let why = if why == Ended::Evicted { EndReason::Evicted } else { EndReason::Expired };
        session.end(why, CloseWith { code: close::DONE, hint: Hint::NONE });
    }
}
