//! Calls that are tried again, with a throttle over all of them and a breaker that was restored.

use std::sync::Arc;
use std::time::Duration;

use arbitrary::Arbitrary;
use steadfast_core::breaker::{
    BreakerConfig, BreakerSnapshot, BreakerState, CircuitBreaker, Outcome, Permit,
};
use steadfast_core::retry::{
    Failure, FailureClass, Fixed, GiveUp, OperationKey, RetryManager, RetryManagerConfig,
    RetryPolicy, Throttle, ThrottleConfig, Verdict,
};
use steadfast_core::time::Instant;

use super::{at, case};

#[derive(Arbitrary, Debug)]
struct Case {
    seed: u64,
    limits: Limits,
    throttle: Option<Kind>,
    steps: Vec<Step>,
}

/// How far each call is tried.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Limits {
    adaptive: bool,
    attempts: Option<u8>,
    deadline: Option<u16>,
    server_wait: Option<u16>,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
enum Kind {
    Quota,
    TokenBucket,
}

/// Something that happens. A call is meant by its place among those under way.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Admit,
    Begin,
    Cancel(u8),
    Fail { call: u8, overload: bool, repeatable: bool, wait: Option<u32> },
    Final(u8),
    GiveBack,
    Record(bool),
    Restore { state: u8, forced: bool, open_until: Option<u64>, openings: u32 },
    Resume(u8),
    Succeed(u8),
    Wait(u16),
}

/// Verdicts and tokens are as a naive count has them, no wait is shorter than the server asked for or
/// longer than it may ask for, and a breaker lets a call through at the time that it names.
///
/// # Panics
///
/// If not.
pub fn calls(bytes: &[u8]) {
    let Some(case) = case::<Case>(bytes) else { return };
    let mut world = World::new(&case);
    for step in case.steps.into_iter().take(MAX_STEPS) {
        world.take(step);
        world.counts_tokens();
    }
}

/// No strategy waits for longer here where nobody asks it to.
const OWN_LONGEST: Duration = Duration::from_mins(1);

/// A longer story tells nothing more.
const MAX_STEPS: usize = 500;

struct World {
    now: Instant,
    manager: RetryManager,
    policy: Arc<RetryPolicy>,
    calls: Vec<Call>,
    kind: Option<Kind>,
    tokens: f64,
    guard: Guard,
}

/// A call that is under way.
#[derive(Clone, Copy, Debug)]
struct Call {
    key: OperationKey,
    began: Instant,
    attempt: u32,
    waits: bool,
    /// What its last retry drew from a quota.
    drawn: Option<f64>,
}

/// A breaker, and what it has said.
struct Guard {
    breaker: CircuitBreaker,
    config: BreakerConfig,
    permits: Vec<Permit>,
    is_forced: bool,
    /// When a call is let through, as the last refusal has it.
    promised: Option<Instant>,
}

impl World {
    fn new(case: &Case) -> Self {
        let Limits { adaptive, attempts, deadline, server_wait } = case.limits;
        let fixed = Fixed { delay: Duration::from_secs(1), ..Fixed::default() };
        let default = RetryPolicy::default();
        let policy = RetryPolicy {
            strategy: if adaptive { default.strategy } else { fixed.into() },
            max_attempts: attempts.map(|attempts| u32::from(attempts).max(1)),
            deadline: deadline.map(|secs| Duration::from_secs(secs.into())),
            max_server_wait: server_wait.map(|secs| Duration::from_secs(u64::from(secs) + 1)),
        };
        policy.validate().expect("the policy makes sense");
        let config = RetryManagerConfig::default();
        let mut manager = RetryManager::new(config, case.seed).expect("it makes sense");
        let throttle = case.throttle.map(|kind| {
            let config = match kind {
                Kind::Quota => ThrottleConfig::quota(),
                Kind::TokenBucket => ThrottleConfig::default(),
            };
            Throttle::new(config).expect("it makes sense")
        });
        let tokens = throttle.as_ref().map_or(0.0, |throttle| throttle.available(Instant::ORIGIN));
        manager.throttle(throttle);
        Self {
            now: Instant::ORIGIN,
            manager,
            policy: Arc::new(policy),
            calls: Vec::new(),
            kind: case.throttle,
            tokens,
            guard: Guard::new(case.seed),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Admit => self.guard.admit(self.now),
            Step::Begin => {
                let key =
                    self.manager.begin(self.now, "call", &self.policy).expect("there is room");
                let began = self.now;
                self.calls.push(Call { key, began, attempt: 1, waits: false, drawn: None });
            }
            Step::Cancel(call) => {
                let Some(at) = self.find(call) else { return };
                let Call { key, .. } = self.calls.remove(at);
                assert!(self.manager.cancel(self.now, key));
                let verdict = self.manager.failed(self.now, key, None);
                assert_eq!(verdict, Verdict::GiveUp(GiveUp::Cancelled));
            }
            Step::Fail { call, overload, repeatable, wait } => {
                let class = if overload { FailureClass::Overload } else { FailureClass::Transport };
                let retry_after = wait.map(|millis| Duration::from_millis(millis.into()));
                let failure = Failure { retry_after, repeatable, ..Failure::new(class) };
                self.fail(call, failure);
            }
            Step::Final(call) => {
                let Some(at) = self.find(call) else { return };
                let Call { key, .. } = self.calls.remove(at);
                let verdict = self.manager.failed(self.now, key, None);
                assert_eq!(verdict, Verdict::GiveUp(GiveUp::Final));
            }
            Step::GiveBack => self.guard.give_back(),
            Step::Record(failed) => self.guard.record(self.now, failed),
            Step::Restore { state, forced, open_until, openings } => {
                let states = [BreakerState::Closed, BreakerState::HalfOpen, BreakerState::Open];
                let state = states[usize::from(state) % states.len()];
                let open_until = open_until.map(at);
                self.guard.restore(BreakerSnapshot { state, forced, open_until, openings });
            }
            Step::Resume(call) => {
                let Some(at) = self.find(call) else { return };
                let Call { key, attempt, waits, .. } = &mut self.calls[at];
                let resumed = self.manager.resumed(self.now, *key);
                *attempt += u32::from(*waits);
                assert_eq!(resumed, waits.then_some(*attempt));
                *waits = false;
            }
            Step::Succeed(call) => {
                let Some(at) = self.find(call) else { return };
                let Call { key, drawn, .. } = self.calls.remove(at);
                self.manager.succeeded(self.now, key);
                self.tokens = match self.kind {
                    Some(Kind::Quota) => (self.tokens + drawn.unwrap_or(1.0)).min(500.0),
                    Some(Kind::TokenBucket) => (self.tokens + 0.1).min(10.0),
                    None => 0.0,
                };
            }
            Step::Wait(seconds) => self.now = self.now + Duration::from_secs(seconds.into()),
        }
    }

    fn find(&self, call: u8) -> Option<usize> {
        usize::from(call).checked_rem(self.calls.len())
    }

    /// Each failure counts in a token bucket, whatever is asked afterwards. The rest is asked in the
    /// order in which the reasons are documented.
    fn fail(&mut self, call: u8, failure: Failure) {
        let Some(at) = self.find(call) else { return };
        let Call { key, began, attempt, .. } = self.calls[at];
        let verdict = self.manager.failed(self.now, key, Some(failure));
        if self.kind == Some(Kind::TokenBucket) {
            self.tokens = (self.tokens - 1.0).max(0.0);
        }
        let asked = failure.retry_after.unwrap_or_default();
        let longest = self.policy.longest_server_wait();
        let is_last = self.policy.max_attempts.is_some_and(|most| attempt >= most);
        let early = match (failure.repeatable, is_last, asked > longest) {
            (false, ..) => Some(GiveUp::Final),
            (_, true, _) => Some(GiveUp::MaxAttempts),
            (.., true) => Some(GiveUp::ServerWait),
            _ => None,
        };
        let cost = if failure.class == FailureClass::Overload { 10.0 } else { 5.0 };
        let has_tokens = match self.kind {
            Some(Kind::Quota) => self.tokens >= cost,
            Some(Kind::TokenBucket) => self.tokens > 5.0,
            None => true,
        };
        match verdict {
            Verdict::GiveUp(reason) => {
                let allowed = match reason {
                    GiveUp::Deadline => early.is_none() && self.policy.deadline.is_some(),
                    GiveUp::Throttled => early.is_none() && !has_tokens,
                    reason => early == Some(reason),
                };
                assert!(allowed, "{reason:?} after {failure:?}, and not {early:?}");
                self.calls.remove(at);
            }
            Verdict::RetryIn(delay) => {
                assert!(early.is_none() && has_tokens, "{early:?}, {} tokens", self.tokens);
                assert!(delay >= asked, "{delay:?} is shorter than {asked:?}");
                // A server that gives no spread gets one of half its wait, or of a second.
                let most = (asked + asked / 2).max(asked + Duration::from_secs(1));
                assert!(delay <= most.max(OWN_LONGEST), "{delay:?} after {asked:?}");
                let deadline = self.policy.deadline.map(|deadline| began + deadline);
                assert!(deadline.is_none_or(|by| self.now + delay <= by), "after its deadline");
                let call = &mut self.calls[at];
                call.waits = true;
                if self.kind == Some(Kind::Quota) {
                    self.tokens -= cost;
                    call.drawn = Some(cost);
                }
            }
        }
    }

    fn counts_tokens(&mut self) {
        let throttle = self.manager.throttle(None);
        if let Some(throttle) = &throttle {
            let available = throttle.available(self.now);
            assert!((available - self.tokens).abs() < 1e-6, "{available}, not {}", self.tokens);
        }
        self.manager.throttle(throttle);
    }
}

impl Guard {
    fn new(seed: u64) -> Self {
        let config = BreakerConfig { probes: 2, ..BreakerConfig::default() };
        let breaker = CircuitBreaker::new(config.clone(), seed, Instant::ORIGIN);
        let breaker = breaker.expect("it makes sense");
        Self { breaker, config, permits: Vec::new(), is_forced: false, promised: None }
    }

    /// A refusal says when to come back, and the call is let through then. That is never further
    /// away than the breaker may be open, whatever was restored.
    fn admit(&mut self, now: Instant) {
        match self.breaker.admit(now) {
            Ok(permit) => {
                assert!(!self.is_forced, "it was opened by hand");
                self.permits.push(permit);
                self.promised = None;
            }
            Err(_) if self.is_forced => {}
            Err(rejection) => {
                let most = self.config.max_open_for.max(self.config.probe_timeout);
                assert!(rejection.retry_in <= most, "{rejection:?}");
                let promised = self.promised.is_some_and(|promised| promised <= now);
                assert!(!promised, "{rejection:?} at {now:?}, and it said {:?}", self.promised);
                self.promised = Some(now + rejection.retry_in);
            }
        }
    }

    fn record(&mut self, now: Instant, failed: bool) {
        let Some(permit) = self.permits.pop() else { return };
        let outcome = if failed { Outcome::Failure } else { Outcome::Success };
        self.breaker.record(now, permit, outcome);
        self.promised = None;
    }

    fn give_back(&mut self) {
        if let Some(permit) = self.permits.pop() {
            self.breaker.give_back(permit);
        }
    }

    fn restore(&mut self, snapshot: BreakerSnapshot) {
        self.breaker.restore(snapshot);
        self.is_forced = snapshot.forced && snapshot.state != BreakerState::Closed;
        self.promised = None;
    }
}
