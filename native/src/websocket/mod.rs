//! The built-in transport.

pub(crate) mod address;
mod dial;
mod failure;
mod head;
pub(crate) mod link;
#[cfg(feature = "proxy")]
pub(crate) mod proxy;
mod raw;
mod redirect;
pub(crate) mod route;
mod target;
pub(crate) mod tcp;
pub(crate) mod tls;
mod upgrade;

use std::fmt;
use std::sync::Arc;

use steadfast_core::ConfigError;
use steadfast_core::connection::Cause;
use steadfast_core::protocol::{Frame, SUBPROTOCOL};
use tokio_rustls::rustls::ClientConfig;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use self::address::Asked;
use self::route::Route;
use self::target::Target;
use crate::buffers::ensure_within;
use crate::connector::{Connector, Dial, Lost, Progress};
use crate::error::OpenError;
use crate::message::Message;

pub use self::link::WebSocketLink;

/// Opens one WebSocket after another: the [`Connector`] of [`connect`](crate::connect) and
/// [`connect_fn`](crate::connect_fn). It is set up by the methods of [`Builder`](crate::Builder).
pub struct WebSocket {
    pub(crate) url: Asked<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) headers_fn: Asked<Vec<(String, String)>>,
    pub(crate) protocols: Vec<String>,
    pub(crate) protocols_fn: Asked<Vec<String>>,
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) route: Route,
    pub(crate) max_redirects: usize,
    /// Bytes.
    pub(crate) max_message_size: usize,
    /// Bytes.
    pub(crate) read_buffer_size: usize,
    /// The target of every dial, where no function gives it.
    target: Option<Arc<Target>>,
    /// Whether a server may choose `steadfast.v1`, whose frames no message must look like.
    may_be_reliable: bool,
}

impl WebSocket {
    pub(crate) fn new(url: Asked<String>) -> Self {
        Self {
            url,
            headers: Vec::new(),
            headers_fn: Asked::Once(Vec::new()),
            protocols: Vec::new(),
            protocols_fn: Asked::Once(Vec::new()),
            tls: None,
            route: Route::Direct,
            max_redirects: 5,
            max_message_size: 16 << 20,
            read_buffer_size: 4 << 10,
            target: None,
            may_be_reliable: false,
        }
    }

    /// Checks the options, as far as they are known already.
    pub(crate) fn prepare(&mut self) -> Result<(), OpenError> {
        self.validate()?;
        #[cfg(feature = "proxy")]
        self.route.check()?;
        self.may_be_reliable = self.protocols_fn.once().is_none()
            || self.protocols.iter().any(|name| name == SUBPROTOCOL);
        let nothing = Vec::new();
        // What is not known yet is left out of what is checked now.
        let headers = self.headers_fn.once().unwrap_or(&nothing);
        let known = |url, headers: &[_]| {
            let (protocols, public) = (&self.protocols, self.protocols.len());
            Target::new(url, headers, protocols, public, self.tls.as_ref(), self.websocket())
        };
        match self.url.once() {
            Some(url) => {
                let target = known(url, &[self.headers.as_slice(), headers].concat())?;
                self.target = self.is_fixed().then(|| Arc::new(target));
            }
            // Any URL will do for a look at the rest.
            None => drop(known("ws://localhost/", &self.headers)?),
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let (message, read) = (self.max_message_size, self.read_buffer_size);
        ensure_within("maxRedirects", self.max_redirects, 0..=20, "0 to 20")?;
        ensure_within("maxMessageSize", message, 1..=1 << 30, "1 to 1073741824")?;
        ensure_within("readBufferSize", read, 1 << 10..=16 << 20, "1024 to 16777216")
    }

    /// Whether every dial is the same.
    fn is_fixed(&self) -> bool {
        self.url.once().is_some()
            && self.headers_fn.once().is_some()
            && self.protocols_fn.once().is_some()
    }

    /// Asks for what this dial goes to.
    async fn ask(&self, dial: Dial, progress: &Progress) -> Result<Arc<Target>, Lost> {
        if let Some(target) = &self.target {
            return Ok(Arc::clone(target));
        }
        progress.asks();
        let asked = tokio::join!(
            self.url.ask(dial),
            self.headers_fn.ask(dial),
            self.protocols_fn.ask(dial)
        );
        progress.seeks();
        let (Some(url), Some(headers), Some(protocols)) = asked else {
            tracing::debug!("the function for the URL, the headers or the sub-protocols failed");
            return Err(Cause::NoAddress.into());
        };
        let headers = [self.headers.as_slice(), &headers].concat();
        let (public, protocols) =
            (self.protocols.len(), [self.protocols.as_slice(), &protocols].concat());
        let (tls, websocket) = (self.tls.as_ref(), self.websocket());
        match Target::new(&url, &headers, &protocols, public, tls, websocket) {
            Ok(target) => Ok(Arc::new(target)),
            Err(error) => {
                // Its text may quote what is secret.
                tracing::debug!(code = error.code(), "what was given for this dial makes no sense");
                Err(Cause::NoAddress.into())
            }
        }
    }

    fn websocket(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(self.read_buffer_size)
            // Every frame goes straight to the kernel: a buffer here would only hide from the
            // driver what was sent and what was not.
            .write_buffer_size(0)
            .max_message_size(Some(self.max_message_size))
            .max_frame_size(Some(self.max_message_size))
    }
}

impl Connector for WebSocket {
    type Link = WebSocketLink;

    async fn connect(&self, dial: Dial) -> Result<WebSocketLink, Lost> {
        self.connect_telling(dial, Progress::new().0).await
    }

    async fn connect_telling(&self, dial: Dial, progress: Progress) -> Result<WebSocketLink, Lost> {
        let target = self.ask(dial, &progress).await?;
        dial::dial(target, &self.route, self.max_redirects, &progress).await
    }

    fn tells_progress(&self) -> bool {
        self.route.tells()
    }

    fn accepts(&self, message: &Message) -> bool {
        !self.may_be_reliable || !message.as_text().is_some_and(Frame::is_control)
    }

    fn peer(&self) -> Option<&str> {
        self.target.as_ref().map(|target| target.host.as_str())
    }
}

impl fmt::Debug for WebSocket {
    // Neither the URL, whose query may carry a token, nor the headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").field("target", &self.target).finish_non_exhaustive()
    }
}
