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
use tokio_util::sync::CancellationToken;

use super::client::Peer;
use super::places::{ConnectionLimits, NoRoom, Place, Places};
use super::progress::Progress;
use crate::state::App;

/// How long a client may take to send the head of a request, and may keep an idle connection.
/// Less than the time between two reports: kept until the next, the connections of a large fleet
/// would leave no room for anybody else.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request that is read, and the most of an answer that waits before more of it
/// is made.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// How long nothing is accepted after accepting failed, as it does when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// The answer to a connection without a place. A client that reads it before the connection ends knows
/// when to come back.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\nconnection: close\r\n\
    content-type: application/json\r\ncontent-length: 89\r\n\r\n\
    {\"error\":{\"code\":\"connections.full\",\"message\":\"as many connections are open as may be\"}}\n";

/// Accepts connections for a router.
#[derive(Clone)]
pub(super) struct Server {
    app: App,
    router: Router,
    places: Arc<Places>,
}

impl Server {
    pub(super) fn new(app: App, router: Router) -> Self {
        Self { app, router, places: Arc::new(Places::new()) }
    }

    /// Serves until the collector is to end. Connections run on its tasks, and finish the request they
    /// are at.
    pub(super) async fn run(self, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                () = self.app.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.accept(stream, peer.ip()),
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn accept(&self, stream: TcpStream, peer: IpAddr) {
        let config = self.app.config.current();
        let limits = ConnectionLimits {
            all: config.max_connections,
            by_address: config.max_connections_per_address,
        };
        let place = match self.places.take(self.app.addresses.of_connection(peer), limits) {
            Ok(place) => place,
            Err(reason) => return self.refuse(&stream, reason),
        };
        let (router, stop) = (self.router.clone(), self.app.stop.clone());
        self.app.tasks.spawn(serve_connection(stream, peer, place, router, stop));
    }

    fn refuse(&self, stream: &TcpStream, reason: NoRoom) {
        let code = match reason {
            NoRoom::Address => "connections.address",
            NoRoom::All => "connections.full",
        };
        self.app.metrics.refused(code);
        self.app.refusals.note_connection(code);
        // It fits into the empty buffer, or the peer is gone.
        drop(stream.try_write(NO_ROOM));
    }
}

async fn serve_connection(
    stream: TcpStream,
    peer: IpAddr,
    place: Place,
    router: Router,
    stop: CancellationToken,
) {
    // Answers are short and should not wait for more to say.
    drop(stream.set_nodelay(true));
    let service = TowerToHyperService::new(router);
    let movement = place.movement().clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        let (answering, answer) = (movement.answering(), service.call(request));
        async move {
            let answer = answer.await;
            drop(answering);
            answer
        }
    });
    let stream = Progress::new(stream, Some(place.movement().clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = place.asked_to_leave() => {
            tracing::debug!(%peer, "a connection without movement made room for another");
            return;
        }
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}
