//! `GET /v1/connections.csv`: the sessions of the table, for a spreadsheet.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use csv::WriterBuilder;
use futures::stream;
use steadfast_core::manager::Liveness;
use steadfast_core::time::Instant;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::OwnedSemaphorePermit;

use super::query::ConnectionQuery;
use super::select;
use crate::fleet::{Organization, QualityOrUnknown, Selection, Session};
use crate::http::access::SecretKey;
use crate::http::error::ApiError;
use crate::http::openapi::{Answers, Operation};
use crate::state::App;

/// The most sessions in one file.
const MAX_LIMIT: usize = 100_000;

/// How many sessions are written at a time.
const AT_ONCE: usize = 500;

/// A file of comma-separated values (RFC 4180).
pub(in crate::http) struct Csv(Body);

/// What is left to write.
struct Rest {
    organization: Arc<Organization>,
    selection: Selection,
    /// How many sessions were written; none before the names of the columns.
    written: Option<usize>,
    first: usize,
    _permit: OwnedSemaphorePermit,
}

const COLUMNS: [&str; 16] = [
    "sessionId",
    "userId",
    "clientType",
    "sdk",
    "status",
    "liveness",
    "quality",
    "latencyMillis",
    "missedHeartbeats",
    "linksLostOrClosed",
    "reconnectAttempts",
    "firstHeard",
    "lastHeard",
    "lastLossAt",
    "lastLossCause",
    "metadata",
];

/// The sessions of the request.
pub(in crate::http) async fn export(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    asked: ConnectionQuery<MAX_LIMIT>,
) -> Result<Csv, ApiError> {
    let permit = app.fleet.export().ok_or_else(ApiError::exports)?;
    let ConnectionQuery { filter, order, limit, offset } = asked;
    let most = offset + limit.unwrap_or(MAX_LIMIT);
    let (organization, selection) = select(&app, &organization, filter, order, most).await?;
    let rest = Rest { organization, selection, written: None, first: offset, _permit: permit };
    let parts = stream::unfold(rest, |mut rest| async move {
        let part = rest.next().transpose()?;
        Some((part, rest))
    });
    Ok(Csv(Body::from_stream(parts)))
}

impl Rest {
    fn next(&mut self) -> Result<Option<Bytes>, csv::Error> {
        let mut writer = WriterBuilder::new().from_writer(Vec::new());
        match self.written {
            None => writer.write_record(COLUMNS)?,
            Some(written) => {
                let offset = self.first + written;
                if offset >= self.selection.len() {
                    return Ok(None);
                }
                let page = self.organization.page(&self.selection, offset, AT_ONCE);
                for session in &page.connections {
                    writer.write_record(row(session).iter().map(|cell| safe(cell).into_owned()))?;
                }
            }
        }
        self.written = Some(self.written.map_or(0, |written| written + AT_ONCE));
        let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        Ok(Some(bytes.into()))
    }
}

fn row(session: &Session) -> [String; 16] {
    let state = &session.state;
    let status = match session.liveness {
        Liveness::Stale => "STALE",
        _ => state.status.as_str(),
    };
    let latency = state.latency.map(|latency| format!("{:.1}", latency.as_secs_f64() * 1e3));
    let loss = session.last_loss;
    [
        state.session_id.clone(),
        state.user_id.clone().unwrap_or_default(),
        state.client_type.clone(),
        session.sdk.clone().unwrap_or_default(),
        status.to_owned(),
        session.liveness.as_str().to_owned(),
        QualityOrUnknown::from(state.connection_quality).as_str().to_owned(),
        latency.unwrap_or_default(),
        state.missed_heartbeats.to_string(),
        state.total_disconnections.to_string(),
        state.reconnect_attempts.to_string(),
        date(session.first_heard),
        date(session.last_heard),
        loss.map(|loss| date(loss.at)).unwrap_or_default(),
        loss.map(|loss| loss.cause.as_str().to_owned()).unwrap_or_default(),
        if state.metadata.is_empty() {
            String::new()
        } else {
            serde_json::to_string(&state.metadata).unwrap_or_default()
        },
    ]
}

/// As spreadsheets know it, in UTC: `2026-01-01T00:00:00.123Z`. Empty for what no calendar has.
fn date(at: Instant) -> String {
    let nanos = i128::from(at.as_millis()) * 1_000_000;
    let date = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    date.and_then(|date| date.format(&Rfc3339).ok()).unwrap_or_default()
}

/// A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, "CSV
/// Injection"): what clients say of themselves must not be run.
fn safe(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
            (CONTENT_DISPOSITION, "attachment; filename=\"connections.csv\""),
        ];
        (headers, self.0).into_response()
    }
}

impl Answers for Csv {
    fn describe(operation: &mut Operation) {
        operation.answers_csv(200);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_looks_like_a_formula_is_text() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1"] {
            assert_eq!(safe(cell), format!("'{cell}"));
        }
        for cell in ["", "a=1", "1-1", "'=1"] {
            assert_eq!(safe(cell), cell);
        }
    }

    #[test]
    fn a_date_is_one_that_spreadsheets_know() {
        assert_eq!(date(Instant::from_millis(1_767_225_600_123)), "2026-01-01T00:00:00.123Z");
    }
}
