use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use steadfast_core::retry::{Backoff, Exponential, Failure, Jitter, RetryStrategy};
use steadfast_core::rng::SeededRandom;
use steadfast_core::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{OutboxMessage, Refused, Settled, WebhookClient};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::store::{Store, StoreError};

/// Sends what waits, and tries again what was not taken.
#[derive(Debug)]
pub struct Sender {
    store: Store,
    metrics: Arc<Metrics>,
    clock: Clock,
    client: WebhookClient,
    strategy: RetryStrategy,
    random: SeededRandom,
}

/// The name of the lease: one collector sends.
const LEASE: &str = "webhooks";

/// How long the lease lasts: longer than one turn takes.
const TERM: Duration = Duration::from_secs(20);

/// How often it is looked for what is due.
const INTERVAL: Duration = Duration::from_secs(1);

/// How many messages are sent at the same time.
const AT_ONCE: u32 = 16;

/// How often a message is sent until it is given up: over about three days.
const ATTEMPTS: u32 = 20;

impl Sender {
    /// Sends by `client`.
    #[must_use]
    pub fn new(
        store: Store,
        metrics: Arc<Metrics>,
        clock: Clock,
        client: WebhookClient,
        seed: u64,
    ) -> Self {
        let strategy = RetryStrategy::Exponential(Exponential {
            base_delay: Duration::from_secs(5),
            max_delay: Duration::from_hours(6),
            multiplier: 3.0,
            jitter: Jitter::Equal,
            ..Exponential::default()
        });
        let random = SeededRandom::new(seed);
        Self { store, metrics, clock, client, strategy, random }
    }

    /// Sends until `stop`. What is on its way then is sent again by the next sender.
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
        let due =
            self.store.due_messages(self.clock.now(), AT_ONCE, self.client.is_configured()).await?;
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

    async fn send(&self, message: &OutboxMessage) -> Result<u16, Refused> {
        let OutboxMessage { id, body, endpoint, .. } = message;
        match endpoint {
            Some(endpoint) => self.client.send_to(endpoint, id, body).await,
            None => self.client.send(id, body).await,
        }
    }

    /// When a message is tried next, if it is.
    fn settle(
        &mut self,
        now: Instant,
        message: &OutboxMessage,
        sent: Result<u16, Refused>,
    ) -> Option<Instant> {
        let id = message.id.as_str();
        let Err(refused) = sent else {
            self.metrics.webhook("delivered");
            return None;
        };
        let attempts = message.attempts + 1;
        let Refused { host, status, error, failure } = refused;
        // The path and the query of an address may be secrets.
        let (host, error) = (host.as_str(), error.as_deref());
        let Some(failure) = failure.filter(|_| attempts < ATTEMPTS) else {
            tracing::error!(id, host, status, error, attempts, "a webhook is given up");
            self.metrics.webhook("given_up");
            return None;
        };
        self.metrics.webhook("failed");
        // The outbox keeps how often it failed, and the back-off follows from that.
        let mut backoff = Backoff::new();
        for _ in 0..message.attempts {
            let _ = backoff.failed(&self.strategy, Failure::new(failure.class), &mut self.random);
        }
        let wait = backoff.failed(&self.strategy, failure, &mut self.random);
        tracing::warn!(id, host, status, error, attempts, ?wait, "a webhook was not taken");
        Some(now + wait)
    }
}
