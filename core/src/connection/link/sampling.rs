//! Which pongs measure the round trip.

use core::time::Duration;

use crate::time::Instant;

/// The most rounds of pongs in a row that are no samples. A delay that lasts longer is how the link answers.
const MOST_ROUNDS: u8 = 3;

/// Decides which pongs are samples of the round-trip time. The pong of a ping that waited behind an upload measures the
/// upload.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sampling {
    /// The number of rounds in a row without a sample. Pings that were in flight together make one round.
    rounds: u8,
    /// When the first pong of the last of these rounds came.
    round_at: Option<Instant>,
}

impl Sampling {
    /// Whether a pong that came after `rtt` is a sample. What was sent before its ping takes `behind` at the slowest rate, at most.
    pub(super) fn takes(
        &mut self,
        now: Instant,
        rtt: Duration,
        behind: Duration,
        rto: Duration,
    ) -> bool {
        if rtt <= rto || rtt.saturating_sub(behind) > rto {
            self.rounds = 0;
            return true;
        }
        let is_new = self.round_at.is_none_or(|at| now.saturating_since(at) >= rtt);
        if is_new && self.rounds == MOST_ROUNDS {
            self.rounds = 0;
            return true;
        }
        if is_new {
            self.rounds += 1;
            self.round_at = Some(now);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    const RTO: Duration = millis(200);

    fn at(second: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(second)
    }

    #[test]
    fn a_pong_is_no_sample_where_the_bytes_before_its_ping_explain_how_late_it_is() {
        for (rtt, behind, is_sample) in [
            (200, 60_000, true),
            (201, 60_000, false),
            (5000, 4800, false),
            (5000, 4799, true),
            (5000, 0, true),
        ] {
            let taken = Sampling::default().takes(at(60), millis(rtt), millis(behind), RTO);
            assert_eq!(taken, is_sample, "{rtt} ms behind {behind} ms");
        }
    }

    #[test]
    fn the_fourth_late_round_in_a_row_is_a_sample() {
        let mut sampling = Sampling::default();
        let mut late = |second| sampling.takes(at(second), millis(5000), millis(60_000), RTO);
        assert_eq!(
            [10, 11, 14, 20, 30, 31, 40, 50].map(&mut late),
            [false, false, false, false, false, false, true, false]
        );
    }

    #[test]
    fn a_prompt_pong_begins_the_count_anew() {
        let mut sampling = Sampling::default();
        for second in [10, 20, 30, 40, 50, 60] {
            assert!(!sampling.takes(at(second), millis(5000), millis(60_000), RTO));
            assert!(sampling.takes(at(second + 1), millis(50), millis(60_000), RTO));
        }
    }
}
