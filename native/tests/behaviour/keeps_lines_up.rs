//! A line protocol over TCP, which knows `PING` and `PONG`.

use std::net::SocketAddr;

use futures::{SinkExt as _, StreamExt as _};
use steadfast::connector::Duplex;
use steadfast::core::heartbeat::PingId;
use steadfast::{Cause, Connection, EventKind, Status};
use tokio::net::TcpStream;
use tokio_util::codec::{Framed, LinesCodec};

use crate::ask::{becomes, eagerly, next_event, quick_heartbeat, within};
use crate::server::{Server, free_address};

type Lines = Framed<TcpStream, LinesCodec>;

/// Answers pings, and gives every other line back.
async fn echo(stream: TcpStream) {
    let mut lines = framed(stream);
    while let Some(Ok(line)) = lines.next().await {
        let answer = match line.strip_prefix("PING ") {
            Some(id) => format!("PONG {id}"),
            None => line,
        };
        if lines.send(answer).await.is_err() {
            return;
        }
    }
}

async fn ignore(stream: TcpStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

fn framed(stream: TcpStream) -> Lines {
    Framed::new(stream, LinesCodec::new_with_max_length(1024))
}

fn connect(address: SocketAddr) -> Connection<String> {
    let lines = steadfast::connect_with(move |_| async move {
        let lines = framed(TcpStream::connect(address).await?);
        Ok(Duplex::<_, String, String>::new(lines).pings(
            |id| format!("PING {}", id.0),
            |line| line.strip_prefix("PONG ")?.parse().ok().map(PingId),
        ))
    });
    eagerly(lines).heartbeat(quick_heartbeat()).open().unwrap()
}

#[tokio::test]
async fn lines_arrive_in_order_and_once_over_as_many_links_as_it_takes() {
    let address = free_address().await;
    let mut connection = connect(address);
    for restart in 0..3 {
        let sent: Vec<_> = (0..100).map(|line| format!("{restart} {line}")).collect();
        for line in &sent {
            connection.try_send(line.as_str()).unwrap();
        }
        let server = Server::start_raw(address, echo).await;
        for line in sent {
            assert_eq!(within(connection.next()).await, Some(line));
        }
        assert_eq!(connection.state().total_disconnections, restart);
        server.stop().await;
        becomes(&connection, Status::Reconnecting).await;
    }
}

#[tokio::test]
async fn a_peer_that_answers_no_pings_any_more_is_found_dead() {
    let address = free_address().await;
    let server = Server::start_raw(address, echo).await;
    let connection = connect(address);
    let measured = connection.wait_until(|state| state.latency.is_some());
    within(measured).await.expect("the answers to pings are known");
    let mut events = connection.events();
    server.stop().await;
    let _server = Server::start_raw(address, ignore).await;
    let dead = |kind| match kind {
        EventKind::Disconnected { cause: Cause::HeartbeatTimeout, planned } => Some(planned),
        _ => None,
    };
    assert!(!next_event(&mut events, dead).await);
}

#[tokio::test]
async fn a_peer_that_knows_no_pings_is_kept_up_without_them() {
    let (heard, mut lines) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start_raw(free_address().await, move |stream| {
        let heard = heard.clone();
        async move {
            let mut stream = framed(stream);
            while let Some(Ok(line)) = stream.next().await {
                heard.send(line).unwrap();
            }
        }
    })
    .await;
    let address = server.address;
    let lines_only = steadfast::connect_with(move |_| async move {
        Ok(Duplex::<_, String, String>::new(framed(TcpStream::connect(address).await?)))
    });
    let connection = eagerly(lines_only).heartbeat(quick_heartbeat()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    // Many times what it takes to find a peer dead that should have answered.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    connection.try_send("only this").unwrap();
    assert_eq!(within(lines.recv()).await.as_deref(), Some("only this"));
    assert_eq!(connection.state().total_disconnections, 0);
}
