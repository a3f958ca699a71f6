//! What only a WebSocket has.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::rustls::ClientConfig;

use super::Builder;
use crate::connector::Dial;
use crate::websocket::WebSocket;
use crate::websocket::address::Asked;
use crate::websocket::route::Route;

/// What only a WebSocket has.
impl Builder<WebSocket> {
    pub(crate) fn to_url(url: String) -> Self {
        Self::prepared(WebSocket::new(Asked::Once(url)), WebSocket::prepare)
    }

    pub(crate) fn to_url_fn<F, Asking, Url, E>(url: F) -> Self
    where
        F: FnOnce(Dial) -> Asking + Clone + Send + Sync + 'static,
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
        F: FnOnce(Dial) -> Asking + Clone + Send + Sync + 'static,
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

    /// Offers one more sub-protocol. The server may take one of those offered, or none (RFC
    /// 6455, 4.1; Chromium and `ws` for Node refuse that). One that chooses another is not connected to: [`Cause::Subprotocol`].
    ///
    /// [`Cause::Subprotocol`]: crate::Cause::Subprotocol
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
        F: FnOnce(Dial) -> Asking + Clone + Send + Sync + 'static,
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

    /// Opens the streams of bytes below the WebSocket by this function, which is called with the
    /// host's name and the port for every dial: for a SOCKS proxy, a Unix socket, a certain
    /// network interface, or a transport of your own. TLS, redirects, close codes, hints and
    /// `steadfast.v1` work as over TCP, and the connect timeout covers the function.
    ///
    /// An error is a failed attempt with [`Cause::Network`](crate::Cause::Network), and the source
    /// of [`last_loss`](crate::Connection::last_loss). It takes the place of a proxy that was set
    /// before. See [`connect_fn`](crate::connect_fn) for what holds for such a function.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), steadfast::OpenError> {
    /// use tokio::net::TcpSocket;
    ///
    /// let connection = steadfast::connect("wss://api.example/live")
    ///     .dial_with(async |host, port| {
    ///         let mut addresses = tokio::net::lookup_host((host, port)).await?;
    ///         let address = addresses.find(|address| address.is_ipv4());
    ///         let socket = TcpSocket::new_v4()?;
    ///         // From this interface only.
    ///         socket.bind(([192, 168, 1, 2], 0).into())?;
    ///         socket.connect(address.ok_or(std::io::ErrorKind::NotFound)?).await
    ///     })
    ///     .open()?;
    /// # Ok(()) }
    /// ```
    pub fn dial_with<F, Dialling, S>(mut self, dial: F) -> Self
    where
        F: FnOnce(String, u16) -> Dialling + Clone + Send + Sync + 'static,
        Dialling: Future<Output = io::Result<S>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.connector.route = Route::custom(dial);
        self
    }

    /// Dials through a proxy; directly by default, whatever the environment says.
    /// [`Proxy::from_env`](crate::Proxy::from_env) reads the usual variables. It takes the place of
    /// a [`dial_with`](Self::dial_with) that was set before.
    ///
    /// A proxy that does not let a dial through is a failed attempt with
    /// [`Cause::Proxy`](crate::Cause::Proxy); one that cannot be reached, or cannot reach the
    /// server, one with [`Cause::Network`](crate::Cause::Network).
    #[cfg(feature = "proxy")]
    pub fn proxy(mut self, proxy: crate::Proxy) -> Self {
        self.connector.route = Route::Proxy(proxy);
        self
    }

    /// How many redirects of the upgrade are followed in a row. From 0 to 20; 5 by default. With 0
    /// none is.
    ///
    /// A redirect is followed to the same host, and to any host by TLS; never from TLS to plain
    /// text. Another origin (scheme, host and port) gets none of the headers of this builder but
    /// `accept`, `accept-language`, `origin` and `user-agent`, and no sub-protocol that a function
    /// has given. What may not be followed is a failed attempt with
    /// [`Cause::Redirect`](crate::Cause::Redirect). The next attempt begins at the address of the
    /// builder again.
    pub fn max_redirects(mut self, redirects: usize) -> Self {
        self.connector.max_redirects = redirects;
        self
    }

    /// The longest message that is taken from the peer, in bytes. A longer one ends the link
    /// with [`Cause::MessageTooLong`](crate::Cause::MessageTooLong), and the peer learns so by
    /// 1009. From 1 to 2^30; 16 MiB by default.
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
