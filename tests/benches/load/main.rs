//! What one collector carries on two cores: reports per second and idle live connections, each
//! beside what no program could exceed. The last thing printed is a table.
//!
//! The load is open-loop: each request has a time at which it is due, whether or not those before
//! it were answered, and its latency counts from then. So a server that stalls is charged with all
//! that it kept waiting.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

mod live;
mod noop;
mod open_loop;
mod reports;
mod servers;
mod sqlite;

use std::error::Error;
use std::time::Duration;

use open_loop::Held;
use reports::Reports;
use servers::{Collector, Noop};

/// How long each rate is kept up.
const TRIAL: Duration = Duration::from_secs(3);

/// How many live connections are held.
const CONNECTIONS: usize = 5_000;

/// What the benchmark runs with to be the server that does nothing.
const BE_NOOP: &str = "--be-noop";

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == BE_NOOP) {
        return noop::run();
    }
    // One thread, so that one core is left to the server whatever happens.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure())
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let reports = Reports::new("none");
    let inserts = sqlite::inserts_per_second(TRIAL, &reports).await?;

    let noop = Noop::start().await?;
    let answers =
        open_loop::most_held(noop.address(), TRIAL, |number| reports.request(number)).await?;
    let bare = live::memory(&noop, CONNECTIONS).await?;
    noop.end().await?;

    let collector = Collector::start(CONNECTIONS).await?;
    let reports = Reports::new(collector.publishable_key());
    let taken =
        open_loop::most_held(collector.address(), TRIAL, |number| reports.request(number)).await?;
    let held = live::memory(&collector, CONNECTIONS).await?;
    collector.end().await?;

    println!("\n| what | per second | p50 | p99 | share of the ceiling |\n|---|---|---|---|---|");
    print("reports taken, each committed", &taken, None);
    print(
        "… ceiling: an axum no-op",
        &answers,
        Some(f64::from(taken.rate) / f64::from(answers.rate)),
    );
    println!(
        "| … ceiling: SQLite inserts, 256 a commit | {inserts:.0} | | | {:.2} |",
        f64::from(taken.rate) / inserts
    );
    println!("\n| {CONNECTIONS} idle live connections | memory of the server, each |\n|---|---|");
    println!("| of the collector | {:.1} KiB |", held / 1024.0);
    println!("| of an axum no-op | {:.1} KiB |", bare / 1024.0);
    Ok(())
}

fn print(what: &str, held: &Held, share: Option<f64>) {
    let Held { rate, p50, p99 } = held;
    let share = share.map(|share| format!("{share:.2}")).unwrap_or_default();
    println!("| {what} | {rate} | {:.1} ms | {:.1} ms | {share} |", millis(*p50), millis(*p99));
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
