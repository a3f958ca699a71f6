//! The address of the client of a request, and the limits by it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::Response;

use super::error::ApiError;
use super::openapi::{Asks, Operation};
use crate::address::{AddressLimit, ClientAddress};
use crate::state::App;

/// The code of a client of whose address there were too many requests.
pub(super) const ADDRESS_RATE: &str = "address.rate";

/// The other end of the connection that a request came by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(client(app, &parts.extensions, &parts.headers))
    }
}

impl Asks for ClientAddress {
    fn describe(_: &mut Operation) {}
}

/// Refuses a report of a client of whose address there were too many.
pub(super) async fn limit_reports(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    limit(&app, &app.addresses.reports, "reports", &request)?;
    Ok(next.run(request).await)
}

/// Refuses a request of a client of whose address there were too many.
pub(super) async fn limit_requests(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    limit(&app, &app.addresses.requests, "requests", &request)?;
    Ok(next.run(request).await)
}

fn limit(app: &App, limit: &AddressLimit, what: &str, request: &Request) -> Result<(), ApiError> {
    let client = client(app, request.extensions(), request.headers());
    limit.take(app.clock.now(), client).map_err(|wait| {
        let (per_minute, address) = (limit.per_minute(), client.ip());
        let message = format!(
            "more than {per_minute} {what} a minute come from the address {address}; allowed are \
                {per_minute} (--{what}-per-address)"
        );
        ApiError::too_many(ADDRESS_RATE, message, wait)
    })
}

fn client(app: &App, extensions: &Extensions, headers: &HeaderMap) -> ClientAddress {
    let peer = extensions.get::<Peer>();
    // Every connection has one; who had none would count as one client with all others.
    let peer = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |Peer(address)| *address);
    app.addresses.client(peer, headers)
}
