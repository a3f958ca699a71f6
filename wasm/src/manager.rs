//! The records of many sessions, as a class.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Date};
use serde::Serialize;
use steadfast_core::connection::Status;
use steadfast_core::manager::{
    ConnectionManager, ManagerConfig, QualityDistribution, StatusDistribution,
};
use steadfast_core::time::duration_from_millis;
use wasm_bindgen::prelude::*;

use crate::clock::{Clock, seed};
use crate::error::Error;
use crate::fields::{Fields, set};
use crate::options::{self, probing};
use crate::value::to_js;

/// The Rust half of a `ConnectionManager`.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Manager {
    pub(crate) machine: Rc<RefCell<ConnectionManager>>,
    clock: Clock,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
    sessions: u64,
    healthy: u64,
    unhealthy: u64,
    by_status: StatusDistribution,
    by_quality: QualityDistribution,
}

#[wasm_bindgen]
impl Manager {
    /// A manager without sessions.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &JsValue) -> Result<Self, Error> {
        let fields = Fields::of(config, "")?;
        let mut config = ManagerConfig::default();
        set(&mut config.max_sessions, fields.whole("maxSessions")?);
        set(&mut config.max_events, fields.whole("maxEvents")?);
        let given = fields.value("heartbeat");
        fields.done()?;
        let heartbeat = Fields::of(&given, "heartbeat")?;
        config.heartbeat = probing(&heartbeat)?;
        heartbeat.done()?;
        let machine = ConnectionManager::new(config, seed())?;
        Ok(Self { machine: Rc::new(RefCell::new(machine)), clock: Clock::new() })
    }

    /// A session has connected: its record.
    ///
    /// # Errors
    ///
    /// If it makes no sense, exists already, or is one too many.
    pub fn register(&self, registration: &JsValue) -> Result<JsValue, Error> {
        let registration = options::session(registration, "")?;
        let mut machine = self.machine.borrow_mut();
        Ok(to_js(machine.register_connection(self.clock.now(), registration)?))
    }

    /// A heartbeat of a session came in that set out at this time by `Date.now()`: what changed.
    ///
    /// # Errors
    ///
    /// If there is no such session, or the time is none, or lies in the future.
    #[wasm_bindgen(js_name = updateHeartbeat)]
    pub fn update_heartbeat(
        &self,
        session_id: &str,
        client_timestamp: f64,
    ) -> Result<JsValue, Error> {
        if !client_timestamp.is_finite() || client_timestamp < 0.0 {
            let allowed = "a time stamp as Date.now() gives it";
            return Err(Error::out_of_range("clientTimestamp", client_timestamp, allowed));
        }
        // The user's clock and ours drift apart while the program runs; what counts is the time
        // between two readings of the same one.
        let now = self.clock.now();
        let ago = Date::now() - client_timestamp;
        let set_out = if ago < 0.0 {
            now + duration_from_millis(-ago)
        } else {
            now - duration_from_millis(ago)
        };
        let mut machine = self.machine.borrow_mut();
        Ok(to_js(&machine.update_heartbeat(now, session_id, set_out)?))
    }

    /// The status of a session becomes another: its record.
    ///
    /// # Errors
    ///
    /// If there is no such session or status, or the transition is not legal.
    #[wasm_bindgen(js_name = updateStatus)]
    pub fn update_status(&self, session_id: &str, status: &str) -> Result<JsValue, Error> {
        let known = Status::ALL.map(Status::as_str);
        let to = Status::ALL.into_iter().find(|to| to.as_str() == status);
        let to = to.ok_or_else(|| Error::unknown_value("status", status, &known.join(", ")))?;
        let mut machine = self.machine.borrow_mut();
        Ok(to_js(machine.update_status(self.clock.now(), session_id, to)?))
    }

    /// The record of a session; `undefined` if there is none.
    pub fn connection(&self, session_id: &str) -> JsValue {
        self.machine.borrow().connection(session_id).map(to_js).unwrap_or_default()
    }

    /// All records, ordered by session id.
    pub fn connections(&self) -> Array {
        self.machine.borrow().connections().map(to_js).collect()
    }

    /// Forgets a session: its last record.
    ///
    /// # Errors
    ///
    /// If there is no such session.
    pub fn remove(&self, session_id: &str) -> Result<JsValue, Error> {
        Ok(to_js(&self.machine.borrow_mut().remove(session_id)?))
    }

    /// How many sessions there are, of which kind.
    #[must_use]
    pub fn totals(&self) -> JsValue {
        let machine = self.machine.borrow();
        let totals = machine.totals();
        to_js(&Totals {
            sessions: totals.sessions(),
            healthy: totals.healthy,
            unhealthy: totals.unhealthy,
            by_status: totals.by_status,
            by_quality: totals.by_quality,
        })
    }

    /// The next event as a pair of session id and event; `undefined` if there is none.
    #[wasm_bindgen(js_name = nextEvent)]
    #[must_use]
    pub fn next_event(&self) -> JsValue {
        let next = self.machine.borrow_mut().poll_output();
        next.map(|(session_id, event)| Array::of2(&session_id.into(), &to_js(&event)).into())
            .unwrap_or_default()
    }
}
