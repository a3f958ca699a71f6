//! What follows from the order of a few numbers.

/// The middle of the values, which are put in order; 0 without any.
pub(crate) fn median(values: &mut [f32]) -> f32 {
    sort(values);
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[odd / 2],
        even => f32::midpoint(values[even / 2 - 1], values[even / 2]),
    }
}

/// Shell's method (1959) with Ciura's gaps (2001): for the few hundred values of a trend about as
/// fast as the standard library's sort, at a fraction of its code, which every page would have to
/// load.
pub(crate) fn sort(values: &mut [f32]) {
    for gap in [301, 132, 57, 23, 10, 4, 1] {
        for unsorted in gap..values.len() {
            let value = values[unsorted];
            let mut index = unsorted;
            while index >= gap && values[index - gap] > value {
                values[index] = values[index - gap];
                index -= gap;
            }
            values[index] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Random, SeededRandom};
    use std::vec::Vec;

    #[test]
    fn values_of_any_number_are_put_in_order() {
        let mut random = SeededRandom::new(1);
        for count in [0, 1, 2, 9, 10, 11, 435, 1000] {
            let unit = |_| f32::from(u16::try_from(random.next_u32() % 100).unwrap());
            let mut values: Vec<f32> = (0..count).map(unit).collect();
            let mut expected = values.clone();
            expected.sort_by(f32::total_cmp);
            sort(&mut values);
            assert_eq!(values, expected);
        }
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0, 10.0]).to_bits(), 2.5_f32.to_bits());
        assert_eq!(median(&mut [3.0, 1.0, 2.0]).to_bits(), 2.0_f32.to_bits());
        assert_eq!(median(&mut []).to_bits(), 0.0_f32.to_bits());
    }
}
