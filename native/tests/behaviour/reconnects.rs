use steadfast::Status;

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
