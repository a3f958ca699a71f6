//! A histogram of latencies that can be merged without losing anything.

#[cfg(test)]
mod tests;
#[cfg(feature = "serde")]
mod wire;

use core::time::Duration;

use crate::time::{duration_from_millis, millis};

/// The scale: buckets per doubling are `2^SCALE`.
pub const SCALE: u8 = 3;

/// The number of buckets; they reach from 1 ms to 60 s.
pub const BUCKETS: usize = 127;

const PER_DOUBLING: f64 = 8.0;

/// OpenTelemetry's base-2 exponential histogram at scale 3, over milliseconds.
///
/// Bucket `i` holds what lies in `(2^(i/8), 2^((i+1)/8)]` ms, so a value read back from it is off
/// by at most 4.33 %. What is below 1 ms counts in the first bucket, what is above 60 s in the
/// last; the smallest and the largest value are kept exactly. Merging is addition, so the merged
/// histogram of two parts is the histogram of the whole.
///
/// Source: OpenTelemetry specification, Metrics Data Model, "`ExponentialHistogram`".
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    counts: [u32; BUCKETS],
    count: u64,
    sum_millis: f64,
    min_millis: f64,
    max_millis: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: [0; BUCKETS],
            count: 0,
            sum_millis: 0.0,
            min_millis: f64::INFINITY,
            max_millis: 0.0,
        }
    }
}

impl Histogram {
    /// Adds one latency.
    pub fn record(&mut self, latency: Duration) {
        let value = millis(latency).min(LONGEST);
        let bucket = &mut self.counts[bucket_of(value)];
        *bucket = bucket.saturating_add(1);
        self.count = self.count.saturating_add(1);
        self.sum_millis += value;
        self.min_millis = self.min_millis.min(value);
        self.max_millis = self.max_millis.max(value);
    }

    /// Adds all that `other` holds.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine = mine.saturating_add(*theirs);
        }
        self.count = self.count.saturating_add(other.count);
        self.sum_millis += other.sum_millis;
        self.min_millis = self.min_millis.min(other.min_millis);
        self.max_millis = self.max_millis.max(other.max_millis);
    }

    /// The same, with each latency recorded `times` times. Percentiles and mean stay as they are.
    #[must_use]
    pub fn times(&self, times: u32) -> Self {
        if times == 0 {
            return Self::default();
        }
        let mut histogram = self.clone();
        histogram.counts.iter_mut().for_each(|count| *count = count.saturating_mul(times));
        histogram.count = self.count.saturating_mul(times.into());
        histogram.sum_millis = self.sum_millis * f64::from(times);
        histogram
    }

    /// The same with this share of each bucket's latencies, from 0 to 1, rounded down. The mean stays as
    /// it is. 1 or more changes nothing.
    #[must_use]
    pub fn reduced(&self, share: f64) -> Self {
        if share >= 1.0 {
            return self.clone();
        }
        let mut reduced = self.clone();
        // A share of a count is no larger than the count.
        let of = |count: u32| u32::try_from(share_of(count.into(), share)).unwrap_or(count);
        reduced.counts.iter_mut().for_each(|count| *count = of(*count));
        reduced.count = reduced.counts.iter().map(|&count| u64::from(count)).sum();
        if reduced.count == 0 {
            return Self::default();
        }
        reduced.sum_millis = self.sum_millis * (reduced.count as f64 / self.count as f64);
        reduced
    }

    /// How many latencies were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many latencies each bucket holds: bucket `i` those in `(2^(i/8), 2^((i+1)/8)]` ms.
    #[must_use]
    pub fn buckets(&self) -> &[u32; BUCKETS] {
        &self.counts
    }

    /// The sum of all latencies, in milliseconds.
    #[must_use]
    pub fn sum_millis(&self) -> f64 {
        self.sum_millis
    }

    /// The longest of all latencies, in milliseconds; 0 while empty.
    #[must_use]
    pub fn max_millis(&self) -> f64 {
        self.max_millis
    }

    /// The mean, exact; absent while empty.
    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        (self.count > 0).then(|| duration_from_millis(self.sum_millis / self.count as f64))
    }

    /// The median, by interpolation within its bucket: no more exact than a percentile, but it moves
    /// steadily when the latencies do. Absent while empty.
    #[must_use]
    pub fn median(&self) -> Option<Duration> {
        let half = self.count as f64 / 2.0;
        let mut seen = 0.0;
        for (index, &count) in self.counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            let count = f64::from(count);
            if seen + count >= half {
                let within = (half - seen) / count;
                let value = libm::exp2((index as f64 + within) / PER_DOUBLING);
                return Some(duration_from_millis(value.max(self.min_millis).min(self.max_millis)));
            }
            seen += count;
        }
        None
    }

    /// The latency that a share `p` (0 … 1, clamped) of all latencies does not exceed, within
    /// 4.33 %; absent while empty.
    #[must_use]
    pub fn percentile(&self, p: f64) -> Option<Duration> {
        if self.count == 0 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rank = (libm::ceil(p.clamp(0.0, 1.0) * self.count as f64) as u64).max(1);
        let mut seen = 0_u64;
        for (index, &count) in self.counts.iter().enumerate() {
            seen += u64::from(count);
            if seen >= rank {
                // The middle of the bucket by ratio halves the worst error in both directions.
                let middle = libm::exp2((index as f64 + 0.5) / PER_DOUBLING);
                return Some(duration_from_millis(
                    middle.max(self.min_millis).min(self.max_millis),
                ));
            }
        }
        Some(duration_from_millis(self.max_millis))
    }
}

/// A share of a count, from 0 to 1, rounded down; of a share that is not a number, nothing.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from a float saturates, and takes NaN to zero"
)]
#[must_use]
pub fn share_of(count: u64, share: f64) -> u64 {
    ((count as f64 * share.clamp(0.0, 1.0)) as u64).min(count)
}

/// The index follows from the bits of the number: its exponent counts the doublings, and its
/// fraction says how many eighths of one it is beyond. Some 3 ns; a logarithm takes five times as
/// long, and is larger.
fn bucket_of(value: f64) -> usize {
    let bits = value.to_bits();
    // Below 1 ms, where the exponent is negative, and NaN: the first bucket.
    if value.is_nan() || value <= 1.0 {
        return 0;
    }
    let doublings = (bits >> 52).saturating_sub(1023);
    let fraction = bits & ((1 << 52) - 1);
    let eighths = EIGHTHS.iter().filter(|&&line| fraction > line).count();
    // Each bucket has its upper line within: at a power of two no line is exceeded.
    let doublings = usize::try_from(doublings).unwrap_or(BUCKETS);
    (8 * doublings + eighths).saturating_sub(1).min(BUCKETS - 1)
}

/// Nothing is taken for longer, in milliseconds: 2^53, some 285,000 years. So no sum of recorded values is infinite.
const LONGEST: f64 = 9_007_199_254_740_992.0;

/// The fractions of `2^(k/8)` for `k` from 0 to 7, as a number's 52 bits.
const EIGHTHS: [u64; 8] = [
    0,
    0x0001_72b8_3c7d_517b,
    0x0003_06fe_0a31_b715,
    0x0004_bfda_d536_2a27,
    0x0006_a09e_667f_3bcd,
    0x0008_ace5_422a_a0db,
    0x000a_e89f_995a_d3ad,
    0x000d_5818_dcfb_a487,
];
