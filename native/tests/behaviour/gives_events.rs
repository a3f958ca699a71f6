use futures::StreamExt as _;
use steadfast::{EventKind, EventsMissed, Status};

use crate::ask::{becomes, eager, next_event, within};
use crate::server::{Server, echo, free_address, url};

#[tokio::test]
async fn the_first_to_ask_gets_everything_since_the_connection_was_opened() {
    let server = Server::start(echo).await;
    let connection = eager(server.url()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    let mut events = connection.events();
    let mut names = Vec::new();
    for _ in 0..4 {
        names.push(within(events.next()).await.unwrap().unwrap().kind.name());
    }
    let changed = "connection.status.changed";
    assert_eq!(names, ["connection.registered", changed, "retry.success", changed]);
}

#[tokio::test]
async fn everyone_who_asks_gets_the_events_from_then_on() {
    let connection = eager(url(free_address().await)).open().unwrap();
    let attempt = |kind| match kind {
        EventKind::RetryAttempt { attempt, .. } => Some(attempt),
        _ => None,
    };
    let (mut first, mut second) = (connection.events(), connection.events());
    let seen = next_event(&mut second, attempt).await;
    while next_event(&mut first, attempt).await != seen {}
    connection.close().await;
    let closed = |kind| match kind {
        EventKind::StatusChanged { to, .. } => (to == Status::Disconnected).then_some(()),
        _ => None,
    };
    next_event(&mut first, closed).await;
    connection.reconnect();
    next_event(&mut first, attempt).await;
    drop(connection);
    while within(first.next()).await.is_some() {}
    while within(second.next()).await.is_some() {}
}

#[tokio::test]
async fn who_reads_too_slowly_is_told_how_many_events_were_missed() {
    let connection = eager(url(free_address().await)).event_backlog(1).open().unwrap();
    let mut events = connection.events();
    within(connection.wait_until(|state| state.reconnect_attempts > 3)).await.unwrap();
    let Some(Err(EventsMissed { count })) = within(events.next()).await else {
        panic!("nothing was missed");
    };
    // Registered, the status, and a failure and an attempt each time.
    assert!(count >= 8, "{count}");
}
