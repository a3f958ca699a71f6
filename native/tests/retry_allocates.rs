//! What succeeds at once takes no memory.

use std::alloc::System;
use std::future::ready;
use std::time::Duration;

use futures::FutureExt as _;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use steadfast::{BreakerConfig, CircuitBreaker, Exponential, retry};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn an_operation_that_succeeds_at_once_takes_no_memory_whatever_its_options() {
    let breaker = CircuitBreaker::new(BreakerConfig::default()).unwrap();
    let before = Region::new(ALLOCATOR);
    let result = retry(|| ready(Ok::<_, &str>(7)))
        .strategy(Exponential::default())
        .max_attempts(5)
        .per_attempt_timeout(Duration::from_secs(1))
        .breaker(&breaker)
        .into_future()
        .now_or_never();
    let allocated = before.change().allocations;
    assert_eq!((result, allocated), (Some(Ok(7)), 0));
}
