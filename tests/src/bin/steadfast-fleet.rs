//! A small fleet of native clients; see [`steadfast_tests::fleet`].

use std::error::Error;
use std::time::Duration;

use clap::Parser;
use steadfast::ReportTo;
use steadfast_tests::fleet::{Fleet, FleetConfig};

/// The time between two reports of a client: short, so that there is something to see.
const REPORT_INTERVAL: Duration = Duration::from_secs(3);

/// A fleet of native clients that talk to an echo server and report to a collector.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The URL of the echo server.
    #[arg(long)]
    url: String,
    /// How many clients.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    clients: u16,
    /// The URL to report to.
    #[arg(long, requires = "key")]
    report: Option<String>,
    /// The publishable key to report with.
    #[arg(long, requires = "report")]
    key: Option<String>,
    /// The organisation of the key.
    #[arg(long, default_value = "default")]
    organization: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { url, clients, report, key, organization } = Arguments::parse();
    let report_to =
        report.zip(key).map(|(report, key)| ReportTo::new(report, key).interval(REPORT_INTERVAL));
    let mut fleet = Fleet::open(&FleetConfig { url, clients, organization, report_to })?;
    tokio::select! {
        () = fleet.print_status() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    tokio::select! {
        () = fleet.close() => println!("{}", fleet.status()),
        // A second signal means at once.
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
