use std::time::Duration;

use futures::SinkExt as _;
use steadfast::core::connection::Suspension;
use steadfast::{Cause, EventKind, Fixed, Jitter, Status};

use crate::ask::{becomes, eager, next_event, next_text, quick_heartbeat, within};
use crate::server::{Peer, Server, echo, free_address, ignore, url};

#[tokio::test]
async fn a_link_that_is_kept_while_offline_is_proved_by_one_probe_and_needs_no_event() {
    let server = Server::start(echo).await;
    let mut connection = eager(server.url()).open().unwrap();
    let mut events = connection.events();
    becomes(&connection, Status::Connected).await;
    connection.set_online(false);
    let suspended = |kind| match kind {
        EventKind::StatusChanged { to, .. } => Some(to).filter(|to| *to == Status::Suspended),
        _ => None,
    };
    next_event(&mut events, suspended).await;
    // The peer answers, and no event is waited for.
    becomes(&connection, Status::Connected).await;
    connection.set_online(true);
    connection.send("still here").await.unwrap();
    assert_eq!(next_text(&mut connection).await.unwrap(), "still here");
    assert_eq!(connection.state().total_disconnections, 0);
}

#[tokio::test]
async fn offline_is_a_hint_and_a_server_that_can_be_reached_all_the_same_is_reached() {
    let server = Server::start(echo).await;
    let mut connection = eager(server.url()).open().unwrap();
    let control = connection.control();
    control.set_online(false);
    becomes(&connection, Status::Connected).await;
    connection.send("never online").await.unwrap();
    assert_eq!(next_text(&mut connection).await.unwrap(), "never online");
}

#[tokio::test]
async fn while_offline_dialling_goes_on_and_what_is_sent_is_kept() {
    let address = free_address().await;
    let mut connection = eager(url(address)).open().unwrap();
    connection.control().set_online(false);
    becomes(&connection, Status::Suspended).await;
    let attempts = connection.state().reconnect_attempts;
    connection.try_send("later").unwrap();
    let _server = Server::start_at(address, echo).await;
    // Nobody says that the network is back.
    assert_eq!(next_text(&mut connection).await.unwrap(), "later");
    assert!(attempts <= connection.state().reconnect_attempts);
}

#[tokio::test]
async fn messages_that_keep_coming_lift_the_suspension_of_a_link_without_heartbeats() {
    let server = Server::start(speak_all_the_time).await;
    let mut connection = eager(server.url()).passive().open().unwrap();
    let mut events = connection.events();
    becomes(&connection, Status::Connected).await;
    connection.set_online(false);
    let status = |kind| match kind {
        EventKind::StatusChanged { to, .. } => Some(to),
        _ => None,
    };
    while next_event(&mut events, status).await != Status::Suspended {}
    assert_eq!(next_event(&mut events, status).await, Status::Connected);
    assert_eq!(connection.state().total_disconnections, 0);
    assert!(next_text(&mut connection).await.is_some());
}

async fn speak_all_the_time(mut peer: Peer) {
    while peer.send("news".into()).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_link_that_died_while_offline_is_found_out_by_the_probe() {
    let server = Server::start(ignore).await;
    let connection = eager(server.url()).heartbeat(quick_heartbeat()).open().unwrap();
    let mut events = connection.events();
    becomes(&connection, Status::Connected).await;
    connection.set_online(false);
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
