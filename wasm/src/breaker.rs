//! The decisions of a circuit breaker, as calls with numbers. The calls that it lets through are
//! JavaScript's: see `breaker.js`.

use std::time::Duration;

use steadfast_core::breaker::{
    BreakerConfig, BreakerSnapshot, BreakerState, CircuitBreaker, Outcome, Permit, Transition,
};
use steadfast_core::time::{Instant, duration_from_millis};
use wasm_bindgen::prelude::*;

use crate::clock::{Clock, seed};
use crate::error::Error;
use crate::fields::{Fields, set};
use crate::retry::counting;
use crate::value::to_js;

/// The Rust half of a `CircuitBreaker`. `now` and `admitted_at` are what `performance.now()` gives.
///
/// States are numbers: closed (0), half open (1), open (2). What changes the state gives the new
/// one, or −1 if it stayed.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Breaker {
    machine: CircuitBreaker,
    clock: Clock,
}

/// In a permit as a number: admitting it made the breaker half open.
const HALF_OPENED: u32 = 1 << 17;

#[wasm_bindgen]
impl Breaker {
    /// A closed breaker.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &JsValue) -> Result<Self, Error> {
        let fields = Fields::of(config, "breaker")?;
        let mut config = BreakerConfig::default();
        if let Some(threshold) = fields.whole("consecutiveFailures")? {
            config.consecutive_failures = Some(threshold);
            // A breaker that counts failures in a row has a rate beside it only if one is given.
            config.failure_rate = None;
        }
        if let Some(rate) = fields.number("failureRate")? {
            config.failure_rate = Some(rate);
        }
        set(&mut config.slow_rate, fields.number("slowRate")?);
        config.slow_call = fields.number("slowCall")?.map(duration_from_millis);
        set(&mut config.minimum_calls, fields.whole("minimumCalls")?);
        set(&mut config.window_calls, fields.whole("windowCalls")?);
        fields.millis("windowTime", &mut config.window_time)?;
        fields.millis("openFor", &mut config.open_for)?;
        config.max_open_for = config.max_open_for.max(config.open_for);
        fields.millis("maxOpenFor", &mut config.max_open_for)?;
        set(&mut config.probes, fields.whole("probes")?);
        fields.millis("probeTimeout", &mut config.probe_timeout)?;
        fields.done()?;
        Self::with(config)
    }

    /// A closed breaker that opens after `threshold` failures in a row, for `timeout` ms at first.
    ///
    /// # Errors
    ///
    /// If one of them makes no sense.
    pub fn consecutive(threshold: f64, timeout: f64) -> Result<Self, Error> {
        let threshold = counting("threshold", threshold)?;
        let range = Duration::from_millis(1)..=Duration::from_hours(24);
        let open_for = duration_from_millis(timeout);
        if !range.contains(&open_for) {
            return Err(Error::out_of_range("timeout", timeout, "1 to 86400000 ms"));
        }
        Self::with(BreakerConfig::consecutive(threshold, open_for))
    }

    /// Whether it asks when calls began and ended, even while it is closed and they succeed.
    #[wasm_bindgen(getter, js_name = judgesByTime)]
    #[must_use]
    pub fn judges_by_time(&self) -> bool {
        self.machine.judges_by_time()
    }

    /// Its state, as the last call left it.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn state(&self) -> i32 {
        number(self.machine.state())
    }

    /// May a call be made? The permit as a number, to which 2^16 is added if it is a probe, and
    /// 2^17 if the breaker became half open; or, if not, −1 and the time until the next probe in
    /// ms, negative.
    #[must_use]
    pub fn admit(&self, now: f64) -> f64 {
        match self.machine.admit(self.clock.at(now)) {
            Ok(permit) => {
                let half_opened = permit.transition().is_some();
                f64::from(permit.to_bits() | if half_opened { HALF_OPENED } else { 0 })
            }
            Err(rejection) => -1.0 - rejection.retry_in.as_secs_f64() * 1e3,
        }
    }

    /// The call of this permit has ended.
    #[must_use]
    pub fn record(&self, permit: u32, admitted_at: f64, now: f64, failed: bool) -> i32 {
        let permit = Permit::from_bits(permit, self.clock.at(admitted_at));
        let outcome = if failed { Outcome::Failure } else { Outcome::Success };
        became(self.machine.record(self.clock.at(now), permit, outcome))
    }

    /// The call of this permit never ended.
    #[wasm_bindgen(js_name = giveBack)]
    pub fn give_back(&self, permit: u32) {
        self.machine.give_back(Permit::from_bits(permit, self.clock.now()));
    }

    /// Opens it by hand.
    #[wasm_bindgen(js_name = forceOpen)]
    #[must_use]
    pub fn force_open(&self) -> i32 {
        became(self.machine.force_open())
    }

    /// Closes it by hand.
    #[wasm_bindgen(js_name = forceClosed)]
    #[must_use]
    pub fn force_closed(&self) -> i32 {
        became(self.machine.force_closed())
    }

    /// Closes it and forgets everything.
    #[must_use]
    pub fn reset(&self) -> i32 {
        became(self.machine.reset())
    }

    /// What to save.
    #[must_use]
    pub fn snapshot(&self) -> JsValue {
        to_js(&self.machine.snapshot().dated(self.clock.dates()))
    }

    /// Takes on what was saved.
    ///
    /// # Errors
    ///
    /// If it was not saved by a breaker.
    pub fn restore(&self, snapshot: &JsValue) -> Result<i32, Error> {
        let fields = Fields::of(snapshot, "snapshot")?;
        let state = match fields.text("state")?.as_deref() {
            Some("CLOSED") => BreakerState::Closed,
            Some("HALF_OPEN") => BreakerState::HalfOpen,
            Some("OPEN") => BreakerState::Open,
            _ => return Err(fields.wrong("state", "expected CLOSED, HALF_OPEN or OPEN")),
        };
        let forced = fields.value("forced").is_truthy();
        let open_until = fields.number("openUntil")?.map(duration_from_millis);
        let open_until = open_until.map(Instant::from_origin);
        let openings = fields.whole("openings")?.unwrap_or_default();
        fields.done()?;
        let snapshot = BreakerSnapshot { state, forced, open_until, openings };
        let snapshot = snapshot.timed(self.clock.dates());
        Ok(became(self.machine.restore(snapshot)))
    }

    fn with(config: BreakerConfig) -> Result<Self, Error> {
        let clock = Clock::new();
        let machine = CircuitBreaker::new(config, seed(), clock.now())?;
        Ok(Self { machine, clock })
    }
}

fn became(transition: Option<Transition>) -> i32 {
    transition.map_or(-1, |transition| number(transition.to))
}

fn number(state: BreakerState) -> i32 {
    match state {
        BreakerState::Closed => 0,
        BreakerState::HalfOpen => 1,
        BreakerState::Open => 2,
    }
}
