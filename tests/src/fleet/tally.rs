use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steadfast::core::activity::Activity;
use steadfast::{EventKind, Status};

/// What has happened to a fleet so far. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    by_status: BTreeMap<Status, usize>,
    activity: Activity,
    sent: u64,
    /// Not taken, because too much waited already.
    refused: u64,
    echoed: u64,
}

impl Tally {
    /// One more client, all of whose events will be told.
    pub(super) fn joined(&self) {
        *self.counts().by_status.entry(Status::Disconnected).or_default() += 1;
    }

    pub(super) fn happened(&self, event: &EventKind) {
        let mut counts = self.counts();
        counts.activity.record(event);
        if let EventKind::StatusChanged { from, to } = event {
            if let Some(count) = counts.by_status.get_mut(from) {
                *count = count.saturating_sub(1);
            }
            *counts.by_status.entry(*to).or_default() += 1;
        }
    }

    pub(super) fn sent(&self, taken: bool) {
        let mut counts = self.counts();
        *(if taken { &mut counts.sent } else { &mut counts.refused }) += 1;
    }

    pub(super) fn echoed(&self) {
        self.counts().echoed += 1;
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counters are whole whatever happened to who counted last.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        let Counts { by_status, activity, sent, refused, echoed } = &*counts;
        write!(f, "{} clients:", by_status.values().sum::<usize>())?;
        for (status, count) in by_status.iter().filter(|(_, count)| **count > 0) {
            write!(f, " {count} {}", status.as_str())?;
        }
        write!(f, "; {sent} messages sent, {refused} refused, {echoed} echoed; ")?;
        write!(f, "{} disconnections", activity.disconnections)
    }
}
