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
    /// Of so many one is looked at.
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
