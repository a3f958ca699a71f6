//! How long an answer is waited for.

use core::time::Duration;

use super::{KNOWN_AFTER, LinkState, SPOKEN_WITHIN};
use crate::heartbeat::{Expected, GivenUp, HeartbeatConfig, Patience, nanos_on_slowest_link};
use crate::time::Instant;

/// The most bytes that buffers on the way hold unseen, where a driver sees its uploads move. They take 16 s at the slowest
/// rate.
const MOST_UNSEEN: u64 = 256 << 10;

/// What a driver knows of the messages that it has not handed over yet.
#[derive(Clone, Copy, Debug)]
pub(in crate::connection) struct Uploads {
    /// The length of the message that the socket is taking.
    pub(in crate::connection) taking: u64,
    /// Whether the driver sees that its bytes move.
    pub(in crate::connection) are_seen: bool,
}

impl LinkState {
    /// An answer is waited for from now on, or was before. How long the silence may last is settled as it
    /// begins: a message that goes out later keeps no ping waiting that went out before.
    pub(in crate::connection) fn expect_answer(
        &mut self,
        now: Instant,
        config: &HeartbeatConfig,
        patience: &Patience,
        uploads: Uploads,
    ) {
        let explained = nanos_on_slowest_link(self.unseen_bytes(uploads));
        self.behind = Duration::from_nanos(explained);
        if self.late_after.is_none() {
            let has_spoken = now.saturating_since(self.heard_at) <= SPOKEN_WITHIN * 2;
            let is_known = self.answers >= KNOWN_AFTER || !has_spoken;
            let learned = self.learned(now, config, patience, uploads);
            self.explained = explained;
            self.late_after = Some(config.late_after(self.rto(), learned, is_known, explained));
        }
    }

    /// The patience with this link that earlier silences have taught, in nanoseconds.
    fn learned(
        &mut self,
        now: Instant,
        config: &HeartbeatConfig,
        patience: &Patience,
        uploads: Uploads,
    ) -> u64 {
        self.expected = if self.answers == 0 {
            Expected::First
        } else if self.handed.unproved().is_some() || uploads.taking > 0 {
            if self.handed.has_arrived() { Expected::Answer } else { Expected::FirstAnswer }
        } else {
            Expected::Pong
        };
        patience.learned(now, self.expected, config.most_learned())
    }

    /// The number of bytes that may be on their way although nobody sees them move.
    fn unseen_bytes(&self, uploads: Uploads) -> u64 {
        let unproved = self.handed.unproved_bytes();
        match uploads {
            Uploads { are_seen: false, taking } => unproved + taking,
            Uploads { taking: 0, .. } => unproved.min(MOST_UNSEEN),
            // It would go on if the link lived.
            Uploads { .. } => 0,
        }
    }

    /// What a silence of this length teaches: what the bytes explain that were sent teaches nothing.
    pub(in crate::connection) fn unexplained(&self, silence: Duration) -> Duration {
        silence.saturating_sub(Duration::from_nanos(self.explained))
    }

    /// This link, as it is given up for its silence.
    pub(in crate::connection) fn given_up(&self, now: Instant) -> GivenUp {
        GivenUp {
            link: self.socket.0,
            at: now,
            silence: now.saturating_since(self.heard_at),
            expected: self.expected,
            late_messages: self.handed.mark().messages.saturating_sub(self.messages_before_ping),
        }
    }

    /// The path of this link is known to be there, though the peer has said nothing on it: its silence is judged anew.
    pub(in crate::connection) fn excuse(&mut self) {
        self.missed_in_a_row = 0;
        self.missed_at = None;
        self.late_after = None;
        self.pings.excuse();
    }

    /// Everything was paused for so long, and the link was kept: what is in flight is forgotten,
    /// and by the answer to the ping that goes out now it will be judged.
    pub(in crate::connection) fn demand_proof(
        &mut self,
        now: Instant,
        paused: Duration,
        config: &HeartbeatConfig,
        patience: &Patience,
        uploads: Uploads,
    ) {
        self.unpark(now, paused);
        self.pings.forget();
        self.late_after = None;
        self.missed_in_a_row = 0;
        self.missed_at = None;
        // clamp(2·RTO, 2 s, max(5 s, 1.25·RTO))
        let rto = self.rto();
        let most = (rto + rto / 4).max(Duration::from_secs(5));
        let learned = self.learned(now, config, patience, uploads);
        // One late answer makes an RTO beyond any patience.
        let longest = Duration::from_nanos(config.most_learned());
        let wait = (rto * 2).clamp(Duration::from_secs(2), most).min(longest);
        let wait = wait.max(Duration::from_nanos(learned / 2));
        let bytes = self.unseen_bytes(uploads);
        let by = now + wait + Duration::from_nanos(nanos_on_slowest_link(bytes));
        self.demanded_at = Some(now);
        self.prove_by(by, paused);
    }
}
