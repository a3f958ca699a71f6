//! A connection whose runtime has ended is closed: nothing says Ok, and nothing waits.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use steadfast::{
    Connection, ConnectionManager, EventKind, HealthConfig, HealthMonitor, ManagerConfig, Message,
    Outbox, Registration, Status,
};
use tokio::runtime::{Builder, Runtime};

use crate::ask::{eager, within};

const UNREACHABLE: &str = "ws://127.0.0.1:9/";

/// Another runtime than the one of the test.
fn other_runtime(is_threaded: bool) -> Runtime {
    let mut builder =
        if is_threaded { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    builder.enable_all().worker_threads(1).build().unwrap()
}

/// Does this within a runtime.
fn inside<T>(runtime: &Runtime, run: impl FnOnce() -> T) -> T {
    let _entered = runtime.enter();
    run()
}

/// All that may wait for a driver, with a driver that is gone.
async fn is_closed(mut connection: Connection) {
    let closed = "connection.closed";
    assert_eq!(connection.try_send("x").unwrap_err().code(), closed);
    assert_eq!(within(connection.send("x")).await.unwrap_err().code(), closed);
    assert_eq!(within(connection.drained()).await.unwrap_err().code(), closed);
    assert_eq!(within(connection.saved()).await.unwrap_err().code(), closed);
    let fed = within(connection.feed(Message::text("x"))).await;
    assert_eq!(fed.unwrap_err().code(), closed);
    assert_eq!(within(connection.wait_until(|_| false)).await.unwrap_err().code(), closed);
    assert!(within(connection.next()).await.is_none(), "the messages have ended");
    assert_eq!(connection.state().status, Status::Failed);
    // Nothing can bring it back.
    connection.reconnect();
    connection.set_online(true);
    assert_eq!(connection.try_send("x").unwrap_err().code(), closed);
    assert!(within(connection.next()).await.is_none());
    within(connection.close()).await;
}

#[tokio::test]
async fn a_connection_whose_runtime_was_shut_down_is_closed() {
    for is_threaded in [false, true] {
        let runtime = other_runtime(is_threaded);
        let connection = inside(&runtime, || eager(UNREACHABLE).open().unwrap());
        runtime.shutdown_background();
        // Of several threads one ends it in the background.
        within(connection.wait_until(|state| state.status == Status::Failed)).await.unwrap();
        let mut events = connection.events();
        let mut last = None;
        while let Some(event) = within(events.next()).await {
            last = event.ok().map(|event| event.kind).or(last);
        }
        let failed = |kind| matches!(kind, EventKind::StatusChanged { to: Status::Failed, .. });
        assert!(last.is_some_and(failed), "the events tell why they end");
        is_closed(connection).await;
    }
}

#[tokio::test]
async fn whoever_waits_when_the_runtime_ends_learns_of_it() {
    let runtime = other_runtime(true);
    let outbox = Outbox { max_messages: 1, ..Outbox::default() };
    let open = || eager(UNREACHABLE).outbox(outbox).open().unwrap();
    let mut connection = inside(&runtime, open);
    connection.try_send("waits").unwrap();
    let (sender, other) = (connection.sender(), connection.sender());
    let sending = tokio::spawn(async move { sender.send("finds no room").await });
    let draining = tokio::spawn(async move { other.drained().await });
    let mut events = connection.events();
    let listening = tokio::spawn(async move { while events.next().await.is_some() {} });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!sending.is_finished() && !draining.is_finished() && !listening.is_finished());
    let reading = async { connection.next().await.is_none() };
    let ending = async { runtime.shutdown_background() };
    assert!(within(async { tokio::join!(reading, ending).0 }).await);
    assert_eq!(within(sending).await.unwrap().unwrap_err().code(), "connection.closed");
    assert_eq!(within(draining).await.unwrap().unwrap_err().code(), "connection.closed");
    within(listening).await.unwrap();
    is_closed(connection).await;
}

#[tokio::test]
async fn a_manager_and_a_monitor_are_closed_with_their_runtime() {
    let runtime = other_runtime(true);
    let (manager, monitor) = inside(&runtime, || {
        let manager = ConnectionManager::new(ManagerConfig::default()).unwrap();
        let monitor = HealthMonitor::new(&manager, HealthConfig::default()).unwrap();
        (manager, monitor)
    });
    let (mut happened, mut told) = (manager.events(), monitor.events());
    manager.register_connection(Registration::new("s", "test")).unwrap();
    runtime.shutdown_background();
    within(async { while happened.next().await.is_some() {} }).await;
    within(async { while told.next().await.is_some() {} }).await;
    let refused = manager.register_connection(Registration::new("t", "test")).unwrap_err();
    assert_eq!(refused.code(), "manager.closed");
    assert_eq!(monitor.acknowledge_alert(1).unwrap_err().code(), "health.closed");
}
