//! `POST /v1/live/ticket` and `GET /v1/live`.

mod stream;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::CloseFrame;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use steadfast_core::connection::Hint;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::access::ReadsOn;
use super::error::ApiError;
use crate::auth::AuthError;
use crate::live::LiveError;
use crate::state::App;
use stream::Stream;

/// The longest message that is taken from a client: it has only pings to say.
const MAX_MESSAGE_BYTES: usize = 1024;

/// What is read at once, and what is gathered before it is written. A listener says next to nothing, so the usual
/// 128 KiB would be most of what it costs.
const BUFFER_BYTES: usize = 4 * 1024;

/// A ticket, as it is given out.
#[derive(Debug, Serialize)]
pub(super) struct IssuedTicket {
    ticket: String,
}

/// A ticket, as it is presented.
#[derive(Debug, Deserialize)]
pub(super) struct PresentedTicket {
    ticket: String,
}

/// Exchanges a secret key for a ticket.
pub(super) async fn issue_ticket(
    ReadsOn(organization, key): ReadsOn,
    State(app): State<App>,
) -> Result<Json<IssuedTicket>, ApiError> {
    Ok(Json(IssuedTicket { ticket: app.live.issue(app.clock.now(), organization, key).await? }))
}

/// Opens the live stream. A request that is no WebSocket's uses up no ticket.
pub(super) async fn connect(
    State(app): State<App>,
    presented: Result<Query<PresentedTicket>, QueryRejection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let Query(PresentedTicket { ticket }) = presented.map_err(|_| LiveError::Ticket)?;
    let upgrade = upgrade
        .map_err(|error| ApiError::new(error.status(), "live.upgrade", error.body_text()))?;
    let upgrade = upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES);
    let running = app.tasks.token();
    let is_page = headers.contains_key(ORIGIN);
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
    Ok(upgrade.on_upgrade(async move |socket| {
        Stream::new(app, socket, organization, key).run(arrival).await;
        drop((seat, running));
    }))
}

/// Tells a client when to come back. A page learns nothing of an answer that refuses the upgrade:
/// so it is let in, and told by the reason of a close.
fn turned_away(
    upgrade: WebSocketUpgrade,
    is_page: bool,
    hint: Hint,
    refused: &LiveError,
    running: TaskTrackerToken,
) -> Result<Response, ApiError> {
    if !is_page {
        let spread = hint.spread.unwrap_or_default();
        return Err(ApiError::not_let_in(refused, hint.retry_after.unwrap_or(spread)));
    }
    Ok(closed(upgrade, stream::later(hint), running))
}

/// Lets a client in to tell it why not.
fn closed(upgrade: WebSocketUpgrade, close: CloseFrame, running: TaskTrackerToken) -> Response {
    upgrade.on_upgrade(async move |socket| {
        stream::turn_away(socket, close).await;
        drop(running);
    })
}
