//! What a connection tells and reports, as plain objects, which read as their JSON forms.
//!
//! By hand: `serde` makes code for every kind of event there is, and for all that those of managers
//! and monitors hold, and the module is loaded by pages.

use std::time::Duration;

use js_sys::Array;
use steadfast_core::connection::Cause;
use steadfast_core::event::{Delivery, Event, EventKind};
use steadfast_core::quality::Quality;
use steadfast_core::report::Report;
use steadfast_core::retry::FailureClass;
use wasm_bindgen::prelude::*;

use crate::value::{Filled, to_js};

/// An event of a connection.
pub(crate) fn event(event: &Event) -> JsValue {
    let to = Filled::new();
    to.put_number("at", event.at.as_millis() as f64);
    to.put_text("name", event.kind.name());
    match &event.kind {
        EventKind::Delivery { delivery, count, first, last } => {
            to.put_text("delivery", delivery_name(*delivery));
            to.put_number("count", *count as f64);
            to.put_number("first", first.0 as f64);
            to.put_number("last", last.0 as f64);
        }
        EventKind::Disconnected { cause, planned } => {
            to.put("cause", &cause_of(*cause));
            to.put_flag("planned", *planned);
        }
        EventKind::Heartbeat { rtt, missed } => {
            if let Some(rtt) = rtt {
                to.put_number("rtt", millis(*rtt));
            }
            to.put_number("missed", (*missed).into());
        }
        EventKind::QualityChanged { from, to: next, score } => {
            put_quality(&to, "from", *from);
            put_quality(&to, "to", *next);
            to.put_number("score", *score);
        }
        EventKind::RetryAttempt { attempt, delay } => {
            to.put_number("attempt", (*attempt).into());
            to.put_number("delay", millis(*delay));
        }
        EventKind::RetryExhausted { attempts } => to.put_number("attempts", (*attempts).into()),
        EventKind::RetryFailed { attempt, class, cause } => {
            to.put_number("attempt", (*attempt).into());
            if let Some(class) = class {
                to.put_text("class", class_name(*class));
            }
            if let Some(cause) = cause {
                to.put("cause", &cause_of(*cause));
            }
        }
        EventKind::RetrySuccess { attempt, took } => {
            to.put_number("attempt", (*attempt).into());
            to.put_number("took", millis(*took));
        }
        EventKind::StatusChanged { from, to: next } => {
            to.put_text("from", from.as_str());
            to.put_text("to", next.as_str());
        }
        // The rest says all by its name, or is of no connection.
        _ => {}
    }
    to.into()
}

/// A report of a connection.
pub(crate) fn report(report: &Report) -> JsValue {
    let to = Filled::new();
    to.put_number("version", report.version.into());
    to.put_text("batchId", &report.batch_id);
    to.put_text("sdk", &report.sdk);
    to.put("session", &to_js(&report.session));
    to.put("window", &to_js(&report.window));
    to.put("activity", &to_js(&report.activity));
    let events = Array::new();
    for told in &report.events {
        events.push(&event(told));
    }
    to.put("events", &events);
    to.put_number("eventsDropped", report.events_dropped as f64);
    to.put_number("sampling", report.sampling);
    if let Some(sent_at) = report.sent_at {
        to.put_number("sentAt", sent_at.as_millis() as f64);
    }
    to.into()
}

fn cause_of(cause: Cause) -> JsValue {
    let to = Filled::new();
    to.put_text("kind", cause.as_str());
    match cause {
        Cause::ClosedByPeer { code } => to.put_number("code", code.into()),
        Cause::Rejected { status } => to.put_number("status", status.into()),
        _ => {}
    }
    to.into()
}

fn put_quality(to: &Filled, name: &str, quality: Option<Quality>) {
    if let Some(quality) = quality {
        to.put_text(name, quality.as_str());
    }
}

fn delivery_name(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Dropped => "dropped",
        Delivery::Expired => "expired",
        Delivery::Unknown => "unknown",
    }
}

fn class_name(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Overload => "overload",
        _ => "transport",
    }
}

/// As the core writes durations.
fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
