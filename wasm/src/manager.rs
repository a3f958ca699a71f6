//! The records of many sessions, as a class.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Array, Date, Function};
use serde::Serialize;
use steadfast_core::activity::Activity;
use steadfast_core::connection::{Cause, ConnectionState, Status};
use steadfast_core::manager::{
    ConnectionManager, ManagerConfig, ManagerOutput, QualityDistribution, ReconnectConfig,
    StatusDistribution,
};
use steadfast_core::quality::Quality;
use steadfast_core::time::{Instant, duration_from_millis};
use wasm_bindgen::prelude::*;

use crate::clock::{Clock, seed};
use crate::error::Error;
use crate::fields::{Fields, set};
use crate::options::{self, probing};
use crate::strategy::strategy;
use crate::timer::Timer;
use crate::value::to_js;

/// The Rust half of a `ConnectionManager`.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Manager {
    pub(crate) shared: Rc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    clock: Clock,
    pub(crate) machine: RefCell<ConnectionManager>,
    timer: Timer,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
    sessions: u64,
    live: u64,
    ended: u64,
    stale: u64,
    reporting: u64,
    healthy: u64,
    unhealthy: u64,
    by_status: StatusDistribution,
    by_quality: QualityDistribution,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_latency: Option<f64>,
    connects: u64,
    disconnections: u64,
    heartbeats: u64,
    errors: u64,
    reconnections: u64,
}

#[wasm_bindgen]
impl Manager {
    /// A manager without sessions. `tell` is called when time has passed and there may be outputs.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &JsValue, tell: Function) -> Result<Self, Error> {
        let machine = ConnectionManager::new(manager_config(config)?, seed())?;
        let shared = Rc::new_cyclic(|shared: &Weak<Shared>| {
            let timed = shared.clone();
            Shared {
                clock: Clock::new(),
                machine: RefCell::new(machine),
                timer: Timer::new(move || {
                    if let Some(shared) = timed.upgrade() {
                        let now = shared.clock.now();
                        shared.machine.borrow_mut().handle_timeout(now);
                        shared.arm();
                        // Listeners do not throw into the code that calls them.
                        let _ = tell.call0(&JsValue::UNDEFINED);
                    }
                }),
            }
        });
        shared.machine.borrow_mut().watch(false);
        Ok(Self { shared })
    }

    /// Events are kept from now on.
    pub fn watch(&self) {
        self.shared.machine.borrow_mut().watch(true);
    }

    /// A session has connected: its record.
    ///
    /// # Errors
    ///
    /// If it makes no sense, exists already, or is one too many.
    pub fn register(&self, registration: &JsValue) -> Result<JsValue, Error> {
        let registration = options::session(registration, "")?;
        let now = self.shared.clock.now();
        let state = self.shared.machine.borrow_mut().register_connection(now, registration)?;
        self.shared.arm();
        Ok(to_js(&state))
    }

    /// Another side told the record of a session: its names, status and quality, and `figures`, in
    /// the order in which manager.js has them, negative where there is none. It tells again within
    /// this number of milliseconds.
    ///
    /// # Errors
    ///
    /// If something makes no sense, or the session is new and one too many.
    pub fn observe(
        &self,
        registration: &JsValue,
        status: &str,
        quality: Option<String>,
        figures: &[f64],
        next_in: f64,
    ) -> Result<(), Error> {
        let registration = options::session(registration, "")?;
        let mut state = ConnectionState::new(registration);
        state.status = known(&Status::ALL, Status::as_str, "status", status)?;
        if let Some(quality) = quality {
            let known = known(&Quality::ALL, Quality::as_str, "connectionQuality", &quality)?;
            state.connection_quality = Some(known);
        }
        let figure = |index: usize| figures.get(index).copied().filter(|&figure| figure >= 0.0);
        let instant =
            |index| figure(index).map(|at| Instant::from_origin(duration_from_millis(at)));
        // A cast from a float saturates.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let count = |index| figure(index).map(|count| count as u32);
        state.connected_at = instant(0);
        state.last_heartbeat = instant(1);
        state.disconnected_at = instant(2);
        state.latency = figure(3).map(duration_from_millis);
        state.missed_heartbeats = count(4).unwrap_or_default();
        state.total_disconnections = count(5).unwrap_or_default();
        state.reconnect_attempts = count(6).unwrap_or_default();
        state.max_reconnect_attempts = count(7);
        let now = self.shared.clock.now();
        let next_in = duration_from_millis(next_in);
        let mut machine = self.shared.machine.borrow_mut();
        machine.observe(now, &state, &Activity::default(), next_in)?;
        drop(machine);
        self.shared.arm();
        Ok(())
    }

    /// Whether a session is there: `LIVE`, `ENDED` or `STALE`; `undefined` if there is none.
    #[must_use]
    pub fn liveness(&self, session_id: &str) -> Option<String> {
        let liveness = self.shared.machine.borrow().liveness(session_id)?;
        Some(liveness.as_str().into())
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
        let now = self.shared.clock.now();
        let ago = Date::now() - client_timestamp;
        let set_out = if ago < 0.0 {
            now + duration_from_millis(-ago)
        } else {
            now - duration_from_millis(ago)
        };
        let mut machine = self.shared.machine.borrow_mut();
        let update = machine.update_heartbeat(now, session_id, set_out)?;
        drop(machine);
        self.shared.arm();
        Ok(to_js(&update))
    }

    /// The status of a session becomes another: its record.
    ///
    /// # Errors
    ///
    /// If there is no such session or status, or the transition is not legal.
    #[wasm_bindgen(js_name = updateStatus)]
    pub fn update_status(&self, session_id: &str, status: &str) -> Result<JsValue, Error> {
        let to = known(&Status::ALL, Status::as_str, "status", status)?;
        let now = self.shared.clock.now();
        self.shared.machine.borrow_mut().update_status(now, session_id, to)?;
        self.shared.arm();
        Ok(self.connection(session_id))
    }

    /// The link of a session is gone, closed with this WebSocket code, or by the user: its record.
    ///
    /// # Errors
    ///
    /// If there is no such session, or it has no link.
    pub fn disconnect(&self, session_id: &str, code: Option<u16>) -> Result<JsValue, Error> {
        let cause = code.map_or(Cause::ClosedByUser, |code| Cause::ClosedByPeer { code });
        let now = self.shared.clock.now();
        self.shared.machine.borrow_mut().disconnect(now, session_id, cause)?;
        self.shared.arm();
        Ok(self.connection(session_id))
    }

    /// Schedules attempts to connect a session again: when the first one is due.
    ///
    /// # Errors
    ///
    /// If there is no such session, or the options make no sense.
    #[wasm_bindgen(js_name = scheduleReconnection)]
    pub fn schedule_reconnection(
        &self,
        session_id: &str,
        config: &JsValue,
        retry: &JsValue,
    ) -> Result<JsValue, Error> {
        let fields = Fields::of(config, "reconnect")?;
        let config = reconnect_config(fields)?;
        let retry = strategy(retry)?.unwrap_or_default();
        let now = self.shared.clock.now();
        let mut machine = self.shared.machine.borrow_mut();
        let scheduled = machine.schedule_reconnection(now, session_id, config, retry)?;
        drop(machine);
        self.shared.arm();
        Ok(to_js(&scheduled))
    }

    /// An attempt to connect a session again has failed: when the next one is due, if there is one.
    ///
    /// # Errors
    ///
    /// If there is no such session, or it has no attempts.
    #[wasm_bindgen(js_name = reconnectionFailed)]
    pub fn reconnection_failed(&self, session_id: &str) -> Result<JsValue, Error> {
        let now = self.shared.clock.now();
        let mut machine = self.shared.machine.borrow_mut();
        let scheduled = machine.reconnection_failed(now, session_id, Cause::Network)?;
        drop(machine);
        self.shared.arm();
        Ok(scheduled.as_ref().map(to_js).unwrap_or_default())
    }

    /// The record of a session; `undefined` if there is none.
    pub fn connection(&self, session_id: &str) -> JsValue {
        self.shared.machine.borrow().connection(session_id).as_ref().map(to_js).unwrap_or_default()
    }

    /// All records; or those of a user, or of an organisation.
    #[must_use]
    pub fn connections(&self, user_id: Option<String>, organization_id: Option<String>) -> Array {
        let machine = self.shared.machine.borrow();
        let records = Array::new();
        let add = |state: ConnectionState| {
            records.push(&to_js(&state));
        };
        match (user_id, organization_id) {
            (Some(user), _) => machine.connections_of_user(&user).for_each(add),
            (_, Some(organization)) => {
                machine.connections_of_organization(&organization).for_each(add);
            }
            (None, None) => machine.connections().for_each(add),
        }
        records
    }

    /// Forgets a session: its last record.
    ///
    /// # Errors
    ///
    /// If there is no such session.
    pub fn remove(&self, session_id: &str) -> Result<JsValue, Error> {
        Ok(to_js(&self.shared.machine.borrow_mut().remove(session_id)?))
    }

    /// How many sessions there are, of which kind, and what has happened to them.
    #[must_use]
    pub fn totals(&self) -> JsValue {
        let totals = self.shared.machine.borrow().totals();
        to_js(&Totals {
            sessions: totals.sessions(),
            live: totals.live(),
            ended: totals.ended(),
            stale: totals.stale,
            reporting: totals.reporting,
            healthy: totals.healthy,
            unhealthy: totals.unhealthy,
            by_status: totals.by_status,
            by_quality: totals.by_quality,
            average_latency: totals.average_latency().map(|latency| latency.as_secs_f64() * 1e3),
            connects: totals.connects,
            disconnections: totals.disconnections,
            heartbeats: totals.heartbeats,
            errors: totals.errors,
            reconnections: totals.reconnections,
        })
    }

    /// The next output: a session id, and an event or the number of an attempt that is due;
    /// `undefined` if there is none.
    #[wasm_bindgen(js_name = nextOutput)]
    #[must_use]
    pub fn next_output(&self) -> JsValue {
        match self.shared.machine.borrow_mut().poll_output() {
            Some(ManagerOutput::Event { session_id, event }) => {
                Array::of2(&session_id.into(), &to_js(&event)).into()
            }
            Some(ManagerOutput::Reconnect { session_id, attempt }) => {
                Array::of2(&session_id.into(), &attempt.into()).into()
            }
            _ => JsValue::UNDEFINED,
        }
    }
}

impl Shared {
    fn arm(&self) {
        let due = self.machine.borrow().poll_timeout();
        self.timer.arm(&self.clock, due);
    }
}

fn manager_config(given: &JsValue) -> Result<ManagerConfig, Error> {
    let fields = Fields::of(given, "")?;
    let mut config = ManagerConfig::default();
    set(&mut config.max_sessions, fields.whole("maxSessions")?);
    config.max_sessions_per_organization = fields.whole("maxSessionsPerOrganization")?;
    config.max_sessions_per_user = fields.whole("maxSessionsPerUser")?;
    set(&mut config.max_events, fields.whole("maxEvents")?);
    set(&mut config.expect_heartbeats, flag(&fields, "expectHeartbeats")?);
    let after = fields.value("forgetAfter");
    if after == false {
        config.forget_after = None;
    } else if !after.is_undefined() {
        let millis = after.as_f64();
        let millis =
            millis.ok_or_else(|| fields.wrong("forgetAfter", "expected a number or false"));
        config.forget_after = Some(duration_from_millis(millis?));
    }
    let reconnect = fields.value("reconnect");
    config.reconnect = if reconnect == false {
        None
    } else {
        Some(reconnect_config(Fields::of(&reconnect, "reconnect")?)?)
    };
    set(&mut config.retry, strategy(&fields.value("retry"))?);
    let given = fields.value("heartbeat");
    fields.done()?;
    let heartbeat = Fields::of(&given, "heartbeat")?;
    config.heartbeat = probing(&heartbeat)?;
    heartbeat.done()?;
    Ok(config)
}

fn reconnect_config(fields: Fields<'_>) -> Result<ReconnectConfig, Error> {
    let mut config =
        ReconnectConfig { max_attempts: fields.whole("maxAttempts")?, ..Default::default() };
    fields.millis("attemptTimeout", &mut config.attempt_timeout)?;
    fields.done()?;
    Ok(config)
}

/// The one of `all` with this name.
fn known<T: Copy>(
    all: &[T],
    name: fn(T) -> &'static str,
    field: &str,
    given: &str,
) -> Result<T, Error> {
    let named = all.iter().copied().find(|&one| name(one) == given);
    named.ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|&one| name(one)).collect();
        Error::unknown_value(field, given, &known.join(", "))
    })
}

fn flag(fields: &Fields<'_>, field: &str) -> Result<Option<bool>, Error> {
    let value = fields.value(field);
    if value.is_undefined() {
        return Ok(None);
    }
    value.as_bool().map(Some).ok_or_else(|| fields.wrong(field, "expected true or false"))
}
