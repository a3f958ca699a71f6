//! What the user configures a connection with: read by options.js, and checked by the core.

use js_sys::Array;
use steadfast_core::connection::{
    ConnectionConfig, Metadata, MetadataValue, OutboxConfig, Overflow, Registration,
};
use steadfast_core::heartbeat::HeartbeatConfig;
use steadfast_core::report::ReporterConfig;

use crate::error::Error;
use crate::numbers::{Numbers, set};
use crate::strategy::strategy;

/// What reports name as their maker.
const SDK: &str = concat!("steadfast-js/", env!("CARGO_PKG_VERSION"));

/// The options of `connect`, read.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) config: ConnectionConfig,
    /// Replaces the configured heartbeat on a link whose server answers heartbeats.
    pub(crate) heartbeat_if_negotiated: Option<HeartbeatConfig>,
    pub(crate) report: Option<ReporterConfig>,
}

/// On which links heartbeats are sent, by its numbers in options.js.
mod beats {
    pub(super) const IF_NEGOTIATED: u8 = 1;
    pub(super) const ALWAYS: u8 = 2;
}

impl Options {
    /// Reads the numbers of `OPTIONS` in options.js. What makes no sense is refused here if it is not
    /// in the configuration, and else when that is used.
    pub(crate) fn read(
        session: &Array,
        retry: Option<String>,
        numbers: &[f64],
        beats: u8,
    ) -> Result<Self, Error> {
        let numbers = &mut Numbers::new(numbers);
        let mut config = ConnectionConfig::new(registration(session));
        set(&mut config.retry, strategy(retry, numbers)?);
        outbox(numbers, &mut config.outbox);
        config.max_reconnect_attempts = numbers.take_whole();
        numbers.millis(&mut config.connect_timeout);
        numbers.millis(&mut config.stable_after);
        config.max_idle = numbers.take_millis();
        config.max_silence = numbers.take_millis();
        config.suspend_hidden_after = numbers.take_millis();
        numbers.codes(&mut config.fatal_close_codes);
        numbers.codes(&mut config.expired_close_codes);
        let heartbeat = probing(numbers)?;
        let mut report = numbers.take().map(|_| ReporterConfig::new(SDK));
        if let Some(report) = &mut report {
            numbers.millis(&mut report.interval);
        }
        let (negotiated, always) = match beats {
            beats::ALWAYS => (None, Some(heartbeat)),
            beats::IF_NEGOTIATED => (Some(heartbeat), None),
            _ => (None, None),
        };
        config.heartbeat = always;
        Ok(Self { config, heartbeat_if_negotiated: negotiated, report })
    }
}

/// Who a session is, in the order of `SESSION` in fields.js.
pub(crate) fn registration(given: &Array) -> Registration {
    let text = |at| given.get(at).as_string();
    let client_type = text(1).unwrap_or_else(|| "web".into());
    let mut registration = Registration::new(text(0).unwrap_or_default(), client_type);
    registration.user_id = text(2);
    set(&mut registration.organization_id, text(3));
    registration.metadata = metadata(given);
    registration
}

/// Names and values follow each other, after the four texts.
fn metadata(given: &Array) -> Metadata {
    let mut metadata = Metadata::new();
    for at in (4..given.length()).step_by(2) {
        let (name, value) = (given.get(at).as_string(), given.get(at + 1));
        let value = value
            .as_bool()
            .map(MetadataValue::Bool)
            .or_else(|| value.as_f64().map(MetadataValue::Number))
            .unwrap_or_else(|| MetadataValue::Text(value.as_string().unwrap_or_default()));
        metadata.insert(name.unwrap_or_default(), value);
    }
    metadata
}

fn outbox(numbers: &mut Numbers<'_>, config: &mut OutboxConfig) {
    numbers.count(&mut config.max_messages);
    numbers.count(&mut config.max_bytes);
    config.ttl = numbers.take_millis();
    config.overflow = match numbers.take_whole() {
        None | Some(0) => Overflow::Reject,
        Some(1) => Overflow::DropOldest,
        Some(_) => Overflow::DropNewest,
    };
}

/// How peers are probed, with the numbers of `PROBING` in fields.js. In which words, JavaScript knows.
///
/// # Errors
///
/// If it makes no sense, even if nothing is to be probed.
pub(crate) fn probing(numbers: &mut Numbers<'_>) -> Result<HeartbeatConfig, Error> {
    let mut config = HeartbeatConfig::default();
    numbers.number(&mut config.jitter);
    numbers.whole(&mut config.max_missed);
    numbers.millis(&mut config.late_min);
    numbers.millis(&mut config.late_max);
    numbers.millis(&mut config.probe_after_send);
    numbers.millis(&mut config.intervals.excellent);
    numbers.millis(&mut config.intervals.good);
    numbers.millis(&mut config.intervals.poor);
    numbers.millis(&mut config.intervals.critical);
    numbers.millis(&mut config.intervals.unknown);
    config.validate()?;
    Ok(config)
}
