//! `{ "scale": 3, "buckets": [[index, count], …], "sum": ms, "min": ms, "max": ms }`,
//! without the empty buckets.

use alloc::vec::Vec;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BUCKETS, Histogram, LONGEST, SCALE};

/// Values in base-2 exponential buckets, as those of `OpenTelemetry`: index and count of each that
/// is not empty.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Histogram"))]
struct Sparse {
    scale: u8,
    buckets: Vec<(u8, u32)>,
    sum: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Histogram {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        Sparse::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Sparse::json_schema(generator)
    }
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
