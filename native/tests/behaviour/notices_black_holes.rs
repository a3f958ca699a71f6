use steadfast::{Cause, EventKind, Status};

use crate::ask::{becomes, eager, next_event, quick_heartbeat};
use crate::server::{Server, echo, ignore};

#[tokio::test]
async fn a_peer_that_says_nothing_any_more_is_found_dead_and_dialled_again() {
    let server = Server::start(ignore).await;
    let connection = eager(server.url()).heartbeat(quick_heartbeat()).open().unwrap();
    let mut events = connection.events();
    let lost = |kind| match kind {
        EventKind::Disconnected { cause, planned } => Some((cause, planned)),
        _ => None,
    };
    assert_eq!(next_event(&mut events, lost).await, (Cause::HeartbeatTimeout, false));

    let address = server.stop().await;
    let _server = Server::start_at(address, echo).await;
    becomes(&connection, Status::Connected).await;
    let answered = |kind| matches!(kind, EventKind::Heartbeat { rtt: Some(_), .. }).then_some(());
    next_event(&mut events, answered).await;
    assert!(connection.state().latency.is_some());
}

#[tokio::test]
async fn a_server_that_never_answers_the_upgrade_runs_into_the_connect_timeout() {
    let address = crate::server::free_address().await;
    let _server = Server::start_raw(address, |stream| async {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let timeout = std::time::Duration::from_millis(100);
    let connection = eager(crate::server::url(address)).connect_timeout(timeout).open().unwrap();
    let failed = |kind| match kind {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    };
    assert_eq!(next_event(&mut connection.events(), failed).await, Cause::ConnectTimeout);
}
