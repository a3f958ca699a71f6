//! One WebSocket of a client, from the upgrade to its end.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::line;
use super::server::Shared;

/// The longest message, in bytes.
const MAX_MESSAGE: usize = 16 << 20;

/// The bytes between the line and the WebSocket.
const LINE_END: usize = 16 * 1024;

/// Serves a WebSocket until the client leaves or all connections are dropped. `already` was read
/// together with the upgrade request.
pub(super) async fn serve(mut stream: TcpStream, already: Bytes, shared: &Shared) {
    let mut dropped = shared.opened();
    let (reader, writer) = stream.split();
    let (line_end, line_start) = tokio::io::simplex(LINE_END);
    let line = line::carry(reader, already, shared.mode(), line_start);
    let peer = tokio::io::join(line_end, writer);
    let peer = WebSocketStream::from_raw_socket(peer, Role::Server, Some(config())).await;
    let reset = {
        let echo = echo(peer, shared);
        tokio::pin!(line, echo);
        tokio::select! {
            _ = dropped.changed() => true,
            () = &mut echo => false,
            // What the line has handed over is still to be answered.
            () = &mut line => {
                tokio::select! {
                    _ = dropped.changed() => true,
                    () = echo => false,
                }
            }
        }
    };
    if reset {
        // Without it the system would say goodbye to the client, instead of resetting. Should it
        // fail, the client sees an end without a close frame all the same.
        let _ = stream.set_zero_linger();
    }
}

async fn echo<S>(mut peer: WebSocketStream<S>, shared: &Shared)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = peer.next().await {
        let answer = match message {
            Message::Text(text) => match pong(&text) {
                Some(pong) => Message::text(pong),
                None => Message::Text(text),
            },
            Message::Binary(bytes) => Message::Binary(bytes),
            // The library answers them itself.
            Message::Close(_) | Message::Frame(_) | Message::Ping(_) | Message::Pong(_) => continue,
        };
        shared.echoed.fetch_add(1, Ordering::Relaxed);
        if peer.send(answer).await.is_err() {
            return;
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heartbeat<'a> {
    steadfast: &'a str,
    id: u64,
}

/// The answer to an application ping; nothing if the text is none.
fn pong(text: &str) -> Option<String> {
    // A glance before the parse: most messages are longer, or something else.
    if text.len() > 64 || !text.starts_with('{') {
        return None;
    }
    let Heartbeat { steadfast, id } = serde_json::from_str(text).ok()?;
    (steadfast == "ping").then(|| format!(r#"{{"steadfast":"pong","id":{id}}}"#))
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(LINE_END)
        .write_buffer_size(LINE_END)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ping_is_answered_by_a_pong_and_with_its_id() {
        let answer = r#"{"steadfast":"pong","id":7}"#;
        assert_eq!(pong(r#"{"steadfast":"ping","id":7}"#).as_deref(), Some(answer));
        assert_eq!(pong(r#"{ "id": 7, "steadfast": "ping" }"#).as_deref(), Some(answer));
        for other in [answer, "{", "ping", r#"{"steadfast":"ping","id":7,"x":1}"#] {
            assert_eq!(pong(other), None, "{other}");
        }
    }
}
