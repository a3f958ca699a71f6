//! What the user configures a connection with.

use js_sys::Array;
use steadfast_core::connection::{ConnectionConfig, Metadata, MetadataValue, Registration};
use steadfast_core::heartbeat::HeartbeatConfig;
use steadfast_core::outbox::{OutboxConfig, Overflow};
use steadfast_core::report::{ReportToken, ReporterConfig};
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::fields::{Fields, entries, set, whole};
use crate::strategy::strategy;

/// The sub-protocol whose servers acknowledge messages and answer heartbeats.
pub(crate) const PROTOCOL: &str = steadfast_core::protocol::SUBPROTOCOL;

/// What reports name as their maker.
const SDK: &str = concat!("steadfast-js/", env!("CARGO_PKG_VERSION"));

/// The options of `connect`, read.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) config: ConnectionConfig,
    /// Replaces the configured heartbeat on a link whose server chose [`PROTOCOL`].
    pub(crate) heartbeat_if_negotiated: Option<HeartbeatConfig>,
    pub(crate) protocols: Array,
    pub(crate) report: Option<ReporterConfig>,
}

impl Options {
    /// Reads and checks all that is checked here; the rest is for the core.
    /// With `beats`, heartbeats are sent on every link.
    pub(crate) fn read(options: &JsValue, beats: bool) -> Result<Self, Error> {
        let fields = Fields::of(options, "")?;
        let mut config = ConnectionConfig::new(session(&fields.value("session"), "session")?);
        set(&mut config.retry, strategy(&fields.value("retry"))?);
        outbox(&fields.value("outbox"), &mut config.outbox)?;
        config.max_reconnect_attempts = fields.whole("maxReconnectAttempts")?;
        fields.millis("connectTimeout", &mut config.connect_timeout)?;
        fields.millis("stableAfter", &mut config.stable_after)?;
        config.max_idle = fields.duration("maxIdle")?;
        config.max_silence = fields.duration("maxSilence")?;
        fields.millis("maxServerWait", &mut config.max_server_wait)?;
        config.suspend_hidden_after = fields.duration("suspendHiddenAfter")?;
        set(&mut config.fatal_close_codes, codes(&fields, "fatalCloseCodes")?);
        set(&mut config.expired_close_codes, codes(&fields, "expiredCloseCodes")?);
        let text = |text: JsValue| text.as_string();
        let protocols = fields.list("protocols", "expected a list of texts", text)?;
        let protocols = protocols.unwrap_or_default();
        let heartbeat = heartbeat(&fields.value("heartbeat"))?;
        let offered = protocols.iter().any(|protocol| protocol == PROTOCOL);
        config.heartbeat = beats.then(|| heartbeat.clone());
        let report = report(&fields.value("report"))?;
        fields.done()?;
        Ok(Self {
            config,
            heartbeat_if_negotiated: (offered && !beats).then_some(heartbeat),
            protocols: protocols.iter().map(JsValue::from).collect(),
            report,
        })
    }
}

fn codes(fields: &Fields<'_>, field: &str) -> Result<Option<Vec<u16>>, Error> {
    fields.list(field, "expected a list of close codes", |code| code.as_f64().and_then(whole))
}

/// Who a session is. `path` is the name of the object that says it.
pub(crate) fn session(given: &JsValue, path: &str) -> Result<Registration, Error> {
    let fields = Fields::of(given, path)?;
    let session_id = fields.text("sessionId")?.unwrap_or_default();
    let client_type = fields.text("clientType")?.unwrap_or_else(|| "web".into());
    let mut registration = Registration::new(session_id, client_type);
    registration.user_id = fields.text("userId")?;
    set(&mut registration.organization_id, fields.text("organizationId")?);
    let metadata = fields.value("metadata");
    fields.done()?;
    if !metadata.is_undefined() {
        let wrong = || {
            let name = if path.is_empty() { "metadata" } else { "session.metadata" };
            Error::wrong_type(name, "expected an object of texts, numbers and truth values")
        };
        registration.metadata = read_metadata(&metadata)?.ok_or_else(wrong)?;
    }
    Ok(registration)
}

fn read_metadata(given: &JsValue) -> Result<Option<Metadata>, Error> {
    if !given.is_object() || Array::is_array(given) {
        return Ok(None);
    }
    let mut metadata = Metadata::new();
    // Not collected: that would sort, and sorting takes much code.
    for entry in entries(given).map_err(Error::thrown)?.iter() {
        let entry: Array = entry.unchecked_into();
        let value = entry.get(1);
        let value = value
            .as_bool()
            .map(MetadataValue::Bool)
            .or_else(|| value.as_f64().map(MetadataValue::Number))
            .or_else(|| value.as_string().map(MetadataValue::Text));
        let (Some(name), Some(value)) = (entry.get(0).as_string(), value) else { return Ok(None) };
        metadata.insert(name, value);
    }
    Ok(Some(metadata))
}

fn outbox(given: &JsValue, config: &mut OutboxConfig) -> Result<(), Error> {
    let fields = Fields::of(given, "outbox")?;
    set(&mut config.max_messages, fields.whole("maxMessages")?);
    set(&mut config.max_bytes, fields.whole("maxBytes")?);
    config.ttl = fields.duration("ttl")?;
    if let Some(overflow) = fields.text("overflow")? {
        config.overflow = match &*overflow {
            "drop-newest" => Overflow::DropNewest,
            "drop-oldest" => Overflow::DropOldest,
            "reject" => Overflow::Reject,
            other => {
                let known = "reject, drop-oldest, drop-newest";
                return Err(Error::unknown_value("outbox.overflow", other, known));
            }
        };
    }
    fields.done()
}

/// How peers are probed. In which words, JavaScript knows.
fn heartbeat(given: &JsValue) -> Result<HeartbeatConfig, Error> {
    let fields = Fields::of(given, "heartbeat")?;
    let config = probing(&fields)?;
    fields.done()?;
    Ok(config)
}

/// How peers are probed, from the fields of `heartbeat`.
pub(crate) fn probing(fields: &Fields<'_>) -> Result<HeartbeatConfig, Error> {
    let mut config = HeartbeatConfig::default();
    set(&mut config.jitter, fields.number("jitter")?);
    set(&mut config.max_missed, fields.whole("maxMissed")?);
    fields.millis("lateMin", &mut config.late_min)?;
    fields.millis("lateMax", &mut config.late_max)?;
    fields.millis("probeAfterSend", &mut config.probe_after_send)?;
    let given = fields.value("intervals");
    let intervals = Fields::of(&given, "heartbeat.intervals")?;
    intervals.millis("excellent", &mut config.intervals.excellent)?;
    intervals.millis("good", &mut config.intervals.good)?;
    intervals.millis("poor", &mut config.intervals.poor)?;
    intervals.millis("critical", &mut config.intervals.critical)?;
    intervals.millis("unknown", &mut config.intervals.unknown)?;
    intervals.done()?;
    config.validate()?;
    Ok(config)
}

/// When to report. Where to, JavaScript knows.
fn report(given: &JsValue) -> Result<Option<ReporterConfig>, Error> {
    if given.is_undefined() {
        return Ok(None);
    }
    let fields = Fields::of(given, "report")?;
    let mut config = ReporterConfig::new(SDK);
    fields.millis("interval", &mut config.interval)?;
    config.token = fields.text("token")?.map(ReportToken::new).transpose()?;
    fields.done()?;
    Ok(Some(config))
}
