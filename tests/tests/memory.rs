//! What a session costs, counted by the allocator. In a file of its own, since nothing else may
//! allocate meanwhile.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use steadfast_core::connection::Registration;
use steadfast_core::manager::{ConnectionManager, ManagerConfig};
use steadfast_core::time::Instant;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SESSIONS: usize = 1_000_000;

#[test]
fn a_session_of_a_million_takes_at_most_256_bytes_with_its_ids() {
    let before = Region::new(ALLOCATOR);
    let mut manager = ConnectionManager::new(ManagerConfig::default(), 1).unwrap();
    manager.watch(false);
    for number in 0..SESSIONS {
        // Both as long as a UUID, and a user of its own for every session: the worst that is usual.
        let session_id = format!("5e551011-0000-4000-8000-{number:012}");
        let registration = Registration {
            user_id: Some(format!("00005e44-0000-4000-8000-{number:012}")),
            organization_id: format!("organization-{}", number % 1000),
            ..Registration::new(session_id, "web")
        };
        manager.register_connection(Instant::from_millis(1), registration).unwrap();
    }
    let change = before.change();
    let bytes = (change.bytes_allocated - change.bytes_deallocated) / SESSIONS;
    println!("{bytes} B a session");
    assert!(bytes <= 256, "{bytes} B a session");
    assert_eq!(manager.totals().sessions(), SESSIONS as u64);
}
