//! The points that trends are drawn through.

use core::time::Duration;

use super::fit::Fit;
use crate::order::median;
use crate::time::Instant;

/// The last 30 points of three values, each the median of what was seen within a bucket of time.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// The oldest first; NaN where nothing was seen.
    points: [[f32; POINTS]; VALUES],
    seen: [[f32; SEEN]; VALUES],
    seen_count: usize,
    /// One of this number of points is looked at.
    every: u32,
    skipped: u32,
    bucket: Duration,
    bucket_began: Instant,
}

/// The values that have trends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    Connections = 0,
    Errors = 1,
    Latency = 2,
}

const VALUES: usize = 3;
const POINTS: usize = 30;
const SEEN: usize = 12;

impl Series {
    pub(super) fn new(bucket: Duration, grain: Duration, now: Instant) -> Self {
        let most = bucket.as_secs_f64() / grain.as_secs_f64() / SEEN as f64;
        // At most 25: an hour of stretches of 12 s.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let every = libm::ceil(most) as u32;
        Self {
            points: [[f32::NAN; POINTS]; VALUES],
            seen: [[f32::NAN; SEEN]; VALUES],
            seen_count: 0,
            every: every.max(1),
            skipped: 0,
            bucket,
            bucket_began: now,
        }
    }

    /// Takes in values, in the order of [`Value`]; absent where there was nothing to see.
    #[allow(clippy::cast_possible_truncation)] // To 7 digits.
    pub(super) fn push(&mut self, now: Instant, values: [Option<f64>; VALUES]) {
        self.skipped += 1;
        if self.skipped >= self.every && self.seen_count < SEEN {
            self.skipped = 0;
            for (seen, value) in self.seen.iter_mut().zip(values) {
                seen[self.seen_count] = value.map_or(f32::NAN, |value| value as f32);
            }
            self.seen_count += 1;
        }
        let passed = now.saturating_since(self.bucket_began);
        if passed < self.bucket {
            return;
        }
        self.shift();
        for (points, seen) in self.points.iter_mut().zip(&self.seen) {
            points[POINTS - 1] = median_of_known(&seen[..self.seen_count]);
        }
        self.seen_count = 0;
        self.bucket_began = self.bucket_began + self.bucket;
        // A pause leaves a gap, and no more of it than there is room.
        for _ in 0..POINTS {
            if now.saturating_since(self.bucket_began) < self.bucket {
                break;
            }
            self.shift();
            self.bucket_began = self.bucket_began + self.bucket;
        }
        if now.saturating_since(self.bucket_began) >= self.bucket {
            self.bucket_began = now;
        }
    }

    /// Begins as early as that, if nothing was taken in yet.
    pub(super) fn reach_back(&mut self, began: Instant) {
        let is_empty = self.seen_count == 0 && self.skipped == 0;
        if is_empty && self.points.as_flattened().iter().all(|point| point.is_nan()) {
            self.bucket_began = self.bucket_began.min(began);
        }
    }

    /// The line through the points of a value; absent below 10.
    pub(super) fn fit(&self, value: Value) -> Option<Fit> {
        Fit::new(&self.points[value as usize])
    }

    /// The time that the last point stands for: the middle of its bucket.
    pub(super) fn last_at(&self) -> Instant {
        self.bucket_began - self.bucket / 2
    }

    fn shift(&mut self) {
        for points in &mut self.points {
            points.rotate_left(1);
            points[POINTS - 1] = f32::NAN;
        }
    }
}

fn median_of_known(seen: &[f32]) -> f32 {
    let mut known = [0.0; SEEN];
    let mut count = 0;
    for &value in seen.iter().filter(|value| !value.is_nan()) {
        known[count] = value;
        count += 1;
    }
    if count == 0 { f32::NAN } else { median(&mut known[..count]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn at(secs: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(secs)
    }

    /// Of minutes, in stretches of 12 s.
    fn minutes() -> Series {
        Series::new(Duration::from_mins(1), Duration::from_secs(12), at(0))
    }

    fn push(series: &mut Series, secs: u64, value: impl Into<Option<f64>>) {
        series.push(at(secs), [None, None, value.into()]);
    }

    /// Those of the points that are known, with their places.
    fn points(series: &Series) -> Vec<(usize, f32)> {
        let points = series.points[Value::Latency as usize].into_iter().enumerate();
        points.filter(|(_, point)| !point.is_nan()).collect()
    }

    #[test]
    fn a_point_is_the_median_of_what_was_seen_in_its_bucket() {
        let mut series = minutes();
        for (secs, value) in [(12, 5.0), (24, 900.0), (36, 1.0), (48, 3.0)] {
            push(&mut series, secs, value);
        }
        assert_eq!(points(&series), []);
        push(&mut series, 60, 4.0);
        assert_eq!(points(&series), [(29, 4.0)]);
        assert_eq!(series.last_at(), at(30));
        for secs in [72, 84, 96, 108] {
            push(&mut series, secs, None);
        }
        push(&mut series, 120, 8.0);
        assert_eq!(points(&series), [(28, 4.0), (29, 8.0)], "one value is enough");
        (11..16).for_each(|stretch| push(&mut series, 12 * stretch, None));
        assert_eq!(points(&series), [(27, 4.0), (28, 8.0)], "where nothing was seen is a gap");
    }

    #[test]
    fn thirty_points_are_kept() {
        let mut series = minutes();
        (1..=40_u32)
            .for_each(|minute| push(&mut series, u64::from(minute) * 60, f64::from(minute)));
        let expected: Vec<_> = (0..30).zip(11_u8..).map(|(at, value)| (at, value.into())).collect();
        assert_eq!(points(&series), expected);
    }

    #[test]
    fn of_a_long_bucket_every_so_many_stretches_count() {
        let hour = Duration::from_hours(1);
        let mut series = Series::new(hour, Duration::from_secs(12), at(0));
        // Every 25th of 300 is looked at, and no other.
        for stretch in 1..=300_u32 {
            let value = if stretch % 25 == 0 { f64::from(stretch) } else { 1e6 };
            push(&mut series, 12 * u64::from(stretch), value);
        }
        assert_eq!(points(&series), [(29, 162.5)]);
    }

    #[test]
    fn a_pause_leaves_a_gap_of_its_length_and_buckets_keep_their_pace() {
        let mut series = minutes();
        push(&mut series, 60, 1.0);
        push(&mut series, 60 * 4 + 10, 2.0);
        push(&mut series, 60 * 5, 3.0);
        assert_eq!(points(&series), [(25, 1.0), (26, 2.0), (29, 3.0)]);
        assert_eq!(series.last_at(), at(60 * 4 + 30));
    }

    #[test]
    fn after_a_pause_longer_than_the_window_nothing_is_left_and_it_begins_anew() {
        let mut series = minutes();
        push(&mut series, 60, 1.0);
        push(&mut series, 60 * 600 + 7, 2.0);
        assert_eq!(points(&series), []);
        push(&mut series, 60 * 601 + 6, 3.0);
        assert_eq!(points(&series), []);
        push(&mut series, 60 * 601 + 7, 4.0);
        assert_eq!(points(&series), [(29, 3.5)]);
    }

    #[test]
    fn it_reaches_back_only_before_anything_was_taken_in() {
        let mut series = Series::new(Duration::from_mins(1), Duration::from_secs(12), at(600));
        series.reach_back(at(60));
        push(&mut series, 120, 1.0);
        assert_eq!(points(&series), [(29, 1.0)]);
        series.reach_back(at(0));
        assert_eq!(series.last_at(), at(90));
    }
}
