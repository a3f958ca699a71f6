use std::net::SocketAddr;

use axum::Router;
use axum::extract::FromRef;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::any;
use futures::StreamExt as _;
use steadfast::core::protocol::Frame;
use steadfast::server::{Server, ServerConfig, ServerConnection, Upgrade};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Error;

use crate::client::{Client, within};

/// The state of a router that has more than the server.
#[derive(Clone, FromRef)]
struct State {
    server: Server,
}

async fn echo(headers: HeaderMap, upgrade: Upgrade) -> Response {
    let owner = headers.get("x-owner").map_or("", |owner| owner.to_str().unwrap());
    upgrade.owner(owner).serve(async |mut connection: ServerConnection| {
        while let Some(message) = connection.next().await {
            connection.send(message).await.unwrap();
        }
    })
}

async fn start(config: ServerConfig) -> (SocketAddr, Server) {
    let server = Server::new(config).unwrap();
    let state = State { server: server.clone() };
    let router = Router::new().route("/", any(echo)).with_state(state);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, server)
}

#[tokio::test]
async fn a_router_serves_connections_that_survive_their_links() {
    let (address, server) = start(ServerConfig::default()).await;
    let (mut client, welcome) = Client::begin(address).await;
    client.send("1").await;
    assert_eq!(client.text().await, "1");
    client.cut();
    let (mut client, welcome) = Client::hello(address, Some(&welcome.token), 0).await;
    assert!(welcome.resumed);
    assert_eq!(client.text().await, "1");
    client.send("2").await;
    assert_eq!(client.text().await, "2");
    assert_eq!(server.sessions(), 1);
}

#[tokio::test]
async fn a_router_serves_clients_without_the_sub_protocol() {
    let (address, _server) = start(ServerConfig::default()).await;
    let mut client = Client::plain(address).await;
    client.send("1").await;
    assert_eq!(client.text().await, "1");
}

#[tokio::test]
async fn the_owner_that_a_router_names_keeps_others_out() {
    let (address, _server) = start(ServerConfig::default()).await;
    let mut token = None;
    for (owner, resumed) in [("u1", false), ("u2", false)] {
        let headers = [("sec-websocket-protocol", "steadfast.v1"), ("x-owner", owner)];
        let mut client = Client::dial(address, &headers).await.unwrap();
        client.say_hello(token.as_ref(), 0).await;
        let Frame::Welcome(welcome) = client.frame().await else { panic!() };
        assert_eq!(welcome.resumed, resumed, "{owner}");
        token = Some(welcome.token);
    }
}

#[tokio::test]
async fn a_request_for_no_websocket_is_told_so() {
    let (address, _server) = start(ServerConfig::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    within(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
}

#[tokio::test]
async fn a_router_that_ends_turns_newcomers_away() {
    let (address, server) = start(ServerConfig::default()).await;
    server.goodbye(std::time::Duration::from_secs(30)).await;
    match Client::dial(address, &[]).await.map(drop) {
        Err(Error::Http(answer)) => {
            assert_eq!(
                (answer.status().as_u16(), &answer.headers()["retry-after"]),
                (503, &"30".parse().unwrap())
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(Client::silent(address).await.closed().await, Some((1012, "spread=30".into())));
}
