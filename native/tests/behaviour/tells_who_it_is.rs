use std::sync::{Arc, Mutex};

use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::ask::{becomes, eager};
use crate::server::{Server, free_address, url};
use steadfast::Status;

// The type is tungstenite's.
#[allow(clippy::result_large_err)]
#[tokio::test]
async fn headers_sub_protocols_and_the_query_reach_the_server() {
    let seen = Arc::new(Mutex::new(String::new()));
    let address = free_address().await;
    let write = Arc::clone(&seen);
    let _server = Server::start_raw(address, move |stream| {
        let write = Arc::clone(&write);
        async move {
            let callback = |request: &Request, mut response: Response| {
                let header = |name| request.headers()[name].to_str().unwrap().to_owned();
                *write.lock().unwrap() = format!(
                    "{} | {} | {}",
                    request.uri(),
                    header("authorization"),
                    header("sec-websocket-protocol")
                );
                let chosen = "chat".parse().unwrap();
                response.headers_mut().insert("sec-websocket-protocol", chosen);
                Ok(response)
            };
            let peer = tokio_tungstenite::accept_hdr_async(stream, callback).await.unwrap();
            crate::server::echo(peer).await;
        }
    })
    .await;
    let builder = eager(url(address)).header("authorization", "Bearer t0ken");
    let connection = builder.protocol("chat").protocol("steadfast.v1").open().unwrap();
    becomes(&connection, Status::Connected).await;
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen, "/live?token=secret | Bearer t0ken | chat, steadfast.v1");
}
