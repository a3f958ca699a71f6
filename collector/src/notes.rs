//! Counts, by key, the reports that were refused, read in part or counted with a reduced weight.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::time::Instant;

use crate::auth::{Caller, OrganizationId};

/// Counts, by organisation and key, what was not taken as it was reported, since the collector began.
///
/// Only reports with a key that is good are counted: so there are no more entries than keys and
/// codes, whatever is sent.
#[derive(Debug, Default)]
pub struct KeyNotes(Mutex<HashMap<OrganizationId, Notes>>);

type Notes = BTreeMap<(String, &'static str), Counted>;

#[derive(Clone, Copy, Debug)]
struct Counted {
    count: u64,
    last_at: Instant,
}

/// How often something of a key's reports was not taken as it was reported.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyNote {
    /// The code: why a report was refused, what of it was ignored, or which limit reduced its weight.
    pub code: &'static str,
    /// The id of the key.
    pub key: String,
    /// How often, since this collector began.
    pub count: u64,
    /// When it was so last.
    pub last_at: Instant,
}

impl KeyNotes {
    /// Counts something that happened so often.
    pub fn count(&self, now: Instant, caller: &Caller, code: &'static str, count: u64) {
        if count == 0 {
            return;
        }
        let mut notes = self.lock();
        let notes = notes.entry(caller.organization.clone()).or_default();
        let counted =
            notes.entry((caller.key.id(), code)).or_insert(Counted { count: 0, last_at: now });
        counted.count = counted.count.saturating_add(count);
        counted.last_at = counted.last_at.max(now);
    }

    /// What was counted of an organisation's keys, by key and code.
    pub fn of(&self, organization: &OrganizationId) -> Vec<KeyNote> {
        let notes = self.lock();
        let notes = notes.get(organization).into_iter().flatten();
        let note = |((key, code), counted): (&(String, &'static str), &Counted)| {
            let Counted { count, last_at } = *counted;
            KeyNote { code, key: key.clone(), count, last_at }
        };
        notes.map(note).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrganizationId, Notes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
