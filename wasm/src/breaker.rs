//! The decisions of a circuit breaker, as calls with numbers. The calls that it lets through are
//! JavaScript's: see `breaker.js`.

use steadfast_core::breaker::{
    BreakerConfig, BreakerSnapshot, BreakerState, CircuitBreaker, Outcome, Permit, Transition,
};
use steadfast_core::time::{Instant, duration_from_millis};
use wasm_bindgen::prelude::*;

use crate::clock::{Clock, seed};
use crate::error::Error;
use crate::numbers::Numbers;
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
    /// A closed breaker, with the numbers of `BREAKER` in breaker.js.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(numbers: &[f64]) -> Result<Self, Error> {
        let numbers = &mut Numbers::new(numbers);
        let mut config = BreakerConfig::default();
        if let Some(threshold) = numbers.take_whole() {
            config.consecutive_failures = Some(threshold);
            // Whoever counts failures in a row has to ask for the rate beside it.
            config.failure_rate = None;
        }
        if let Some(rate) = numbers.take() {
            config.failure_rate = Some(rate);
        }
        numbers.number(&mut config.slow_rate);
        config.slow_call = numbers.take_millis();
        numbers.whole(&mut config.minimum_calls);
        numbers.whole(&mut config.window_calls);
        numbers.millis(&mut config.window_time);
        numbers.millis(&mut config.open_for);
        config.max_open_for = config.max_open_for.max(config.open_for);
        numbers.millis(&mut config.max_open_for);
        numbers.whole(&mut config.probes);
        numbers.millis(&mut config.probe_timeout);
        Self::with(config)
    }

    /// A closed breaker that opens after `threshold` failures in a row, for `timeout` ms at first.
    ///
    /// # Errors
    ///
    /// If one of them makes no sense.
    pub fn consecutive(threshold: u32, timeout: f64) -> Result<Self, Error> {
        Self::with(BreakerConfig::consecutive(threshold, duration_from_millis(timeout)))
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
        to_js(&self.machine.snapshot())
    }

    /// Takes on what was saved; `open_until` is negative if it was not open.
    pub fn restore(&self, state: u8, forced: bool, open_until: f64, openings: u32) -> i32 {
        let state = match state {
            0 => BreakerState::Closed,
            1 => BreakerState::HalfOpen,
            _ => BreakerState::Open,
        };
        let open_until = (open_until >= 0.0).then(|| duration_from_millis(open_until));
        let open_until = open_until.map(Instant::from_origin);
        became(self.machine.restore(BreakerSnapshot { state, forced, open_until, openings }))
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
