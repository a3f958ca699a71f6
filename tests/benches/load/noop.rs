use std::error::Error;

use axum::Router;
use axum::body::Bytes;
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::WebSocket;
use axum::response::Response;
use axum::routing::{get, post};
use tokio::net::TcpListener;

/// Takes requests as the collector does, and does nothing with them.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on {}", listener.local_addr()?);
        let router = Router::new()
            .route("/v1/reports", post(async |_: Bytes| r#"{"accepted":true,"duplicate":false}"#))
            .route(
                "/v1/live",
                get(async |upgrade: WebSocketUpgrade| -> Response { upgrade.on_upgrade(hold) }),
            );
        Ok(axum::serve(listener, router).await?)
    })
}

/// Answers pings until the client leaves.
async fn hold(mut socket: WebSocket) {
    while let Some(Ok(_)) = socket.recv().await {}
}
