//! What is started outside of a runtime, or on one that cannot keep it, gives an error.

use std::future::IntoFuture as _;
use std::time::Duration;

use futures::FutureExt as _;
use steadfast::connector::{Duplex, Lost};
use steadfast::{Cause, ConnectionManager, HealthConfig, HealthMonitor, ManagerConfig};
use tokio::runtime::{Builder, Runtime};
use tokio_util::codec::{Framed, LinesCodec};

/// Runtimes that lack timers, IO, or both.
fn without_timers() -> [Runtime; 3] {
    [
        Builder::new_current_thread().build().unwrap(),
        Builder::new_current_thread().enable_io().build().unwrap(),
        Builder::new_multi_thread().worker_threads(1).build().unwrap(),
    ]
}

#[test]
fn a_connection_is_refused_without_timers_or_without_io() {
    for runtime in without_timers() {
        let error =
            runtime.block_on(async { steadfast::connect("ws://localhost/").open() }).unwrap_err();
        assert_eq!(error.code(), "system.runtime");
        assert!(error.to_string().contains("timers"), "{error}");
    }
    let without_io = Builder::new_current_thread().enable_time().build().unwrap();
    let error =
        without_io.block_on(async { steadfast::connect("ws://localhost/").open() }).unwrap_err();
    assert_eq!(error.code(), "system.runtime");
    assert!(error.to_string().contains("IO"), "{error}");
    let error = steadfast::connect("ws://localhost/").open().unwrap_err();
    assert_eq!(error.code(), "system.runtime");
}

#[test]
fn a_connector_of_ones_own_needs_no_io() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        type Lines = Duplex<Framed<tokio::io::DuplexStream, LinesCodec>, String, String>;
        let nowhere = async |_| Err::<Lines, Lost>(Cause::Network.into());
        drop(steadfast::connect_with(nowhere).open().unwrap());
    });
}

#[test]
fn a_manager_and_a_monitor_are_refused_as_well() {
    for runtime in without_timers() {
        let manager = runtime.block_on(async { ConnectionManager::new(ManagerConfig::default()) });
        assert_eq!(manager.unwrap_err().code(), "system.runtime");
    }
    let whole = Builder::new_current_thread().enable_all().build().unwrap();
    let manager = whole.block_on(async { ConnectionManager::new(ManagerConfig::default()) });
    let manager = manager.unwrap();
    let monitor = HealthMonitor::new(&manager, HealthConfig::default());
    assert_eq!(monitor.unwrap_err().code(), "system.runtime");
}

#[cfg(feature = "server")]
#[test]
fn a_server_is_refused_as_well() {
    use steadfast::server::{Server, ServerConfig};
    let error = Server::new(ServerConfig::default()).unwrap_err();
    assert_eq!(error.code(), "system.runtime");
}

#[test]
fn a_retry_that_has_to_wait_gives_an_error_and_one_that_has_not_its_value() {
    let [runtime, ..] = without_timers();
    let outcome = runtime.block_on(async {
        steadfast::retry(|| async { Err::<(), _>(std::io::Error::other("down")) }).await
    });
    assert_eq!(outcome.unwrap_err().code(), "system.runtime");
    let outcome = steadfast::retry(std::future::pending::<Result<(), std::io::Error>>)
        .per_attempt_timeout(Duration::from_millis(1))
        .into_future()
        .now_or_never();
    assert_eq!(outcome.unwrap().unwrap_err().code(), "system.runtime");
    let at_once = steadfast::retry(|| async { Ok::<_, std::io::Error>(1) });
    assert_eq!(at_once.into_future().now_or_never().unwrap().unwrap(), 1);
}
