//! How a call or a connection is tried again, as the user writes it down.

use steadfast_core::retry::{Jitter, RetryStrategy, StrategyForm};
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::fields::Fields;

/// Reads a strategy; none, if it is `undefined`.
///
/// # Errors
///
/// If it makes no sense. What it means is the core's to say; what is checked here is what the
/// core's form cannot hold.
pub(crate) fn strategy(given: &JsValue) -> Result<Option<RetryStrategy>, Error> {
    if given.is_undefined() {
        return Ok(None);
    }
    let fields = Fields::of(given, "retry")?;
    let form = StrategyForm {
        r#type: fields.text("type")?.unwrap_or_default(),
        base_delay: fields.number("baseDelay")?,
        fixed_delay: fields.number("fixedDelay")?,
        max_delay: fields.number("maxDelay")?,
        multiplier: fields.number("multiplier")?,
        increment: fields.number("increment")?,
        jitter: jitter(&fields)?,
        jitter_range: fields.number("jitterRange")?,
        circuit_breaker_threshold: fields.whole("circuitBreakerThreshold")?,
        circuit_breaker_timeout: fields.number("circuitBreakerTimeout")?,
    };
    fields.done()?;
    Ok(Some(form.try_into()?))
}

fn jitter(fields: &Fields<'_>) -> Result<Option<Jitter>, Error> {
    let given = fields.value("jitter");
    if given.is_undefined() {
        return Ok(None);
    }
    if let Some(spread) = given.as_bool() {
        return Ok(Some(if spread { Jitter::Full } else { Jitter::None }));
    }
    match given.as_string().as_deref() {
        Some("decorrelated") => Ok(Some(Jitter::Decorrelated)),
        Some("equal") => Ok(Some(Jitter::Equal)),
        Some("full") => Ok(Some(Jitter::Full)),
        Some("none") => Ok(Some(Jitter::None)),
        _ => Err(fields.wrong("jitter", "expected true, false or the name of a jitter")),
    }
}
