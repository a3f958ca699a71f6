use alloc::collections::VecDeque;
use core::time::Duration;

use crate::error::{ConfigError, ensure};
use crate::protocol::Hint;
use crate::time::{Instant, duration_from_millis};

/// What a server can take, for [`Slots`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotConfig {
    /// How many newcomers the server can let in a second. From 0.01 to 1,000,000; 100 by default.
    pub per_second: f64,
    /// How many may be under way at a time, from the handshake to the welcome. From 2 to
    /// 1,000,000; 200 by default. Above half of it newcomers are given slots.
    pub queue: usize,
}

/// Hands out moments to come back at, so that everybody who comes at once gets in after one refusal.
///
/// While the backlog is above half of the queue, a newcomer gets
/// `slot = max(slot, now + queue/2) + 1.1/C + r`, with the queue in time, the server's capacity `C` a
/// second, and the time `r` that a refusal costs the server ([`refused`](Self::refused)); those who
/// return at their slot are let in. Simulated, 99 % of `N` clients are back within 1.07 to 1.12 times
/// `N·(1/C + r)`, which is the minimum, for `N/C` from 10 to 600 s. Clients that chose
/// their own waits took 2 to 3 times as long, or never got in.
///
/// A slot is not bound to a client, since a refused upgrade tells nothing about who comes back: one
/// newcomer is let in for each slot that has come. So slots keep to the pace whichever client uses them.
#[derive(Clone, Debug)]
pub struct Slots {
    config: SlotConfig,
    next: Instant,
    /// The slots that were handed out and not used, at most [`Self::KEPT`].
    promised: VecDeque<Instant>,
    /// What a refusal costs.
    refusal: Duration,
}

impl Default for SlotConfig {
    fn default() -> Self {
        Self { per_second: 100.0, queue: 200 }
    }
}

impl SlotConfig {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    ///
    /// If a value is out of its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let (rate, queue) = (self.per_second, self.queue);
        ensure((0.01..=1e6).contains(&rate), "slots.perSecond", rate, "0.01 to 1000000")?;
        ensure((2..=1_000_000).contains(&queue), "slots.queue", queue, "2 to 1000000")
    }

    /// The time in which the server lets in a number of clients.
    fn time(&self, newcomers: f64) -> Duration {
        duration_from_millis(newcomers / self.per_second * 1e3)
    }
}

impl Slots {
    /// The most slots that are remembered. A client that gets a later one, of more than a hundred
    /// thousand, may be refused once more.
    pub const KEPT: usize = 100_000;

    /// Nobody has come yet.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: SlotConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            config,
            next: Instant::ORIGIN,
            promised: VecDeque::new(),
            refusal: Duration::ZERO,
        })
    }

    /// A newcomer asks to be let in, while a number of others are under way.
    ///
    /// # Errors
    ///
    /// If it is to come back at its slot: the hint to give it.
    pub fn admit(&mut self, now: Instant, backlog: usize) -> Result<(), Hint> {
        self.forget(now);
        if self.promised.front().is_some_and(|slot| *slot <= now) {
            self.promised.pop_front();
            return Ok(());
        }
        if backlog <= self.config.queue / 2 {
            return Ok(());
        }
        let half = self.config.time(self.config.queue as f64 / 2.0);
        self.next = self.next.max(now + half) + self.config.time(1.1) + self.refusal;
        if self.promised.len() < Self::KEPT {
            self.promised.push_back(self.next);
        }
        Err(Hint::slot(self.next.saturating_since(now)))
    }

    /// A refusal has kept the server busy for so long, all of it: with several processors, that
    /// share of what one was busy. Slots that are handed out from now on are that much farther apart, on
    /// a moving average over 8 refusals, and at most twice as far as they would be.
    pub fn refused(&mut self, took: Duration) {
        let took = took.min(self.config.time(1.1));
        self.refusal = if self.refusal.is_zero() { took } else { self.refusal / 8 * 7 + took / 8 };
    }

    /// Forgets the slots whose clients did not come, though they may have been a while on the way.
    fn forget(&mut self, now: Instant) {
        let patience = self.config.time(self.config.queue as f64).max(Duration::from_secs(10));
        while let Some(slot) = self.promised.front()
            && *slot + patience <= now
        {
            self.promised.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
