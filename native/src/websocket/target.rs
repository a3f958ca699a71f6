use std::fmt;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::tungstenite;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::handshake::client::Request;
use tungstenite::http::Uri;
use tungstenite::http::header::{HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use tungstenite::protocol::WebSocketConfig;

use super::{redirect, tls};
use crate::error::OpenError;
use crate::url::{Host, Url};

/// What a connection dials, checked once: the same for every attempt.
pub(crate) struct Target {
    /// A name or an address, without the brackets of IPv6.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Option<(TlsConnector, ServerName<'static>)>,
    pub(crate) websocket: WebSocketConfig,
    /// The sub-protocols that are offered.
    pub(crate) protocols: Vec<String>,
    /// How many of them, from the first on, are the same for every dial, and so no secret.
    public_protocols: usize,
    url: Url,
    uri: Uri,
    /// Those of the user.
    headers: HeaderMap,
    /// How to do TLS, if the user has said.
    config: Option<Arc<ClientConfig>>,
}

impl Target {
    pub(crate) fn new(
        url: &str,
        headers: &[(String, String)],
        protocols: &[String],
        public_protocols: usize,
        tls: Option<&Arc<ClientConfig>>,
        websocket: WebSocketConfig,
    ) -> Result<Self, OpenError> {
        let url = parse_url(url)?;
        let headers = checked_headers(headers)?;
        check_protocols(protocols)?;
        let mut target = Self::checked(url, headers, protocols.to_vec(), tls.cloned(), websocket)?;
        target.public_protocols = public_protocols;
        Ok(target)
    }

    fn checked(
        url: Url,
        headers: HeaderMap,
        protocols: Vec<String>,
        config: Option<Arc<ClientConfig>>,
        websocket: WebSocketConfig,
    ) -> Result<Self, OpenError> {
        let refused = |reason: &str| OpenError::Url(reason.into());
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => return Err(refused("it has no host")),
        };
        let port = url.port_or_known_default().ok_or_else(|| refused("it has no port"))?;
        let tls = if url.scheme() == "wss" {
            let config = config.clone().map_or_else(tls::platform, Ok)?;
            let name = ServerName::try_from(host.clone())
                .map_err(|_| refused("its host is not a name that TLS knows"))?;
            Some((TlsConnector::from(config), name))
        } else {
            None
        };
        let uri =
            url.requested().parse().map_err(|_| refused("it cannot be requested over HTTP"))?;
        let public_protocols = protocols.len();
        Ok(Self {
            host,
            port,
            tls,
            websocket,
            protocols,
            public_protocols,
            url,
            uri,
            headers,
            config,
        })
    }

    /// The target that the server has redirected to; absent if that cannot be dialled. Another
    /// origin is not told what may be secret.
    pub(crate) fn redirected(&self, to: Url) -> Option<Self> {
        let (headers, protocols) = if to.origin() == self.url.origin() {
            (self.headers.clone(), self.protocols.clone())
        } else {
            let public = self.protocols[..self.public_protocols].to_vec();
            (redirect::harmless(&self.headers), public)
        };
        let mut target =
            Self::checked(to, headers, protocols, self.config.clone(), self.websocket).ok()?;
        target.public_protocols = self.public_protocols;
        Some(target)
    }

    #[cfg(feature = "proxy")]
    pub(crate) fn tls_config(&self) -> Option<Arc<ClientConfig>> {
        self.config.clone()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The upgrade request, with a fresh key, that offers these sub-protocols.
    pub(crate) fn request(&self, protocols: &[String]) -> tungstenite::Result<Request> {
        let mut request = self.uri.clone().into_client_request()?;
        request.headers_mut().extend(self.headers.clone());
        if let Ok(offer) = HeaderValue::try_from(protocols.join(", "))
            && !protocols.is_empty()
        {
            request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, offer);
        }
        Ok(request)
    }
}

impl fmt::Debug for Target {
    // Neither the path, whose query may carry a token, nor the headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, tls, .. } = self;
        f.debug_struct("Target")
            .field("host", host)
            .field("port", port)
            .field("tls", &tls.is_some())
            .finish_non_exhaustive()
    }
}

fn parse_url(url: &str) -> Result<Url, OpenError> {
    let refuse = |reason: String| Err(OpenError::Url(reason));
    let url = match Url::parse(url) {
        Ok(url) => url,
        Err(error) => return refuse(error.to_string()),
    };
    match url.scheme() {
        "ws" | "wss" => {}
        scheme => {
            return refuse(format!("its scheme is {scheme:?}; allowed are \"ws\" and \"wss\""));
        }
    }
    if url.fragment().is_some() {
        return refuse("it has a fragment, which is never sent to a server".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it has a user or a password; send an authorization header instead".into());
    }
    Ok(url)
}

fn checked_headers(headers: &[(String, String)]) -> Result<HeaderMap, OpenError> {
    let mut checked = HeaderMap::new();
    for (name, value) in headers {
        let refused = |reason| OpenError::Header { name: name.clone(), reason };
        let parsed = HeaderName::try_from(name).map_err(|_| refused("the name is not a token"))?;
        if is_reserved(parsed.as_str()) {
            return Err(refused("the upgrade to WebSocket sets it by itself"));
        }
        let mut value = HeaderValue::try_from(value)
            .map_err(|_| refused("the value has characters that no header may have"))?;
        value.set_sensitive(true);
        checked.append(parsed, value);
    }
    Ok(checked)
}

fn check_protocols(protocols: &[String]) -> Result<(), OpenError> {
    for (index, name) in protocols.iter().enumerate() {
        let refused = |reason| OpenError::Protocol { name: name.clone(), reason };
        // A token of HTTP; header names are tokens too.
        if HeaderName::try_from(name).is_err() {
            return Err(refused("it is not a token"));
        }
        if protocols[..index].contains(name) {
            return Err(refused("it is offered twice"));
        }
    }
    Ok(())
}

/// In lower case, as header names are.
fn is_reserved(name: &str) -> bool {
    let hop_by_hop = ["connection", "content-length", "host", "transfer-encoding", "upgrade"];
    name.starts_with("sec-websocket-") || hop_by_hop.contains(&name)
}
