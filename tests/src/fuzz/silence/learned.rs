//! What the silences of a session's links have taught, computed without the machine. Times are in seconds.

use std::time::Duration;

use steadfast_core::time::Instant;

/// Bounds of the patience that was learned. What the bytes explain that were sent teaches nothing, so how long a silence
/// was that taught is known within bounds only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learned {
    /// The longest silence of any link, and at least that.
    most: Longest,
    least: Longest,
    given_up: Option<(Instant, f64)>,
    doubled: f64,
    doubled_until: Instant,
}

/// A silence that is halved after each day, unless one of at least this share of it comes again.
#[derive(Clone, Copy, Debug)]
struct Longest {
    share: f64,
    silence: f64,
    at: Instant,
}

const DAY: Duration = Duration::from_hours(24);

/// A successor that opens this soon doubles the patience, for a minute.
const SOON: Duration = Duration::from_secs(10);
const DOUBLED_FOR: Duration = Duration::from_mins(1);

/// How much later what is forgotten may count: the ping that began a silence may have gone out before the death.
const IN_FLIGHT: Duration = Duration::from_mins(3);

impl Learned {
    /// A silence is remembered anew if one of a third of it comes. Where it is known within bounds only, the upper bound is
    /// remembered for longer and the lower one more shortly than it can be.
    pub(super) fn new() -> Self {
        let longest = |share| Longest { share, silence: 0.0, at: Instant::ORIGIN };
        Self {
            most: longest(1.0 / 6.0),
            least: longest(2.0 / 3.0),
            given_up: None,
            doubled: 0.0,
            doubled_until: Instant::ORIGIN,
        }
    }

    /// A pong came after `rtt`, of which bytes that were sent explain `explained` at most.
    pub(super) fn answered(&mut self, now: Instant, rtt: f64, explained: f64) {
        self.most.record(now, rtt);
        self.least.record(now, (rtt - explained).max(0.0));
    }

    /// A link was given up after this silence.
    pub(super) fn gave_up(&mut self, now: Instant, silence: Duration) {
        self.given_up = Some((now, silence.as_secs_f64()));
    }

    /// The next link has opened.
    pub(super) fn opened(&mut self, now: Instant) {
        if let Some((at, silence)) = self.given_up.filter(|(at, _)| *at + SOON >= now) {
            debug_assert!(at <= now);
            (self.doubled, self.doubled_until) = (2.0 * silence, now + DOUBLED_FOR);
        }
    }

    /// The longest patience, which is `most` for an idle link.
    pub(super) fn at_most(&self, now: Instant, is_busy: bool, most: f64) -> f64 {
        let longest = self.most.at(now, IN_FLIGHT);
        let doubled = if now < self.doubled_until + IN_FLIGHT { self.doubled } else { 0.0 };
        let learned = (2.25 * longest).max(doubled).min(most);
        // A busy link has 1.25 times a silence that was outlived, and twice one that was not, up to 20 times `most`.
        if is_busy { learned.max((1.25 * longest).max(doubled).min(20.0 * most)) } else { learned }
    }

    /// The shortest patience.
    pub(super) fn at_least(&self, now: Instant, most: f64) -> f64 {
        (2.25 * self.least.at(now, Duration::ZERO)).min(most)
    }
}

impl Longest {
    fn record(&mut self, now: Instant, silence: f64) {
        let longest = self.at(now, Duration::ZERO);
        if silence >= longest * self.share {
            (self.silence, self.at) = (longest.max(silence), now);
        }
    }

    /// What was left of it at this time before `now`.
    fn at(self, now: Instant, before: Duration) -> f64 {
        let age = now.saturating_since(self.at).saturating_sub(before);
        let days = age.as_nanos() / DAY.as_nanos();
        self.silence / 2_f64.powi(i32::try_from(days).unwrap_or(i32::MAX))
    }
}
