use std::borrow::Cow;
use std::future::Future;

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::header::{HeaderValue, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use http::request::Parts;
use http::{Request, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use steadfast_core::protocol::SUBPROTOCOL;
use steadfast_core::protocol::server::Refusal;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::accept::{Server, offers, refused};
use super::connection::ServerConnection;

/// An extractor for axum: a request that wants to become a connection of the [`Server`] in the
/// router's state.
///
/// ```no_run
/// use axum::Router;
/// use axum::response::Response;
/// use axum::routing::any;
/// use futures::StreamExt as _;
/// use steadfast::server::{Server, ServerConfig, ServerConnection, Upgrade};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// async fn live(upgrade: Upgrade) -> Response {
///     upgrade.serve(async |mut connection: ServerConnection| {
///         while let Some(message) = connection.next().await {
///             if connection.send(message).await.is_err() {
///                 break;
///             }
///         }
///     })
/// }
///
/// let server = Server::new(ServerConfig::default())?;
/// let router: Router = Router::new().route("/live", any(live)).with_state(server);
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:9000").await?;
/// axum::serve(listener, router).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Upgrade {
    server: Server,
    response: Response,
    upgraded: OnUpgrade,
    reliable: bool,
    owner: String,
}

/// A request cannot become a connection, or may not now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeRejection {
    /// It is no request for a WebSocket.
    #[error("not a WebSocket upgrade: {0}")]
    NoUpgrade(Cow<'static, str>),
    /// It is to come back later.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Upgrade {
    /// Says whom the request is from, after it was authenticated: the *owner* of the session, who
    /// alone can resume it.
    pub fn owner(self, owner: impl Into<String>) -> Self {
        Self { owner: owner.into(), ..self }
    }

    /// Answers the request. `serve` gets the connection, unless the client has come back to one that
    /// is being served.
    pub fn serve<F, C>(self, serve: C) -> Response
    where
        C: FnOnce(ServerConnection) -> F + Send + 'static,
        F: Future<Output = ()> + Send,
    {
        let Self { server, response, upgraded, reliable, owner } = self;
        tokio::spawn(async move {
            // A client that left, or was refused, is not served.
            let Ok(stream) = upgraded.await else { return };
            let adopted = server.adopt(TokioIo::new(stream), reliable, &owner);
            if let Ok(Some(connection)) = adopted.await {
                serve(connection).await;
            }
        });
        response
    }
}

impl<S> FromRequestParts<S> for Upgrade
where
    Server: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = UpgradeRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, UpgradeRejection> {
        let server = Server::from_ref(state);
        let mut response = response(parts)?;
        let reliable = offers(&parts.headers);
        // A client that can read a close reason gets one, after the upgrade.
        if !reliable && !parts.headers.contains_key(ORIGIN) {
            server.admit()?;
        }
        if reliable {
            let protocol = HeaderValue::from_static(SUBPROTOCOL);
            response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        let upgraded = parts.extensions.remove::<OnUpgrade>();
        let upgraded = upgraded
            .ok_or(UpgradeRejection::NoUpgrade("the connection cannot be upgraded".into()))?;
        Ok(Self { server, response, upgraded, reliable, owner: String::new() })
    }
}

/// The answer to a request for a WebSocket.
fn response(parts: &mut Parts) -> Result<Response, UpgradeRejection> {
    let mut request = Request::new(());
    *request.method_mut() = parts.method.clone();
    *request.version_mut() = parts.version;
    std::mem::swap(request.headers_mut(), &mut parts.headers);
    let response = create_response_with_body(&request, Body::empty);
    std::mem::swap(request.headers_mut(), &mut parts.headers);
    response.map_err(|error| UpgradeRejection::NoUpgrade(error.to_string().into()))
}

impl UpgradeRejection {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoUpgrade(_) => "accept.handshake",
            Self::Refused(_) => "accept.refused",
        }
    }
}

impl IntoResponse for UpgradeRejection {
    fn into_response(self) -> Response {
        let mut response = self.to_string().into_response();
        *response.status_mut() = match self {
            Self::NoUpgrade(_) => StatusCode::UPGRADE_REQUIRED,
            Self::Refused(refusal) => {
                refused(response.headers_mut(), refusal);
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        response
    }
}
