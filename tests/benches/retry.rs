//! Retry and circuit breaker beside their peers. The last thing printed is a table of ratios.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::convert::Infallible;
use std::env;
use std::future::ready;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant as StdInstant};

use anyhow::Result;
use backon::{BackoffBuilder as _, ExponentialBuilder, Retryable as _};
use criterion::{Bencher, Criterion};
use failsafe::CircuitBreaker as _;
use futures::FutureExt as _;
use recloser::Recloser;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use steadfast::{BreakerConfig, CircuitBreaker, Exponential, Outcome};
use steadfast_benches::{Group, OURS, print};
use steadfast_core::retry::{
    Backoff, Failure, FailureClass, OperationId, RetryManager, RetryPolicy, RetryStrategy,
};
use steadfast_core::rng::SeededRandom;
use steadfast_core::time::Instant;

/// Counts what is allocated; the figures of time beside it do not allocate.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// The number of delays that are drawn in a row: the first are below the cap and the last at it.
const DELAYS: u32 = 16;
const OPEN_FOR: Duration = Duration::from_hours(1);

const CLOSED: &str = "breaker closed, failures in a row";
const CLOSED_RATE: &str = "breaker closed, failure rate";
const CLOSED_SHARED: &str = "breaker closed, failures in a row, two threads";
const CLOSED_RATE_SHARED: &str = "breaker closed, failure rate, two threads";
const OPEN: &str = "breaker open";
const OPEN_SHARED: &str = "breaker open, two threads";

const GROUPS: &[Group] = &[
    Group { name: "back-off", repeats: DELAYS, peers: &["backon"] },
    Group { name: "retry of a success", repeats: 1, peers: &["backon"] },
    Group { name: CLOSED, repeats: 1, peers: &["failsafe"] },
    Group { name: CLOSED_RATE, repeats: 1, peers: &["failsafe", "recloser"] },
    Group { name: CLOSED_SHARED, repeats: 1, peers: &["failsafe"] },
    Group { name: CLOSED_RATE_SHARED, repeats: 1, peers: &["failsafe", "recloser"] },
    Group { name: OPEN, repeats: 1, peers: &["failsafe", "recloser"] },
    Group { name: OPEN_SHARED, repeats: 1, peers: &["failsafe", "recloser"] },
];

fn main() -> Result<()> {
    let folder = target().join("steadfast-benches");
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .output_directory(&folder)
        .configure_from_args();
    back_off(&mut criterion);
    retry_of_a_success(&mut criterion);
    for (name, threads) in [(CLOSED, 1), (CLOSED_SHARED, 2)] {
        closed(&mut criterion, name, threads);
    }
    for (name, threads) in [(CLOSED_RATE, 1), (CLOSED_RATE_SHARED, 2)] {
        closed_by_rate(&mut criterion, name, threads);
    }
    for (name, threads) in [(OPEN, 1), (OPEN_SHARED, 2)] {
        open(&mut criterion, name, threads);
    }
    print(&folder, GROUPS)?;
    memory();
    Ok(())
}

fn back_off(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("back-off");
    let strategy = RetryStrategy::from(Exponential::default());
    let failure = Failure::new(FailureClass::Transport);
    let mut random = SeededRandom::new(1);
    group.bench_function(OURS, |bencher| {
        bencher.iter(|| {
            let mut backoff = Backoff::new();
            for _ in 0..DELAYS {
                black_box(backoff.failed(&strategy, failure, &mut random));
            }
        });
    });
    let builder = ExponentialBuilder::new()
        .with_jitter()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_secs(30))
        .without_max_times();
    group.bench_function("backon", |bencher| {
        bencher.iter(|| {
            let mut delays = builder.build();
            for _ in 0..DELAYS {
                black_box(delays.next());
            }
        });
    });
}

fn retry_of_a_success(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("retry of a success");
    let operation = || ready(Ok::<_, Infallible>(black_box(7)));
    group.bench_function(OURS, |bencher| {
        bencher.iter(|| {
            let retrying = steadfast::retry(operation).strategy(Exponential::default());
            black_box(retrying.into_future().now_or_never())
        });
    });
    group.bench_function("backon", |bencher| {
        bencher.iter(|| {
            let retrying = operation.retry(ExponentialBuilder::default().with_jitter());
            black_box(retrying.into_future().now_or_never())
        });
    });
}

fn closed(criterion: &mut Criterion, name: &str, threads: usize) {
    let mut group = criterion.benchmark_group(name);
    let ours = CircuitBreaker::new(BreakerConfig::consecutive(5, OPEN_FOR)).unwrap();
    group.bench_function(OURS, |bencher| on(threads, bencher, || succeed(&ours)));
    let policy = failsafe::failure_policy::consecutive_failures(5, constant());
    let peer = failsafe::Config::new().failure_policy(policy).build();
    group.bench_function("failsafe", |bencher| {
        on(threads, bencher, || peer.call(|| Ok::<_, Infallible>(())).is_ok());
    });
}

fn closed_by_rate(criterion: &mut Criterion, name: &str, threads: usize) {
    let mut group = criterion.benchmark_group(name);
    let ours = CircuitBreaker::new(BreakerConfig::default()).unwrap();
    group.bench_function(OURS, |bencher| on(threads, bencher, || succeed(&ours)));
    let window = Duration::from_secs(30);
    let policy =
        failsafe::failure_policy::success_rate_over_time_window(0.5, 5, window, constant());
    let peer = failsafe::Config::new().failure_policy(policy).build();
    group.bench_function("failsafe", |bencher| {
        on(threads, bencher, || peer.call(|| Ok::<_, Infallible>(())).is_ok());
    });
    let peer = Recloser::custom().error_rate(0.5).closed_len(20).build();
    group.bench_function("recloser", |bencher| {
        on(threads, bencher, || peer.call(|| Ok::<_, Infallible>(())).is_ok());
    });
}

fn open(criterion: &mut Criterion, name: &str, threads: usize) {
    let mut group = criterion.benchmark_group(name);
    let ours = CircuitBreaker::new(BreakerConfig::consecutive(1, OPEN_FOR)).unwrap();
    ours.admit().unwrap().record(Outcome::Failure);
    group.bench_function(OURS, |bencher| on(threads, bencher, || ours.admit().is_err()));
    let policy = failsafe::failure_policy::consecutive_failures(1, constant());
    let peer = failsafe::Config::new().failure_policy(policy).build();
    peer.call(|| Err::<(), _>(())).unwrap_err();
    group.bench_function("failsafe", |bencher| {
        on(threads, bencher, || peer.call(|| Ok::<_, Infallible>(())).is_err());
    });
    let peer = Recloser::custom().error_rate(0.5).closed_len(1).open_wait(OPEN_FOR).build();
    while !matches!(peer.call(|| Err::<(), _>(())), Err(recloser::Error::Rejected)) {}
    group.bench_function("recloser", |bencher| {
        on(threads, bencher, || peer.call(|| Ok::<_, Infallible>(())).is_err());
    });
}

fn succeed(breaker: &CircuitBreaker) -> bool {
    let Ok(guard) = breaker.admit() else { return false };
    guard.record(Outcome::Success);
    true
}

fn constant() -> failsafe::backoff::Constant {
    failsafe::backoff::constant(OPEN_FOR)
}

/// Does it on that many threads at once, and takes the time that one of them needs for one.
fn on<T>(threads: usize, bencher: &mut Bencher<'_>, work: impl Fn() -> T + Sync) {
    if threads == 1 {
        return bencher.iter(work);
    }
    bencher.iter_custom(|iterations| {
        let start = Arc::new(Barrier::new(threads));
        let run = || {
            start.wait();
            let began = StdInstant::now();
            for _ in 0..iterations {
                black_box(work());
            }
            began.elapsed()
        };
        thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).max().unwrap()
        })
    });
}

/// What an operation costs while a manager knows it, with its id shared, and with one of its own.
fn memory() {
    const OPERATIONS: usize = 100_000;
    let policy = Arc::new(RetryPolicy::default());
    let shared = OperationId::new("an-operation-of-32-bytes-or-such").unwrap();
    let ids: [(&str, &dyn Fn(usize) -> OperationId); 2] = [
        ("shared", &|_| shared.clone()),
        ("of its own", &|n| OperationId::new(format!("an-operation-of-24-b-{n:011}")).unwrap()),
    ];
    let retrying = steadfast::retry(|| ready(Ok::<_, Infallible>(()))).into_future();
    println!("\nmemory of a retry on its own, as a future: {} B", size_of_val(&retrying));
    for (which, id) in ids {
        let mut manager = RetryManager::new(<_>::default(), 1).unwrap();
        let before = Region::new(ALLOCATOR);
        for n in 0..OPERATIONS {
            manager.begin(Instant::ORIGIN, id(n), &policy).unwrap();
        }
        let change = before.change();
        let bytes = change.bytes_allocated - change.bytes_deallocated;
        println!("memory of an operation under way, id {which}: {} B", bytes / OPERATIONS);
    }
}

/// The folder that cargo puts its artefacts in: this program lies in it.
fn target() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.ancestors().nth(3).map_or_else(env::temp_dir, PathBuf::from)
}
