use std::time::Duration;

use steadfast_core::rng::{Random, SeededRandom};

/// What lies between a client and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// A round trip of 50 ms whose buffers fill for two minutes of every hour, up to 6 s.
    Bloat,
    /// A round trip of 50 ms, and a hole of 20 to 120 s about every hour.
    Holes,
    /// A round trip of 50 ms, and the per cent of segments that are lost.
    Loss(u32),
    /// A round trip of 50 ms, and a hole of 2 to 6 s about every half an hour.
    Roaming,
    /// A steady round trip of that many milliseconds.
    Rtt(u32),
}

/// From one moment since the start to another.
pub(super) type Span = (Duration, Duration);

/// One path with its holes, in order of time.
#[derive(Debug)]
pub(super) struct Route {
    path: Path,
    holes: Vec<Span>,
}

/// The least that Linux adds to the round trip before it sends a segment again (`TCP_RTO_MIN`). Each further time-out is
/// twice as long (RFC 6298, 5.5), up to two minutes.
const LEAST_RTO: Duration = Duration::from_millis(200);
const LONGEST_RTO: Duration = Duration::from_mins(2);
const HOUR: u64 = 3600;

impl Path {
    /// The round trip without queues, losses and holes.
    fn rtt(self) -> Duration {
        let millis = if let Self::Rtt(millis) = self { millis } else { 50 };
        Duration::from_millis(millis.into())
    }
}

impl Route {
    pub(super) fn new(path: Path, length: Duration, random: &mut SeededRandom) -> Self {
        let mut between = |from: u64, to: u64| {
            Duration::from_secs_f64(random.next_between(from as f64, to as f64))
        };
        let mut holes = Vec::new();
        let mut at = Duration::ZERO;
        while at < length {
            let (pause, hole) = match path {
                Path::Holes => (between(HOUR / 2, HOUR * 3 / 2), between(20, 120)),
                Path::Roaming => (between(HOUR / 4, HOUR * 3 / 4), between(2, 6)),
                _ => break,
            };
            at += pause;
            holes.push((at, at + hole));
            at += hole;
        }
        Self { path, holes }
    }

    /// When a segment arrives that is sent now, retransmissions included.
    pub(super) fn arrival(&self, now: Duration, random: &mut SeededRandom) -> Duration {
        let (mut sent, mut timeout) = (now, self.path.rtt() + LEAST_RTO);
        while self.is_lost(sent, random) {
            sent += timeout;
            timeout = (timeout * 2).min(LONGEST_RTO);
        }
        sent + self.path.rtt() / 2 + self.queue(sent)
    }

    /// Whether so long a hole ended so short a time ago that it explains a link that is given up.
    pub(super) fn was_gone(&self, now: Duration) -> bool {
        let at = self.holes.partition_point(|(start, _)| *start <= now);
        let last = at.checked_sub(1).and_then(|last| self.holes.get(last));
        let long = |(start, end): &Span| end.saturating_sub(*start) > Duration::from_secs(10);
        last.is_some_and(|hole| long(hole) && now < hole.1 + Duration::from_mins(1))
    }

    fn is_lost(&self, at: Duration, random: &mut SeededRandom) -> bool {
        if let Path::Loss(percent) = self.path {
            return random.next_unit() * 100.0 < f64::from(percent);
        }
        let after = self.holes.partition_point(|(start, _)| *start <= at);
        after.checked_sub(1).is_some_and(|hole| at < self.holes[hole].1)
    }

    /// How long a segment waits in a buffer: it fills for a minute, and empties in another.
    fn queue(&self, at: Duration) -> Duration {
        if self.path != Path::Bloat {
            return Duration::ZERO;
        }
        let minute = at.as_secs_f64() % HOUR as f64 / 60.0;
        Duration::from_secs_f64(6.0 * (1.0 - (minute - 1.0).abs()).max(0.0))
    }
}
