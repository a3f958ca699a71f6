use std::error::Error;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};

use crate::reports::Reports;

/// As many as the collector puts into one commit at most.
const BATCH: u64 = 256;

/// Rows per second of plain inserts, each a report with the two ids that make it unique, as durable as the collector's.
pub(crate) async fn inserts_per_second(
    trial: Duration,
    reports: &Reports,
) -> Result<f64, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("ceiling.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut database = SqliteConnection::connect_with(&options).await?;
    let table = "CREATE TABLE reports (organization TEXT, batch TEXT, report TEXT, PRIMARY KEY (organization, batch))";
    sqlx::query(table).execute(&mut database).await?;
    let began = Instant::now();
    let mut rows = 0;
    while began.elapsed() < trial {
        let mut transaction = database.begin().await?;
        for number in rows..rows + BATCH {
            sqlx::query("INSERT INTO reports VALUES ('default', $1, $2)")
                .bind(format!("batch-{number:016}"))
                .bind(reports.body(number))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        rows += BATCH;
    }
    Ok(rows as f64 / began.elapsed().as_secs_f64())
}
