//! `steadfast-collector`: runs the collector, and manages organisations and keys.

mod cli;
mod log;
mod manage;
mod signals;

use std::pin::pin;
use std::process::ExitCode;

use steadfast_collector::config::Effective;
use steadfast_collector::{Collector, Config, Reloaded};

use cli::{Origin, Task};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("steadfast-collector: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Outcome {
    match cli::task()? {
        Task::Check(effective) => print!("{effective}"),
        Task::Manage(effective, what) => manage::run(effective.config, what).await?,
        Task::PrintOpenapi => println!("{:#}", steadfast_collector::openapi()),
        Task::Serve(Effective { config, .. }, origin) => {
            log::start(config.log_format);
            serve(config, &origin).await?;
        }
    }
    Ok(())
}

async fn serve(config: Config, origin: &Origin) -> Outcome {
    // Before anything else: until then a hang-up would end the process.
    let mut hang_ups = signals::HangUps::new()?;
    let interrupted = signals::interrupted()?;
    let collector = Collector::start(config).await?;
    for key in collector.first_keys() {
        println!("{} key: {}", key.kind().as_str(), key.reveal());
    }
    for address in collector.addresses() {
        println!("listening on http://{address}");
    }
    let mut interrupted = pin!(interrupted);
    loop {
        tokio::select! {
            () = &mut interrupted => break,
            () = hang_ups.next() => reload(&collector, origin),
        }
    }
    collector.stop().await;
    Ok(())
}

/// Reads the configuration again.
fn reload(collector: &Collector, origin: &Origin) {
    let reloaded = origin.read().and_then(|effective| collector.reload(&effective.config));
    match reloaded {
        Ok(Reloaded { applied, at_start }) => {
            let (applied, at_start) = (applied.join(", "), at_start.join(", "));
            tracing::info!(%applied, "the configuration was read again");
            if !at_start.is_empty() {
                tracing::warn!(%at_start, "some settings change at the next start only");
            }
        }
        Err(error) => {
            let code = error.code();
            tracing::error!(%error, code, "the configuration is refused; what was in effect stays");
        }
    }
}
