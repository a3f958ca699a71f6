//! Posts to one server over HTTP/1.1, by hyper: all that reports need.
//!
//! A library of its own, such as reqwest, would be compiled with whichever features this crate asks
//! for in every program that uses both.

#[cfg_attr(not(feature = "proxy"), path = "no_proxy.rs")]
mod proxy;
mod stream;

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use http::header::{HOST, PROXY_AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio_rustls::rustls::ClientConfig;

use self::proxy::Proxy;
pub(crate) use self::proxy::ProxyChoice;
use self::stream::{Stream, secure};
use crate::connector::ConnectError;
use crate::url::{Host, Url};
use crate::websocket::tcp::connect;

/// What reports say made them.
pub(crate) const SDK: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// How long a post may take, from the connection to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most of an answer that is read: enough for any error that the collector gives.
const MAX_ANSWER_BYTES: usize = 16 * 1024;

/// A client of one server. Clones share what they keep of it: one connection at most.
#[derive(Clone)]
pub(crate) struct Client(Arc<Shared>);

struct Shared {
    target: Target,
    proxy: Option<Proxy>,
    idle: Mutex<Option<SendRequest<String>>>,
}

/// Where posts go.
struct Target {
    uri: Uri,
    host: String,
    port: u16,
    /// The value of `Host`.
    authority: HeaderValue,
    /// How to do TLS; absent for plain HTTP.
    tls: Option<Arc<ClientConfig>>,
}

/// What a server answered. Of a long body only the beginning.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A post did not arrive, or its answer did not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostError {
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("{0}")]
    Connect(#[from] ConnectError),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[cfg(feature = "proxy")]
    #[error("the proxy refused with status {0}")]
    Proxy(StatusCode),
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
}

impl Client {
    /// A client of the server of this URL, whose scheme is `http` or `https`.
    ///
    /// # Errors
    ///
    /// If the URL has no host, or is none that HTTP knows.
    pub(crate) fn new(
        url: &Url,
        tls: Option<Arc<ClientConfig>>,
        proxy: &ProxyChoice,
    ) -> Result<Self, String> {
        let uri: Uri = url.requested().parse().map_err(|error| format!("{error}"))?;
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => return Err("it has no host".into()),
        };
        let authority = uri.authority().map_or("", http::uri::Authority::as_str);
        let authority = HeaderValue::try_from(authority).map_err(|error| error.to_string())?;
        let port = url.port_or_known_default().unwrap_or(80);
        let proxy = proxy.of(&uri, url.host());
        let target = Target { uri, host, port, authority, tls };
        Ok(Self(Arc::new(Shared { target, proxy, idle: Mutex::default() })))
    }

    /// Posts this body with these headers.
    ///
    /// # Errors
    ///
    /// If no answer came to its end in time.
    pub(crate) async fn post(&self, headers: HeaderMap, body: String) -> Result<Answer, PostError> {
        let post = pin!(self.0.post(headers, body));
        tokio::time::timeout(TIMEOUT, post).await.unwrap_or(Err(PostError::TimedOut))
    }
}

impl Shared {
    async fn post(&self, headers: HeaderMap, body: String) -> Result<Answer, PostError> {
        let idle = self.idle().take();
        if let Some(mut sender) = idle
            && sender.ready().await.is_ok()
        {
            // A server may close what was idle at any time. What is posted is counted once by its
            // id, so it can be sent again.
            let request = self.request(headers.clone(), body.clone());
            if let Ok(answer) = self.exchange(sender, request).await {
                return Ok(answer);
            }
        }
        let sender = self.connect().await?;
        let request = self.request(headers, body);
        self.exchange(sender, request).await
    }

    async fn exchange(
        &self,
        mut sender: SendRequest<String>,
        request: Request<String>,
    ) -> Result<Answer, PostError> {
        let response = sender.send_request(request).await?;
        let (parts, body) = response.into_parts();
        if let Some(body) = read(body).await? {
            *self.idle() = Some(sender).filter(|sender| !sender.is_closed());
            return Ok(Answer { status: parts.status, headers: parts.headers, body });
        }
        Ok(Answer { status: parts.status, headers: parts.headers, body: Vec::new() })
    }

    fn request(&self, headers: HeaderMap, body: String) -> Request<String> {
        let target = &self.target;
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.headers_mut() = headers;
        request.headers_mut().insert(HOST, target.authority.clone());
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(SDK));
        let forwarded = self.proxy.as_ref().filter(|_| target.tls.is_none());
        *request.uri_mut() = match (forwarded, target.uri.path_and_query()) {
            // A proxy gets the absolute form (RFC 9112, 3.2.2).
            (Some(_), _) | (None, None) => target.uri.clone(),
            (None, Some(path)) => Uri::from(path.clone()),
        };
        if let Some(authorization) = forwarded.and_then(Proxy::authorization).cloned() {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
        }
        request
    }

    /// A new connection to the server, or to the proxy in front of it.
    async fn connect(&self) -> Result<SendRequest<String>, PostError> {
        let Target { host, port, tls, .. } = &self.target;
        let stream: Box<dyn Stream> = match (&self.proxy, tls) {
            (None, None) => Box::new(connect(host, *port).await?),
            (None, Some(tls)) => secure(connect(host, *port).await?, host, tls).await?,
            (Some(proxy), None) => proxy.connect().await?,
            (Some(proxy), Some(tls)) => secure(proxy.tunnel(host, *port).await?, host, tls).await?,
        };
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the sender, or with the server.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(sender)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Option<SendRequest<String>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads an answer to its end, so that the connection can be used again; nothing if it is too long.
async fn read(mut body: Incoming) -> Result<Option<Vec<u8>>, hyper::Error> {
    let mut read = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(chunk) = frame?.into_data() else { continue };
        if read.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Ok(None);
        }
        read.extend_from_slice(&chunk);
    }
    Ok(Some(read))
}

impl fmt::Debug for Client {
    // Not the URL, whose query may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
