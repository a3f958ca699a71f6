//! A manager and a monitor at a thousand and at a million sessions, beside the floor: the least that
//! a program has to do which finds a record by its session's id. The last thing printed is a table.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hint::black_box;
use std::time::{Duration, Instant as StdInstant};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use steadfast::{BreakerConfig, CircuitBreaker, Outcome};
use steadfast_core::connection::{Registration, Status};
use steadfast_core::health::{HealthConfig, HealthMonitor};
use steadfast_core::manager::{ConnectionManager, ManagerConfig};
use steadfast_core::retry::{
    Backoff, Failure, FailureClass, OperationId, RetryManager, RetryPolicy, RetryStrategy,
};
use steadfast_core::rng::{Random as _, SeededRandom};
use steadfast_core::time::Instant;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// The number of operations that show what one takes.
const OPERATIONS: usize = 100_000;

/// Turns, and calls in each, of which a figure is the median.
const TURNS: usize = 15;
const CALLS: usize = 20_000;

/// A record as large as ours.
struct Record {
    due: u64,
    _rest: [u64; 23],
}

struct Row {
    what: &'static str,
    aim: &'static str,
    figures: Vec<f64>,
}

fn main() {
    let sizes = [1_000, 1_000_000];
    let mut rows = Vec::new();
    for size in sizes {
        for (index, (what, aim, figure)) in measure(size).into_iter().enumerate() {
            if rows.len() <= index {
                rows.push(Row { what, aim, figures: Vec::new() });
            }
            rows[index].figures.push(figure);
        }
    }
    println!("\n| what | aim | 1,000 sessions | 1,000,000 sessions |\n|---|---|---|---|");
    for Row { what, aim, figures } in rows {
        println!("| {what} | {aim} | {:.2} | {:.2} |", figures[0], figures[1]);
    }
}

fn measure(size: usize) -> Vec<(&'static str, &'static str, f64)> {
    let ids: Vec<String> = (0..size).map(|n| format!("5e551011-0000-4000-8000-{n:012}")).collect();
    let mut random = SeededRandom::new(3);
    let order: Vec<usize> = (0..TURNS * CALLS).map(|_| random.next_u32() as usize % size).collect();

    let before = Region::new(ALLOCATOR);
    let config = ManagerConfig { max_sessions: size + TURNS * CALLS, ..ManagerConfig::default() };
    let mut manager = ConnectionManager::new(config, 1).unwrap();
    manager.watch(false);
    let start = Instant::from_millis(1_700_000_000_000);
    for (n, id) in ids.iter().enumerate() {
        manager.register_connection(start, registration(id.clone(), n)).unwrap();
    }
    let change = before.change();
    let bytes = (change.bytes_allocated - change.bytes_deallocated) as f64 / size as f64;

    let mut now = start;
    // Links of which enough is known to judge them by, no two answers of which take the same time.
    let mut judged = manager.clone();
    let mut random = SeededRandom::new(5);
    let sent = |now: Instant, random: &mut SeededRandom| {
        now - Duration::from_micros(40_000 + u64::from(random.next_u32() % 8_000))
    };
    for id in ids.iter().cycle().take(4 * size) {
        now = now + Duration::from_micros(1);
        judged.update_heartbeat(now, id, sent(now, &mut random)).unwrap();
    }
    let mut later = now;
    let mut suspended = vec![false; size];
    let (mut touch, mut push) = (floor(&ids), with_heap(&ids));
    // In turns, since other programs disturb a cache as they please.
    let mut manager_of_status = manager.clone();
    let [floor, heap, heartbeat, known, status] = alternating(
        &order,
        [
            &mut touch,
            &mut push,
            &mut |index| {
                now = now + Duration::from_micros(1);
                let sent = now - Duration::from_millis(40);
                black_box(manager.update_heartbeat(now, &ids[index], sent).unwrap());
            },
            &mut |index| {
                later = later + Duration::from_micros(1);
                let sent = sent(later, &mut random);
                black_box(judged.update_heartbeat(later, &ids[index], sent).unwrap());
            },
            &mut |index| {
                let to = if suspended[index] { Status::Connected } else { Status::Suspended };
                suspended[index] = !suspended[index];
                black_box(manager_of_status.update_status(start, &ids[index], to).unwrap());
            },
        ],
    );
    drop((touch, push, judged, manager_of_status));

    let [cycle, metrics, alerts, trends, history] = monitored(&mut manager, &mut now, &ids, &order);
    let mut fresh: Vec<_> =
        (0..TURNS * CALLS).map(|n| registration(format!("new-{n:032}"), n)).collect();
    let register = timed(&order, |_| {
        black_box(manager.register_connection(now, fresh.pop().unwrap()).unwrap());
    });

    let [back_off, breaker, schedule, operation] = retrying(now, &order);

    vec![
        ("registration, ns", "2000", register),
        ("a session's first heartbeat, ns", "", heartbeat),
        ("… the floor: hash map to record, lazy deadline, ns", "", floor),
        ("… times the floor", "2", heartbeat / floor),
        ("a heartbeat of a link that is judged, ns", "", known),
        ("… times the floor", "2", known / floor),
        ("… hash map to record, binary heap of deadlines, ns", "", heap),
        ("a status update, ns", "300", status),
        ("… times the floor", "", status / floor),
        ("memory of a session with two ids of 36 bytes, B", "256", bytes),
        ("one back-off calculation, ns", "15", back_off),
        ("scheduling an operation, ns", "300", schedule),
        ("a breaker check, uncontended, ns", "10", breaker),
        ("memory of an operation under way, B", "200", operation),
        ("a metrics cycle with alerts, after 50 heartbeats, µs", "1000", cycle / 1e3),
        ("… metrics alone, µs", "", metrics / 1e3),
        ("processing alerts, µs", "10", alerts / 1e3),
        ("computing trends, µs", "50", trends / 1e3),
        ("a monitor, its history of at most 10,240 B included, B", "", history),
    ]
}

/// A monitor of those sessions: a cycle of its own, metrics, alerts and trends, in ns; and the bytes
/// of it with its history.
fn monitored(
    manager: &mut ConnectionManager,
    now: &mut Instant,
    ids: &[String],
    order: &[usize],
) -> [f64; 5] {
    let mut monitor = HealthMonitor::new(HealthConfig::default(), *now).unwrap();
    for _ in 0..400 {
        *now = *now + Duration::from_secs(5);
        for index in &order[..50] {
            manager.update_heartbeat(*now, &ids[*index], *now - Duration::from_millis(40)).unwrap();
        }
        monitor.handle_timeout(*now, manager);
        while monitor.poll_output().is_some() {}
    }
    let trends = timed(&order[..TURNS * 200], |_| {
        black_box(monitor.trends(*now));
    });
    let metrics = timed(&order[..TURNS * 200], |_| {
        black_box(monitor.current_health_metrics(*now, manager));
    });
    // What alerts are judged by is what happened since the last cycle, too.
    for &index in &order[..1000] {
        manager.update_heartbeat(*now, &ids[index], *now - Duration::from_millis(40)).unwrap();
    }
    let alerts = timed(&order[..TURNS * 200], |_| {
        monitor.judge_alerts(*now, manager);
        while black_box(monitor.poll_output()).is_some() {}
    });
    let mut turns: Vec<f64> = order[..400 * 50]
        .chunks(50)
        .map(|heard| {
            *now = *now + Duration::from_secs(5);
            for &index in heard {
                let sent = *now - Duration::from_millis(40);
                manager.update_heartbeat(*now, &ids[index], sent).unwrap();
            }
            let began = StdInstant::now();
            monitor.handle_timeout(*now, manager);
            while black_box(monitor.poll_output()).is_some() {}
            began.elapsed().as_secs_f64() * 1e9
        })
        .collect();
    turns.sort_by(f64::total_cmp);
    let cycle = turns[turns.len() / 2];

    [cycle, metrics, alerts, trends, bytes_of_a_copy(&monitor)]
}

/// A monitor's history has been full for long, so a copy takes what it takes.
fn bytes_of_a_copy(monitor: &HealthMonitor) -> f64 {
    let before = Region::new(ALLOCATOR);
    let copy = black_box(monitor.clone());
    let change = before.change();
    drop(copy);
    (change.bytes_allocated - change.bytes_deallocated) as f64
}

/// What does not know of sessions: a back-off calculation, a breaker check, scheduling, in ns; and
/// the bytes of an operation with an id of its own.
fn retrying(now: Instant, order: &[usize]) -> [f64; 4] {
    let strategy = RetryStrategy::default();
    let (failure, mut random) = (Failure::new(FailureClass::Transport), SeededRandom::new(1));
    let mut state = Backoff::new();
    let back_off = timed(order, |_| {
        black_box(state.failed(&strategy, failure, &mut random));
    });
    let breaker =
        CircuitBreaker::new(BreakerConfig::consecutive(5, Duration::from_mins(1))).unwrap();
    let check = timed(order, |_| {
        black_box(&breaker).admit().unwrap().record(Outcome::Success);
    });

    let mut operations = RetryManager::new(<_>::default(), 1).unwrap();
    operations.watch(false);
    let (id, policy) = (OperationId::new("an operation").unwrap(), RetryPolicy::default().into());
    let schedule = timed(&order[..TURNS * 5_000], |_| {
        black_box(operations.begin(now, id.clone(), &policy).unwrap());
    });

    let mut operations = RetryManager::new(<_>::default(), 1).unwrap();
    operations.watch(false);
    let before = Region::new(ALLOCATOR);
    for n in 0..OPERATIONS {
        let id = OperationId::new(format!("an-operation-of-24-b-{n:011}")).unwrap();
        operations.begin(now, id, &policy).unwrap();
    }
    let change = before.change();
    let bytes = (change.bytes_allocated - change.bytes_deallocated) as f64;
    [back_off, check, schedule, bytes / OPERATIONS as f64]
}

fn registration(id: String, n: usize) -> Registration {
    Registration {
        user_id: Some(format!("00005e44-0000-4000-8000-{n:012}")),
        organization_id: "acme".into(),
        ..Registration::new(id, "web")
    }
}

/// One look-up by the standard library's map, one record, one number for the deadline.
fn floor(ids: &[String]) -> impl FnMut(usize) {
    let (map, mut records) = records(ids);
    let mut now = 0;
    move |index| {
        now += 1;
        records[map[&ids[index]]].due = black_box(now);
    }
}

/// The same with a heap that every deadline is pushed to, and that what is over is popped from.
fn with_heap(ids: &[String]) -> impl FnMut(usize) {
    let (map, mut records) = records(ids);
    let mut heap: BinaryHeap<_> = (0..ids.len()).map(|n| Reverse((0_u64, n))).collect();
    let mut now = 0;
    move |index| {
        now += 1;
        let slot = map[&ids[index]];
        records[slot].due = now;
        heap.push(Reverse((now, slot)));
        black_box(heap.pop());
    }
}

fn records(ids: &[String]) -> (HashMap<String, usize>, Vec<Record>) {
    let map = ids.iter().cloned().zip(0..).collect();
    (map, ids.iter().map(|_| Record { due: 0, _rest: [0; 23] }).collect())
}

/// The median times of these calls in ns, over turns of each after the other.
fn alternating<const N: usize>(order: &[usize], mut calls: [&mut dyn FnMut(usize); N]) -> [f64; N] {
    let mut turns = [const { Vec::new() }; N];
    for turn in order.chunks(order.len() / TURNS) {
        for (call, turns) in calls.iter_mut().zip(&mut turns) {
            let began = StdInstant::now();
            turn.iter().for_each(|&index| call(index));
            turns.push(began.elapsed().as_secs_f64() * 1e9 / turn.len() as f64);
        }
    }
    turns.map(|mut turns| {
        turns.sort_by(f64::total_cmp);
        turns[TURNS / 2]
    })
}

/// The median time of a call in ns.
fn timed(order: &[usize], mut call: impl FnMut(usize)) -> f64 {
    alternating(order, [&mut call])[0]
}
