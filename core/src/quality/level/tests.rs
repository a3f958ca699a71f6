use super::*;
use crate::rng::{Random as _, SeededRandom};

fn after(scores: &[f64]) -> Option<Quality> {
    let mut level = Level::default();
    for &points in scores {
        level.evaluate(Score { points, noise: 0.0 });
    }
    level.current()
}

#[test]
fn the_first_score_sets_the_level() {
    assert_eq!(after(&[]), None);
    assert_eq!(after(&[85.0]), Some(Quality::Good));
}

#[test]
fn it_falls_one_level_after_two_evaluations_and_two_levels_at_once() {
    assert_eq!(after(&[95.0, 80.0]), Some(Quality::Excellent));
    assert_eq!(after(&[95.0, 80.0, 80.0]), Some(Quality::Good));
    assert_eq!(after(&[95.0, 30.0]), Some(Quality::Poor));
}

#[test]
fn it_rises_after_five_evaluations_well_over_the_line() {
    let mut scores = std::vec![60.0];
    scores.extend([100.0; 4]);
    assert_eq!(after(&scores), Some(Quality::Poor));
    scores.extend([100.0; 1]);
    assert_eq!(after(&scores), Some(Quality::Good), "it was not at EXCELLENT all five times");
    scores.extend([100.0; 5]);
    assert_eq!(after(&scores), Some(Quality::Excellent));
}

#[test]
fn it_does_not_rise_when_the_score_only_touches_the_line() {
    let mut scores = std::vec![60.0];
    scores.extend([73.0; 200]);
    assert_eq!(after(&scores), Some(Quality::Poor));
}

#[test]
fn what_is_saved_goes_on_unless_its_score_makes_no_sense() {
    let restored = |smoothed: f64| {
        let mut saved = Encoder::default();
        saved.option(Some(Quality::Good), |to, level| to.u8(level as u8));
        saved.f64(smoothed);
        Level::decode(&mut Decoder::new(&saved.bytes)).map(|level| level.smoothed())
    };
    assert_eq!([0.0, 80.0, 100.0].map(restored), [Some(0.0), Some(80.0), Some(100.0)]);
    assert_eq!([-0.1, 100.1, f64::NAN].map(restored), [None; 3]);
}

#[test]
fn what_noise_explains_does_not_make_it_fall() {
    let mut level = Level::default();
    level.evaluate(Score { points: 80.0, noise: 4.0 });
    (0..20).for_each(|_| level.evaluate(Score { points: 66.5, noise: 4.0 }));
    assert_eq!(level.current(), Some(Quality::Good));
    (0..2).for_each(|_| level.evaluate(Score { points: 66.0, noise: 3.0 }));
    assert_eq!(level.current(), Some(Quality::Poor));
}

/// A level with this many flaps behind it: a fall, a rise, a fall and so on.
fn after_flaps(flaps: u32) -> Level {
    let mut level = Level::default();
    let mut give = |points, until| {
        while level.current() != Some(until) {
            level.evaluate(Score { points, noise: 0.0 });
        }
    };
    (0..=flaps).for_each(|_| {
        give(100.0, Quality::Excellent);
        give(60.0, Quality::Poor);
    });
    level
}

/// How many evaluations of a perfect score a level takes to rise, rounded down to 5, 10, 20, 40 or
/// 80: the first ones move the smoothed score over the line.
fn evaluations_to_rise(mut level: Level) -> usize {
    let before = level.current();
    let evaluations = core::iter::repeat_with(|| {
        level.evaluate(Score { points: 100.0, noise: 0.0 });
        level.current()
    });
    let taken = 1 + evaluations.take(100).take_while(|&level| level == before).count();
    [80, 40, 20, 10, 5].into_iter().find(|&least| taken >= least).unwrap_or_default()
}

#[test]
fn a_rise_that_is_undone_makes_the_next_take_eighty_evaluations() {
    assert_eq!(evaluations_to_rise(after_flaps(0)), 5);
    assert_eq!([1, 2, 9].map(|flaps| evaluations_to_rise(after_flaps(flaps))), [80; 3]);
}

#[test]
fn caution_is_halved_by_250_evaluations_without_a_flap_until_it_is_gone() {
    let mut level = after_flaps(1);
    let after = [250, 250, 250, 250].map(|evaluations| {
        (0..evaluations).for_each(|_| level.evaluate(Score { points: 60.0, noise: 0.0 }));
        evaluations_to_rise(level)
    });
    assert_eq!(after, [40, 20, 10, 5]);
}

#[test]
fn one_fall_after_another_is_no_flap() {
    let mut level = Level::default();
    for points in [95.0, 80.0, 50.0, 10.0] {
        (0..3).for_each(|_| level.evaluate(Score { points, noise: 0.0 }));
    }
    assert_eq!((level.current(), evaluations_to_rise(level)), (Some(Quality::Critical), 5));
}

#[test]
fn a_level_that_misses_lowered_rises_as_any_other() {
    let mut level = Level::default();
    let score = Score { points: 95.0, noise: 0.0 };
    level.evaluate(score);
    level.evaluate_miss(score, Quality::Good);
    assert_eq!((level.current(), evaluations_to_rise(level)), (Some(Quality::Good), 5));
}

#[test]
fn whatever_came_before_a_miss_raises_no_level_and_the_smoothed_score_lowers_none() {
    let mut random = SeededRandom::new(1);
    for _ in 0..2000 {
        let mut level = Level::default();
        let (least, spread) = (random.next_unit() * 100.0, random.next_unit() * 100.0);
        for _ in 0..random.next_u32() % 200 {
            let noise = random.next_unit() * 10.0;
            let points = (least + spread * random.next_unit()).min(100.0);
            let (before, score) = (level.current(), Score { points, noise });
            if before.is_some() && random.next_unit() < 0.1 {
                let at_most = Quality::at_most(random.next_u32() % 5);
                level.evaluate_miss(score, at_most);
                assert!(level.current() <= before.min(Some(at_most)), "{level:?}");
            } else {
                level.evaluate(score);
            }
            let mut next = level;
            next.evaluate(Score { points: level.smoothed(), noise });
            assert!(next.current() >= level.current(), "{level:?} became {next:?}");
        }
    }
}
