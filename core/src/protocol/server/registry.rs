use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use core::time::Duration;

use super::config::RegistryConfig;
use crate::error::ConfigError;
use crate::protocol::{Hello, Hint, Token, close};
use crate::time::Instant;

/// Which sessions there are, who may resume them, and when they are forgotten.
///
/// `S` is what the driver keeps of a session. A session is found by the first part of its token,
/// and resumed by a client that knows the second, too, and is the same to the server as the one that began it: its
/// *owner*, a name that the server has reason to believe, or none. The names that clients give
/// their sessions are compared and otherwise not used: several sessions may have the same.
#[derive(Clone, Debug)]
pub struct Registry<S> {
    config: RegistryConfig,
    sessions: BTreeMap<SessionId, Entry<S>>,
    /// Those without a link, and since when.
    waiting: BTreeSet<(Instant, SessionId)>,
    ended: VecDeque<(S, Ended)>,
}

/// A session of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(u64);

/// Random bytes from a source that nobody can foresee: what a token is made of.
pub type RandomBytes = [u8; 24];

/// A session that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// What its client resumes it with.
    pub token: Token,
}

/// Why a session was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// There were too many sessions, and this one had been without a link for longest.
    Evicted,
    /// Its client did not come back in time.
    Expired,
}

/// A newcomer is turned away, with a close code and a hint when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("turned away with close code {code}")]
pub struct Refusal {
    /// The close code.
    pub code: u16,
    /// What its reason says.
    pub hint: Hint,
}

#[derive(Clone, Debug)]
struct Entry<S> {
    secret: [u8; 16],
    name: String,
    owner: String,
    waiting_since: Option<Instant>,
    state: S,
}

impl Refusal {
    /// There is no room: to come back after 10 s.
    pub const FULL: Self = Self {
        code: close::TRY_LATER,
        hint: Hint { retry_after: Some(Duration::from_secs(10)), ..Hint::NONE },
    };
}

impl<S> Registry<S> {
    /// A registry without sessions.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: RegistryConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let (sessions, waiting, ended) = (BTreeMap::new(), BTreeSet::new(), VecDeque::new());
        Ok(Self { config, sessions, waiting, ended })
    }

    /// How many sessions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// How many of them have no link.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The sessions.
    pub fn iter(&self) -> impl Iterator<Item = (SessionId, &S)> {
        self.sessions.iter().map(|(id, entry)| (*id, &entry.state))
    }

    /// The session that a client may resume by what it says, and by whom the server knows it to be;
    /// `owner` is empty if it does not know.
    #[must_use]
    pub fn find(&self, hello: &Hello, owner: &str) -> Option<(SessionId, &S)> {
        let (id, secret) = parse(hello.token.as_ref()?.as_str())?;
        let entry = self.sessions.get(&id)?;
        let known = same(&entry.secret, &secret);
        (known && entry.name == hello.session && entry.owner == owner).then_some((id, &entry.state))
    }

    /// Begins a session that has a link. `random` is used for nothing else, ever.
    ///
    /// # Errors
    ///
    /// If there are too many, and all of them have a link.
    pub fn begin(
        &mut self,
        session: impl Into<String>,
        owner: impl Into<String>,
        random: RandomBytes,
        state: S,
    ) -> Result<NewSession, Refusal> {
        if self.sessions.len() >= self.config.max_sessions && !self.evict() {
            return Err(Refusal::FULL);
        }
        let (id, secret) = split(&random);
        if self.sessions.contains_key(&id) {
            // Once in 2^64, unless the driver's source is no source.
            return Err(Refusal { code: close::TRY_LATER, hint: Hint::NONE });
        }
        let (name, owner) = (session.into(), owner.into());
        let entry = Entry { secret, name, owner, waiting_since: None, state };
        self.sessions.insert(id, entry);
        Ok(NewSession { id, token: token(&random) })
    }

    /// Forgets the session that has been without a link for longest: true if there was one.
    pub fn evict(&mut self) -> bool {
        let oldest = self.waiting.first().copied();
        oldest.inspect(|(_, id)| self.end(*id, Ended::Evicted)).is_some()
    }

    /// The session has a link again.
    pub fn attached(&mut self, id: SessionId) {
        if let Some(entry) = self.sessions.get_mut(&id)
            && let Some(since) = entry.waiting_since.take()
        {
            self.waiting.remove(&(since, id));
        }
    }

    /// The session has no link any more, and waits for its client from now on.
    pub fn detached(&mut self, now: Instant, id: SessionId) {
        if let Some(entry) = self.sessions.get_mut(&id)
            && entry.waiting_since.is_none()
        {
            entry.waiting_since = Some(now);
            self.waiting.insert((now, id));
        }
    }

    /// Forgets the session, whose driver knows why.
    pub fn remove(&mut self, id: SessionId) -> Option<S> {
        let entry = self.sessions.remove(&id)?;
        if let Some(since) = entry.waiting_since {
            self.waiting.remove(&(since, id));
        }
        Some(entry.state)
    }

    /// Takes in that time has passed: forgets the sessions whose clients did not come back.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((since, id)) = self.waiting.first().copied()
            && since + self.config.retention <= now
        {
            self.end(id, Ended::Expired);
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.first().map(|(since, _)| *since + self.config.retention)
    }

    /// A session that was forgotten, and why. To be asked after [`begin`](Self::begin),
    /// [`evict`](Self::evict) and [`handle_timeout`](Self::handle_timeout) until there is no more.
    #[must_use]
    pub fn poll_ended(&mut self) -> Option<(S, Ended)> {
        self.ended.pop_front()
    }

    fn end(&mut self, id: SessionId, why: Ended) {
        if let Some(state) = self.remove(id) {
            self.ended.push_back((state, why));
        }
    }
}

/// What a token says: which session, in 16 hexadecimal digits, and the secret in 32.
fn token(random: &RandomBytes) -> Token {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digits = random.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let text: String = digits.map(|digit| char::from(HEX[usize::from(digit)])).collect();
    // 48 digits are a token.
    Token::of(text)
}

fn parse(token: &str) -> Option<(SessionId, [u8; 16])> {
    let mut random = RandomBytes::default();
    if token.len() != 2 * random.len() {
        return None;
    }
    for (byte, digits) in random.iter_mut().zip(token.as_bytes().chunks_exact(2)) {
        for &digit in digits {
            let digit = char::from(digit).to_digit(16)?;
            *byte = *byte << 4 | u8::try_from(digit).ok()?;
        }
    }
    Some(split(&random))
}

fn split(random: &RandomBytes) -> (SessionId, [u8; 16]) {
    let (mut id, mut secret) = ([0; 8], [0; 16]);
    id.copy_from_slice(&random[..8]);
    secret.copy_from_slice(&random[8..]);
    (SessionId(u64::from_be_bytes(id)), secret)
}

/// Compares in a time that does not depend on where the two differ.
fn same(a: &[u8; 16], b: &[u8; 16]) -> bool {
    let differing = a.iter().zip(b).fold(0, |differing, (a, b)| differing | (a ^ b));
    core::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests;
