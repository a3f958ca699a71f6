//! A histogram of latencies that can be merged without losing anything.

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

    /// The same, with each latency recorded so many times. Percentiles and mean stay as they are.
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

/// Nothing is taken for longer, in milliseconds: 2^53, some 285,000 years. So no sum of whatever is told is infinite.
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

#[cfg(feature = "serde")]
mod wire {
    //! `{ "scale": 3, "buckets": [[index, count], …], "sum": ms, "min": ms, "max": ms }`,
    //! without the empty buckets.

    use alloc::vec::Vec;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{BUCKETS, Histogram, LONGEST, SCALE};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sparse {
        scale: u8,
        buckets: Vec<(u8, u32)>,
        sum: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    }

    impl Serialize for Histogram {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let filled = (0_u8..).zip(self.counts).filter(|&(_, count)| count > 0);
            Sparse {
                scale: SCALE,
                buckets: filled.collect(),
                sum: self.sum_millis,
                min: (self.count > 0).then_some(self.min_millis),
                max: (self.count > 0).then_some(self.max_millis),
            }
            .serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Histogram {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let sparse = Sparse::deserialize(deserializer)?;
            if sparse.scale != SCALE {
                return Err(D::Error::custom(format_args!(
                    "histogram scale is {}; only {SCALE} is known",
                    sparse.scale
                )));
            }
            let mut histogram = Self::default();
            for (index, count) in sparse.buckets {
                let bucket = histogram.counts.get_mut(usize::from(index)).ok_or_else(|| {
                    D::Error::custom(format_args!(
                        "histogram bucket is {index}; allowed is 0 to {}",
                        BUCKETS - 1
                    ))
                })?;
                *bucket = bucket.saturating_add(count);
                histogram.count += u64::from(count);
            }
            if histogram.count > 0 {
                let within = |value: f64| (0.0..=LONGEST).contains(&value);
                let (Some(min), Some(max)) = (sparse.min, sparse.max) else {
                    return Err(D::Error::custom("histogram has buckets but no min and max"));
                };
                if !(within(min) && within(max) && min <= max) {
                    return Err(D::Error::custom(
                        "histogram min and max must be 0 to 2^53 ms, and min at most max",
                    ));
                }
                // Counts that are full make it larger than they allow.
                let count = histogram.count as f64;
                histogram.sum_millis = sparse.sum.clamp(count * min, count * max);
                (histogram.min_millis, histogram.max_millis) = (min, max);
            }
            Ok(histogram)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Random, SeededRandom};
    #[cfg(feature = "serde")]
    use std::string::ToString;
    use std::vec::Vec;

    fn skewed(seed: u64, count: usize) -> Vec<f64> {
        let mut random = SeededRandom::new(seed);
        (0..count).map(|_| 2.0 + 800.0 * libm::pow(random.next_unit(), 4.0)).collect()
    }

    fn of(values: &[f64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|&value| histogram.record(duration_from_millis(value)));
        histogram
    }

    #[test]
    fn a_merged_histogram_is_the_histogram_of_the_merged_data() {
        let (a, b) = (skewed(1, 500), skewed(2, 700));
        let mut merged = of(&a);
        merged.merge(&of(&b));
        let whole = of(&[a, b].concat());
        assert_eq!(merged.counts, whole.counts);
        assert_eq!(merged.count, whole.count);
        assert!((merged.sum_millis - whole.sum_millis).abs() < 1e-6);
    }

    /// What the specification says, by a logarithm.
    #[test]
    fn the_bucket_of_a_value_is_that_of_its_logarithm() {
        for value in skewed(7, 10_000) {
            let index = libm::ceil(libm::log2(value) * 8.0) - 1.0;
            assert!((bucket_of(value) as f64 - index).abs() < f64::EPSILON, "{value}");
        }
        let powers = [1.0, 2.0, 4.0, 1024.0].map(bucket_of);
        assert_eq!(powers, [0, 7, 15, 79], "the upper line lies within");
        assert_eq!([f64::NAN, -1.0, 0.0, 1e-300].map(bucket_of), [0; 4]);
        assert_eq!([1e5, 1e300, f64::INFINITY].map(bucket_of), [BUCKETS - 1; 3]);
    }

    #[test]
    fn percentiles_are_within_4_4_percent_of_the_exact_ones_whatever_the_distribution() {
        let mut random = SeededRandom::new(3);
        // Box and Muller, 1958.
        let mut normal = || {
            let radius = libm::sqrt(-2.0 * libm::log(1.0 - random.next_unit()));
            radius * libm::cos(core::f64::consts::TAU * random.next_unit())
        };
        let log_normal: Vec<f64> = (0..10_000).map(|_| 80.0 * libm::exp(0.8 * normal())).collect();
        let bimodal = (0..10_000).map(|n| if n % 3 == 0 { 900.0 } else { 20.0 } + 3.0 * normal());
        let constant = std::vec![123.4; 10_000];
        for mut values in [log_normal, bimodal.collect(), constant] {
            let histogram = of(&values);
            values.sort_by(f64::total_cmp);
            for (p, rank) in [(0.5, 5000), (0.9, 9000), (0.95, 9500), (0.99, 9900), (0.999, 9990)] {
                let (read, exact) = (millis(histogram.percentile(p).unwrap()), values[rank - 1]);
                assert!((read / exact - 1.0).abs() < 0.044, "p{p}: {read} against {exact}");
            }
        }
    }

    #[test]
    fn every_value_has_a_bucket() {
        let histogram = of(&[0.0, 0.5, 1.0, 60_000.0, 1e9]);
        assert_eq!(histogram.count(), 5);
        assert_eq!((histogram.counts[0], histogram.counts[BUCKETS - 1]), (3, 2));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn it_crosses_the_wire_sparse_and_comes_back_the_same() {
        let histogram = of(&[3.0, 3.0, 250.0]);
        let json = serde_json::to_string(&histogram).unwrap();
        assert!(json.len() < 100, "{json}");
        assert_eq!(serde_json::from_str::<Histogram>(&json).unwrap(), histogram);
        let bad = r#"{"scale":3,"buckets":[[127,1]],"sum":1,"min":1,"max":1}"#;
        let error = serde_json::from_str::<Histogram>(bad).unwrap_err().to_string();
        assert!(error.contains("bucket is 127; allowed is 0 to 126"), "{error}");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn whatever_is_told_its_sum_can_be_merged_and_told_again() {
        let bold = r#"{"scale":3,"buckets":[[126,4294967295]],"sum":1e308,"min":0,"max":9007199254740992}"#;
        let bold: Histogram = serde_json::from_str(bold).unwrap();
        let mut merged = bold.times(u32::MAX);
        (0..100).for_each(|_| merged.merge(&bold.times(u32::MAX)));
        let told = serde_json::to_string(&merged).unwrap();
        assert!(serde_json::from_str::<Histogram>(&told).unwrap().sum_millis().is_finite());
        let longer = r#"{"scale":3,"buckets":[[1,1]],"sum":1,"min":1,"max":1e16}"#;
        assert!(serde_json::from_str::<Histogram>(longer).is_err());
    }
}
