//! The clock of the machine is set, forward and back.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use steadfast_collector::{Clock, ClockReading, SteadyClock};

use super::load::Load;
use crate::support::{Running, eventually};

static SET_BY_SECS: AtomicI64 = AtomicI64::new(0);
static CLOCK: SteadyClock = SteadyClock::new(read);

fn read() -> ClockReading {
    static ORIGIN: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let set_by = SET_BY_SECS.load(Ordering::Relaxed);
    let by = Duration::from_secs(set_by.unsigned_abs());
    let wall = if set_by < 0 { wall.saturating_sub(by) } else { wall + by };
    ClockReading { monotonic: ORIGIN.elapsed(), wall }
}

/// When the metrics were collected last.
async fn collected_at(collector: &Running) -> u64 {
    let health = collector.read("/v1/health").await;
    let last = health["history"].as_array().unwrap().last().cloned();
    last.map_or(0, |last: Value| last["at"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_forward_and_back_stops_and_loses_nothing() {
    let collector = Running::start_by(Clock::of(&CLOCK)).await;
    let load = Load::start_at(&format!("http://{}", collector.address()), collector.keys.clone());
    load.goes_on(20).await;
    for set_by in [3600, -3600, 50 * 365 * 86_400, 0] {
        SET_BY_SECS.store(set_by, Ordering::Relaxed);
        load.goes_on(20).await;
        load.is_ready_again().await;
        let before = collected_at(&collector).await;
        eventually("metrics are collected", async || collected_at(&collector).await > before).await;
    }
    let options = SqliteConnectOptions::new().filename(collector.database());
    let pool = SqlitePool::connect_with(options).await.unwrap();
    load.ends_with(async || {
        sqlx::query_scalar("SELECT batch_id FROM reports").fetch_all(&pool).await.unwrap()
    })
    .await;
    pool.close().await;
    collector.stop().await;
}
