//! What the collector itself has to do.
//!
//! It is none of the organisations' business but one's: the operator's, in whose health it is shown
//! and may raise `SYSTEM_OVERLOAD`. Of collectors that share a database it is, of each measure, that
//! of the busiest, whichever of them is asked and whichever judges.

mod probe;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use steadfast_core::health::{Load, SystemLoad};
use steadfast_core::time::Instant;
use tokio::time::{Instant as TokioInstant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::fleet::Fleet;
use crate::ingest::Ingest;
use probe::Probe;

/// What is known of the load of this process.
#[derive(Debug)]
pub struct OwnLoad(Mutex<Load>);

/// The time between two looks at how late a task is woken, how full the queue is, and how many
/// sessions are live.
const PERIOD: Duration = Duration::from_millis(500);

/// The looks between two at processors and memory.
const LOOKS: u32 = 10;

impl OwnLoad {
    /// Of which nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self(Mutex::new(Load::new()))
    }

    /// What is known now.
    #[must_use]
    pub fn known(&self, now: Instant) -> SystemLoad {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).known(now)
    }

    fn seen(&self, now: Instant, lag: Duration, load: SystemLoad) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.lagged(now, lag);
        known.say(now, load);
    }
}

impl Default for OwnLoad {
    fn default() -> Self {
        Self::new()
    }
}

/// Looks at this process, until `stop`.
pub(crate) async fn watch(
    load: Arc<OwnLoad>,
    ingest: Ingest,
    fleet: Arc<Fleet>,
    clock: Clock,
    stop: CancellationToken,
) {
    let mut probe = Probe::new();
    let mut seen = probe.read();
    for look in 1_u32.. {
        let due = TokioInstant::now() + PERIOD;
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep_until(due) => {}
        }
        let lag = due.elapsed();
        if look.is_multiple_of(LOOKS) {
            seen = probe.read();
        }
        let now = clock.now();
        let (queue, sessions) = (Some(ingest.look(now)), fleet.fill());
        load.seen(now, lag, SystemLoad { queue, sessions, ..seen });
    }
}

/// Of each measure, that of the busiest.
#[must_use]
pub fn busiest(loads: &[SystemLoad]) -> SystemLoad {
    let most =
        |read: fn(&SystemLoad) -> Option<f64>| loads.iter().filter_map(read).reduce(f64::max);
    let used = |load: &SystemLoad| {
        let (used, total) = load.memory_used.zip(load.memory_total)?;
        Some(used as f64 / total.max(1) as f64)
    };
    let fullest = loads.iter().max_by(|one, other| {
        used(one).unwrap_or_default().total_cmp(&used(other).unwrap_or_default())
    });
    SystemLoad {
        cpu: most(|load| load.cpu),
        queue: most(|load| load.queue),
        sessions: most(|load| load.sessions),
        long_tasks: most(|load| load.long_tasks),
        loop_lag_p95: loads.iter().filter_map(|load| load.loop_lag_p95).max(),
        memory_used: fullest.and_then(|load| load.memory_used),
        memory_total: fullest.and_then(|load| load.memory_total),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_each_measure_is_that_of_the_busiest() {
        let [slow, full] = [
            SystemLoad {
                cpu: Some(0.9),
                loop_lag_p95: Some(Duration::from_millis(300)),
                memory_used: Some(6),
                memory_total: Some(10),
                ..SystemLoad::default()
            },
            SystemLoad {
                cpu: Some(0.1),
                queue: Some(1.0),
                memory_used: Some(7),
                memory_total: Some(100),
                ..SystemLoad::default()
            },
        ];
        assert_eq!(busiest(&[full, slow]), SystemLoad { queue: Some(1.0), ..slow });
        assert_eq!(busiest(&[]), SystemLoad::default());
    }
}
