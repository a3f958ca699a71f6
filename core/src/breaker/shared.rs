use core::time::Duration;

use super::atomic::{AtomicU32, AtomicU64, Ordering};
use super::config::BreakerConfig;
use super::packed_state::{BreakerState, LAST, MOST_PROBES, PackedState};
use super::permit::{Outcome, Permit, Rejection, Transition, permit, transition};
use super::snapshot::BreakerSnapshot;
use super::window::Window;
use crate::error::ConfigError;
use crate::rng::{Random as _, SeededRandom};
use crate::time::{Instant, scaled};

/// Turns calls away while most of them fail.
///
/// It is shared by reference between tasks and threads; no method locks, and while it is closed
/// [`admit`](Self::admit) is one load. A caller
///
/// 1. asks [`admit`](Self::admit), and makes the call only with the [`Permit`] it gives;
/// 2. says with [`record`](Self::record) how the call ended, or with [`give_back`](Self::give_back)
///    that it never did: it was dropped, or cancelled;
/// 3. hands on the [`Transition`] that either may return.
///
/// When half open it admits exactly its number of probes, however many callers ask at once. A
/// result that was admitted under an earlier state is stale and ignored.
///
/// The caller gives the time, which is only ever compared with the time of earlier calls. It is kept as
/// milliseconds since the breaker was made, up to two years; after that a breaker that opens
/// probes at once.
#[derive(Debug)]
pub struct CircuitBreaker {
    config: BreakerConfig,
    made_at: Instant,
    packed_state: AtomicU64,
    window: Window,
    failures_in_a_row: AtomicU32,
    /// How often it opened since it was last closed.
    openings: AtomicU32,
    seed: u64,
}

impl CircuitBreaker {
    /// A closed breaker.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: BreakerConfig, seed: u64, now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            window: Window::new(config.window_calls, whole_millis(config.window_time)),
            config,
            made_at: now,
            packed_state: AtomicU64::new(PackedState::CLOSED.pack()),
            failures_in_a_row: AtomicU32::new(0),
            openings: AtomicU32::new(0),
            seed,
        })
    }

    /// The state, as it was left by the last call: an open breaker whose time is over becomes half
    /// open when somebody asks to be admitted.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        self.load().state
    }

    /// Whether it asks when calls began and ended, even while it is closed and they succeed. One
    /// that only counts failures in a row does not.
    #[must_use]
    #[inline]
    pub fn judges_by_time(&self) -> bool {
        self.config.failure_rate.is_some() || self.times_calls()
    }

    /// Whether it asks when a call began, even while it is closed: only one that looks for slow
    /// calls does.
    #[must_use]
    #[inline]
    pub fn times_calls(&self) -> bool {
        self.config.slow_call.is_some()
    }

    /// May a call be made?
    ///
    /// # Errors
    ///
    /// If not, and when to ask again.
    pub fn admit(&self, now: Instant) -> Result<Permit, Rejection> {
        let at = self.millis(now);
        loop {
            let packed_state = self.within_limits(self.load(), at);
            let closed_or_probing = match packed_state.state {
                BreakerState::Closed => return Ok(permit(packed_state, now, None)),
                BreakerState::HalfOpen if packed_state.admitted < self.config.probes => {
                    PackedState { admitted: packed_state.admitted + 1, ..packed_state }
                }
                BreakerState::HalfOpen | BreakerState::Open
                    if !packed_state.forced && at >= packed_state.until =>
                {
                    let until = at.saturating_add(whole_millis(self.config.probe_timeout));
                    PackedState { admitted: 1, ..packed_state.next(BreakerState::HalfOpen, until) }
                }
                state => {
                    let retry_in = Duration::from_millis(packed_state.until.saturating_sub(at));
                    return Err(Rejection { state, retry_in });
                }
            };
            if self.swap(packed_state, closed_or_probing) {
                return Ok(permit(
                    closed_or_probing,
                    now,
                    transition(packed_state, closed_or_probing),
                ));
            }
        }
    }

    /// A permit for which the time does not matter: while it is closed and does not look for slow
    /// calls. Otherwise nothing was decided yet, and [`admit`](Self::admit) has to be asked. Reading
    /// a clock costs more than either.
    #[inline]
    pub fn admit_untimed(&self) -> Option<Permit> {
        let packed_state = self.load();
        let untimed = packed_state.state == BreakerState::Closed && !self.times_calls();
        untimed.then(|| permit(packed_state, self.made_at, None))
    }

    /// Whether a call may end so without a word: a success that changes nothing of what is looked
    /// at. Otherwise [`record`](Self::record) has to be told.
    #[must_use]
    #[inline]
    pub fn is_no_news(&self, permit: &Permit, outcome: Outcome) -> bool {
        outcome == Outcome::Success
            && !permit.probe
            && !self.judges_by_time()
            && self.failures_in_a_row.load(Ordering::Relaxed) == 0
    }

    /// The call of this permit has ended.
    pub fn record(&self, now: Instant, permit: Permit, outcome: Outcome) -> Option<Transition> {
        let at = self.millis(now);
        let failed = outcome == Outcome::Failure;
        let took = now.saturating_since(permit.admitted_at);
        let slow = self.config.slow_call.is_some_and(|limit| took > limit);
        loop {
            let packed_state = self.load();
            if packed_state.generation != permit.generation || packed_state.forced {
                return None;
            }
            let next = match packed_state.state {
                BreakerState::Closed => return self.record_closed(at, packed_state, failed, slow),
                BreakerState::HalfOpen => self.probed(at, packed_state, failed || slow),
                BreakerState::Open => return None,
            };
            if self.swap(packed_state, next) {
                return self.entered(packed_state, next);
            }
        }
    }

    /// The call of this permit never ended: it was dropped or cancelled. A probe goes to the next
    /// caller; the breaker learns nothing.
    pub fn give_back(&self, permit: Permit) {
        loop {
            let packed_state = self.load();
            if !permit.probe
                || packed_state.generation != permit.generation
                || packed_state.admitted == 0
            {
                return;
            }
            if self.swap(
                packed_state,
                PackedState { admitted: packed_state.admitted - 1, ..packed_state },
            ) {
                return;
            }
        }
    }

    /// Opens it by hand, for good: nothing but [`force_closed`](Self::force_closed),
    /// [`reset`](Self::reset) and [`restore`](Self::restore) lets a call through again.
    pub fn force_open(&self) -> Option<Transition> {
        self.replace(|packed_state| PackedState {
            forced: true,
            ..packed_state.next(BreakerState::Open, LAST)
        })
    }

    /// Closes it by hand, for good: no failure opens it, until [`reset`](Self::reset).
    pub fn force_closed(&self) -> Option<Transition> {
        self.replace(|packed_state| PackedState {
            forced: true,
            ..packed_state.next(BreakerState::Closed, 0)
        })
    }

    /// Closes it and forgets everything.
    pub fn reset(&self) -> Option<Transition> {
        self.replace(|packed_state| packed_state.next(BreakerState::Closed, 0))
    }

    /// What to save.
    #[must_use]
    pub fn snapshot(&self) -> BreakerSnapshot {
        let packed_state = self.load();
        let state = match packed_state.state {
            BreakerState::HalfOpen if !packed_state.forced => BreakerState::Open,
            state => state,
        };
        let open_until = || self.made_at + Duration::from_millis(packed_state.until);
        BreakerSnapshot {
            state,
            forced: packed_state.forced,
            open_until: (state == BreakerState::Open).then(open_until),
            openings: self.openings.load(Ordering::Relaxed),
        }
    }

    /// Takes on what was saved, with an empty window.
    ///
    /// A half-open breaker is restored as open, because its probes ended with the process. A breaker
    /// that would stay open for longer than [`max_open_for`](BreakerConfig::max_open_for), because a
    /// clock was wrong or the configuration has changed, stays open for `max_open_for` from the next
    /// call on.
    pub fn restore(&self, snapshot: BreakerSnapshot) -> Option<Transition> {
        let (state, open_until) = match snapshot.state {
            BreakerState::Closed => (BreakerState::Closed, None),
            BreakerState::HalfOpen | BreakerState::Open => {
                (BreakerState::Open, snapshot.open_until)
            }
        };
        let until = open_until.map_or(0, |until| self.millis(until));
        let transition = self.replace(|packed_state| PackedState {
            forced: snapshot.forced,
            ..packed_state.next(state, until)
        });
        self.openings.store(snapshot.openings, Ordering::Relaxed);
        transition
    }

    /// The state, after a time that is further away than this breaker ever waits was moved to the
    /// most that it waits.
    fn within_limits(&self, packed_state: PackedState, at: u64) -> PackedState {
        let longest = match packed_state.state {
            BreakerState::Closed => return packed_state,
            BreakerState::HalfOpen => self.config.probe_timeout,
            BreakerState::Open => self.config.max_open_for,
        };
        let latest = at.saturating_add(whole_millis(longest));
        if packed_state.forced || packed_state.until <= latest {
            return packed_state;
        }
        let moved = PackedState { until: latest.min(LAST), ..packed_state };
        // If somebody else was faster, the caller finds out by its own exchange.
        if self.swap(packed_state, moved) { moved } else { self.load() }
    }

    /// What a probe that has ended makes of a half-open breaker.
    fn probed(&self, at: u64, packed_state: PackedState, failed: bool) -> PackedState {
        let packed_state = if failed {
            PackedState { failed: (packed_state.failed + 1).min(MOST_PROBES), ..packed_state }
        } else {
            PackedState { succeeded: (packed_state.succeeded + 1).min(MOST_PROBES), ..packed_state }
        };
        let rate = self.config.failure_rate.unwrap_or(0.0);
        if packed_state.failed > 0
            && f64::from(packed_state.failed) >= rate * f64::from(self.config.probes)
        {
            self.opened(packed_state, at)
        } else if packed_state.succeeded + packed_state.failed >= self.config.probes {
            packed_state.next(BreakerState::Closed, 0)
        } else {
            packed_state
        }
    }

    fn record_closed(
        &self,
        at: u64,
        packed_state: PackedState,
        failed: bool,
        slow: bool,
    ) -> Option<Transition> {
        if self.judges_by_time() {
            self.window.record(at, packed_state.generation, failed, slow);
        }
        let in_a_row = if failed {
            self.failures_in_a_row.fetch_add(1, Ordering::Relaxed).saturating_add(1)
        } else {
            if self.failures_in_a_row.load(Ordering::Relaxed) > 0 {
                self.failures_in_a_row.store(0, Ordering::Relaxed);
            }
            0
        };
        if !self.is_too_bad(at, packed_state.generation, in_a_row) {
            return None;
        }
        let next = self.opened(packed_state, at);
        // If another result was faster, it has opened or the hand of somebody has.
        if self.swap(packed_state, next) { self.entered(packed_state, next) } else { None }
    }

    fn is_too_bad(&self, at: u64, generation: u16, in_a_row: u32) -> bool {
        if self.config.consecutive_failures.is_some_and(|threshold| in_a_row >= threshold) {
            return true;
        }
        if !self.judges_by_time() {
            return false;
        }
        if !self.window.may_have_bad(at) {
            return false;
        }
        let counts = self.window.counts(at, generation);
        let share = |of: u32| f64::from(of) / f64::from(counts.calls);
        counts.calls >= self.config.minimum_calls
            && (self.config.failure_rate.is_some_and(|rate| share(counts.failed) >= rate)
                || (counts.slow > 0 && share(counts.slow) >= self.config.slow_rate))
    }

    /// Open from now on, for twice as long as the last time, half of it spread.
    fn opened(&self, packed_state: PackedState, at: u64) -> PackedState {
        let openings = self.openings.load(Ordering::Relaxed);
        let nominal = self.config.open_for.saturating_mul(2_u32.saturating_pow(openings));
        let nominal = nominal.min(self.config.max_open_for);
        let stays = if openings == 0 {
            nominal
        } else {
            let seed = self.seed ^ u64::from(openings) << 32 ^ u64::from(packed_state.generation);
            scaled(nominal, SeededRandom::new(seed).next_between(0.5, 1.0))
        };
        packed_state.next(BreakerState::Open, at.saturating_add(whole_millis(stays)))
    }

    /// What goes with a change of the state, done by the one who made it.
    fn entered(&self, from: PackedState, to: PackedState) -> Option<Transition> {
        match to.state {
            _ if from.generation == to.generation => {}
            BreakerState::Closed => {
                self.openings.store(0, Ordering::Relaxed);
                self.failures_in_a_row.store(0, Ordering::Relaxed);
                self.window.clear();
            }
            BreakerState::HalfOpen => {}
            BreakerState::Open => {
                self.openings.fetch_add(1, Ordering::Relaxed);
            }
        }
        transition(from, to)
    }

    fn replace(&self, change: impl Fn(PackedState) -> PackedState) -> Option<Transition> {
        loop {
            let packed_state = self.load();
            let next = change(packed_state);
            if self.swap(packed_state, next) {
                return self.entered(packed_state, next);
            }
        }
    }

    #[inline]
    fn load(&self) -> PackedState {
        PackedState::unpack(self.packed_state.load(Ordering::Acquire))
    }

    fn swap(&self, from: PackedState, to: PackedState) -> bool {
        let (from, to) = (from.pack(), to.pack());
        self.packed_state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn millis(&self, now: Instant) -> u64 {
        now.millis_since(self.made_at).min(LAST)
    }
}

impl Clone for CircuitBreaker {
    /// Another breaker that stands where this one stands, with an empty window.
    fn clone(&self) -> Self {
        let load = |atomic: &AtomicU32| AtomicU32::new(atomic.load(Ordering::Relaxed));
        Self {
            config: self.config.clone(),
            made_at: self.made_at,
            packed_state: AtomicU64::new(self.packed_state.load(Ordering::Acquire)),
            window: Window::new(self.config.window_calls, whole_millis(self.config.window_time)),
            failures_in_a_row: load(&self.failures_in_a_row),
            openings: load(&self.openings),
            seed: self.seed,
        }
    }
}

fn whole_millis(duration: Duration) -> u64 {
    // In 64 bits: `as_millis` takes 128, which some machines have to put together.
    duration.as_secs().saturating_mul(1000).saturating_add(u64::from(duration.subsec_millis()))
}

#[cfg(test)]
mod tests;
