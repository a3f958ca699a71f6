use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use hyper::header::{HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{StatusCode, Uri};
use steadfast_core::retry::{Backoff, Exponential, Failure, FailureClass, Jitter, RetryStrategy};
use steadfast_core::rng::SeededRandom;
use steadfast_core::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{OutboxMessage, Secret, Settled};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::outgoing::{Answer, Outgoing, OutgoingError};
use crate::store::{Store, StoreError};

/// Sends what waits, and tries again what was not taken.
#[derive(Debug)]
pub struct Sender {
    store: Store,
    metrics: Arc<Metrics>,
    clock: Clock,
    receiver: Outgoing,
    secret: Secret,
    strategy: RetryStrategy,
    random: SeededRandom,
}

/// Why a message was not taken.
#[derive(Debug)]
enum Refused {
    /// The receiver is gone for good, and says so.
    Gone,
    /// It may be taken later.
    Later(Failure),
}

/// The name of the lease: one collector sends.
const LEASE: &str = "webhooks";

/// How long the lease lasts: longer than one turn takes.
const TERM: Duration = Duration::from_secs(20);

/// How often it is looked for what is due.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How many messages are sent at the same time.
const AT_ONCE: u32 = 16;

/// How often a message is sent until it is given up: over about three days.
const ATTEMPTS: u32 = 20;

/// The longest wait that a receiver may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

impl Sender {
    /// Sends to `url`, signed with `secret`.
    ///
    /// # Errors
    ///
    /// If nothing can be sent at all.
    pub fn new(
        store: Store,
        metrics: Arc<Metrics>,
        clock: Clock,
        url: Uri,
        secret: Secret,
        seed: u64,
    ) -> Result<Self, OutgoingError> {
        let receiver = Outgoing::new(url, TIMEOUT)?;
        let strategy = RetryStrategy::Exponential(Exponential {
            base_delay: Duration::from_secs(5),
            max_delay: Duration::from_hours(6),
            multiplier: 3.0,
            jitter: Jitter::Equal,
            ..Exponential::default()
        });
        let random = SeededRandom::new(seed);
        Ok(Self { store, metrics, clock, receiver, secret, strategy, random })
    }

    /// Sends until `stop`. What is on its way then is sent again by whoever comes next.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut failing = false;
        while !stop.is_cancelled() {
            let turn = tokio::select! {
                () = stop.cancelled() => break,
                turn = self.turn() => turn,
            };
            if let Err(error) = &turn
                && !failing
            {
                tracing::error!(%error, code = error.code(), "webhooks cannot be looked for");
            }
            failing = turn.is_err();
            // As many as go at once: more may be due already.
            if turn.is_ok_and(|sent| sent == AT_ONCE as usize) {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
        if let Err(error) = self.store.release_lease(LEASE).await {
            tracing::debug!(%error, "the lease is left to run out");
        }
    }

    /// Sends what is due, if it is this collector's to send, and says how many that were.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn turn(&mut self) -> Result<usize, StoreError> {
        if !self.store.hold_lease(LEASE, TERM).await? {
            return Ok(0);
        }
        let due = self.store.due_messages(self.clock.now(), AT_ONCE).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let sent = join_all(due.iter().map(|message| self.send(message))).await;
        let now = self.clock.now();
        let settled = due.iter().zip(sent).map(|(message, sent)| {
            let due_at = self.settle(now, message, sent);
            Settled { id: message.id.clone(), due_at }
        });
        let settled = settled.collect::<Vec<_>>();
        self.store.settle_messages(&settled).await?;
        Ok(due.len())
    }

    async fn send(&self, message: &OutboxMessage) -> Result<(), Refused> {
        let timestamp = self.clock.now().as_millis() / 1000;
        let header = |name, value: &str| {
            HeaderValue::from_str(value).ok().map(|value| (HeaderName::from_static(name), value))
        };
        let signature = self.secret.sign(&message.id, timestamp, &message.body);
        let headers: Vec<_> = [
            header("webhook-id", &message.id),
            header("webhook-timestamp", &timestamp.to_string()),
            header("webhook-signature", &signature),
        ]
        .into_iter()
        .flatten()
        .collect();
        let answered = self.receiver.post("application/json", &headers, message.body.clone()).await;
        let answer = answered.map_err(|error| {
            tracing::debug!(%error, "a webhook was not answered");
            Refused::Later(Failure::new(match error {
                OutgoingError::TimedOut(_) => FailureClass::Overload,
                _ => FailureClass::Transport,
            }))
        })?;
        match answer.status {
            status if status.is_success() => Ok(()),
            StatusCode::GONE => Err(Refused::Gone),
            _ => Err(Refused::Later(failure(&answer))),
        }
    }

    /// When a message is tried next, if it is.
    fn settle(
        &mut self,
        now: Instant,
        message: &OutboxMessage,
        sent: Result<(), Refused>,
    ) -> Option<Instant> {
        let id = message.id.as_str();
        let failure = match sent {
            Ok(()) => {
                self.metrics.webhook("delivered");
                return None;
            }
            Err(Refused::Later(failure)) if message.attempts + 1 < ATTEMPTS => failure,
            Err(refused) => {
                tracing::error!(
                    id,
                    ?refused,
                    attempts = message.attempts + 1,
                    "a webhook is given up"
                );
                self.metrics.webhook("given_up");
                return None;
            }
        };
        self.metrics.webhook("failed");
        // The outbox keeps how often it failed, and the back-off follows from that.
        let mut backoff = Backoff::new();
        for _ in 0..message.attempts {
            let _ = backoff.failed(&self.strategy, Failure::new(failure.class), &mut self.random);
        }
        let wait = backoff.failed(&self.strategy, failure, &mut self.random);
        tracing::warn!(id, ?failure, ?wait, "a webhook was not taken");
        Some(now + wait)
    }
}

fn failure(answer: &Answer) -> Failure {
    let class = match answer.status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => FailureClass::Overload,
        _ => FailureClass::Transport,
    };
    let asked = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let seconds = asked.and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
    Failure { retry_after: seconds.map(|wait| wait.min(LONGEST_ASKED)), ..Failure::new(class) }
}
