//! `POST /v1/reports`.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware;
use axum::routing::{MethodRouter, post};
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use steadfast_core::activity::Activity;
use steadfast_core::codes::OF_RUST;
use steadfast_core::connection::{ConnectionState, Registration, Status};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::report::{Advice, Report, ReportError, ReportToken, ReportWindow};
use steadfast_core::time::Instant;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::access::{self, PublishableKey};
use super::body::{self, Codes};
use super::client;
use super::error::ApiError;
use super::newer;
use super::openapi::{Asks, Described, Operation, about};
use crate::address::ClientAddress;
use crate::auth::{AuthError, Caller};
use crate::claim::Claim;
use crate::fleet::{AcceptedReport, Organization, ReportSource};
use crate::ingest::Taken;
use crate::state::App;
use crate::store::Outcome;

/// The codes of what is wrong with a report's body.
const CODES: Codes = Codes {
    broken: "report.body",
    encoding: "report.content_encoding",
    late: "report.timeout",
    malformed: "report.malformed",
    too_large: "report.too_large",
};

/// The codes of what was passed over.
const UNKNOWN_FIELD: &str = "report.unknown_field";
const UNKNOWN_EVENT: &str = "report.unknown_event";
const UNKNOWN_VALUE: &str = "report.unknown_value";

/// The code of a report that was taken for another session than the one that it names.
const OTHER_SESSION: &str = "report.other_session";

/// What a body may be.
const MEDIA_TYPES: &str = "application/json, text/plain and application/x-www-form-urlencoded";

/// The field of a form that holds a report.
const FIELD: &str = "report";

/// How a report stands in a body. What a browser sends without asking first, it calls text or a
/// form.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// In a field of an HTML form.
    Field,
    /// By itself.
    Json,
}

/// A report as it was handed in, and when its request came.
#[derive(Debug)]
struct Handed {
    report: Report,
    passed_over: PassedOver,
    began_at: Instant,
}

/// How much of a report is not known here.
#[derive(Clone, Copy, Debug, Default)]
struct PassedOver {
    events: u64,
    fields: u64,
    /// Values within the session's record.
    values: u64,
}

/// The answer to a report that is stored.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    /// It is stored.
    accepted: bool,
    /// It was stored before, and counts once.
    duplicate: bool,
    /// The session that it was taken for, if it names one whose token it does not show.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_session: Option<String>,
    #[serde(flatten)]
    advice: Advice,
}

/// What a report of any version has.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

/// The route, open to pages of the origins that their key allows.
pub(super) fn route(app: &App) -> MethodRouter<App> {
    // A fallback of its own, so that the layer also sees the preflight. A page may read the refusal
    // of its address, so that is within the layer.
    post(create)
        .fallback(async || ApiError::method())
        .layer::<_, Infallible>(middleware::from_fn_with_state(app.clone(), client::limit_reports))
        .layer(cors(app.clone()))
}

/// What is said of it.
pub(super) fn operation() -> Operation {
    about("Hands in a report; answered once it is stored.")
        .or(403, &["auth.organization"])
        .or(429, &["session.address_rate", "session.key_rate"])
        .or(503, &["ingest.closed", "ingest.full", "ingest.store", "manager.too_many_sessions"])
        .with(create.operation())
}

/// Takes a report, and answers when it is committed. Refusals are counted by key and code.
async fn create(
    PublishableKey(caller): PublishableKey,
    client: ClientAddress,
    State(app): State<App>,
    handed: Result<Handed, ApiError>,
) -> Result<Json<Receipt>, ApiError> {
    let organization = app.fleet.organization(app.clock.now(), &caller.organization)?;
    let key = caller.clone();
    let taken = match handed {
        Ok(handed) => take(&app, &organization, caller, client, handed).await,
        Err(refused) => {
            app.metrics.report(refused.code());
            Err(refused)
        }
    };
    if let Err(refused) = &taken {
        app.notes.count(app.clock.now(), &key, refused.code(), 1);
    }
    taken
}

async fn take(
    app: &App,
    organization: &Organization,
    caller: Caller,
    client: ClientAddress,
    handed: Handed,
) -> Result<Json<Receipt>, ApiError> {
    let Handed { mut report, passed_over: PassedOver { events, fields, values }, began_at } =
        handed;
    for (code, count) in [(UNKNOWN_FIELD, fields), (UNKNOWN_EVENT, events), (UNKNOWN_VALUE, values)]
    {
        app.notes.count(began_at, &caller, code, count);
    }
    let by = caller.clone();
    let Caller { organization: id, key, .. } = caller;
    if report.session.organization_id != id.as_str() {
        let refused = AuthError::Organization(report.session.organization_id);
        app.refusals.tell_of_key(&refused, &format!("of {id}"));
        return Err(refused.into());
    }
    let received_at = app.clock.now();
    // One that made room in memory begins anew: it takes the room of another.
    let claim = Claim::new(report.token.take().as_ref(), key);
    let is_new = organization.begins(&report.session.session_id, &claim);
    if is_new {
        app.new_sessions.take(received_at, key, client)?;
    }
    let clock_skew = report.clock_skew(began_at);
    report.move_clock(clock_skew.unwrap_or_default());
    // The advice to the client says when it reports again.
    let next_in = report.next_in(app.ingest.advice());
    let source = ReportSource { key_id: key.id(), network: client.network() };
    let delivery = AcceptedReport {
        organization: id,
        report,
        claim,
        received_at,
        clock_skew,
        next_in,
        source,
        share: 1.0,
    };
    let submitted = app.ingest.submit(delivery).await;
    if is_new && submitted.is_err() {
        app.new_sessions.put_back(key, client);
    }
    app.metrics.report(match &submitted {
        Ok(Taken { outcome: Outcome::Duplicate, .. }) => "duplicate",
        Ok(Taken { outcome: Outcome::Stored, .. }) => "stored",
        Err(refused) => refused.code(),
    });
    let Taken { outcome, advice, reduced, other_session } = submitted.map_err(|refused| {
        ApiError::not_taken(&refused, app.ingest.wait(app.clock.now(), &refused))
    })?;
    if let Some(limit) = reduced {
        app.notes.count(received_at, &by, limit.code(), 1);
    }
    let duplicate = outcome == Outcome::Duplicate;
    app.notes.count(received_at, &by, OTHER_SESSION, other_session.is_some().into());
    Ok(Json(Receipt { accepted: true, duplicate, other_session, advice }))
}

/// Reads a report as `POST /v1/reports` does, but from a body that has come as a whole.
///
/// # Errors
///
/// The code of the refusal, as the API has it.
pub fn read_report(headers: &HeaderMap, body: Bytes) -> Result<Report, &'static str> {
    let read = || {
        let form = Form::of(headers)?;
        let body = body::unpack(headers, body, form.max_bytes(), CODES)?;
        Ok(parse(&form.report(body)?)?.0)
    };
    read().map_err(|refused: ApiError| refused.code())
}

impl FromRequest<App> for Handed {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        // How long the body takes says nothing about clocks.
        let began_at = app.clock.now();
        let (Parts { headers, .. }, body) = request.into_parts();
        let form = Form::of(&headers)?;
        let bytes = body::read(&headers, body, form.max_bytes(), CODES).await?;
        let (mut report, mut passed_over) = parse(&form.report(bytes)?)?;
        passed_over.events = report.drop_unknown_events() as u64;
        Ok(Self { report, passed_over, began_at })
    }
}

impl Asks for Handed {
    fn describe(operation: &mut Operation) {
        let json = SchemaGenerator::subschema_for::<Report>;
        let form = |_: &mut SchemaGenerator| {
            json_schema!({
                "type": "object",
                "required": [FIELD],
                "properties": {
                    FIELD: { "type": "string", "contentMediaType": "application/json" },
                },
            })
        };
        let content = vec![
            ("application/json", json as _),
            ("text/plain", json as _),
            ("application/x-www-form-urlencoded", form as _),
        ];
        operation.asks_for_body(true, content, serde_json::to_value(example()).ok());
        CODES.describe(operation);
        let invalid: Vec<_> =
            OF_RUST.iter().copied().filter(|code| code.starts_with("report.")).collect();
        operation.refuses(400, &invalid);
        operation.refuses(415, &["report.content_type"]);
    }
}

/// A report as a client makes it.
fn example() -> Report {
    let at = Instant::from_millis(1_767_225_600_000);
    let mut session = ConnectionState::new(Registration::new("session-1", "web"));
    session.status = Status::Connected;
    session.connected_at = Some(at);
    session.latency = Some(Duration::from_millis(23));
    let mut activity = Activity { connects: 1, heartbeats: 1, ..Activity::default() };
    activity.latency.record(Duration::from_millis(23));
    let end = at + Duration::from_secs(15);
    Report {
        version: Report::VERSION,
        batch_id: "4f1d2c".to_owned(),
        sdk: "steadfast/0.1.0".to_owned(),
        session,
        window: ReportWindow { start: at, end },
        activity,
        events: vec![Event { at, kind: EventKind::Registered }],
        events_dropped: 0,
        sampling: 1.0,
        interval: Some(Duration::from_secs(30)),
        sent_at: Some(end),
        token: ReportToken::new("0".repeat(32)).ok(),
    }
}

/// Lets pages hand in reports. No cookie counts, but `sendBeacon` sends those there are, and a
/// browser asks whether it may.
fn cors(app: App) -> CorsLayer {
    let may_see = move |origin, parts: &Parts| {
        access::may_see(app, origin, access::key_to_write(parts).map(str::to_owned))
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::async_predicate(may_see))
        .allow_credentials(true)
        .allow_methods([Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE])
        .expose_headers([RETRY_AFTER])
        .max_age(Duration::from_hours(24))
}

impl Form {
    fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let media_type = given.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        match media_type.as_str() {
            "application/json" | "text/plain" => Ok(Self::Json),
            "application/x-www-form-urlencoded" => Ok(Self::Field),
            _ => {
                let message = format!("content-type is {given:?}; allowed are {MEDIA_TYPES}");
                let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                Err(ApiError::new(status, "report.content_type", message))
            }
        }
    }

    /// The longest body that is read.
    fn max_bytes(self) -> usize {
        match self {
            // Each byte may be escaped.
            Self::Field => FIELD.len() + 1 + 3 * Report::MAX_BYTES,
            Self::Json => Report::MAX_BYTES,
        }
    }

    /// The report in a body.
    fn report(self, body: Bytes) -> Result<Bytes, ApiError> {
        if let Self::Json = self {
            return Ok(body);
        }
        let field = form_urlencoded::parse(&body).find(|(name, _)| name == FIELD);
        let missing = || format!("the form has no field {FIELD:?}");
        let (_, report) =
            field.ok_or_else(|| ApiError::bad_request("report.malformed", missing()))?;
        if report.len() > Report::MAX_BYTES {
            let message = format!("the report is longer than {} bytes", Report::MAX_BYTES);
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, CODES.too_large, message));
        }
        Ok(report.into_owned().into())
    }
}

/// The version comes first: what a version that is not known looks like cannot be said.
/// What is passed over is given, too, but for the events.
fn parse(bytes: &[u8]) -> Result<(Report, PassedOver), ApiError> {
    let AnyVersion { version } = body::from_json(bytes, CODES)?;
    if version != Report::VERSION {
        return Err(refused(&ReportError::Version(version)));
    }
    let (report, passed_over): (Report, _) = match body::from_json_of_any_version(bytes, CODES) {
        Ok((report, fields)) => (report, PassedOver { fields, ..PassedOver::default() }),
        // Only what cannot be read as it is costs a second look.
        Err(refused) => parse_newer(bytes).ok_or(refused)?,
    };
    report.validate().map_err(|error| refused(&error))?;
    Ok((report, passed_over))
}

/// The report of a newer client, if unknown values are all that is wrong.
fn parse_newer(bytes: &[u8]) -> Option<(Report, PassedOver)> {
    let mut value = serde_json::from_slice(bytes).ok()?;
    let values = newer::pass_over_unknown_values(&mut value);
    if values == 0 {
        return None;
    }
    let bytes = serde_json::to_vec(&value).ok()?;
    let (report, fields) = body::from_json_of_any_version(&bytes, CODES).ok()?;
    Some((report, PassedOver { fields, values, ..PassedOver::default() }))
}

fn refused(error: &ReportError) -> ApiError {
    ApiError::bad_request(error.code(), error.to_string())
}
