use std::time::Duration;

use steadfast_core::event::{Event, EventKind};
use steadfast_core::retry::{Failure, FailureClass, GiveUp, Verdict};
use steadfast_core::time::Instant;

use super::attempt::{Attempt, Operation};
use super::error::{AttemptError, RetryError};
use super::judge::Judge;
use super::notify::Notify;
use super::options::RetryOptions;
use super::throttle::Throttle;
use crate::breaker::{Admission, outcome};
use crate::clock::Clock;
use crate::failure::{Class, Classify};

/// One run of an operation: everything but the awaiting.
pub(super) struct Run<O: Operation, C, N, J> {
    operation: O,
    /// What attempts are made of; absent while one is made.
    callee: Option<O::Callee>,
    classify: C,
    notify: N,
    judge: J,
    pub(super) options: RetryOptions,
    /// Started only for what asks for the time.
    clock: Option<Clock>,
    began: Instant,
    attempt_began: Instant,
    admission: Option<Admission>,
    attempts: u32,
    last: Option<AttemptError<O::Error>>,
}

/// What follows from the end of an attempt.
pub(super) enum Next<O> {
    Return(O),
    Wait(Duration),
}

type Output<O> = Result<<O as Operation>::Value, RetryError<<O as Operation>::Error>>;

impl<O: Operation, C, N, J> Run<O, C, N, J> {
    #[inline]
    pub(super) fn new(
        operation: O,
        callee: O::Callee,
        classify: C,
        notify: N,
        judge: J,
        options: RetryOptions,
    ) -> Self {
        Self {
            operation,
            callee: Some(callee),
            classify,
            notify,
            judge,
            options,
            clock: None,
            began: Instant::ORIGIN,
            attempt_began: Instant::ORIGIN,
            admission: None,
            attempts: 0,
            last: None,
        }
    }

    /// The same with other judges, before it has begun.
    #[inline]
    pub(super) fn map<D, M, K>(self, map: impl FnOnce(C, N, J) -> (D, M, K)) -> Run<O, D, M, K> {
        let (classify, notify, judge) = map(self.classify, self.notify, self.judge);
        Run {
            operation: self.operation,
            callee: self.callee,
            classify,
            notify,
            judge,
            options: self.options,
            clock: self.clock,
            began: self.began,
            attempt_began: self.attempt_began,
            admission: self.admission,
            attempts: self.attempts,
            last: self.last,
        }
    }
}

impl<O, C, N, J> Run<O, C, N, J>
where
    O: Operation,
    C: Classify<O::Value, O::Error>,
    N: Notify,
    J: Judge,
{
    /// The next attempt, or why it is not made.
    #[inline]
    pub(super) fn attempt(&mut self) -> Result<O::Future, RetryError<O::Error>> {
        if self.attempts == 0 {
            self.begin()?;
        } else {
            self.judge.resumed();
        }
        if let Some(admission) = &mut self.admission
            && let Err(rejection) = admission.admit()
        {
            return Err(RetryError::CircuitOpen { rejection, last: self.last.take() });
        }
        // Handed back by every attempt that ends; one that panicked has taken it along.
        let Some(callee) = self.callee.take() else { return Err(self.cancelled()) };
        self.attempts = self.attempts.saturating_add(1);
        self.attempt_began = self.now();
        let (attempt, limit) = (Attempt { number: self.attempts }, self.limit());
        Ok(self.operation.attempt(callee, attempt, limit))
    }

    /// The attempt has ended, or had to be: what follows.
    #[inline]
    pub(super) fn ended(
        &mut self,
        callee: O::Callee,
        result: Option<Result<O::Value, O::Error>>,
    ) -> Next<Output<O>> {
        self.callee = Some(callee);
        let class =
            result.as_ref().map_or(Class::OVERLOAD, |result| self.classify.classify(result));
        if let Some(admission) = &mut self.admission {
            admission.ended(outcome(class));
        }
        match (class, result) {
            (Class::Failed(failure), result) => self.failed(Some(failure), result),
            (Class::Final | Class::Succeeded, Some(Ok(value))) => {
                self.succeeded();
                Next::Return(Ok(value))
            }
            (Class::Cancelled | Class::Final | Class::Succeeded, result) => {
                self.failed(None, result)
            }
        }
    }

    /// It is cancelled: a probe goes to the next caller.
    pub(super) fn cancelled(&mut self) -> RetryError<O::Error> {
        if let Some(admission) = &mut self.admission {
            admission.give_back();
        }
        RetryError::Cancelled { attempts: self.attempts, last: self.last.take() }
    }

    #[inline]
    fn begin(&mut self) -> Result<(), RetryError<O::Error>> {
        self.options.validate()?;
        let throttle = self.options.throttle.as_ref();
        let timed = N::WANTED || self.options.policy.deadline.is_some();
        self.clock = throttle.map(Throttle::clock).or(timed.then(Clock::start));
        self.began = self.now();
        self.admission = self.judge.begin(self.began, &self.options)?.map(Admission::new);
        Ok(())
    }

    #[inline]
    fn succeeded(&mut self) {
        self.judge.succeeded(&self.options);
        if N::WANTED {
            let (at, attempt) = (self.now(), self.attempts);
            let took = at.saturating_since(self.attempt_began);
            self.notify.notify(&Event { at, kind: EventKind::RetrySuccess { attempt, took } });
        }
    }

    fn failed(
        &mut self,
        failure: Option<Failure>,
        result: Option<Result<O::Value, O::Error>>,
    ) -> Next<Output<O>> {
        let now = self.now();
        let verdict = self.judge.failed(now, failure, &self.options);
        self.tell_failure(now, failure.map(|failure| failure.class), verdict);
        let hint = failure.and_then(|failure| failure.retry_after).unwrap_or_default();
        let last = match result {
            // The answer is all that there is to hand on.
            Some(Ok(value)) if hands_on(verdict) => return Next::Return(Ok(value)),
            Some(Ok(_)) => AttemptError::Rejected,
            Some(Err(error)) => AttemptError::Failed(error),
            None => AttemptError::TimedOut(self.limit().unwrap_or_default()),
        };
        match verdict {
            Verdict::GiveUp(reason) => {
                Next::Return(Err(RetryError::given_up(reason, self.attempts, last, hint)))
            }
            Verdict::RetryIn(delay) => {
                self.last = Some(last);
                Next::Wait(delay)
            }
        }
    }

    fn tell_failure(&mut self, at: Instant, class: Option<FailureClass>, verdict: Verdict) {
        if !N::WANTED {
            return;
        }
        let attempt = self.attempts;
        let failed = EventKind::RetryFailed { attempt, class, cause: None };
        let then = verdict.consequence(attempt);
        [failed, then].into_iter().for_each(|kind| self.notify.notify(&Event { at, kind }));
    }

    /// How long the attempt that began last may take.
    fn limit(&self) -> Option<Duration> {
        let deadline = self.options.policy.deadline;
        let left =
            deadline.map(|all| all.saturating_sub(self.attempt_began.saturating_since(self.began)));
        match (left, self.options.per_attempt_timeout) {
            (Some(left), Some(timeout)) => Some(left.min(timeout)),
            (left, timeout) => left.or(timeout),
        }
    }

    #[inline]
    fn now(&self) -> Instant {
        self.clock.as_ref().map_or(Instant::ORIGIN, Clock::now)
    }
}

/// Whether an answer that failed is the result. After a wait that is too long to be waited for, the
/// error says how long it would be.
fn hands_on(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::GiveUp(reason) if reason != GiveUp::ServerWait)
}
