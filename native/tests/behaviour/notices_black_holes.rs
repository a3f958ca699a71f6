use std::task::{Context, Poll};
use std::time::Duration;

use steadfast::connector::{Incoming, Link, Lost, Outgoing};
use steadfast::{Cause, EventKind, FailureClass, Status};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::ask::{becomes, eager, eagerly, next_event, quick_heartbeat};
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
    let timeout = Duration::from_millis(100);
    let connection = eager(crate::server::url(address)).connect_timeout(timeout).open().unwrap();
    let failed = |kind| match kind {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    };
    assert_eq!(next_event(&mut connection.events(), failed).await, Cause::ConnectTimeout);
}

/// A listener that answers no SYN, since its queue is full. The streams keep it so.
async fn mute() -> (TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut streams = Vec::new();
    for _ in 0..64 {
        let attempt = TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(300), attempt).await {
            Ok(stream) => streams.push(stream.unwrap()),
            Err(_) => return (listener, streams),
        }
    }
    panic!("the listener answers all the same");
}

#[allow(clippy::needless_pass_by_value, reason = "as events are picked")]
fn failed(kind: EventKind) -> Option<(Cause, FailureClass)> {
    match kind {
        EventKind::RetryFailed { cause, class, .. } => cause.zip(class),
        _ => None,
    }
}

#[tokio::test]
async fn a_dial_that_tcp_does_not_answer_is_given_up_long_before_the_connect_timeout() {
    let (mute, _streams) = mute().await;
    let url = crate::server::url(mute.local_addr().unwrap());
    let connection = eager(url).open().unwrap();
    let failure = next_event(&mut connection.events(), failed).await;
    assert_eq!(failure, (Cause::ConnectTimeout, FailureClass::Transport));
}

#[tokio::test]
async fn a_server_whose_tcp_answers_has_until_the_connect_timeout() {
    let address = crate::server::free_address().await;
    let _server = Server::start_raw(address, |stream| async {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let connection = eager(crate::server::url(address)).open().unwrap();
    let mut events = connection.events();
    let failure = next_event(&mut events, failed);
    let given_up = tokio::time::timeout(Duration::from_secs(10), failure).await;
    assert!(given_up.is_err(), "{given_up:?}");

    // The function for the address is no way to the server.
    let slow = steadfast::connect_fn(async move |_| {
        tokio::time::sleep(Duration::from_secs(9)).await;
        Ok::<_, std::convert::Infallible>(crate::server::url(address))
    });
    let connection = slow.open().unwrap();
    let mut events = connection.events();
    let failure = next_event(&mut events, failed);
    let given_up = tokio::time::timeout(Duration::from_secs(10), failure).await;
    assert!(given_up.is_err(), "{given_up:?}");
}

#[tokio::test]
async fn a_server_that_promised_to_speak_and_does_not_is_found_dead_without_a_ping() {
    let server = Server::start(ignore).await;
    let silent = Duration::from_secs(1);
    let connection = eager(server.url()).passive().max_silence(silent).open().unwrap();
    let dead = |kind| match kind {
        EventKind::Disconnected { cause, planned } => Some((cause, planned)),
        _ => None,
    };
    let lost = next_event(&mut connection.events(), dead).await;
    assert_eq!(lost, (Cause::HeartbeatTimeout, false));
}

/// A link whose peer promises to speak, and never says another word.
struct Promised(Option<Duration>);

impl Link for Promised {
    type Outgoing = String;
    type Incoming = String;

    fn start_send(&mut self, _: Outgoing<String>) -> Result<(), Lost> {
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        Poll::Ready(Ok(()))
    }

    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Result<Incoming<String>, Lost>> {
        match self.0.take() {
            Some(silence) => Poll::Ready(Ok(Incoming::Promise(silence))),
            None => Poll::Pending,
        }
    }

    fn answers_pings(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn what_a_peer_promises_on_its_link_counts() {
    let link = steadfast::connect_with(|_| async { Ok(Promised(Some(Duration::from_millis(50)))) });
    let connection = eagerly(link).max_silence(Duration::from_hours(24)).open().unwrap();
    let dead = |kind| match kind {
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    };
    assert_eq!(next_event(&mut connection.events(), dead).await, Cause::HeartbeatTimeout);
}
