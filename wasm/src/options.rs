//! What the user configures a connection with.

use std::time::Duration;

use js_sys::{Array, Function};
use serde::Deserialize;
use steadfast_core::connection::{ConnectionConfig, Metadata, Registration};
use steadfast_core::heartbeat::{HeartbeatConfig, Intervals};
use steadfast_core::report::ReporterConfig;
use steadfast_core::retry::RetryStrategy;
use steadfast_core::time::duration_from_millis;
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::fields::{read, take};

/// The sub-protocol whose servers answer heartbeats.
pub(crate) const PROTOCOL: &str = "steadfast.v1";

/// What reports name as their maker.
const SDK: &str = concat!("steadfast-js/", env!("CARGO_PKG_VERSION"));

/// The options of `connect`, read.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) config: ConnectionConfig,
    /// Replaces the configured heartbeat on a link whose server chose [`PROTOCOL`].
    pub(crate) heartbeat_if_negotiated: Option<HeartbeatConfig>,
    pub(crate) protocols: Array,
    pub(crate) class: Function,
    pub(crate) report: Option<ReportOptions>,
}

/// Where reports go.
#[derive(Debug)]
pub(crate) struct ReportOptions {
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) config: ReporterConfig,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Given {
    connect_timeout: Option<f64>,
    fatal_close_codes: Option<Vec<u16>>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    heartbeat: JsValue,
    max_reconnect_attempts: Option<u32>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    outbox: JsValue,
    protocols: Vec<String>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    report: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    retry: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    session: JsValue,
    stable_after: Option<f64>,
    #[serde(rename = "WebSocket", with = "serde_wasm_bindgen::preserve")]
    web_socket: JsValue,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct GivenSession {
    client_type: Option<String>,
    metadata: Option<Metadata>,
    organization_id: Option<String>,
    session_id: String,
    user_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GivenReport {
    interval: Option<f64>,
    key: String,
    url: String,
}

impl Options {
    /// Reads and checks all that is checked here; the rest is for the core.
    pub(crate) fn read(options: &JsValue) -> Result<Self, Error> {
        let given: Given = read(options, "", &[])?;
        let mut config = ConnectionConfig::new(session(&given.session, "session")?);
        config.retry = retry(&given.retry)?;
        config.outbox = read(&given.outbox, "outbox", &[])?;
        config.max_reconnect_attempts = given.max_reconnect_attempts;
        set_millis(&mut config.connect_timeout, given.connect_timeout);
        set_millis(&mut config.stable_after, given.stable_after);
        if let Some(codes) = given.fatal_close_codes {
            config.fatal_close_codes = codes;
        }
        let (heartbeat, always) = heartbeat(&given.heartbeat)?;
        heartbeat.validate()?;
        let offered = given.protocols.iter().any(|protocol| protocol == PROTOCOL);
        config.heartbeat = always.then(|| heartbeat.clone());
        Ok(Self {
            config,
            heartbeat_if_negotiated: (offered && !always).then_some(heartbeat),
            protocols: given.protocols.iter().map(JsValue::from).collect(),
            class: given
                .web_socket
                .dyn_into()
                .map_err(|_| Error::wrong_type("WebSocket", "expected a class"))?,
            report: report(&given.report)?,
        })
    }
}

/// Who a session is. `path` is the name of the object that says it.
pub(crate) fn session(given: &JsValue, path: &str) -> Result<Registration, Error> {
    let given: GivenSession = read(given, path, &[])?;
    let client_type = given.client_type.unwrap_or_else(|| "web".into());
    let mut registration = Registration::new(given.session_id, client_type);
    registration.user_id = given.user_id;
    registration.metadata = given.metadata.unwrap_or_default();
    if let Some(organization_id) = given.organization_id {
        registration.organization_id = organization_id;
    }
    Ok(registration)
}

fn retry(given: &JsValue) -> Result<RetryStrategy, Error> {
    if given.is_undefined() { Ok(RetryStrategy::default()) } else { read(given, "retry", &[]) }
}

/// The heartbeat, and whether it beats whatever the server says of itself.
fn heartbeat(given: &JsValue) -> Result<(HeartbeatConfig, bool), Error> {
    let config = probing(given, &["preset"])?;
    let preset = take(given, "preset");
    if !preset.is_undefined() {
        expect_name("heartbeat.preset", &preset, "steadfast")?;
    }
    Ok((config, !preset.is_undefined()))
}

/// How peers are probed; `others` are fields that are not about it.
pub(crate) fn probing(given: &JsValue, others: &[&str]) -> Result<HeartbeatConfig, Error> {
    let mut config: HeartbeatConfig = read(given, "heartbeat", others)?;
    config.intervals = read::<Intervals>(&take(given, "intervals"), "heartbeat.intervals", &[])?;
    Ok(config)
}

fn report(given: &JsValue) -> Result<Option<ReportOptions>, Error> {
    if given.is_undefined() {
        return Ok(None);
    }
    let given: GivenReport = read(given, "report", &[])?;
    let mut config = ReporterConfig::new(SDK);
    set_millis(&mut config.interval, given.interval);
    if given.key.is_empty() || !given.key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::wrong_type("report.key", "expected a key: letters and digits"));
    }
    Ok(Some(ReportOptions { url: given.url, key: given.key, config }))
}

/// Refuses every name but the one that is known.
fn expect_name(field: &str, given: &JsValue, known: &str) -> Result<(), Error> {
    match given.as_string() {
        Some(name) if name == known => Ok(()),
        Some(name) => Err(Error::unknown_value(field, &name, known)),
        None => Err(Error::wrong_type(field, "expected a name")),
    }
}

fn set_millis(field: &mut Duration, given: Option<f64>) {
    if let Some(millis) = given {
        *field = duration_from_millis(millis);
    }
}
