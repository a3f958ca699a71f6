//! `steadfast-collector`: runs the collector, and manages organisations and keys.

mod cli;
mod manage;

use std::process::ExitCode;

use steadfast_collector::config::{Effective, LogFormat};
use steadfast_collector::{Collector, Config};
use tracing_subscriber::EnvFilter;

use cli::Task;

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
        Task::Serve(Effective { config, .. }) => {
            log(config.log_format);
            serve(config).await?;
        }
    }
    Ok(())
}

/// To standard error: standard output is for what other programs read, the address and the keys.
fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text => log.init(),
    }
}

async fn serve(config: Config) -> Outcome {
    let interrupted = interrupted()?;
    let collector = Collector::start(config).await?;
    for key in collector.first_keys() {
        println!("{} key: {}", key.kind().as_str(), key.reveal());
    }
    println!("listening on http://{}", collector.address());
    interrupted.await;
    collector.stop().await;
    Ok(())
}

/// Resolves at Ctrl-C, and on Unix at SIGTERM.
#[cfg(unix)]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a signal to wait for, there is nothing to do but go on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
