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
    let bold =
        r#"{"scale":3,"buckets":[[126,4294967295]],"sum":1e308,"min":0,"max":9007199254740992}"#;
    let bold: Histogram = serde_json::from_str(bold).unwrap();
    let mut merged = bold.times(u32::MAX);
    (0..100).for_each(|_| merged.merge(&bold.times(u32::MAX)));
    let told = serde_json::to_string(&merged).unwrap();
    assert!(serde_json::from_str::<Histogram>(&told).unwrap().sum_millis().is_finite());
    let longer = r#"{"scale":3,"buckets":[[1,1]],"sum":1,"min":1,"max":1e16}"#;
    assert!(serde_json::from_str::<Histogram>(longer).is_err());
}
