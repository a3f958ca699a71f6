//! Whether the collector can take reports and answer questions, for load balancers and people.
//!
//! Being alive and being ready are two things: a collector whose database is gone is alive, and
//! killing it would not help.

use std::sync::{Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;

/// What is known of it, shared by those who find out and those who are asked.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    restored: bool,
    stopping: bool,
    store_failed: Option<String>,
}

/// What `/readyz` answers.
#[derive(Clone, Debug, JsonSchema, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// Whether all of the below are as they should be.
    pub ready: bool,
    /// Whether what is known of the sessions was restored.
    pub restored: bool,
    /// Whether the collector is ending.
    pub stopping: bool,
    /// Whether the last attempt to write succeeded.
    pub store: StoreState,
}

/// Result of the last attempt to write.
#[derive(Clone, Copy, Debug, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreState {
    /// It failed.
    Failing,
    /// It succeeded, or there was none yet.
    Writable,
}

impl Readiness {
    /// What is known of the sessions was restored.
    pub fn restored(&self) {
        self.known().restored = true;
    }

    /// The collector is ending.
    pub fn stopping(&self) {
        self.known().stopping = true;
    }

    /// Something was written.
    pub fn store_works(&self) {
        if self.known().store_failed.take().is_some() {
            tracing::info!("the store can be written to again");
        }
    }

    /// Nothing could be written.
    pub fn store_failed(&self, reason: &dyn std::fmt::Display) {
        let reason = reason.to_string();
        let before = self.known().store_failed.replace(reason.clone());
        if before.as_ref() != Some(&reason) {
            tracing::error!(reason, "the store cannot be written to");
        }
    }

    /// Whether what is known of the sessions was restored.
    #[must_use]
    pub fn is_restored(&self) -> bool {
        self.known().restored
    }

    /// All of it. Why the store failed stands in the log alone: anybody may ask.
    #[must_use]
    pub fn state(&self) -> Ready {
        let known = self.known();
        let store = match known.store_failed {
            Some(_) => StoreState::Failing,
            None => StoreState::Writable,
        };
        let Known { restored, stopping, .. } = *known;
        let ready = restored && !stopping && store == StoreState::Writable;
        Ready { ready, restored, stopping, store }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_once_restored_while_the_store_works_and_until_it_ends() {
        let readiness = Readiness::default();
        assert!(!readiness.state().ready, "it has not restored what it knew");
        readiness.restored();
        assert!(readiness.state().ready);
        readiness.store_failed(&"disk full");
        assert!(!readiness.state().ready);
        readiness.store_works();
        assert!(readiness.state().ready);
        readiness.stopping();
        assert!(!readiness.state().ready);
    }
}
