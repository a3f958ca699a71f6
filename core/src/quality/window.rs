//! What is remembered of a link.

use core::time::Duration;

use crate::codec::{Decoder, Encoder};
use crate::time::{Instant, millis};

/// What a [`score`](super::score()) looks at: the last 10 round-trip times, the outcome of the last 20 pings, and
/// the unplanned disconnections, fading with a half-life of 5 minutes.
///
/// It is small, since a manager has one for each of a million sessions.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", deny_unknown_fields))]
pub struct Window {
    /// In tenths of milliseconds, and at most 6.5 s: from 2.3 s on every link is `CRITICAL`.
    rtts: [u16; FULL],
    rtt_count: u8,
    rtt_next: u8,
    pings: u8,
    /// One bit a ping, the youngest lowest: 1 is a miss.
    misses: u32,
    /// As of [`Self::disconnected_at`].
    disconnections: f32,
    /// In seconds since the origin.
    disconnected_at: u32,
}

const HALF_LIFE_SECS: f64 = 300.0;
const RTTS: u8 = 10;
const PINGS: u8 = 20;
const FULL: usize = RTTS as usize;

/// In place of a round-trip time: further away from every one than they are from each other.
const ABSENT: u32 = 1 << 20;

impl Window {
    pub(crate) fn encode(&self, to: &mut Encoder) {
        self.rtts.iter().for_each(|&rtt| to.u64(rtt.into()));
        to.u8(self.rtt_count);
        to.u8(self.rtt_next);
        to.u8(self.pings);
        to.u64(self.misses.into());
        to.f64(self.disconnections.into());
        to.u64(self.disconnected_at.into());
    }

    pub(crate) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        let mut window = Self::default();
        for rtt in &mut window.rtts {
            *rtt = from.u32()?.try_into().ok()?;
        }
        window.rtt_count = from.u8().filter(|&count| count <= RTTS)?;
        window.rtt_next = from.u8().filter(|&next| next < RTTS)?;
        window.pings = from.u8().filter(|&pings| pings <= PINGS)?;
        window.misses = from.u32()?;
        #[allow(clippy::cast_possible_truncation)] // It was an `f32`.
        let disconnections = from.f64()? as f32;
        window.disconnections = Some(disconnections).filter(|d| d.is_finite() && *d >= 0.0)?;
        window.disconnected_at = from.u32()?;
        Some(window)
    }

    /// A ping was answered after `rtt`.
    pub fn answered(&mut self, rtt: Duration) {
        // A cast from a float saturates.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let tenths = (millis(rtt) * 10.0 + 0.5) as u16;
        // What was restored from outside may be nonsense, and must not panic.
        self.rtts[usize::from(self.rtt_next % RTTS)] = tenths;
        self.rtt_next = (self.rtt_next % RTTS + 1) % RTTS;
        self.rtt_count = self.rtt_count.saturating_add(1).min(RTTS);
        self.push_outcome(false);
    }

    /// A ping was not answered in time.
    pub fn missed(&mut self) {
        self.push_outcome(true);
    }

    /// The link was lost without anybody having meant it.
    pub fn disconnected(&mut self, now: Instant) {
        // Sums of a few ones, which an `f32` holds as well as they matter.
        #[allow(clippy::cast_possible_truncation)]
        let faded = self.faded_disconnections(now) as f32;
        self.disconnections = faded + 1.0;
        self.disconnected_at = u32::try_from(now.since_origin().as_secs()).unwrap_or(u32::MAX);
    }

    /// How many round-trip times there are, at most 10.
    #[must_use]
    pub fn samples(&self) -> usize {
        usize::from(self.rtt_count.min(RTTS))
    }

    /// The share of the last 20 pings that went unanswered, 0 … 1.
    #[inline]
    #[must_use]
    pub fn miss_share(&self) -> f64 {
        f64::from(self.misses.count_ones()) / f64::from(self.pings.max(1))
    }

    /// `Σ 2^(−age / 5 min)` over the unplanned disconnections: kept as one number, since they all
    /// fade at the same rate.
    #[inline]
    #[must_use]
    pub fn faded_disconnections(&self, now: Instant) -> f64 {
        if self.disconnections <= 0.0 {
            return 0.0;
        }
        let age = now.since_origin().as_secs().saturating_sub(self.disconnected_at.into());
        f64::from(self.disconnections) * libm::exp2(-(age as f64) / HALF_LIFE_SECS)
    }

    /// `p50 + 4·MAD` of the round-trip times, in ms: the usual one and how far it strays. Robust
    /// where `SRTT + 4·RTTVAR` jumps at every outlier.
    #[must_use]
    pub fn effective_rtt(&self) -> f64 {
        let (centre, stray) = self.centre_and_stray();
        centre + 4.0 * stray
    }

    /// The median of the round-trip times and the median absolute deviation from it, in ms.
    #[inline]
    pub(super) fn centre_and_stray(&self) -> (f64, f64) {
        let count = self.samples();
        let middle = |count: usize| ((count - 1) / 2, count / 2);
        match count {
            0 => (0.0, 0.0),
            FULL => middles(sort(self.rtts.map(u32::from)), middle(FULL)),
            _ => {
                // Those that there are come first.
                let mut rtts = [ABSENT; FULL];
                rtts.iter_mut().zip(&self.rtts[..count]).for_each(|(to, &rtt)| *to = rtt.into());
                middles(sort(rtts), middle(count))
            }
        }
    }

    fn push_outcome(&mut self, missed: bool) {
        let kept = (1 << PINGS) - 1;
        self.misses = (self.misses << 1 | u32::from(missed)) & kept;
        self.pings = self.pings.saturating_add(1).min(PINGS);
    }
}

/// The median of sorted values and the median absolute deviation from it, in ms, by the places of the
/// values in the middle. Everything is doubled, so that what lies between two values is a whole
/// number as well.
#[inline]
fn middles(sorted: [u32; FULL], (lower, upper): (usize, usize)) -> (f64, f64) {
    let centre = sorted[lower] + sorted[upper];
    let strays = sorted.map(|value| (2 * value).abs_diff(centre));
    // The nearest of sorted values lie side by side, and the first or the last of them is the
    // furthest.
    let nearest = |others: usize| {
        let ends = strays.iter().zip(&strays[others..]);
        ends.map(|(&first, &last)| first.max(last)).min().unwrap_or(0)
    };
    (f64::from(centre) / 20.0, f64::from(nearest(lower) + nearest(upper)) / 40.0)
}

/// Sorts by the least network there is for ten values (Knuth, "The Art of Computer Programming" 3,
/// 5.3.4): its comparisons are always the same, so no branch is guessed wrong.
#[rustfmt::skip]
#[allow(clippy::many_single_char_names)] // Wires of a network have no better names.
fn sort(values: [u32; FULL]) -> [u32; FULL] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h, mut i, mut j] = values;
    macro_rules! order {
        ($($low:ident $high:ident),*) => { $(($low, $high) = ($low.min($high), $low.max($high));)* };
    }
    order!(a i, b j, c h, d f, e g);
    order!(a c, b e, f i, h j);
    order!(a d, c e, f h, g j);
    order!(a b, d g, i j);
    order!(b f, c d, e i, g h);
    order!(b c, d f, e g, h i);
    order!(c d, e f, g h);
    order!(d e, f g);
    [a, b, c, d, e, f, g, h, i, j]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Random as _, SeededRandom};
    use std::vec::Vec;

    #[test]
    fn the_usual_round_trip_and_how_far_it_strays_are_medians() {
        let mut window = Window::default();
        [10, 40, 20, 31].iter().for_each(|&rtt| window.answered(Duration::from_millis(rtt)));
        // The median is 25.5, and the deviations are 5.5, 5.5, 14.5 and 15.5.
        assert!((window.effective_rtt() - (25.5 + 4.0 * 10.0)).abs() < 1e-9);
        window.answered(Duration::from_millis(30));
        assert!((window.effective_rtt() - (30.0 + 4.0 * 10.0)).abs() < 1e-9);
    }

    /// Knuth's zero-one principle: what sorts all zeros and ones sorts everything.
    #[test]
    fn the_network_sorts_whatever_it_is_given() {
        for bits in 0..1 << RTTS {
            let sorted = sort(core::array::from_fn(|place| bits >> place & 1));
            assert!(sorted.is_sorted(), "{bits:b}");
        }
    }

    #[test]
    fn the_deviations_are_those_that_sorting_them_gives() {
        let mut random = SeededRandom::new(1);
        for round in 0..10_000 {
            let mut window = Window::default();
            let mut values: Vec<u32> =
                (0..=round % 12).map(|_| random.next_u32() % 70_000).collect();
            for &tenths in &values {
                window.answered(Duration::from_micros(u64::from(tenths) * 100));
            }
            values.drain(..values.len().saturating_sub(RTTS.into()));
            values.iter_mut().for_each(|value| *value = (*value).min(u16::MAX.into()));
            let middle = |values: &mut Vec<u32>| {
                values.sort_unstable();
                values[(values.len() - 1) / 2] + values[values.len() / 2]
            };
            let centre = middle(&mut values);
            let mut strays = values.iter().map(|&value| (2 * value).abs_diff(centre)).collect();
            let stray = f64::from(middle(&mut strays)) / 40.0;
            assert_eq!(window.centre_and_stray(), (f64::from(centre) / 20.0, stray));
        }
    }
}
