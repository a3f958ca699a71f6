//! The upgrade from HTTP/1.1 to WebSocket (RFC 6455, 4), from the client's side.
//!
//! The server may take none of the sub-protocols that are offered (RFC 6455, 4.1), which tungstenite
//! refuses, as Chromium does. One that was not offered is refused.

use http::header::{CONNECTION, HeaderMap, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderName, StatusCode};
use steadfast_core::protocol::SUBPROTOCOL;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tungstenite::handshake::client::{Request, generate_request};
use tungstenite::handshake::derive_accept_key;
use tungstenite::http::header::SEC_WEBSOCKET_ACCEPT;
use tungstenite::protocol::{Role, WebSocketConfig};

use super::head::{self, Head, HeadError};

/// Why there is no WebSocket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpgradeError {
    #[error(transparent)]
    Head(#[from] HeadError),
    #[error("the answer to the upgrade is invalid: {0}")]
    Invalid(&'static str),
    /// Not of the peer's making.
    #[error("the request for the upgrade cannot be written")]
    Request(#[source] Box<tungstenite::Error>),
    #[error("the server answered with HTTP status {}", .0.status.as_u16())]
    Status(Box<Head>),
    #[error("the server chose the sub-protocol {0:?}, which was not offered")]
    Subprotocol(String),
}

impl From<std::io::Error> for UpgradeError {
    fn from(error: std::io::Error) -> Self {
        Self::Head(error.into())
    }
}

/// Upgrades this stream. Gives the WebSocket, and whether the server has chosen `steadfast.v1`.
pub(crate) async fn upgrade<S>(
    mut stream: S,
    request: Request,
    offered: &[String],
    config: WebSocketConfig,
) -> Result<(WebSocketStream<S>, bool), UpgradeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (bytes, key) =
        generate_request(request).map_err(|error| UpgradeError::Request(Box::new(error)))?;
    stream.write_all(&bytes).await?;
    stream.flush().await?;
    let head = head::read(&mut stream).await?;
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(UpgradeError::Status(Box::new(head)));
    }
    if !head.is_current {
        return Err(UpgradeError::Invalid("it is HTTP/1.0"));
    }
    if !has_token(&head.headers, &UPGRADE, "websocket") {
        return Err(UpgradeError::Invalid("its header upgrade does not say websocket"));
    }
    if !has_token(&head.headers, &CONNECTION, "upgrade") {
        return Err(UpgradeError::Invalid("its header connection does not say upgrade"));
    }
    let accepted = head.headers.get(SEC_WEBSOCKET_ACCEPT);
    if accepted.is_none_or(|accepted| accepted != &derive_accept_key(key.as_bytes())) {
        return Err(UpgradeError::Invalid("its sec-websocket-accept does not fit the request"));
    }
    let is_reliable = chosen(&head.headers, offered)?.is_some_and(|chosen| chosen == SUBPROTOCOL);
    let stream =
        WebSocketStream::from_partially_read(stream, head.rest, Role::Client, Some(config)).await;
    Ok((stream, is_reliable))
}

/// The sub-protocol that the server has chosen, if it has.
fn chosen<'a>(headers: &HeaderMap, offered: &'a [String]) -> Result<Option<&'a str>, UpgradeError> {
    let mut values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let refused = || {
        // Nothing but what was offered is a token for certain.
        let name = String::from_utf8_lossy(value.as_bytes()).chars().take(64).collect();
        UpgradeError::Subprotocol(name)
    };
    if values.next().is_some() {
        return Err(UpgradeError::Invalid("it has two headers sec-websocket-protocol"));
    }
    let name = offered.iter().find(|name| value == name.as_str()).ok_or_else(refused)?;
    Ok(Some(name))
}

/// Whether one of the words of this header is that one, in upper or lower case.
fn has_token(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case(wanted))
}
