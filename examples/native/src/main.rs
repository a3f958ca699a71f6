//! Sends what is typed, prints what comes back, and says how the connection is doing.
//!
//! ```text
//! cargo run --package steadfast-tests --bin steadfast-echo -- --listen 127.0.0.1:9001
//! cargo run --package steadfast-example-native -- ws://127.0.0.1:9001/
//! ```
//!
//! Stop the server while this runs, type on, and start it again: the connection comes back by
//! itself, and what was typed meanwhile arrives, in order. `RUST_LOG=steadfast=debug` tells more.
//! The end of input (Ctrl-D) ends the program.

use std::error::Error;
use std::io::stderr;
use std::process::ExitCode;
use std::time::Duration;

use futures::StreamExt as _;
use steadfast::{Connection, EventKind, Events, Exponential, ReportTo, Sender};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_writer(stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let Some(url) = arguments.next() else {
        return Err("usage: steadfast-example-native URL [COLLECTOR_URL PUBLISHABLE_KEY]".into());
    };
    let collector = arguments.next().zip(arguments.next());
    let mut connection = open(url, collector)?;

    // What happens to the connection, what is sent and what is received are independent of each
    // other, so each has a task.
    let events = tokio::spawn(print_events(connection.events()));
    let sending = tokio::spawn(send_lines(connection.sender()));
    tokio::pin!(sending);
    loop {
        tokio::select! {
            message = connection.next() => match message {
                Some(message) => println!("< {}", String::from_utf8_lossy(message.as_bytes())),
                // The connection has failed for good. The events say why.
                None => break,
            },
            result = &mut sending => {
                result??;
                break;
            }
        }
    }
    connection.close().await;
    // The events end with the connection.
    drop(connection);
    events.await?;
    Ok(())
}

/// Returns at once; the events report whether the server can be reached.
fn open(
    url: String,
    collector: Option<(String, String)>,
) -> Result<Connection, steadfast::OpenError> {
    let mut builder = steadfast::connect(url)
        .user("example")
        .metadata("program", "native example")
        .retry(Exponential { max_delay: Duration::from_secs(5), ..Exponential::default() });
    if let Some((url, key)) = collector {
        builder = builder.report_to(ReportTo::new(url, key));
    }
    builder.open()
}

/// Sends each line. While there is no link lines wait in the outbox; when that is full, this
/// waits.
async fn send_lines(sender: Sender) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        sender.send(line).await?;
    }
    sender.drained().await?;
    // The answer to the last line is still on its way.
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(())
}

async fn print_events(mut events: Events) {
    while let Some(event) = events.next().await {
        match event.map(|event| event.kind) {
            Ok(EventKind::StatusChanged { from, to }) => {
                eprintln!("# {} -> {}", from.as_str(), to.as_str());
            }
            Ok(EventKind::RetryAttempt { attempt, delay }) => {
                eprintln!("# attempt {attempt} in {} ms", delay.as_millis());
            }
            Ok(EventKind::Disconnected { cause, .. }) => {
                eprintln!("# the link is gone: {}", cause.as_str());
            }
            Ok(EventKind::QualityChanged { to, score, .. }) => {
                eprintln!("# the link is {to:?}, {score:.0} of 100");
            }
            Ok(_) => {}
            Err(missed) => eprintln!("# {missed}"),
        }
    }
}
