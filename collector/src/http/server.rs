//! Accepts connections, within bounds, and lets them finish at the end.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::client::Peer;

/// The most connections at a time; more wait to be accepted.
const MAX_CONNECTIONS: usize = 8192;

/// How long a client may take to send the head of a request, and may keep an idle connection.
/// Less than the time between two reports: kept until the next, the connections of a large fleet
/// would leave no room for anybody else.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request that is read.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// How long nothing is accepted after accepting failed, as it does when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop`. Connections run on `tasks`, and finish the request they are at.
pub(super) async fn run(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, stream, peer) = tokio::select! {
            () = stop.cancelled() => return,
            (permit, accepted) = accepted => match accepted {
                Ok((stream, peer)) => (permit, stream, peer.ip()),
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let (router, stop) = (router.clone(), stop.clone());
        tasks.spawn(async move {
            serve_connection(stream, peer, router, stop).await;
            drop(permit);
        });
    }
}

async fn serve_connection(
    stream: TcpStream,
    peer: IpAddr,
    router: Router,
    stop: CancellationToken,
) {
    // Answers are short and should not wait for more to say.
    drop(stream.set_nodelay(true));
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}
