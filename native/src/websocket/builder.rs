use std::future::Future;
use std::sync::Arc;

use tokio_rustls::rustls::ClientConfig;

use super::WebSocket;
use super::address::Asked;
use crate::builder::Builder;
use crate::connector::Dial;

/// What only a WebSocket has.
impl Builder<WebSocket> {
    pub(crate) fn to_url(url: String) -> Self {
        Self::prepared(WebSocket::new(Asked::Once(url)), WebSocket::prepare)
    }

    pub(crate) fn to_url_fn<F, Asking, Url, E>(url: F) -> Self
    where
        F: Fn(Dial) -> Asking + Send + Sync + 'static,
        Asking: Future<Output = Result<Url, E>> + Send + 'static,
        Url: Into<String> + 'static,
        E: 'static,
    {
        Self::prepared(WebSocket::new(Asked::each(url, Into::into)), WebSocket::prepare)
            .refreshable()
    }

    /// One more header of the upgrade request, such as `authorization`.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.connector.headers.push((name.into(), value.into()));
        self
    }

    /// More headers of the upgrade request, asked for anew for every dial: see
    /// [`connect_fn`](crate::connect_fn) for what holds for such a function.
    ///
    /// ```no_run
    /// # async fn fresh_token() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn example() -> Result<(), steadfast::OpenError> {
    /// let connection = steadfast::connect("wss://api.example/live")
    ///     .headers_fn(async |_| {
    ///         let token = fresh_token().await?;
    ///         Ok::<_, std::io::Error>([("authorization", format!("Bearer {token}"))])
    ///     })
    ///     .open()?;
    /// # Ok(()) }
    /// ```
    pub fn headers_fn<F, Asking, Headers, Name, Value, E>(mut self, headers: F) -> Self
    where
        F: Fn(Dial) -> Asking + Send + Sync + 'static,
        Asking: Future<Output = Result<Headers, E>> + Send + 'static,
        Headers: IntoIterator<Item = (Name, Value)> + 'static,
        Name: Into<String>,
        Value: Into<String>,
        E: 'static,
    {
        let owned = |headers: Headers| {
            headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
        };
        self.connector.headers_fn = Asked::each(headers, owned);
        self.refreshable()
    }

    /// Offers one more sub-protocol. A server that takes none of those offered is not connected
    /// to.
    ///
    /// With `steadfast.v1`, if the server takes it, messages arrive once and in order over as many
    /// links as it takes: both sides count them, and keep what the other has not acknowledged.
    pub fn protocol(mut self, protocol: impl Into<String>) -> Self {
        self.connector.protocols.push(protocol.into());
        self
    }

    /// More sub-protocols to offer, asked for anew for every dial: see
    /// [`connect_fn`](crate::connect_fn) for what holds for such a function. Some servers take a
    /// token from there.
    pub fn protocols_fn<F, Asking, Protocols, E>(mut self, protocols: F) -> Self
    where
        F: Fn(Dial) -> Asking + Send + Sync + 'static,
        Asking: Future<Output = Result<Protocols, E>> + Send + 'static,
        Protocols: IntoIterator<Item: Into<String>> + 'static,
        E: 'static,
    {
        let owned = |protocols: Protocols| protocols.into_iter().map(Into::into).collect();
        self.connector.protocols_fn = Asked::each(protocols, owned);
        self.refreshable()
    }

    /// How to do TLS, instead of trusting whom the platform trusts: for private authorities,
    /// client certificates, or a system without a store of its own.
    pub fn tls(mut self, config: Arc<ClientConfig>) -> Self {
        self.connector.tls = Some(config);
        self
    }

    /// The longest message that is taken from the peer, in bytes. A longer one ends the link. From
    /// 1 to 2^30; 16 MiB by default.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.connector.max_message_size = bytes;
        self
    }

    /// What is read from the socket at once, in bytes. From 1 KiB to 16 MiB; 4 KiB by default, so
    /// that many connections fit one machine. Widen it for a connection of high throughput.
    pub fn read_buffer_size(mut self, bytes: usize) -> Self {
        self.connector.read_buffer_size = bytes;
        self
    }
}
