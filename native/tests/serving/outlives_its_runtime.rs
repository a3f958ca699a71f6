//! A session whose runtime has ended is over: nothing says Ok, and nothing waits.

use futures::StreamExt as _;
use steadfast::server::{EndReason, Server, ServerConfig, ServerConnection};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::client::{Client, within};
use crate::listener::until;

fn other_runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap()
}

/// Takes one client in, on this runtime.
async fn accept(runtime: &Runtime, server: &Server, reliable: bool) -> (Client, ServerConnection) {
    let (tell, address) = tokio::sync::oneshot::channel();
    let server = server.clone();
    let accepting = runtime.spawn(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        tell.send(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        server.accept(stream).await.unwrap().unwrap()
    });
    let address = within(address).await.unwrap();
    let client =
        if reliable { Client::begin(address).await.0 } else { Client::plain(address).await };
    (client, within(accepting).await.unwrap())
}

#[tokio::test]
async fn a_session_ends_with_the_runtime_that_would_keep_it() {
    for reliable in [false, true] {
        let runtime = other_runtime();
        let server = {
            let _entered = runtime.enter();
            Server::new(ServerConfig::default()).unwrap()
        };
        let (_client, mut connection) = accept(&runtime, &server, reliable).await;
        let sender = connection.sender();
        runtime.shutdown_background();
        assert!(within(connection.next()).await.is_none(), "the messages have ended");
        assert!(connection.ended().is_some() && !connection.has_link());
        assert_eq!(connection.try_send("x").unwrap_err().code(), "connection.closed");
        assert_eq!(within(sender.send("x")).await.unwrap_err().code(), "connection.closed");
        within(connection.close()).await;
        until(|| server.sessions() == 0).await;
    }
}

#[tokio::test]
async fn a_link_that_ends_with_its_runtime_leaves_its_session_to_the_next_one() {
    let server = Server::new(ServerConfig::default()).unwrap();
    let runtime = other_runtime();
    let (_client, connection) = accept(&runtime, &server, true).await;
    runtime.shutdown_background();
    until(|| !connection.has_link()).await;
    assert_eq!((connection.ended(), server.sessions()), (None, 1));
    drop(connection);

    let runtime = other_runtime();
    let (_client, connection) = accept(&runtime, &server, false).await;
    runtime.shutdown_background();
    until(|| connection.ended() == Some(EndReason::Lost)).await;
}
