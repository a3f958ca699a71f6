//! One WebSocket of a client, from the upgrade to its end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use steadfast::server::{ServerConfig, ServerConnection};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

use super::line;
use super::server::Shared;

/// The longest message, in bytes.
const MAX_MESSAGE: usize = 16 << 20;

/// The bytes between the line and the WebSocket.
const LINE_END: usize = 16 * 1024;

/// Serves a WebSocket until the client leaves or all connections are dropped. `already` was read
/// together with the upgrade request.
pub(super) async fn serve(stream: TcpStream, already: Bytes, reliable: bool, shared: &Arc<Shared>) {
    let mut dropped = shared.opened();
    let (mut reader, half) = stream.into_split();
    let (line_end, line_start) = tokio::io::duplex(LINE_END);
    let reset = Arc::new(AtomicBool::new(false));
    let peer = tokio::io::join(line_end, Writer { half: Some(half), reset: Arc::clone(&reset) });
    let server = Arc::clone(shared);
    tokio::spawn(async move {
        // Nothing if a client has come back to a session, which is being served.
        if let Ok(Some(connection)) = server.sessions.adopt(peer, reliable, "").await {
            echo(connection, &server).await;
        }
    });
    {
        let line = line::carry(&mut reader, already, shared.mode(), line_start);
        tokio::pin!(line);
        tokio::select! {
            _ = dropped.changed() => reset.store(true, Ordering::Relaxed),
            () = &mut line => {}
        }
    }
    if reset.load(Ordering::Relaxed) {
        // Without it the system would say goodbye to the client, instead of resetting. Should it
        // fail, the client sees an end without a close frame all the same.
        let _ = reader.as_ref().set_zero_linger();
    }
}

/// The server's end of a connection, which says goodbye when it is dropped, unless all is reset.
struct Writer {
    half: Option<OwnedWriteHalf>,
    reset: Arc<AtomicBool>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(half) = self.half.take()
            && self.reset.load(Ordering::Relaxed)
        {
            half.forget();
        }
    }
}

impl Writer {
    fn half(&mut self) -> io::Result<Pin<&mut OwnedWriteHalf>> {
        self.half.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl AsyncWrite for Writer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.half()?.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.half()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.half()?.poll_shutdown(cx)
    }
}

async fn echo(mut connection: ServerConnection, shared: &Shared) {
    while let Some(message) = connection.next().await {
        shared.echoed.fetch_add(1, Ordering::Relaxed);
        if connection.send(message).await.is_err() {
            return;
        }
    }
}

pub(super) fn config() -> ServerConfig {
    ServerConfig {
        // A slow line is slow from the first byte, and a black hole may open again.
        handshake_timeout: Duration::from_mins(10),
        max_bytes: MAX_MESSAGE,
        max_idle: None,
        max_message_size: MAX_MESSAGE,
        ..ServerConfig::default()
    }
}
