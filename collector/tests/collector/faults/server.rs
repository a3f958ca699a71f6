//! The database's server is gone and comes back, or lets nobody write.

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor as _};

use super::load::Load;
use crate::postgres::TestDatabase;
use crate::process::Process;

async fn stored(database: &TestDatabase) -> Vec<String> {
    let pool = database.pool().await;
    let stored = sqlx::query_scalar("SELECT batch_id FROM reports").fetch_all(&pool).await;
    pool.close().await;
    stored.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_and_comes_back_costs_nothing_that_was_acknowledged() {
    let Some(database) = TestDatabase::alone().await else {
        return;
    };
    let process = Process::start(&database.url).await;
    let load = Load::start(&process);
    for _ in 0..2 {
        load.goes_on(20).await;
        database.server.stop().await;
        load.is_refused("ingest.store").await;
        database.server.start_again().await;
        load.is_ready_again().await;
    }
    load.goes_on(20).await;
    load.ends_with(async || stored(&database).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lets_nobody_write_is_waited_for() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let process = Process::start(&database.url).await;
    let load = Load::start(&process);
    load.goes_on(20).await;
    let pool = database.pool().await;
    read_only(&pool, true).await;
    load.is_refused("ingest.store").await;
    read_only(&pool, false).await;
    load.is_ready_again().await;
    load.goes_on(20).await;
    pool.close().await;
    load.ends_with(async || stored(&database).await).await;
}

/// As after the fail-over of a cluster: who is connected loses the connection, and who comes back
/// may only read.
async fn read_only(pool: &PgPool, is_so: bool) {
    let mut connection = pool.acquire().await.unwrap();
    let name: String =
        sqlx::query_scalar("SELECT current_database()").fetch_one(&mut *connection).await.unwrap();
    let is_so = if is_so { "on" } else { "off" };
    // First, and by itself: a connection that was made meanwhile may only read, too.
    connection.execute("SET default_transaction_read_only = off").await.unwrap();
    let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = {is_so}");
    connection.execute(sqlx::raw_sql(AssertSqlSafe(set))).await.unwrap();
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    connection.execute(others).await.unwrap();
}
