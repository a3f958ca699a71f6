use alloc::string::String;

const DIGITS: usize = 6;
const SCALE: f64 = 1e6;

/// A number as a person writes it, to six digits behind the point.
///
/// The standard library prints a float exactly, and the code for that would be a tenth of the whole
/// WebAssembly module. For the message of a refusal six digits will do.
pub(crate) fn text(number: f64) -> String {
    let mut text = String::new();
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_sign_negative() {
        text.push('-');
    }
    let mut size = number.abs();
    let mut exponent = 0_i64;
    if size.is_infinite() {
        text.push_str("inf");
        return text;
    }
    if size != 0.0 && !(1e-3..1e12).contains(&size) {
        while size >= 10.0 {
            (size, exponent) = (size / 10.0, exponent + 1);
        }
        while size < 1.0 {
            (size, exponent) = (size * 10.0, exponent - 1);
        }
    }
    fixed(size, &mut text);
    if exponent != 0 {
        text.push_str(if exponent < 0 { "e-" } else { "e" });
        integer(exponent.unsigned_abs(), 1, &mut text);
    }
    text
}

/// A count as a person writes it.
pub(crate) fn count(number: usize) -> String {
    text(number as f64)
}

/// A whole number.
pub(crate) fn whole(number: u64) -> String {
    let mut text = String::new();
    integer(number, 1, &mut text);
    text
}

/// A number as eight hexadecimal digits.
pub(crate) fn hexadecimal(number: u32) -> String {
    let digits = (0..8).rev().map(|place| number >> (4 * place) & 15);
    digits.map(|digit| char::from(b"0123456789abcdef"[digit as usize])).collect()
}

/// Writes a number that is not negative and fits 64 bits when scaled.
fn fixed(number: f64, text: &mut String) {
    // A cast from a float saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let scaled = (number * SCALE + 0.5) as u64;
    integer(scaled / 1_000_000, 1, text);
    let (mut fraction, mut digits) = (scaled % 1_000_000, DIGITS);
    if fraction == 0 {
        return;
    }
    while fraction % 10 == 0 {
        (fraction, digits) = (fraction / 10, digits - 1);
    }
    text.push('.');
    integer(fraction, digits, text);
}

/// Writes an integer with a minimum number of digits.
fn integer(number: u64, digits: usize, text: &mut String) {
    if number >= 10 || digits > 1 {
        integer(number / 10, digits.saturating_sub(1), text);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {

    #[test]
    fn numbers_read_as_a_person_writes_them() {
        let numbers = [
            (0.0, "0"),
            (30_000.0, "30000"),
            (-1.0, "-1"),
            (0.5, "0.5"),
            (1.05, "1.05"),
            (2.000_001, "2.000001"),
            (1e308, "1e308"),
            (-2.5e-7, "-2.5e-7"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (number, text) in numbers {
            assert_eq!(super::text(number), text);
        }
    }

    #[test]
    fn whole_numbers_have_all_their_digits() {
        for number in [0, 7, 10, 99, 100, 123_456, u64::MAX] {
            assert_eq!(super::whole(number), std::format!("{number}"));
        }
        for number in [0, 0xf, 0x1234_abcd, u32::MAX] {
            assert_eq!(super::hexadecimal(number), std::format!("{number:08x}"));
        }
    }
}
