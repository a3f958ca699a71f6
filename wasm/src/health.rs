//! The health of a manager's sessions, as a class.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use steadfast_core::health::{AlertRule, HealthConfig, HealthMonitor, SystemLoad};
use steadfast_core::time::duration_from_millis;
use wasm_bindgen::prelude::*;

use crate::clock::Clock;
use crate::error::Error;
use crate::manager::{self, Manager};
use crate::numbers::Numbers;
use crate::timer::{Timer, Waker};
use crate::value::to_js;

/// The Rust half of a `HealthMonitor`.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Monitor {
    clock: Clock,
    manager: Rc<manager::Shared>,
    machine: RefCell<HealthMonitor>,
    timer: Timer,
}

#[wasm_bindgen]
impl Monitor {
    /// A monitor whose window begins now, with the numbers of `HEALTH` in health.js. When its only
    /// timer fires, it has to be told, and there may be events.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(manager: &Manager, numbers: &[f64], waker: Waker) -> Result<Self, Error> {
        let clock = Clock::new();
        let machine = RefCell::new(HealthMonitor::new(health_config(numbers), clock.now())?);
        let manager = Rc::clone(&manager.shared);
        let monitor = Self { clock, manager, machine, timer: Timer::new(waker, 0) };
        monitor.arm();
        Ok(monitor)
    }

    /// The timer has fired.
    pub fn elapsed(&self) {
        self.timer.elapsed();
        let now = self.clock.now();
        let mut machine = self.machine.borrow_mut();
        machine.handle_timeout(now, &mut self.manager.machine.borrow_mut());
        machine.handle_processing_time(self.clock.now().saturating_since(now));
        drop(machine);
        self.arm();
    }

    /// The next event; `undefined` if there is none.
    #[wasm_bindgen(js_name = nextEvent)]
    #[must_use]
    pub fn next_event(&self) -> JsValue {
        self.machine.borrow_mut().poll_output().as_ref().map(to_js).unwrap_or_default()
    }

    /// The metrics as of now.
    #[must_use]
    pub fn metrics(&self) -> JsValue {
        let Self { clock, manager, machine, .. } = self;
        to_js(&machine.borrow().current_health_metrics(clock.now(), &manager.machine.borrow()))
    }

    /// Metrics, trends and active alerts as of now.
    #[must_use]
    pub fn summary(&self) -> JsValue {
        let Self { clock, manager, machine, .. } = self;
        to_js(&machine.borrow().health_summary(clock.now(), &manager.machine.borrow()))
    }

    /// The alerts that were raised and are not over, or all that are remembered.
    #[must_use]
    pub fn alerts(&self, all: bool) -> Array {
        let machine = self.machine.borrow();
        if all {
            machine.alerts().map(to_js).collect()
        } else {
            machine.active_alerts().map(to_js).collect()
        }
    }

    /// Somebody knows of an alert: the alert.
    ///
    /// # Errors
    ///
    /// If there is no such alert, or it is not firing.
    pub fn acknowledge(&self, id: u32) -> Result<JsValue, Error> {
        let now = self.clock.now();
        Ok(to_js(&self.machine.borrow_mut().acknowledge_alert(now, id)?))
    }

    /// A turn of the event loop began so many milliseconds later than it should have.
    pub fn lag(&self, millis: f64) {
        let now = self.clock.now();
        self.machine.borrow_mut().handle_lag(now, duration_from_millis(millis));
    }

    /// What there is to do now, as `LOAD` in health.js has it.
    pub fn load(&self, numbers: &[f64]) {
        let numbers = &mut Numbers::new(numbers);
        // A cast from a float saturates.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let bytes = |bytes: f64| bytes as u64;
        let load = SystemLoad {
            cpu: numbers.take(),
            queue: numbers.take(),
            long_tasks: numbers.take(),
            memory_used: numbers.take().map(bytes),
            memory_total: numbers.take().map(bytes),
            loop_lag_p95: None,
        };
        self.machine.borrow_mut().handle_load(self.clock.now(), load);
    }

    fn arm(&self) {
        let due = self.machine.borrow().poll_timeout();
        self.timer.arm(&self.clock, Some(due));
    }
}

fn health_config(numbers: &[f64]) -> HealthConfig {
    let numbers = &mut Numbers::new(numbers);
    let mut config = HealthConfig::default();
    numbers.millis(&mut config.interval);
    numbers.millis(&mut config.trend_bucket);
    numbers.millis(&mut config.keep_resolved);
    numbers.whole(&mut config.error_rate_events);
    rule(numbers, &mut config.high_latency);
    rule(numbers, &mut config.high_error_rate);
    rule(numbers, &mut config.low_connection_quality);
    let overload = &mut config.system_overload;
    numbers.number(&mut overload.cpu);
    numbers.number(&mut overload.queue);
    numbers.number(&mut overload.clear);
    numbers.millis(&mut overload.loop_lag);
    numbers.millis(&mut overload.for_at_least);
    numbers.millis(&mut overload.keep_firing_for);
    config
}

fn rule(numbers: &mut Numbers<'_>, rule: &mut AlertRule) {
    numbers.number(&mut rule.raise);
    numbers.number(&mut rule.clear);
    numbers.millis(&mut rule.for_at_least);
    numbers.millis(&mut rule.keep_firing_for);
}
