use std::ops::RangeInclusive;

use steadfast_core::ConfigError;

/// The bounds of what a connection holds beside its outbox. See the methods of
/// [`Builder`](crate::Builder) of the same names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffers {
    /// Messages.
    pub(crate) inbound: usize,
    /// Events.
    pub(crate) events: usize,
}

impl Default for Buffers {
    fn default() -> Self {
        Self { inbound: 64, events: 64 }
    }
}

impl Buffers {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let (count, allowed) = (1..=1_000_000, "1 to 1000000");
        ensure_within("inbound", self.inbound, count.clone(), allowed)?;
        ensure_within("eventBacklog", self.events, count, allowed)
    }
}

/// Refuses a value that lies outside of `range`.
pub(crate) fn ensure_within(
    field: &'static str,
    value: usize,
    range: RangeInclusive<usize>,
    allowed: &'static str,
) -> Result<(), ConfigError> {
    if range.contains(&value) {
        Ok(())
    } else {
        Err(ConfigError::out_of_range(field, &value.to_string(), allowed))
    }
}
