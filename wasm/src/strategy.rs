//! How a call or a connection is tried again, as the user writes it down.

use steadfast_core::retry::{Jitter, RetryStrategy, StrategyForm};

use crate::error::Error;
use crate::numbers::Numbers;

/// The strategy of this type, with the numbers of `STRATEGY` in fields.js; none if there is no type.
///
/// # Errors
///
/// If it makes no sense, which is the core's to say.
pub(crate) fn strategy(
    r#type: Option<String>,
    numbers: &mut Numbers<'_>,
) -> Result<Option<RetryStrategy>, Error> {
    let is_given = r#type.is_some();
    let form = StrategyForm {
        r#type: r#type.unwrap_or_default(),
        base_delay: numbers.take(),
        fixed_delay: numbers.take(),
        max_delay: numbers.take(),
        multiplier: numbers.take(),
        increment: numbers.take(),
        jitter: numbers.take_whole().map(jitter),
        jitter_range: numbers.take(),
        circuit_breaker_threshold: numbers.take_whole(),
        circuit_breaker_timeout: numbers.take(),
    };
    Ok(if is_given { Some(form.try_into()?) } else { None })
}

/// By its number in fields.js.
fn jitter(number: u32) -> Jitter {
    match number {
        0 => Jitter::None,
        1 => Jitter::Full,
        2 => Jitter::Equal,
        _ => Jitter::Decorrelated,
    }
}
