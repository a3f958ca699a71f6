use steadfast::{Cause, EventKind, Status};

use crate::ask::{becomes, eager, next_text};
use crate::server::{Server, echo};

#[tokio::test]
async fn a_connection_survives_a_server_that_goes_and_comes_back() {
    let server = Server::start(echo).await;
    let mut connection = eager(server.url()).open().unwrap();
    connection.send("before").await.unwrap();
    assert_eq!(next_text(&mut connection).await.unwrap(), "before");
    assert_eq!(connection.state().status, Status::Connected);

    let address = server.stop().await;
    let state = becomes(&connection, Status::Reconnecting).await;
    assert_eq!(state.total_disconnections, 1);
    assert!(state.disconnected_at >= state.connected_at);

    let _server = Server::start_at(address, echo).await;
    becomes(&connection, Status::Connected).await;
    connection.send("after").await.unwrap();
    assert_eq!(next_text(&mut connection).await.unwrap(), "after");
}

#[tokio::test]
async fn a_server_that_comes_late_is_waited_for() {
    let address = crate::server::free_address().await;
    let connection = eager(crate::server::url(address)).open().unwrap();
    let attempts = |at_least| move |state: &_| attempts_of(state) >= at_least;
    crate::ask::within(connection.wait_until(attempts(3))).await.unwrap();
    let _server = Server::start_at(address, echo).await;
    becomes(&connection, Status::Connected).await;
}

fn attempts_of(state: &steadfast::ConnectionState) -> u32 {
    state.reconnect_attempts
}

#[tokio::test]
async fn a_connection_that_has_failed_can_be_told_to_try_again() {
    let address = crate::server::free_address().await;
    let mut connection =
        eager(crate::server::url(address)).max_reconnect_attempts(1).open().unwrap();
    connection.try_send("kept").unwrap();
    assert_eq!(next_text(&mut connection).await, None);
    assert_eq!(next_text(&mut connection).await, None, "it stays over by itself");
    assert_eq!(connection.state().status, Status::Failed);
    assert_eq!(connection.try_send("refused").unwrap_err().code(), "connection.closed");

    let _server = Server::start_at(address, echo).await;
    connection.reconnect();
    connection.try_send("taken again").unwrap();
    assert_eq!(next_text(&mut connection).await.unwrap(), "kept");
    assert_eq!(next_text(&mut connection).await.unwrap(), "taken again");
}

#[tokio::test]
async fn a_connection_that_was_closed_can_be_opened_again_as_often_as_is_wished() {
    let server = Server::start(echo).await;
    let mut connection = eager(server.url()).open().unwrap();
    for round in 1..=3 {
        connection.send("hello").await.unwrap();
        assert_eq!(next_text(&mut connection).await.unwrap(), "hello");
        connection.close().await;
        assert_eq!(connection.state().status, Status::Disconnected);
        assert_eq!(connection.state().total_disconnections, round);
        assert_eq!(next_text(&mut connection).await, None);
        connection.reconnect();
    }
    becomes(&connection, Status::Connected).await;
}

#[tokio::test]
async fn a_link_that_is_up_is_replaced_when_that_is_wished() {
    let server = Server::start(echo).await;
    let connection = eager(server.url()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    let first = connection.state().connected_at;
    let mut events = connection.events();
    connection.reconnect();
    let replaced = |kind| match kind {
        EventKind::Disconnected { cause, planned } => Some((cause, planned)),
        _ => None,
    };
    let replaced = crate::ask::next_event(&mut events, replaced).await;
    assert_eq!(replaced, (Cause::ReconnectRequested, true));
    let again = |state: &steadfast::ConnectionState| {
        state.status == Status::Connected && state.connected_at > first
    };
    crate::ask::within(connection.wait_until(again)).await.unwrap();
}
