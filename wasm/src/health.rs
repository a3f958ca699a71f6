//! The health of a manager's sessions, as a class.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Array, Function};
use steadfast_core::health::{AlertRule, HealthConfig, HealthMonitor, SystemLoad};
use steadfast_core::time::duration_from_millis;
use wasm_bindgen::prelude::*;

use crate::clock::Clock;
use crate::error::Error;
use crate::fields::{Fields, set, whole};
use crate::manager::{self, Manager};
use crate::timer::Timer;
use crate::value::to_js;

/// The Rust half of a `HealthMonitor`.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Monitor {
    shared: Rc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    manager: Rc<manager::Shared>,
    machine: RefCell<HealthMonitor>,
    /// Called with each event.
    tell: Function,
    timer: Timer,
}

#[wasm_bindgen]
impl Monitor {
    /// A monitor whose window begins now.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(manager: &Manager, config: &JsValue, tell: Function) -> Result<Self, Error> {
        let clock = Clock::new();
        let machine = HealthMonitor::new(health_config(config)?, clock.now())?;
        let shared = Rc::new_cyclic(|shared: &Weak<Shared>| {
            let timed = shared.clone();
            Shared {
                clock,
                manager: Rc::clone(&manager.shared),
                machine: RefCell::new(machine),
                tell,
                timer: Timer::new(move || {
                    if let Some(shared) = timed.upgrade() {
                        shared.time_has_passed();
                    }
                }),
            }
        });
        shared.arm();
        Ok(Self { shared })
    }

    /// The metrics as of now.
    #[must_use]
    pub fn metrics(&self) -> JsValue {
        let Shared { clock, manager, machine, .. } = &*self.shared;
        let now = clock.now();
        to_js(&machine.borrow().current_health_metrics(now, &manager.machine.borrow()))
    }

    /// Metrics, trends and active alerts as of now.
    #[must_use]
    pub fn summary(&self) -> JsValue {
        let Shared { clock, manager, machine, .. } = &*self.shared;
        let now = clock.now();
        to_js(&machine.borrow().health_summary(now, &manager.machine.borrow()))
    }

    /// The alerts that were raised and are not over, or all that are remembered.
    #[must_use]
    pub fn alerts(&self, all: bool) -> Array {
        let machine = self.shared.machine.borrow();
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
    pub fn acknowledge(&self, id: f64) -> Result<JsValue, Error> {
        let now = self.shared.clock.now();
        let id = whole(id).unwrap_or(0);
        let alert = to_js(&self.shared.machine.borrow_mut().acknowledge_alert(now, id)?);
        self.shared.tell();
        Ok(alert)
    }

    /// A turn of the event loop began this number of milliseconds later than it should have.
    pub fn lag(&self, millis: f64) {
        let now = self.shared.clock.now();
        self.shared.machine.borrow_mut().handle_lag(now, duration_from_millis(millis));
    }

    /// Does everything that is due now.
    ///
    /// # Errors
    ///
    /// If it makes no sense.
    pub fn load(&self, load: &JsValue) -> Result<(), Error> {
        let fields = Fields::of(load, "load")?;
        // A cast from a float saturates.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let bytes = |bytes: f64| bytes as u64;
        let load = SystemLoad {
            cpu: fields.number("cpu")?,
            queue: fields.number("queue")?,
            long_tasks: fields.number("longTasks")?,
            memory_used: fields.number("memoryUsed")?.map(bytes),
            memory_total: fields.number("memoryTotal")?.map(bytes),
            loop_lag_p95: None,
            sessions: None,
        };
        fields.done()?;
        let now = self.shared.clock.now();
        self.shared.machine.borrow_mut().handle_load(now, load);
        Ok(())
    }
}

impl Shared {
    fn time_has_passed(&self) {
        let now = self.clock.now();
        let mut machine = self.machine.borrow_mut();
        machine.handle_timeout(now, &mut self.manager.machine.borrow_mut());
        machine.handle_processing_time(self.clock.now().saturating_since(now));
        drop(machine);
        self.arm();
        self.tell();
    }

    fn tell(&self) {
        while let Some(event) = self.next_event() {
            // Listeners do not throw into the code that calls them.
            let _ = self.tell.call1(&JsValue::UNDEFINED, &event);
        }
    }

    fn next_event(&self) -> Option<JsValue> {
        self.machine.borrow_mut().poll_output().as_ref().map(to_js)
    }

    fn arm(&self) {
        let due = self.machine.borrow().poll_timeout();
        self.timer.arm(&self.clock, Some(due));
    }
}

fn health_config(given: &JsValue) -> Result<HealthConfig, Error> {
    let fields = Fields::of(given, "health")?;
    let mut config = HealthConfig::default();
    fields.millis("interval", &mut config.interval)?;
    fields.millis("trendBucket", &mut config.trend_bucket)?;
    fields.millis("keepResolved", &mut config.keep_resolved)?;
    set(&mut config.error_rate_events, fields.whole("errorRateEvents")?);
    rule(&fields, "highLatency", &mut config.high_latency)?;
    rule(&fields, "highErrorRate", &mut config.high_error_rate)?;
    rule(&fields, "lowConnectionQuality", &mut config.low_connection_quality)?;
    rule(&fields, "noReports", &mut config.no_reports)?;
    set(&mut config.no_reports_sessions, fields.whole("noReportsSessions")?);
    let overload = fields.value("systemOverload");
    fields.done()?;
    let fields = Fields::of(&overload, "health.systemOverload")?;
    let overload = &mut config.system_overload;
    set(&mut overload.cpu, fields.number("cpu")?);
    set(&mut overload.queue, fields.number("queue")?);
    set(&mut overload.sessions, fields.number("sessions")?);
    set(&mut overload.clear, fields.number("clear")?);
    fields.millis("loopLag", &mut overload.loop_lag)?;
    fields.millis("for", &mut overload.for_at_least)?;
    fields.millis("keepFiringFor", &mut overload.keep_firing_for)?;
    fields.done()?;
    Ok(config)
}

fn rule(fields: &Fields<'_>, name: &str, rule: &mut AlertRule) -> Result<(), Error> {
    let (given, path) = (fields.value(name), fields.name_of(name));
    let fields = Fields::of(&given, &path)?;
    set(&mut rule.raise, fields.number("raise")?);
    set(&mut rule.clear, fields.number("clear")?);
    fields.millis("for", &mut rule.for_at_least)?;
    fields.millis("keepFiringFor", &mut rule.keep_firing_for)?;
    fields.done()
}
