//! `steadfast-collector`: runs the collector, and makes keys.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use steadfast_collector::auth::{Key, KeyKind, OrganizationId};
use steadfast_collector::config::DatabasePath;
use steadfast_collector::store::SqliteStore;
use steadfast_collector::{Clock, Collector, Config};
use tracing_subscriber::EnvFilter;

/// Takes the reports of Steadfast's clients, and shows how a fleet is doing.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    serve: Serve,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes keys.
    #[command(subcommand)]
    Keys(Keys),
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// Makes a key and prints it, once. The organisation is created if there is none of that name.
    Create(CreateKey),
}

#[derive(Debug, Args)]
struct Serve {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, env = "STEADFAST_LISTEN", default_value_t = Config::default().listen)]
    listen: SocketAddr,
    #[command(flatten)]
    database: Database,
    /// The most reports that wait to be written; beyond it clients are told to come back.
    #[arg(long, env = "STEADFAST_QUEUE", default_value_t = Config::default().queue)]
    queue: usize,
    /// The most sessions of one organisation.
    #[arg(long, env = "STEADFAST_MAX_SESSIONS", default_value_t = Config::default().max_sessions)]
    max_sessions: usize,
    /// The most clients that listen to the live stream.
    #[arg(
        long,
        env = "STEADFAST_MAX_LIVE_CLIENTS",
        default_value_t = Config::default().max_live_clients
    )]
    max_live_clients: usize,
}

#[derive(Debug, Args)]
struct Database {
    /// The database file: PATH or sqlite:PATH. Created if there is none.
    #[arg(long, env = "STEADFAST_DATABASE", default_value = "./steadfast.db")]
    database: DatabasePath,
}

#[derive(Debug, Args)]
struct CreateKey {
    #[command(flatten)]
    database: Database,
    /// Whose key it is.
    #[arg(long)]
    organization: OrganizationId,
    /// What it is good for.
    #[arg(long, value_enum)]
    kind: KeyKind,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Standard output is for what other programs read: the address and the keys.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let cli = Cli::parse();
    let done = match cli.command {
        None => serve(cli.serve).await,
        Some(Command::Keys(Keys::Create(create))) => create_key(create).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("steadfast-collector: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(flags: Serve) -> Result<(), Box<dyn std::error::Error>> {
    let Serve { listen, database, queue, max_sessions, max_live_clients } = flags;
    let database = database.database;
    let config = Config { listen, database, queue, max_sessions, max_live_clients };
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

async fn create_key(create: CreateKey) -> Result<(), Box<dyn std::error::Error>> {
    let store = SqliteStore::open(create.database.database.as_path()).await?;
    let key = Key::generate(create.kind)?;
    let keys = std::slice::from_ref(&key);
    store.add_keys(Clock::start().now(), &create.organization, keys).await?;
    store.close().await;
    println!("{} key: {}", key.kind().as_str(), key.reveal());
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
