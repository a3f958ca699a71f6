use std::time::Duration;

use steadfast::core::connection::Suspension;
use steadfast::{Cause, EventKind, Fixed, Jitter, Status};

use crate::ask::{becomes, eager, next_event, next_text, quick_heartbeat, within};
use crate::server::{Server, echo, free_address, ignore, url};

#[tokio::test]
async fn a_link_that_is_kept_while_offline_is_proved_by_one_probe() {
    let server = Server::start(echo).await;
    let mut connection = eager(server.url()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    connection.set_online(false);
    becomes(&connection, Status::Suspended).await;
    connection.set_online(true);
    becomes(&connection, Status::Connected).await;
    connection.send("still here").await.unwrap();
    assert_eq!(next_text(&mut connection).await.unwrap(), "still here");
    assert_eq!(connection.state().total_disconnections, 0);
}

#[tokio::test]
async fn while_offline_nothing_is_dialled_and_what_is_sent_is_kept() {
    let address = free_address().await;
    let mut connection = eager(url(address)).open().unwrap();
    let control = connection.control();
    control.set_online(false);
    becomes(&connection, Status::Suspended).await;
    let attempts = connection.state().reconnect_attempts;
    connection.try_send("later").unwrap();
    let _server = Server::start_at(address, echo).await;
    // Many times what the next attempt would wait.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(connection.state().status, Status::Suspended);
    assert_eq!(connection.state().reconnect_attempts, attempts);
    control.set_online(true);
    assert_eq!(next_text(&mut connection).await.unwrap(), "later");
}

#[tokio::test]
async fn a_link_that_died_while_offline_is_found_out_by_the_probe() {
    let server = Server::start(ignore).await;
    let connection = eager(server.url()).heartbeat(quick_heartbeat()).open().unwrap();
    let mut events = connection.events();
    becomes(&connection, Status::Connected).await;
    connection.set_online(false);
    becomes(&connection, Status::Suspended).await;
    connection.set_online(true);
    let lost = |kind| match kind {
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    };
    assert_eq!(next_event(&mut events, lost).await, Cause::HeartbeatTimeout);
}

#[tokio::test]
async fn another_network_hastens_an_attempt_that_would_have_waited_for_an_hour() {
    let address = free_address().await;
    let hour = Duration::from_hours(1);
    let retry = Fixed { delay: hour, jitter: Jitter::None, ..Fixed::default() };
    let connection = steadfast::connect(url(address)).retry(retry).open().unwrap();
    within(connection.wait_until(|state| state.reconnect_attempts == 1)).await.unwrap();
    let _server = Server::start_at(address, echo).await;
    connection.network_changed();
    becomes(&connection, Status::Connected).await;
}

#[tokio::test]
async fn several_reasons_to_be_suspended_have_to_end_all() {
    let server = Server::start(echo).await;
    let connection = eager(server.url()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    let control = connection.control();
    control.suspend(Suspension::Frozen);
    control.set_online(false);
    becomes(&connection, Status::Suspended).await;
    control.set_online(true);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(connection.state().status, Status::Suspended);
    control.resume(Suspension::Frozen);
    becomes(&connection, Status::Connected).await;
}
