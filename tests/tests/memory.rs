//! What a session and an operation cost, counted by the allocator. In a file of its own, and one test,
//! since nothing else may allocate meanwhile.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::alloc::System;
use std::sync::Arc;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use steadfast_core::connection::Registration;
use steadfast_core::manager::{ConnectionManager, ManagerConfig};
use steadfast_core::retry::{RetryManager, RetryManagerConfig, RetryPolicy};
use steadfast_core::time::Instant;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The bytes that are kept of each, among that many.
fn bytes_of_each<T>(count: usize, make: impl FnOnce() -> T) -> f64 {
    let before = Region::new(ALLOCATOR);
    let kept = make();
    let change = before.change();
    drop(kept);
    (change.bytes_allocated - change.bytes_deallocated) as f64 / count as f64
}

fn sessions(count: usize) -> ConnectionManager {
    let mut manager = ConnectionManager::new(ManagerConfig::default(), 1).unwrap();
    manager.watch(false);
    for number in 0..count {
        // Both as long as a UUID, and a user of its own for every session: the worst that is usual.
        let session_id = format!("5e551011-0000-4000-8000-{number:012}");
        let registration = Registration {
            user_id: Some(format!("00005e44-0000-4000-8000-{number:012}")),
            organization_id: format!("organization-{}", number / 1000),
            ..Registration::new(session_id, "web")
        };
        manager.register_connection(Instant::from_millis(1), registration).unwrap();
    }
    assert_eq!(manager.totals().sessions(), count as u64);
    manager
}

fn operations(count: usize) -> RetryManager {
    let policy = Arc::new(RetryPolicy::default());
    let mut manager = RetryManager::new(RetryManagerConfig::default(), 1).unwrap();
    for number in 0..count {
        let id = format!("an-operation-of-24-b-{number:010}");
        manager.begin(Instant::ORIGIN, id, &policy).unwrap();
    }
    manager
}

#[test]
fn with_its_ids_a_session_takes_at_most_256_bytes_and_an_operation_at_most_200() {
    // Some of them lie just beyond a size at which a table doubles, or a chunk begins.
    for count in [1000, 1025, 1793, 3585, 57_345, 1_000_000] {
        let bytes = bytes_of_each(count, || sessions(count));
        println!("{bytes:.1} B for each of {count} sessions");
        assert!(bytes <= 256.0, "{bytes:.1} B for each of {count} sessions");
    }
    for count in [1000, 24_577, 49_153, 98_305, 100_000] {
        let bytes = bytes_of_each(count, || operations(count));
        println!("{bytes:.1} B for each of {count} operations");
        assert!(bytes <= 200.0, "{bytes:.1} B for each of {count} operations");
    }
}
