use core::time::Duration;

use crate::time::saturating_nanos;

/// Round-trip time by RFC 6298, "Computing TCP's Retransmission Timer".
///
/// Every ping carries an id, so each pong is an unambiguous sample and Karn's rule is not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtt {
    smoothed: Option<Smoothed>,
}

/// In nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Smoothed {
    srtt: u64,
    rttvar: u64,
}

/// RFC 6298 (2.1): the retransmission time-out before there is a sample.
const INITIAL_RTO: Duration = Duration::from_secs(1);

/// RFC 6298 (2.2): `G`, the granularity of the clock.
const GRANULARITY: u64 = 1_000_000;

/// No sample is taken for longer: some 73 years, eight of which can be added.
const LONGEST: u64 = u64::MAX / 8;

impl Default for Rtt {
    fn default() -> Self {
        Self::new()
    }
}

impl Rtt {
    /// An estimate without samples.
    #[must_use]
    pub const fn new() -> Self {
        Self { smoothed: None }
    }

    /// The estimate with these parts.
    pub(crate) fn of(srtt: Duration, rttvar: Duration) -> Self {
        let nanos = |duration: Duration| saturating_nanos(duration).min(LONGEST);
        let (srtt, rttvar) = (nanos(srtt), nanos(rttvar));
        Self { smoothed: Some(Smoothed { srtt, rttvar }) }
    }

    /// Takes a sample in: (2.2) for the first, (2.3) with α = 1/8 and β = 1/4 after that.
    pub fn sample(&mut self, rtt: Duration) {
        let rtt = saturating_nanos(rtt).min(LONGEST);
        self.smoothed = Some(match self.smoothed {
            None => Smoothed { srtt: rtt, rttvar: rtt / 2 },
            Some(Smoothed { srtt, rttvar }) => Smoothed {
                srtt: (srtt * 7 + rtt) / 8,
                rttvar: (rttvar * 3 + srtt.abs_diff(rtt)) / 4,
            },
        });
    }

    /// The smoothed round-trip time, `SRTT`; absent without a sample.
    #[must_use]
    pub fn srtt(&self) -> Option<Duration> {
        self.smoothed.map(|smoothed| Duration::from_nanos(smoothed.srtt))
    }

    /// The variation, `RTTVAR`; zero without a sample.
    pub(crate) fn rttvar(&self) -> Duration {
        Duration::from_nanos(self.smoothed.map_or(0, |smoothed| smoothed.rttvar))
    }

    /// The retransmission time-out, `SRTT + max(G, 4·RTTVAR)`, without the RFC's floor of a
    /// second: what is built on it has floors of its own.
    #[must_use]
    pub fn rto(&self) -> Duration {
        self.smoothed.map_or(INITIAL_RTO, |Smoothed { srtt, rttvar }| {
            let margin = GRANULARITY.max(rttvar.saturating_mul(4));
            Duration::from_nanos(srtt.saturating_add(margin))
        })
    }

    /// The shortest time in which an answer is likely, `SRTT − 4·RTTVAR`; zero without a sample.
    pub(crate) fn soonest(&self) -> Duration {
        let nanos = self
            .smoothed
            .map_or(0, |Smoothed { srtt, rttvar }| srtt.saturating_sub(rttvar.saturating_mul(4)));
        Duration::from_nanos(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_the_rfc_comes_out() {
        let mut rtt = Rtt::new();
        assert_eq!((rtt.srtt(), rtt.rto()), (None, Duration::from_secs(1)));
        rtt.sample(Duration::from_millis(100));
        // SRTT = 100, RTTVAR = 50, RTO = 100 + 4·50
        assert_eq!(rtt.srtt(), Some(Duration::from_millis(100)));
        assert_eq!(rtt.rto(), Duration::from_millis(300));
        rtt.sample(Duration::from_millis(180));
        // RTTVAR = 3/4·50 + 1/4·80 = 57.5, SRTT = 7/8·100 + 1/8·180 = 110
        assert_eq!(rtt.srtt(), Some(Duration::from_millis(110)));
        assert_eq!(rtt.rto(), Duration::from_millis(340));
    }

    #[test]
    fn absurd_samples_do_not_overflow() {
        let mut rtt = Rtt::new();
        for _ in 0..10 {
            rtt.sample(Duration::from_nanos(u64::MAX));
        }
        assert_eq!(rtt.srtt(), Some(Duration::from_nanos(LONGEST)));
        assert!(rtt.rto() > Duration::from_nanos(LONGEST));
    }
}
