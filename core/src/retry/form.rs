//! The JSON form that all strategies share, with every field of every kind in one flat object.

use alloc::string::String;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::jitter::Jitter;
use super::strategy::{Adaptive, Exponential, Fixed, Guarded, Linear, RetryStrategy};
use crate::error::{ConfigError, ensure};
use crate::time::{duration_from_millis, millis};

/// A strategy as written down, before it is checked. Delays are in milliseconds; what is absent has
/// its default. A field that its kind has no use for is accepted and ignored: one form serves all
/// kinds, and switching `type` must not make it invalid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct StrategyForm {
    /// `ADAPTIVE`, `CIRCUIT_BREAKER`, `EXPONENTIAL`, `FIXED` or `LINEAR`.
    pub r#type: String,
    /// The first delay; for `FIXED` the delay, if `fixed_delay` is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_delay: Option<f64>,
    /// The delay of `FIXED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_delay: Option<f64>,
    /// No delay is longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_delay: Option<f64>,
    /// The growth per attempt of `EXPONENTIAL` and `CIRCUIT_BREAKER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<f64>,
    /// The growth per attempt of `LINEAR`; the base delay if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment: Option<f64>,
    /// How the delay is spread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Jitter>,
    /// Spreads it more narrowly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter_range: Option<f64>,
    /// After how many failures in a row the breaker opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circuit_breaker_threshold: Option<u32>,
    /// How long the breaker stays open at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circuit_breaker_timeout: Option<f64>,
}

impl TryFrom<StrategyForm> for RetryStrategy {
    type Error = ConfigError;

    fn try_from(form: StrategyForm) -> Result<Self, ConfigError> {
        let base_delay = delay("retry.baseDelay", form.base_delay)?;
        let fixed_delay = delay("retry.fixedDelay", form.fixed_delay)?;
        let max_delay = delay("retry.maxDelay", form.max_delay)?;
        let increment = delay("retry.increment", form.increment)?;
        let timeout = delay("retry.circuitBreakerTimeout", form.circuit_breaker_timeout)?;
        let exponential = || {
            let default = Exponential::default();
            Exponential {
                base_delay: base_delay.unwrap_or(default.base_delay),
                max_delay: max_delay.unwrap_or(default.max_delay),
                multiplier: form.multiplier.unwrap_or(default.multiplier),
                jitter: form.jitter.unwrap_or(default.jitter),
                jitter_range: form.jitter_range,
            }
        };
        let strategy = match form.r#type.as_str() {
            "ADAPTIVE" => {
                let default = Adaptive::default();
                Self::Adaptive(Adaptive {
                    base_delay: base_delay.unwrap_or(default.base_delay),
                    max_delay: max_delay.unwrap_or(default.max_delay),
                })
            }
            "CIRCUIT_BREAKER" => {
                let default = Guarded::default();
                Self::CircuitBreaker(Guarded {
                    backoff: exponential(),
                    threshold: form.circuit_breaker_threshold.unwrap_or(default.threshold),
                    timeout: timeout.unwrap_or(default.timeout),
                })
            }
            "EXPONENTIAL" => Self::Exponential(exponential()),
            "FIXED" => {
                let default = Fixed::default();
                Self::Fixed(Fixed {
                    delay: fixed_delay.or(base_delay).unwrap_or(default.delay),
                    jitter: form.jitter.unwrap_or(default.jitter),
                    jitter_range: form.jitter_range,
                })
            }
            "LINEAR" => {
                let default = Linear::default();
                let base_delay = base_delay.unwrap_or(default.base_delay);
                Self::Linear(Linear {
                    base_delay,
                    increment: increment.unwrap_or(base_delay),
                    max_delay: max_delay.unwrap_or(default.max_delay),
                    jitter: form.jitter.unwrap_or(default.jitter),
                    jitter_range: form.jitter_range,
                })
            }
            unknown => {
                let allowed = "ADAPTIVE, CIRCUIT_BREAKER, EXPONENTIAL, FIXED or LINEAR";
                let end = unknown.char_indices().nth(40).map_or(unknown.len(), |(end, _)| end);
                return Err(ConfigError::out_of_range("retry.type", &unknown[..end], allowed));
            }
        };
        strategy.validate()?;
        Ok(strategy)
    }
}

impl From<RetryStrategy> for StrategyForm {
    fn from(strategy: RetryStrategy) -> Self {
        match strategy {
            RetryStrategy::Adaptive(Adaptive { base_delay, max_delay }) => Self {
                r#type: "ADAPTIVE".into(),
                base_delay: Some(millis(base_delay)),
                max_delay: Some(millis(max_delay)),
                ..Self::default()
            },
            RetryStrategy::CircuitBreaker(Guarded { backoff, threshold, timeout }) => Self {
                r#type: "CIRCUIT_BREAKER".into(),
                circuit_breaker_threshold: Some(threshold),
                circuit_breaker_timeout: Some(millis(timeout)),
                ..RetryStrategy::Exponential(backoff).into()
            },
            RetryStrategy::Custom(_) => Self { r#type: "CUSTOM".into(), ..Self::default() },
            RetryStrategy::Exponential(exponential) => Self {
                r#type: "EXPONENTIAL".into(),
                base_delay: Some(millis(exponential.base_delay)),
                max_delay: Some(millis(exponential.max_delay)),
                multiplier: Some(exponential.multiplier),
                jitter: Some(exponential.jitter),
                jitter_range: exponential.jitter_range,
                ..Self::default()
            },
            RetryStrategy::Fixed(fixed) => Self {
                r#type: "FIXED".into(),
                fixed_delay: Some(millis(fixed.delay)),
                jitter: Some(fixed.jitter),
                jitter_range: fixed.jitter_range,
                ..Self::default()
            },
            RetryStrategy::Linear(linear) => Self {
                r#type: "LINEAR".into(),
                base_delay: Some(millis(linear.base_delay)),
                max_delay: Some(millis(linear.max_delay)),
                increment: Some(millis(linear.increment)),
                jitter: Some(linear.jitter),
                jitter_range: linear.jitter_range,
                ..Self::default()
            },
        }
    }
}

/// A delay in ms that is a number, finite and not negative. (As a `Duration`, nonsense would have
/// become zero before anybody could name it.)
fn delay(field: &'static str, delay: Option<f64>) -> Result<Option<Duration>, ConfigError> {
    let Some(delay) = delay else { return Ok(None) };
    ensure(delay.is_finite() && delay >= 0.0, field, delay, "a finite number of ms, at least 0")?;
    Ok(Some(duration_from_millis(delay)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn parse(json: &str) -> Result<RetryStrategy, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn the_form_is_accepted_with_the_fields_of_every_kind() {
        let rest = r#""baseDelay":500,"maxDelay":30000,"multiplier":2,"jitter":true,"jitterRange":0.2,
            "circuitBreakerThreshold":3,"circuitBreakerTimeout":1000"#;
        for kind in ["ADAPTIVE", "CIRCUIT_BREAKER", "EXPONENTIAL", "FIXED", "LINEAR"] {
            let strategy = parse(&std::format!(r#"{{"type":"{kind}",{rest}}}"#)).unwrap();
            let json = serde_json::to_string(&strategy).unwrap();
            assert_eq!(parse(&json).unwrap(), strategy, "{json}");
        }
    }

    #[test]
    fn jitter_has_names() {
        let jitter = |json: &str| match parse(json).unwrap() {
            RetryStrategy::Exponential(exponential) => exponential.jitter,
            other => panic!("{other:?}"),
        };
        assert_eq!(jitter(r#"{"type":"EXPONENTIAL","jitter":false}"#), Jitter::None);
        assert_eq!(
            jitter(r#"{"type":"EXPONENTIAL","jitter":"decorrelated"}"#),
            Jitter::Decorrelated
        );
        let wrong = parse(r#"{"type":"EXPONENTIAL","jitter":"some"}"#).unwrap_err();
        assert!(wrong.contains("\"equal\""), "{wrong}");
    }

    #[test]
    fn nonsense_is_refused_by_the_name_of_its_field() {
        for (json, message) in [
            (r#"{"type":"QUADRATIC"}"#, "retry.type is QUADRATIC"),
            (r#"{"type":"FIXED","fixedDelay":-1}"#, "retry.fixedDelay is -1"),
            (r#"{"type":"LINEAR","increment":-5}"#, "retry.increment is -5"),
            (r#"{"type":"LINEAR","baseDelay":9,"maxDelay":1}"#, "retry.maxDelay is 1"),
            (r#"{"type":"EXPONENTIAL","multiplier":0.5}"#, "retry.multiplier is 0.5"),
            (
                r#"{"type":"CIRCUIT_BREAKER","circuitBreakerThreshold":0}"#,
                "retry.circuitBreakerThreshold",
            ),
            (
                r#"{"type":"CIRCUIT_BREAKER","circuitBreakerTimeout":0}"#,
                "retry.circuitBreakerTimeout",
            ),
            (r#"{"type":"EXPONENTIAL","jitterRange":2}"#, "retry.jitterRange is 2"),
            (r#"{"type":"EXPONENTIAL","maxdelay":2}"#, "unknown field `maxdelay`"),
        ] {
            let error = parse(json).unwrap_err();
            assert!(error.contains(message), "{json}: {error}");
        }
    }
}
