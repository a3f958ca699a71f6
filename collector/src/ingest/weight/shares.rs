use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use steadfast_core::time::Instant;

use super::amount::Amount;
use super::flow::Flow;
use super::groups::Groups;
use crate::address::ClientNetwork;

/// How much of an organisation's figures each session, key and address makes up, minute by minute.
///
/// A report counts whole as long as its session, its key and its address stay within their bounds,
/// and with what is left of a bound after that. The total of a minute is not known before its end, so
/// a bound is a share of the average minute, or of the current one if that has more already. Nothing
/// is bounded until the history has a whole minute.
///
/// It reads no clock, and allows the same to the same reports.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    /// What all collectors count.
    all: Flow,
    /// What this collector counts. Addresses are compared with it, since collectors do not tell each
    /// other of addresses.
    here: Flow,
    hasher: RandomState,
    /// What each session counts for in this minute.
    sessions: HashMap<u64, Amount>,
    keys: Groups,
    addresses: Groups,
}

/// What somebody reports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) session_id: &'a str,
    pub(crate) key_id: &'a str,
    /// Absent for a client that no limit by address counts.
    pub(crate) network: Option<ClientNetwork>,
    pub(crate) amount: Amount,
    /// How long ago the session was heard of; absent for a new session.
    pub(crate) silent: Option<Duration>,
    /// How many live sessions the organisation has.
    pub(crate) live: usize,
}

/// How much a report counts for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weight {
    /// The share of the report that is counted, from 0 to 1.
    pub(crate) share: f64,
    /// Which bound was met, if the share is less than 1.
    pub(crate) limit: Option<WeightLimit>,
    minute: u64,
    session: u64,
    key: u64,
    address: Option<u64>,
    counted: Amount,
}

/// A bound that a report is counted less for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightLimit {
    /// That of its address.
    Address,
    /// That of its key.
    Key,
    /// That of its session.
    Session,
}

/// The share of an organisation's figures that one session counts for.
const SESSION: f64 = 0.01;

/// How many times the average of all sessions one may count for, if that is more.
const EQUAL_SHARES: f64 = 10.0;

/// For how many minutes of silence a session may make up.
const LONGEST_SILENCE: Duration = Duration::from_hours(1);

/// Maximum number of sessions in a minute that are counted apart; all others together count as one.
const MAX_SESSIONS: usize = 200_000;

/// Stands for the sessions that are not counted apart.
const OTHERS: u64 = 0;

impl WeightLimit {
    /// The stable name under which it is counted by key.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "report.weight_address",
            Self::Key => "report.weight_key",
            Self::Session => "report.weight_session",
        }
    }
}

impl Shares {
    /// Says how much a report counts for that this collector takes, and counts it.
    pub(crate) fn weigh(&mut self, now: Instant, claim: &Claim<'_>) -> Weight {
        self.advance(now);
        let session = self.session(claim.session_id);
        let key = self.hasher.hash_one(claim.key_id);
        let address = claim.network.map(|network| self.hasher.hash_one(network));
        let amount = claim.amount;
        let bound = self.session_bound(claim);
        let used = self.sessions.get(&session).copied().unwrap_or_default();
        let mut room = [
            (
                WeightLimit::Session,
                if self.all.is_known() { bound.room_for(amount, used) } else { 1.0 },
            ),
            (WeightLimit::Key, self.keys.room_for(&self.all, key, bound, amount)),
            (WeightLimit::Address, 1.0),
        ];
        if let Some(address) = address {
            room[2].1 = self.addresses.room_for(&self.here, address, bound, amount);
        }
        let (limit, share) = room.into_iter().fold((None, 1.0), |(limit, least), (by, room)| {
            if room < least { (Some(by), room) } else { (limit, least) }
        });
        let minute = self.all.minute();
        let counted = amount.times(share);
        let weight = Weight { share, limit, minute, session, key, address, counted };
        self.count_session(session, counted, true);
        self.keys.count(&self.all, key, counted);
        if let Some(address) = address {
            self.addresses.count(&self.here, address, counted);
        }
        weight
    }

    /// Counts a report that another collector took, as it weighed it.
    pub(crate) fn follow(&mut self, now: Instant, session_id: &str, key_id: &str, counted: Amount) {
        self.advance(now);
        let session = self.session(session_id);
        self.count_session(session, counted, false);
        let key = self.hasher.hash_one(key_id);
        self.keys.count(&self.all, key, counted);
    }

    /// Takes back what was weighed and is not counted: it is stored already, or could not be stored.
    pub(crate) fn put_back(&mut self, weight: &Weight) {
        let Weight { minute, session, key, address, counted, .. } = *weight;
        if minute != self.all.minute() {
            return;
        }
        if let Some(used) = self.sessions.get_mut(&session) {
            *used = used.minus(counted);
            if used.is_zero() {
                self.sessions.remove(&session);
                self.all.now.sessions -= 1.0;
                self.here.now.sessions -= 1.0;
            }
        }
        for flow in [&mut self.all, &mut self.here] {
            flow.now.amount = flow.now.amount.minus(counted);
        }
        self.keys.put_back(&self.all, key, counted);
        if let Some(address) = address {
            self.addresses.put_back(&self.here, address, counted);
        }
    }

    /// Whether nothing was reported for so long that nothing is left to compare with.
    pub(crate) fn is_past(&self, now: Instant) -> bool {
        let mut all = self.all;
        all.advance(now);
        all.before().is_zero() && all.now.amount.is_zero()
    }

    /// The limit of a session, the greatest of three: a hundredth of the expected total; ten times the
    /// average of a session that reports; and, as after an outage, the average of a live session for
    /// each minute in which this one was silent.
    fn session_bound(&self, claim: &Claim<'_>) -> Amount {
        let silent = claim.silent.unwrap_or_default().min(LONGEST_SILENCE).as_secs_f64() / 60.0;
        let each = self.all.usual().times(1.0 / claim.live.max(1) as f64);
        let equal = self.all.equal_share().times(EQUAL_SHARES);
        self.all.expected().times(SESSION).max(equal).max(each.times(silent))
    }

    fn count_session(&mut self, session: u64, counted: Amount, is_here: bool) {
        if counted.is_zero() {
            return;
        }
        let is_new = !self.sessions.contains_key(&session);
        let used = self.sessions.entry(session).or_default();
        *used = used.plus(counted);
        let sessions = f64::from(u8::from(is_new));
        let flows = [Some(&mut self.all), is_here.then_some(&mut self.here)];
        for flow in flows.into_iter().flatten() {
            flow.now.amount = flow.now.amount.plus(counted);
            flow.now.sessions += sessions;
        }
    }

    fn session(&self, session_id: &str) -> u64 {
        let session = self.hasher.hash_one(session_id);
        let is_counted_apart =
            self.sessions.len() < MAX_SESSIONS || self.sessions.contains_key(&session);
        if is_counted_apart { session } else { OTHERS }
    }

    fn advance(&mut self, now: Instant) {
        let minute = self.all.minute();
        self.all.advance(now);
        self.here.advance(now);
        if self.all.minute() != minute {
            self.sessions = HashMap::new();
        }
    }
}
