//! Counts the reports of an organisation that were refused.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::time::Instant;

/// Refused reports by code. There are as many codes as the program has.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<BTreeMap<&'static str, (u64, Instant)>>);

/// Reports that were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The code of the answer.
    pub code: &'static str,
    /// How many there were.
    pub count: u64,
    /// When the last one was.
    pub last_at: Instant,
}

impl Refusals {
    pub(super) fn count(&self, now: Instant, code: &'static str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last_at) = known.entry(code).or_insert((0, now));
        *count = count.saturating_add(1);
        *last_at = now.max(*last_at);
    }

    /// All, by code.
    pub(super) fn all(&self) -> Vec<Refusal> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refusal = |(&code, &(count, last_at)): (&&'static str, &(u64, Instant))| Refusal {
            code,
            count,
            last_at,
        };
        known.iter().map(refusal).collect()
    }
}
