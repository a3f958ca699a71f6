use core::fmt;

/// A number as a person writes it, to six digits behind the point.
///
/// The standard library prints a float exactly, and the code for that would be a tenth of the whole
/// WebAssembly module. For the message of a refusal six digits will do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Decimal(pub(crate) f64);

const DIGITS: usize = 6;
const SCALE: f64 = 1e6;

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, sign) = (self.0.abs(), if self.0.is_sign_negative() { "-" } else { "" });
        if self.0.is_nan() {
            f.write_str("NaN")
        } else if size.is_infinite() {
            write!(f, "{sign}inf")
        } else if size != 0.0 && !(1e-3..1e12).contains(&size) {
            let exponent = libm::floor(libm::log10(size));
            let mantissa = size / libm::pow(10.0, exponent);
            f.write_str(sign)?;
            fixed(mantissa, f)?;
            write!(f, "e{}", whole(exponent))
        } else {
            f.write_str(sign)?;
            fixed(size, f)
        }
    }
}

/// Writes a number that is not negative and fits 64 bits when scaled.
fn fixed(number: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let scaled = whole(libm::round(number * SCALE)).unsigned_abs();
    let (integer, fraction) = (scaled / 1_000_000, scaled % 1_000_000);
    write!(f, "{integer}")?;
    if fraction == 0 {
        return Ok(());
    }
    let (mut fraction, mut digits) = (fraction, DIGITS);
    while fraction % 10 == 0 {
        (fraction, digits) = (fraction / 10, digits - 1);
    }
    write!(f, ".{fraction:0digits$}")
}

// A cast from a float saturates.
#[allow(clippy::cast_possible_truncation)]
fn whole(number: f64) -> i64 {
    number as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

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
            assert_eq!(Decimal(number).to_string(), text);
        }
    }
}
