//! Dials through a proxy: HTTP `CONNECT` (RFC 9110, 9.3.6), and SOCKS 5 with the feature `socks`.

use std::fmt;
use std::io;
use std::sync::Arc;

use http::Uri;
use http::header::HeaderValue;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use steadfast_core::connection::Cause;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::head::{self, HeadError};
use super::raw::RawStream;
use super::target::Target;
use super::{failure, tcp, tls};
use crate::connector::{ConnectError, Progress};
use crate::error::OpenError;
use crate::url::Host;

/// A proxy that a connection is dialled through: see [`Builder::proxy`](crate::Builder::proxy).
///
/// Its URL is `http://`, `https://` (TLS to the proxy), or, with the feature `socks`, `socks5://`
/// or `socks5h://`, with user and password in it if the proxy wants them. The proxy resolves the
/// server's name.
#[derive(Clone)]
pub struct Proxy {
    rules: Arc<Matcher>,
    /// Whether it was named by the user, and not by the environment.
    is_given: bool,
}

impl Proxy {
    /// The proxy at this URL, for all hosts. A URL that makes no sense is refused by
    /// [`open`](crate::Builder::open).
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let rules = Arc::new(Matcher::builder().all(url.into()).build());
        Self { rules, is_given: true }
    }

    /// The proxy that the environment names now: `HTTPS_PROXY` for `wss://`, `HTTP_PROXY` for
    /// `ws://`, `ALL_PROXY` for both, in upper or lower case; none if nothing is set.
    ///
    /// `NO_PROXY` lists who is dialled directly, with commas between: names, which stand for all
    /// below them as well, addresses, networks (`10.0.0.0/8`), or `*` for everybody. This machine
    /// (`localhost`, `127.0.0.0/8`, `::1`) always is. In a CGI program (`REQUEST_METHOD` is set)
    /// the variables are ignored, as a request could set `HTTP_PROXY`.
    #[must_use]
    pub fn from_env() -> Self {
        Self { rules: Arc::new(Matcher::from_env()), is_given: false }
    }

    pub(crate) fn check(&self) -> Result<(), OpenError> {
        if !self.is_given {
            return Ok(());
        }
        let anywhere = Uri::from_static("https://steadfast.invalid/");
        let refused = |reason: &str| Err(OpenError::Proxy(reason.to_owned()));
        match self.rules.intercept(&anywhere) {
            None => refused("the URL is none of http://, https:// or socks5://"),
            Some(proxy) if is_known(&proxy) => Ok(()),
            Some(proxy)
                if proxy.uri().scheme_str().is_some_and(|scheme| scheme.starts_with("socks5")) =>
            {
                refused("socks5:// needs the feature \"socks\"")
            }
            Some(_) => refused("of SOCKS, only version 5 is known"),
        }
    }

    /// The proxy for this target, if it is not to be dialled directly.
    fn proxy_for(&self, target: &Target) -> Option<Intercept> {
        let url = target.url();
        let is_local = url.host().is_some_and(Host::is_loopback);
        if is_local && !self.is_given {
            return None;
        }
        let scheme = if url.scheme() == "wss" { "https" } else { "http" };
        let host = format!("{scheme}://{}/", url.host()?);
        self.rules.intercept(&host.parse().ok()?)
    }

    /// A stream to this target: through the proxy, or directly if that is the rule.
    pub(crate) async fn open(
        &self,
        target: &Target,
        progress: &Progress,
    ) -> Result<RawStream, ProxyError> {
        let Some(proxy) = self.proxy_for(target) else {
            let stream =
                tcp::connect(&target.host, target.port).await.map_err(ProxyError::Direct)?;
            progress.reached();
            return Ok(RawStream::Tcp(stream));
        };
        let uri = proxy.uri();
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => 1080,
        });
        tracing::debug!(proxy = host, "dialling through a proxy");
        let stream = tcp::connect(host, port).await.map_err(ProxyError::Connect)?;
        progress.reached();
        match uri.scheme_str() {
            Some("https") => {
                let config = target.tls_config().map_or_else(tls::platform, Ok);
                let config = config.map_err(|error| ProxyError::Tls(io::Error::other(error)))?;
                let name = ServerName::try_from(host.to_owned())
                    .map_err(|error| ProxyError::Tls(io::Error::other(error)))?;
                let stream = TlsConnector::from(config).connect(name, stream).await;
                let mut stream = stream.map_err(ProxyError::Tls)?;
                tunnel(&mut stream, target, proxy.basic_auth()).await?;
                Ok(RawStream::Other(Box::new(stream)))
            }
            Some("http") => {
                let mut stream = stream;
                tunnel(&mut stream, target, proxy.basic_auth()).await?;
                Ok(RawStream::Tcp(stream))
            }
            _ => socks(stream, target, proxy.raw_auth()).await,
        }
    }
}

impl fmt::Debug for Proxy {
    // Not the URL, which may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("is_given", &self.is_given).finish_non_exhaustive()
    }
}

/// There is no way to the server through the proxy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProxyError {
    #[error("the proxy cannot be reached: {0}")]
    Connect(#[source] ConnectError),
    /// Nothing to do with a proxy: the rules say to dial directly.
    #[error(transparent)]
    Direct(ConnectError),
    #[error("the proxy's answer makes no sense")]
    Head(#[from] HeadError),
    #[error("the proxy refused with HTTP status {0}")]
    Refused(u16),
    #[cfg(feature = "socks")]
    #[error("the proxy refused")]
    Socks(#[from] tokio_socks::Error),
    #[error("the TLS handshake with the proxy failed")]
    Tls(#[source] io::Error),
    /// What the environment names; what the user names is checked before.
    #[cfg_attr(feature = "socks", allow(dead_code, reason = "without the feature only"))]
    #[error("the proxy is one of a kind that is not known")]
    Unknown,
}

impl ProxyError {
    pub(crate) fn cause(&self) -> Cause {
        match self {
            Self::Connect(error) | Self::Direct(error) if error.is_unresolved() => Cause::Dns,
            // It could not reach the server either.
            Self::Connect(_) | Self::Direct(_) | Self::Refused(500..) => Cause::Network,
            Self::Head(HeadError::Io(_)) => Cause::Network,
            Self::Tls(error) => failure::tls(error),
            Self::Head(_) | Self::Refused(_) | Self::Unknown => Cause::Proxy,
            #[cfg(feature = "socks")]
            Self::Socks(error) => {
                use tokio_socks::Error;
                match error {
                    Error::Io(_)
                    | Error::ProxyServerUnreachable
                    | Error::GeneralSocksServerFailure
                    | Error::NetworkUnreachable
                    | Error::HostUnreachable
                    | Error::ConnectionRefused
                    | Error::TtlExpired => Cause::Network,
                    _ => Cause::Proxy,
                }
            }
        }
    }
}

fn is_known(proxy: &Intercept) -> bool {
    let scheme = proxy.uri().scheme_str().unwrap_or_default();
    matches!(scheme, "http" | "https")
        || cfg!(feature = "socks") && matches!(scheme, "socks5" | "socks5h")
}

/// Asks an HTTP proxy for a tunnel to this target.
async fn tunnel(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    target: &Target,
    authorization: Option<&HeaderValue>,
) -> Result<(), ProxyError> {
    let Target { host, port, .. } = target;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if let Some(Ok(authorization)) = authorization.map(HeaderValue::to_str) {
        request.push_str("Proxy-Authorization: ");
        request.push_str(authorization);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    let written = async {
        stream.write_all(request.as_bytes()).await?;
        stream.flush().await
    };
    written.await.map_err(HeadError::from)?;
    let head = head::read(stream).await?;
    if !head.status.is_success() {
        return Err(ProxyError::Refused(head.status.as_u16()));
    }
    // The client speaks first, in TLS as in HTTP.
    if head.rest.is_empty() { Ok(()) } else { Err(HeadError::TooLong.into()) }
}

#[cfg(feature = "socks")]
async fn socks(
    stream: tokio::net::TcpStream,
    target: &Target,
    auth: Option<(&str, &str)>,
) -> Result<RawStream, ProxyError> {
    use tokio_socks::tcp::Socks5Stream;
    let to = (target.host.as_str(), target.port);
    let stream = match auth {
        Some((user, password)) => {
            Socks5Stream::connect_with_password_and_socket(stream, to, user, password).await?
        }
        None => Socks5Stream::connect_with_socket(stream, to).await?,
    };
    Ok(RawStream::Tcp(stream.into_inner()))
}

#[cfg(not(feature = "socks"))]
#[allow(clippy::unused_async, reason = "with the feature it waits")]
async fn socks(
    _: tokio::net::TcpStream,
    _: &Target,
    _: Option<(&str, &str)>,
) -> Result<RawStream, ProxyError> {
    Err(ProxyError::Unknown)
}
