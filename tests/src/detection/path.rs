use std::time::Duration;

use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;

/// What a path does to segments.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// The round-trip time of an empty path.
    pub rtt: Duration,
    /// The most that other traffic adds to it: the queue fills and drains evenly, within two minutes.
    pub bloat: Duration,
    /// The share of segments that are lost in either direction, 0 … 1.
    pub loss: f64,
    /// Holes, as of a device that roams.
    pub holes: Option<Holes>,
    /// The rate of the bottleneck in either direction, in bytes a second; absent for an unlimited one.
    pub rate: Option<u64>,
}

/// Times in which a path loses everything.
#[derive(Clone, Copy, Debug)]
pub struct Holes {
    /// The mean time between two of them, exponentially distributed.
    pub every: Duration,
    /// The length of the shortest; lengths are uniformly distributed.
    pub shortest: Duration,
    /// The length of the longest.
    pub longest: Duration,
}

/// How long the queue of other traffic takes to fill and drain.
const BLOAT_PERIOD: Duration = Duration::from_mins(2);

impl Default for Path {
    /// 50 ms, and nothing else.
    fn default() -> Self {
        let rtt = Duration::from_millis(50);
        Self { rtt, bloat: Duration::ZERO, loss: 0.0, holes: None, rate: None }
    }
}

/// A path with its chance and the history of its holes.
pub(super) struct Weather {
    path: Path,
    /// How many streams share the bottleneck in the direction in which something is sent now.
    pub(super) sharers: u32,
    holes: Vec<(Instant, Instant)>,
    phase: f64,
    random: SeededRandom,
}

impl Weather {
    pub(super) fn new(path: Path, seed: u64, lasts: Duration) -> Self {
        let mut random = SeededRandom::new(seed ^ 0x9e37_79b9);
        let mut holes = Vec::new();
        if let Some(Holes { every, shortest, longest }) = path.holes {
            let mut at = Instant::ORIGIN;
            while at.since_origin() < lasts {
                let gap = -(1.0 - random.next_unit()).ln() * every.as_secs_f64();
                let length = random.next_between(shortest.as_secs_f64(), longest.as_secs_f64());
                let begins = at + Duration::from_secs_f64(gap);
                at = begins + Duration::from_secs_f64(length);
                holes.push((begins, at));
            }
        }
        let phase = random.next_unit();
        Self { path, sharers: 1, holes, phase, random }
    }

    /// Whether a segment that leaves now is lost.
    pub(super) fn loses(&mut self, at: Instant) -> bool {
        let next = self.holes.partition_point(|(_, ends)| *ends <= at);
        let is_in_hole = self.holes.get(next).is_some_and(|(begins, _)| *begins <= at);
        self.random.next_unit() < self.path.loss || is_in_hole
    }

    /// How long a segment that leaves now takes.
    pub(super) fn delay(&self, at: Instant) -> Duration {
        let turns = at.since_origin().as_secs_f64() / BLOAT_PERIOD.as_secs_f64() + self.phase;
        let filled = 1.0 - (turns.fract() * 2.0 - 1.0).abs();
        // Queues fill in the direction of the upload that fills them; half in each is as good here.
        self.path.rtt / 2 + self.path.bloat.mul_f64(filled / 2.0)
    }

    /// How long that many bytes take through the bottleneck.
    pub(super) fn serialization(&self, bytes: u64) -> Duration {
        self.path
            .rate
            .map_or(Duration::ZERO, |rate| Duration::from_secs_f64(bytes as f64 / rate as f64))
            * self.sharers
    }
}
