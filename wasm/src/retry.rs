//! The decisions about operations that are tried again, as calls with numbers.
//!
//! The waiting and the calling are JavaScript's: see `retry.js` and `run.js`. Texts and objects
//! cross once, as an [`OperationName`] and a [`Policy`].

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use js_sys::Array;
use serde::Serialize;
use steadfast_core::retry::{
    Custom, Failure, FailureClass, GiveUp, OperationId, OperationKey, RetryManager,
    RetryManagerConfig, RetryPolicy, RetryStats, RetryStrategy, Throttle, ThrottleConfig, Verdict,
};
use steadfast_core::time::{Instant, duration_from_millis};
use wasm_bindgen::prelude::*;

use crate::clock::{Clock, seed};
use crate::error::Error;
use crate::fields::{Fields, set, whole};
use crate::strategy;
use crate::value::to_js;

/// The Rust half of a `RetryManager`. `now` and `began` are what `performance.now()` gives.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Retries {
    machine: RefCell<RetryManager>,
    clock: Clock,
    max_operations: usize,
}

/// The id of an operation, copied into the module once.
#[derive(Debug)]
#[wasm_bindgen]
pub struct OperationName(OperationId);

/// A strategy and its limits, read once.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Policy(Arc<RetryPolicy>);

thread_local! {
    /// What the strategy that is a function has just said, in ms. JavaScript asks it before it tells
    /// of a failure, so that what it throws is JavaScript's alone.
    static OWN_DELAY: Cell<f64> = const { Cell::new(-1.0) };
}

/// A throttle that several managers may share.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Gate(RefCell<Option<Throttle>>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    #[serde(flatten)]
    counts: RetryStats,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_rate: Option<f64>,
}

#[wasm_bindgen]
impl Retries {
    /// A manager without operations.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &JsValue) -> Result<Self, Error> {
        let fields = Fields::of(config, "")?;
        let mut config = RetryManagerConfig::default();
        set(&mut config.max_operations, fields.whole("maxOperations")?);
        set(&mut config.max_history, fields.whole("maxHistory")?);
        set(&mut config.max_counted, fields.whole("maxCounted")?);
        fields.done()?;
        let max_operations = config.max_operations;
        let mut machine = RetryManager::new(config, seed())?;
        machine.watch(false);
        Ok(Self { machine: RefCell::new(machine), clock: Clock::new(), max_operations })
    }

    /// The most operations under way.
    #[wasm_bindgen(getter, js_name = maxOperations)]
    #[must_use]
    pub fn max_operations(&self) -> f64 {
        self.max_operations as f64
    }

    /// An operation that was not announced has succeeded at its first attempt, which took a number of
    /// ms. `at` is a Unix time stamp, because some engines give that in less time.
    #[wasm_bindgen(js_name = succeededAtOnce)]
    pub fn succeeded_at_once(&self, name: &OperationName, took: f64, at: f64) {
        let now = Instant::from_fractional_millis(at);
        let began = Instant::from_fractional_millis(at - took);
        self.machine.borrow_mut().succeeded_at_once(began, now, &name.0);
    }

    /// The first attempt of an operation is being made, or was made: the key of the operation.
    ///
    /// # Errors
    ///
    /// If one operation too many is under way.
    pub fn begin(&self, name: &OperationName, policy: &Policy, began: f64) -> Result<f64, Error> {
        let began = self.clock.at(began);
        let key = self.machine.borrow_mut().begin(began, name.0.clone(), &policy.0)?;
        Ok(key.0 as f64)
    }

    /// The attempt succeeded.
    pub fn succeeded(&self, key: f64, now: f64) {
        self.machine.borrow_mut().succeeded(self.clock.at(now), operation(key));
    }

    /// The attempt failed, finally (0), with a sign of overload (1) or on its way (2), and the
    /// other side asked to be left alone for `retry_after` ms, unless that is negative. A strategy
    /// of the user's own waits for `own_delay` ms; if that is negative, as the default one would.
    ///
    /// Gives the wait before the next attempt in ms, or why there is none: cancelled (−1),
    /// deadline (−2), final (−3), attempts ran out (−4), throttled (−5), too long a wait asked for
    /// by the server (−6).
    #[must_use]
    pub fn failed(&self, key: f64, now: f64, class: u32, retry_after: f64, own_delay: f64) -> f64 {
        OWN_DELAY.set(own_delay);
        let retry_after = (retry_after >= 0.0).then(|| duration_from_millis(retry_after));
        let class = match class {
            0 => None,
            1 => Some(FailureClass::Overload),
            _ => Some(FailureClass::Transport),
        };
        let failure = class.map(|class| Failure { retry_after, ..Failure::new(class) });
        let now = self.clock.at(now);
        match self.machine.borrow_mut().failed(now, operation(key), failure) {
            Verdict::GiveUp(GiveUp::Cancelled) => -1.0,
            Verdict::GiveUp(GiveUp::Deadline) => -2.0,
            Verdict::GiveUp(GiveUp::MaxAttempts) => -4.0,
            Verdict::GiveUp(GiveUp::Throttled) => -5.0,
            Verdict::GiveUp(GiveUp::ServerWait) => -6.0,
            Verdict::GiveUp(_) => -3.0,
            Verdict::RetryIn(delay) => delay.as_secs_f64() * 1e3,
        }
    }

    /// The wait is over, and the next attempt is being made: its number, 0 if it was cancelled.
    #[must_use]
    pub fn resumed(&self, key: f64, now: f64) -> u32 {
        let now = self.clock.at(now);
        self.machine.borrow_mut().resumed(now, operation(key)).unwrap_or_default()
    }

    /// The operation is given up from outside.
    pub fn cancel(&self, key: f64, now: f64) {
        self.machine.borrow_mut().cancel(self.clock.at(now), operation(key));
    }

    /// Whether anybody wants the events. Nobody does until told otherwise.
    pub fn watch(&self, watched: bool) {
        self.machine.borrow_mut().watch(watched);
    }

    /// The next event as a pair of operation id and event; `undefined` if there is none.
    #[wasm_bindgen(js_name = nextEvent)]
    #[must_use]
    pub fn next_event(&self) -> JsValue {
        let next = self.machine.borrow_mut().poll_output();
        next.map(|(id, event)| Array::of2(&(*id).into(), &to_js(&event)).into()).unwrap_or_default()
    }

    // Only an owned text can be absent where it crosses.
    #[allow(clippy::needless_pass_by_value)]
    /// The last attempts that have ended, of this operation or of all, the oldest first.
    #[must_use]
    pub fn history(&self, operation_id: Option<String>) -> JsValue {
        let machine = self.machine.borrow();
        let wanted = |id: &str| operation_id.as_ref().is_none_or(|wanted| wanted == id);
        let records: Vec<_> =
            machine.history().filter(|record| wanted(&record.operation_id)).collect();
        to_js(&records)
    }

    /// The counts of this operation, `undefined` if it is not known, or over all.
    #[must_use]
    pub fn stats(&self, operation_id: Option<String>) -> JsValue {
        let machine = self.machine.borrow();
        let counts = match operation_id {
            Some(id) => machine.stats_of(&id).copied(),
            None => Some(*machine.stats()),
        };
        let stats = |counts: RetryStats| Stats { success_rate: counts.success_rate(), counts };
        counts.map(|counts| to_js(&stats(counts))).unwrap_or_default()
    }
}

#[wasm_bindgen]
impl OperationName {
    /// A name of this text.
    ///
    /// # Errors
    ///
    /// If it is empty, too long, or has control characters.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str) -> Result<Self, Error> {
        Ok(Self(OperationId::new(text)?))
    }
}

#[wasm_bindgen]
impl Policy {
    /// A policy from what the user gave: the strategy, or a function for one whose delays
    /// JavaScript asks for; the most attempts (infinite for no limit); the deadline in ms (infinite
    /// for none); and the longest wait that the other side may ask for, in ms.
    ///
    /// # Errors
    ///
    /// If one of them makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(
        strategy: &JsValue,
        max_attempts: f64,
        deadline: f64,
        max_server_wait: Option<f64>,
    ) -> Result<Self, Error> {
        let strategy = if strategy.is_function() {
            Custom::new(|_| own_delay()).into()
        } else {
            strategy::strategy(strategy)?.unwrap_or_default()
        };
        let max_attempts = match max_attempts {
            f64::INFINITY => None,
            number => Some(counting("maxAttempts", number)?),
        };
        let deadline = match deadline {
            f64::INFINITY => None,
            millis if millis > 0.0 => Some(duration_from_millis(millis)),
            millis => return Err(Error::out_of_range("deadline", millis, "more than 0 ms")),
        };
        let max_server_wait = match max_server_wait {
            // As a `Duration`, nonsense would have become zero before anybody could name it.
            Some(millis) if !(millis > 0.0 && millis.is_finite()) => {
                let allowed = "1 to 2592000000 ms";
                return Err(Error::out_of_range("maxServerWait", millis, allowed));
            }
            given => given.map(duration_from_millis),
        };
        let policy = RetryPolicy { strategy, max_attempts, deadline, max_server_wait };
        policy.validate()?;
        Ok(Self(Arc::new(policy)))
    }

    /// After how many failures in a row its breaker opens; absent if it has none.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn threshold(&self) -> Option<u32> {
        match &self.0.strategy {
            RetryStrategy::CircuitBreaker(guarded) => Some(guarded.threshold),
            _ => None,
        }
    }

    /// For how many ms its breaker opens at first; absent if it has none.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn timeout(&self) -> Option<f64> {
        match &self.0.strategy {
            RetryStrategy::CircuitBreaker(guarded) => Some(guarded.timeout.as_secs_f64() * 1e3),
            _ => None,
        }
    }
}

#[wasm_bindgen]
impl Gate {
    /// A throttle that has seen nothing.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &JsValue) -> Result<Self, Error> {
        Ok(Self(RefCell::new(Some(Throttle::new(throttle(config)?)?))))
    }

    /// Swaps the throttle of the manager and this one: once before a decision that it has a say
    /// in, and once after it.
    pub fn swap(&self, retries: &Retries) {
        let mut throttle = self.0.borrow_mut();
        *throttle = retries.machine.borrow_mut().throttle(throttle.take());
    }
}

fn throttle(given: &JsValue) -> Result<ThrottleConfig, Error> {
    let fields = Fields::of(given, "throttle")?;
    let kind = fields.text("type")?;
    let number = |field, number: &mut f64| -> Result<(), Error> {
        set(number, fields.number(field)?);
        Ok(())
    };
    let mut config = match kind.as_deref() {
        None | Some("TOKEN_BUCKET") => ThrottleConfig::default(),
        Some("QUOTA") => ThrottleConfig::quota(),
        Some("RATIO") => ThrottleConfig::ratio(),
        Some(unknown) => {
            let known = "QUOTA, RATIO or TOKEN_BUCKET";
            return Err(Error::unknown_value("throttle.type", unknown, known));
        }
    };
    match &mut config {
        ThrottleConfig::Quota { capacity, cost, overload_cost, refund } => {
            number("capacity", capacity)?;
            number("cost", cost)?;
            number("overloadCost", overload_cost)?;
            number("refund", refund)?;
        }
        ThrottleConfig::Ratio { share, per_second, window } => {
            number("share", share)?;
            number("perSecond", per_second)?;
            fields.millis("window", window)?;
        }
        ThrottleConfig::TokenBucket { max_tokens, token_ratio } => {
            number("maxTokens", max_tokens)?;
            number("tokenRatio", token_ratio)?;
        }
        _ => {}
    }
    fields.done()?;
    Ok(config)
}

/// A whole number of at least 1.
pub(crate) fn counting(field: &str, number: f64) -> Result<u32, Error> {
    let whole = whole::<u32>(number).filter(|_| number >= 1.0);
    whole.ok_or_else(|| Error::out_of_range(field, number, "a whole number of at least 1"))
}

fn own_delay() -> Option<Duration> {
    let millis = OWN_DELAY.get();
    (millis >= 0.0).then(|| duration_from_millis(millis))
}

/// A key that came from the machine.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn operation(key: f64) -> OperationKey {
    OperationKey(key as u64)
}
