use std::sync::Arc;

use http::StatusCode;
use steadfast_core::protocol::SUBPROTOCOL;
use tokio_util::either::Either;

use super::failure::{DialError, chain};
use super::link::WebSocketLink;
use super::redirect::{self, RedirectError};
use super::route::Route;
use super::target::Target;
use super::upgrade::{UpgradeError, upgrade};
use crate::connector::{Lost, Progress};
use crate::counted::Counted;

/// Opens a WebSocket: name, TCP, TLS, upgrade, and again where the server redirects to. How long
/// that may take is the caller's to say.
pub(crate) async fn dial(
    target: Arc<Target>,
    route: &Route,
    max_redirects: usize,
    progress: &Progress,
) -> Result<WebSocketLink, Lost> {
    follow(target, route, max_redirects, progress).await.map_err(|error| {
        let text = chain(&error);
        let lost = Lost::from(error);
        tracing::debug!(cause = lost.cause.as_str(), error = text, "dial failed");
        lost
    })
}

async fn follow(
    mut target: Arc<Target>,
    route: &Route,
    max_redirects: usize,
    progress: &Progress,
) -> Result<WebSocketLink, DialError> {
    let mut passed = Vec::new();
    loop {
        let head = match attempt(&target, route, progress).await {
            Err(DialError::Upgrade(UpgradeError::Status(head))) => head,
            ended => return ended,
        };
        let Some(next) = redirect::location(&head, target.url()) else {
            return Err(UpgradeError::Status(head).into());
        };
        let next = next?;
        if passed.len() >= max_redirects {
            return Err(RedirectError::TooMany(max_redirects).into());
        }
        if passed.contains(&next) || next == *target.url() {
            return Err(RedirectError::Loop.into());
        }
        tracing::debug!(host = next.host().map(tracing::field::display), "following a redirect");
        passed.push(target.url().clone());
        target = Arc::new(target.redirected(next).ok_or(RedirectError::Invalid)?);
    }
}

/// One attempt; a second follows at once without `steadfast.v1` if the server answers 400 with it: some servers take a
/// sub-protocol that they do not know for a bad request.
async fn attempt(
    target: &Target,
    route: &Route,
    progress: &Progress,
) -> Result<WebSocketLink, DialError> {
    let refused = match open(target, route, &target.protocols, progress).await {
        Err(DialError::Upgrade(UpgradeError::Status(head)))
            if head.status == StatusCode::BAD_REQUEST
                && target.protocols.iter().any(|name| name == SUBPROTOCOL) =>
        {
            UpgradeError::Status(head).into()
        }
        ended => return ended,
    };
    tracing::debug!("the server may not know steadfast.v1: trying without");
    let others = target.protocols.iter().filter(|name| *name != SUBPROTOCOL).cloned();
    // If that fails too, the first answer says more.
    open(target, route, &others.collect::<Vec<_>>(), progress).await.map_err(|_| refused)
}

async fn open(
    target: &Target,
    route: &Route,
    protocols: &[String],
    progress: &Progress,
) -> Result<WebSocketLink, DialError> {
    let stream = Counted::new(route.open(target, progress).await?);
    let transport = match &target.tls {
        Some((connector, name)) => {
            let tls = connector.connect(name.clone(), stream).await.map_err(DialError::Tls)?;
            Either::Right(Box::new(tls))
        }
        None => Either::Left(stream),
    };
    let request =
        target.request(protocols).map_err(|error| UpgradeError::Request(Box::new(error)))?;
    let (stream, reliable) = upgrade(transport, request, protocols, target.websocket).await?;
    Ok(WebSocketLink::new(stream, reliable))
}
