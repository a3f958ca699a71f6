//! How requests leave: over TLS that trusts whom the platform trusts, and to nobody that the
//! receiver points at.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

mod reach;

use reach::Resolver;
pub use reach::{PrivateAddress, Reach, check_literal};

/// Sends requests to one address.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    url: Uri,
    reach: Reach,
    timeout: Duration,
}

/// What was answered, without its body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

/// Nothing was answered, or nothing can be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutgoingError {
    /// The receiver cannot be reached.
    #[error("the receiver cannot be reached: {0}")]
    Client(#[from] hyper_util::client::legacy::Error),
    /// The receiver is on a private network.
    #[error(transparent)]
    Private(#[from] PrivateAddress),
    /// A header cannot be written.
    #[error("a request cannot be written: {0}")]
    Request(#[from] axum::http::Error),
    /// The receiver took too long.
    #[error("the receiver took longer than {0:?}")]
    TimedOut(Duration),
    /// TLS cannot be done.
    #[error("TLS cannot be done: {0}")]
    Tls(#[from] rustls::Error),
}

impl OutgoingError {
    /// The stable name of this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Client(_) => "outgoing.unreachable",
            Self::Private(error) => error.code(),
            Self::Request(_) => "outgoing.request",
            Self::TimedOut(_) => "outgoing.timed_out",
            Self::Tls(_) => "outgoing.tls",
        }
    }
}

impl Outgoing {
    /// Sends to `url`, which may take so long to answer, if its address is within `reach`. The
    /// addresses that are connected to are checked, after the look-up of the name.
    pub(crate) fn new(url: Uri, timeout: Duration, reach: Reach) -> Result<Self, OutgoingError> {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(reach));
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(&url)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(4)
            .build(connector);
        Ok(Self { client, url, reach, timeout })
    }

    /// Posts a body, and waits for the head of an answer.
    pub(crate) async fn post(
        &self,
        content_type: &'static str,
        headers: &[(HeaderName, HeaderValue)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, OutgoingError> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.url.clone())
            .header(CONTENT_TYPE, content_type)
            .header(USER_AGENT, concat!("steadfast-collector/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(body.into()))?;
        for (name, value) in headers {
            request.headers_mut().insert(name.clone(), value.clone());
        }
        check_literal(&self.url, self.reach)?;
        let answered = tokio::time::timeout(self.timeout, self.client.request(request)).await;
        let answered = answered.map_err(|_| OutgoingError::TimedOut(self.timeout))?;
        let answered = answered.map_err(|error| match PrivateAddress::cause_of(&error) {
            Some(private) => private.into(),
            None => OutgoingError::from(error),
        })?;
        let (head, _) = answered.into_parts();
        Ok(Answer { status: head.status, headers: head.headers })
    }
}

/// What is only spoken to in the clear needs no system to have certificates.
fn tls(url: &Uri) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    Ok(if url.scheme_str() == Some("https") {
        builder.with_platform_verifier()?.with_no_client_auth()
    } else {
        builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    })
}
