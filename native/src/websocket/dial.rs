use std::time::SystemTime;

use http::header::SEC_WEBSOCKET_PROTOCOL;
use steadfast_core::connection::{Cause, Hint};
use steadfast_core::protocol::SUBPROTOCOL;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Error;
use tokio_util::either::Either;

use super::counted::Counted;
use super::link::WebSocketLink;
use super::target::Target;
use crate::connector::Lost;
use crate::retry::retry_after;

/// Opens a WebSocket: name, TCP, TLS, upgrade. How long that may take is the caller's to say.
pub(crate) async fn dial(target: &Target) -> Result<WebSocketLink, Lost> {
    attempt(target).await.map_err(|error| {
        tracing::debug!(%error, "dial failed");
        match error {
            Error::Http(response) => {
                let cause = Cause::Rejected { status: response.status().as_u16() };
                let wait = retry_after(response.headers(), SystemTime::now());
                Lost::hinted(cause, wait.map_or(Hint::NONE, Hint::retry_after))
            }
            _ => Cause::Network.into(),
        }
    })
}

async fn attempt(target: &Target) -> Result<WebSocketLink, Error> {
    let tcp = TcpStream::connect((target.host.as_str(), target.port)).await?;
    // A message is worth a packet: what is small here is small because it is urgent.
    tcp.set_nodelay(true)?;
    let tcp = Counted::new(tcp);
    let transport = match &target.tls {
        Some((connector, name)) => {
            Either::Right(Box::new(connector.connect(name.clone(), tcp).await?))
        }
        None => Either::Left(tcp),
    };
    let request = target.request()?;
    let (stream, response) =
        client_async_with_config(request, transport, Some(target.websocket)).await?;
    let chosen = response.headers().get(SEC_WEBSOCKET_PROTOCOL);
    let reliable = chosen.is_some_and(|name| name == SUBPROTOCOL);
    Ok(WebSocketLink::new(stream, reliable))
}
