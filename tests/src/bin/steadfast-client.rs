//! One native client in a process of its own, which tests end, kill and stop.
//!
//! It prints `connected` when its link is up. Ctrl-C closes the connection, with a last report.

use std::error::Error;
use std::time::Duration;

use clap::Parser;
use futures::StreamExt as _;
use steadfast::{ReportTo, Status};

/// A native client that talks to an echo server and reports to a collector.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The URL of the echo server.
    #[arg(long)]
    url: String,
    /// The URL to report to.
    #[arg(long)]
    report: String,
    /// The publishable key to report with.
    #[arg(long)]
    key: String,
    /// The time between two reports, in milliseconds.
    #[arg(long)]
    interval: u64,
    /// The id of the session.
    #[arg(long)]
    session: String,
}

// One thread: a test starts hundreds of these.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { url, report, key, interval, session } = Arguments::parse();
    // Listened for while the link comes up: once `connected` is printed, it ends nothing by itself.
    let mut interrupted = tokio::spawn(tokio::signal::ctrl_c());
    let report_to = ReportTo::new(report, key).interval(Duration::from_millis(interval));
    let builder = steadfast::connect(url).session_id(session).report_to(report_to);
    let mut connection = builder.open()?;
    connection.wait_until(|state| state.status == Status::Connected).await?;
    println!("connected");
    loop {
        tokio::select! {
            _ = &mut interrupted => break,
            message = connection.next() => if message.is_none() { break },
        }
    }
    connection.close().await;
    Ok(())
}
