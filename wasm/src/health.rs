//! The health of a manager's sessions, as a class.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::Function;
use steadfast_core::health::{HealthConfig, HealthMonitor};
use wasm_bindgen::prelude::*;

use crate::clock::Clock;
use crate::error::Error;
use crate::fields::{Fields, set};
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
        let fields = Fields::of(config, "")?;
        let mut config = HealthConfig::default();
        fields.millis("interval", &mut config.interval)?;
        set(&mut config.slices, fields.whole("slices")?);
        fields.done()?;
        let machine = HealthMonitor::new(config, clock.now())?;
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
        to_js(&machine.borrow().metrics(clock.now(), &manager.machine.borrow()))
    }
}

impl Shared {
    fn time_has_passed(&self) {
        let now = self.clock.now();
        self.machine.borrow_mut().handle_timeout(now, &mut self.manager.machine.borrow_mut());
        while let Some(event) = self.next_event() {
            // Listeners do not throw into whoever tells them.
            let _ = self.tell.call1(&JsValue::UNDEFINED, &event);
        }
        self.arm();
    }

    fn next_event(&self) -> Option<JsValue> {
        self.machine.borrow_mut().poll_output().as_ref().map(to_js)
    }

    fn arm(&self) {
        let due = self.machine.borrow().poll_timeout();
        self.timer.arm(&self.clock, Some(due));
    }
}
