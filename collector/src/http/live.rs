//! `POST /v1/live/ticket` and `GET /v1/live`.

mod stream;

use axum::Json;
use axum::extract::ws::CloseFrame;
use axum::extract::{FromRequestParts, Query, State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::protocol::Hint;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::access::SecretKeyWithDigest;
use super::error::ApiError;
use super::openapi::{Answers, Asks, Credential, Operation, STORE_CODES};
use crate::auth::AuthError;
use crate::live::LiveError;
use crate::state::App;
use stream::Stream;

/// The longest message that is taken from a client: it has only pings to say.
const MAX_MESSAGE_BYTES: usize = 1024;

/// What is read at once, and what is gathered before it is written. A listener says next to nothing, so the usual
/// 128 KiB would be most of what it costs.
const BUFFER_BYTES: usize = 4 * 1024;

/// The code of a request that is no WebSocket's.
const UPGRADE: &str = "live.upgrade";

/// A ticket, as it is given out.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "LiveTicket")]
pub(super) struct IssuedTicket {
    /// Good for one connection, and for half a minute.
    ticket: String,
}

/// A ticket, as it is presented.
#[derive(Debug, Deserialize)]
pub(super) struct PresentedTicket {
    ticket: String,
}

/// A request to become a WebSocket.
#[derive(Debug)]
pub(super) struct Upgrade(WebSocketUpgrade);

/// What becomes a WebSocket.
#[derive(Debug)]
pub(super) struct Upgraded(Response);

/// Exchanges a secret key for a ticket.
pub(super) async fn issue_ticket(
    SecretKeyWithDigest(organization, key): SecretKeyWithDigest,
    State(app): State<App>,
) -> Result<Json<IssuedTicket>, ApiError> {
    Ok(Json(IssuedTicket { ticket: app.live.issue(app.clock.now(), organization, key).await? }))
}

/// Opens the live stream. A request that is no WebSocket's uses up no ticket.
pub(super) async fn connect(
    State(app): State<App>,
    PresentedTicket { ticket }: PresentedTicket,
    headers: HeaderMap,
    Upgrade(upgrade): Upgrade,
) -> Result<Upgraded, ApiError> {
    let upgrade = upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES);
    let running = app.tasks.token();
    let is_page = headers.contains_key(ORIGIN);
    // Before anything is queued or looked up: what is no ticket takes nobody's turn.
    app.live.check(app.clock.now(), &ticket)?;
    let arrival = match app.live.admit(app.clock.now()) {
        Ok(arrival) => arrival,
        Err(hint) => return turned_away(upgrade, is_page, hint, &LiveError::Busy, running),
    };
    let ticket = app.live.redeem(app.clock.now(), &ticket).await?;
    let key = match app.authenticator.watch(ticket.key).await {
        Ok(key) => key,
        Err(AuthError::Expired | AuthError::Unknown) if is_page => {
            return Ok(closed(upgrade, stream::ended(), running));
        }
        Err(refused) => return Err(refused.into()),
    };
    let seat = match app.live.take_seat() {
        Ok(seat) => seat,
        Err(full) => {
            let hint = app.live.later(app.ingest.fill());
            return turned_away(upgrade, is_page, hint, &full, running);
        }
    };
    let organization = app.fleet.organization(app.clock.now(), &ticket.organization)?;
    Ok(Upgraded(upgrade.on_upgrade(async move |socket| {
        Stream::new(app, socket, organization, key).run(arrival).await;
        drop((seat, running));
    })))
}

impl FromRequestParts<App> for PresentedTicket {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let presented = Query::from_request_parts(parts, app).await;
        Ok(presented.map(|Query(ticket)| ticket).map_err(|_| LiveError::Ticket)?)
    }
}

impl Asks for PresentedTicket {
    fn describe(operation: &mut Operation) {
        operation.asks_for(Credential::Ticket);
        operation.refuses(401, &["live.ticket"]);
        operation.refuses(503, &STORE_CODES);
    }
}

impl FromRequestParts<App> for Upgrade {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, app).await;
        upgrade.map(Self).map_err(|error| ApiError::new(error.status(), UPGRADE, error.body_text()))
    }
}

impl Asks for Upgrade {
    fn describe(operation: &mut Operation) {
        operation.refuses(400, &[UPGRADE]);
        operation.refuses(426, &[UPGRADE]);
    }
}

impl IntoResponse for Upgraded {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answers for Upgraded {
    fn describe(operation: &mut Operation) {
        operation.answers_nothing(101);
    }
}

/// Tells a client when to come back. A page learns nothing of an answer that refuses the upgrade:
/// so it is let in, and told by the reason of a close.
fn turned_away(
    upgrade: WebSocketUpgrade,
    is_page: bool,
    hint: Hint,
    refused: &LiveError,
    running: TaskTrackerToken,
) -> Result<Upgraded, ApiError> {
    if !is_page {
        let spread = hint.spread.unwrap_or_default();
        return Err(ApiError::not_let_in(refused, hint.retry_after.unwrap_or(spread)));
    }
    Ok(closed(upgrade, stream::later(hint), running))
}

/// Lets a client in to tell it why not.
fn closed(upgrade: WebSocketUpgrade, close: CloseFrame, running: TaskTrackerToken) -> Upgraded {
    Upgraded(upgrade.on_upgrade(async move |socket| {
        stream::turn_away(socket, close).await;
        drop(running);
    }))
}
