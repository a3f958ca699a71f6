use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseCode, CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use serde::{Deserialize, Serialize};
use steadfast_core::health::HealthMetrics;
use steadfast_core::protocol::Hint;
use steadfast_core::time::Instant;
use tokio::time::{self, timeout};
use tokio_util::sync::CancellationToken;

use crate::auth::{KeyStatus, KeyWatch};
use crate::clock::Clock;
use crate::fleet::{Organization, Session};
use crate::ingest::Ingest;
use crate::live::{Arrival, Live};
use crate::state::App;

/// Pushes what changes to one client. Nothing is kept for a client but the revision it has seen:
/// one that falls behind gets the newest of what changed meanwhile, and one that does not read
/// at all is dropped.
pub(super) struct Stream {
    socket: WebSocket,
    organization: Arc<Organization>,
    key: KeyWatch,
    live: Arc<Live>,
    ingest: Ingest,
    clock: Clock,
    stop: CancellationToken,
    seen: u64,
    heard_at: time::Instant,
}

/// What is pushed.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Push {
    Connections { connections: Vec<Session> },
    Health { at: Instant, metrics: Box<HealthMetrics> },
}

/// The steadfast heartbeat, in both directions.
#[derive(Deserialize, Serialize)]
struct Heartbeat {
    steadfast: Beat,
    id: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Beat {
    Ping,
    Pong,
}

/// Why a stream ends.
enum End {
    /// The client closed it, or is gone.
    Gone,
    /// The key behind it is good no longer, or nobody knows whether it is.
    Key(KeyStatus),
    /// The client does not read.
    Slow,
    /// The client shows no life.
    Silent,
    /// The collector ends.
    Stopping,
}

/// The shortest time between two pushes.
const SHORTEST: Duration = Duration::from_secs(1);

/// The longest time between two pushes.
const LONGEST: Duration = Duration::from_secs(5);

/// How many records the first push has at most.
const FIRST: usize = 200;

/// How many records every other push has at most; what changed longest ago is left out.
const MOST: usize = 1000;

/// How long a client may take to take a message in.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a client may show no life; every push pings it.
const SILENCE: Duration = Duration::from_mins(1);

impl Stream {
    pub(super) fn new(
        app: App,
        socket: WebSocket,
        organization: Arc<Organization>,
        key: KeyWatch,
    ) -> Self {
        let App { live, ingest, clock, stop, .. } = app;
        let heard_at = time::Instant::now();
        Self { socket, organization, key, live, ingest, clock, stop, seen: 0, heard_at }
    }

    /// Pushes until the client, its key or the collector ends.
    pub(super) async fn run(mut self, arrival: Arrival) {
        let close = match self.push_until_end(arrival).await {
            End::Gone => return,
            End::Key(KeyStatus::Ended) => ended(),
            End::Key(_) => later(self.live.later(self.ingest.fill())),
            End::Slow => close_frame(close_code::AGAIN, "too slow"),
            // It may have slept, and is welcome again.
            End::Silent => close_frame(close_code::AGAIN, "no sign of life"),
            End::Stopping => close_frame(
                close_code::AWAY,
                self.live.goodbye(self.ingest.fill()).to_close_reason(),
            ),
        };
        turn_away(self.socket, close).await;
    }

    async fn push_until_end(&mut self, arrival: Arrival) -> End {
        let mut revision = self.organization.subscribe();
        let mut limit = FIRST;
        let mut arrival = Some(arrival);
        loop {
            if let Err(end) = self.push(limit).await {
                return end;
            }
            drop(arrival.take());
            limit = MOST;
            let pushed_at = time::Instant::now();
            let (earliest, latest) = (pushed_at + SHORTEST, pushed_at + LONGEST);
            let mut changed = *revision.borrow_and_update() > self.seen;
            loop {
                let push_at = if changed { earliest } else { latest };
                tokio::select! {
                    () = time::sleep_until(push_at) => break,
                    seen = revision.changed(), if !changed => changed |= seen.is_ok(),
                    () = self.stop.cancelled() => return End::Stopping,
                    standing = self.key.end() => return End::Key(standing),
                    message = self.socket.recv() => {
                        let Some(Ok(message)) = message else { return End::Gone };
                        if let Err(end) = self.hear(&message).await {
                            return end;
                        }
                    }
                }
            }
            if self.heard_at.elapsed() > SILENCE {
                return End::Silent;
            }
        }
    }

    async fn push(&mut self, limit: usize) -> Result<(), End> {
        let (connections, seen) = self.organization.changed_since(self.seen, limit);
        self.seen = seen;
        if !connections.is_empty() {
            self.send_json(&Push::Connections { connections }).await?;
        }
        let at = self.clock.now();
        let metrics = Box::new(self.organization.metrics(at));
        self.send_json(&Push::Health { at, metrics }).await?;
        self.send(Message::Ping(axum::body::Bytes::new())).await
    }

    async fn hear(&mut self, message: &Message) -> Result<(), End> {
        self.heard_at = time::Instant::now();
        let Message::Text(text) = message else {
            return Ok(());
        };
        match serde_json::from_str(text) {
            Ok(Heartbeat { steadfast: Beat::Ping, id }) => {
                self.send_json(&Heartbeat { steadfast: Beat::Pong, id }).await
            }
            // Nothing else has a meaning here.
            _ => Ok(()),
        }
    }

    async fn send_json(&mut self, value: &impl Serialize) -> Result<(), End> {
        match serde_json::to_string(value) {
            Ok(json) => self.send(Message::text(json)).await,
            Err(error) => {
                tracing::error!(%error, "what should be pushed is no JSON");
                Ok(())
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(SEND_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Slow),
        }
    }
}

/// Says why not, in the only way in which a page can hear it.
pub(super) async fn turn_away(mut socket: WebSocket, close: CloseFrame) {
    let close = async {
        if socket.send(Message::Close(Some(close))).await.is_ok() {
            // Until the client has answered: what it sent and nobody read would make the system
            // reset the connection, and the client might never see why.
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // A client that does not read will not read this either, so it gets one chance.
    drop(timeout(SHORTEST, close).await);
}

/// Come back then.
pub(super) fn later(hint: Hint) -> CloseFrame {
    close_frame(close_code::AGAIN, hint.to_close_reason())
}

/// Do not come back with this key. Clients take 1008 as final, unless they can get another ticket.
pub(super) fn ended() -> CloseFrame {
    close_frame(close_code::POLICY, "the key has expired, or was revoked")
}

fn close_frame(code: CloseCode, reason: impl Into<Utf8Bytes>) -> CloseFrame {
    CloseFrame { code, reason: reason.into() }
}
