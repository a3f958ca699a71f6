//! A client of a few lines.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use steadfast::core::protocol::{Frame, Hello, SUBPROTOCOL, Token, Welcome};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// No test waits longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("took too long")
}

/// One link of a client.
pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    /// A client that does not speak the sub-protocol.
    pub(crate) async fn plain(address: SocketAddr) -> Self {
        Self::dial(address, &[]).await.unwrap()
    }

    /// A client that chose the sub-protocol, and has said nothing yet.
    pub(crate) async fn silent(address: SocketAddr) -> Self {
        let client = Self::dial(address, &[(SEC_WEBSOCKET_PROTOCOL.as_str(), SUBPROTOCOL)]).await;
        client.unwrap()
    }

    /// A client that begins a session, and the welcome.
    pub(crate) async fn begin(address: SocketAddr) -> (Self, Welcome) {
        let (client, welcome) = Self::hello(address, None, 0).await;
        assert!(!welcome.resumed);
        (client, welcome)
    }

    /// A client that says hello, and the welcome.
    pub(crate) async fn hello(
        address: SocketAddr,
        token: Option<&Token>,
        received: u64,
    ) -> (Self, Welcome) {
        let mut client = Self::silent(address).await;
        client.say_hello(token, received).await;
        match client.frame().await {
            Frame::Welcome(welcome) => (client, welcome),
            frame => panic!("{frame:?} instead of a welcome"),
        }
    }

    pub(crate) async fn dial(
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let stream = TcpStream::connect(address).await?;
        let (socket, _) = within(client_async(request, stream)).await?;
        Ok(Self { socket })
    }

    pub(crate) async fn say_hello(&mut self, token: Option<&Token>, received: u64) {
        let hello = Hello { session: "s".into(), token: token.cloned(), received };
        self.say(&Frame::Hello(hello)).await;
    }

    pub(crate) async fn say(&mut self, frame: &Frame) {
        self.send(frame.to_text()).await;
    }

    pub(crate) async fn send(&mut self, message: impl Into<Message>) {
        within(self.socket.send(message.into())).await.unwrap();
    }

    /// The stream below the WebSocket.
    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        self.socket.get_mut()
    }

    /// The next message of any kind.
    pub(crate) async fn message(&mut self) -> Message {
        within(self.socket.next()).await.expect("the link has ended").unwrap()
    }

    /// The next control frame; there must be no message of the application before it.
    pub(crate) async fn frame(&mut self) -> Frame {
        let message = self.message().await;
        Frame::parse(message.to_text().unwrap())
            .unwrap_or_else(|error| panic!("{message}: {error}"))
    }

    /// The next message of the application, and nothing about control frames before it.
    pub(crate) async fn text(&mut self) -> String {
        loop {
            if let Message::Text(text) = self.message().await
                && !Frame::is_control(&text)
            {
                return text.to_string();
            }
        }
    }

    /// The close frame with which the server ends the link; nothing if it ends without one.
    pub(crate) async fn closed(&mut self) -> Option<(u16, String)> {
        loop {
            match within(self.socket.next()).await? {
                Ok(Message::Close(frame)) => {
                    let CloseFrame { code, reason } = frame?;
                    return Some((code.into(), reason.to_string()));
                }
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Closes the link with this code.
    pub(crate) async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        within(self.socket.close(Some(frame))).await.unwrap();
        while let Some(Ok(_)) = within(self.socket.next()).await {}
    }

    /// Breaks the link without a word.
    pub(crate) fn cut(self) {
        drop(self.socket);
    }

    /// Whether nothing comes for a moment.
    pub(crate) async fn hears_nothing(&mut self) -> bool {
        let moment = Duration::from_millis(100);
        tokio::time::timeout(moment, self.socket.next()).await.is_err()
    }
}
