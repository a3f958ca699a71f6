//! A message that takes longer than a pong may take: its bytes are signs of life before it is whole.

use std::time::Duration;

use futures::StreamExt as _;
use steadfast::{Builder, Connection, Heartbeat, Intervals};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::ask::{eager, within};
use crate::server::Server;
use crate::speaks_tls::secure;

/// The message, in bytes, and how it comes.
const LENGTH: u16 = 40_000;
const PIECE: usize = 500;
const PAUSE: Duration = Duration::from_millis(20);

/// Sends a message in pieces, then half of another, and answers nothing.
async fn send_slowly<S: AsyncRead + AsyncWrite + Unpin>(mut peer: WebSocketStream<S>) {
    let stream = peer.get_mut();
    // A final binary frame, whose length follows in two bytes (RFC 6455, 5.2).
    let [high, low] = LENGTH.to_be_bytes();
    let mut frame = vec![0x82, 126, high, low];
    frame.resize(frame.len() + usize::from(LENGTH), 0);
    let bytes = [frame.as_slice(), &frame[..usize::from(LENGTH) / 2]].concat();
    for piece in bytes.chunks(PIECE) {
        if stream.write_all(piece).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    std::future::pending::<()>().await;
}

fn impatient(builder: Builder) -> Connection {
    let late = Duration::from_millis(150);
    let heartbeat = Heartbeat {
        intervals: Intervals::fixed(Duration::from_millis(50)),
        late_min: late,
        late_max: late,
        max_missed: 2,
        ..Heartbeat::default()
    };
    builder.heartbeat(heartbeat).open().unwrap()
}

async fn outlasts_a_slow_message(mut connection: Connection) {
    let message = within(connection.next()).await.unwrap();
    assert_eq!(message.len(), usize::from(LENGTH));
    assert_eq!(connection.state().total_disconnections, 0);
    // The rest of the second never comes.
    within(connection.wait_until(|state| state.total_disconnections == 1)).await.unwrap();
}

#[tokio::test]
async fn a_message_that_comes_slowly_keeps_its_link_until_no_more_of_it_comes() {
    let server = Server::start(send_slowly).await;
    outlasts_a_slow_message(impatient(eager(server.url()))).await;
}

#[tokio::test]
async fn under_tls_too() {
    let (server, config) = secure(async |stream| {
        if let Ok(peer) = accept_async(stream).await {
            send_slowly(peer).await;
        }
    })
    .await;
    let url = format!("wss://localhost:{}/", server.address.port());
    outlasts_a_slow_message(impatient(eager(url).tls(config))).await;
}

#[tokio::test]
async fn over_a_stream_of_the_users_own_too() {
    let server = Server::start(send_slowly).await;
    let address = server.address;
    let builder = eager("ws://service/").dial_with(async move |_, _| {
        let stream: Box<TcpStream> = Box::new(TcpStream::connect(address).await?);
        Ok(stream)
    });
    outlasts_a_slow_message(impatient(builder)).await;
}
