//! Fetches a page as often as it is asked to, from a server that is not always there.
//!
//! ```text
//! cargo run --package steadfast-example-retry-http -- https://example.org/ 3
//! ```
//!
//! It tries again when the server cannot be reached, takes too long or says that it is busy, and
//! waits for as long as `Retry-After` asks. All fetches share a breaker: when too many fail, the
//! next is turned away without a call. Ctrl-C ends a running wait at once.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use reqwest::{Client, Response};
use steadfast::{BreakerConfig, CircuitBreaker, Event, EventKind, Exponential, RetryError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("usage: steadfast-example-retry-http URL [TIMES]")?;
    let times: u32 = arguments.next().map_or(Ok(1), |times| times.parse())?;

    // One for the program. Where another crate has chosen one already, that is as good.
    let _ = steadfast::rustls::crypto::ring::default_provider().install_default();
    let client = Client::new();
    let breaker = CircuitBreaker::with_listener(
        BreakerConfig::consecutive(3, Duration::from_secs(5)),
        |event| println!("  {}", event.kind.name()),
    )?;
    for _ in 0..times {
        match fetch(&client, &url, &breaker).await {
            Ok(answer) => {
                println!("{}: {} bytes", answer.status(), answer.bytes().await?.len());
            }
            Err(RetryError::CircuitOpen { rejection, .. }) => {
                println!("turned away; worth asking again in {:?}", rejection.retry_in);
                tokio::time::sleep(rejection.retry_in).await;
            }
            Err(error) => println!("{} ({error})", error.code()),
        }
    }
    Ok(())
}

async fn fetch(
    client: &Client,
    url: &str,
    breaker: &CircuitBreaker,
) -> Result<Response, RetryError<reqwest::Error>> {
    steadfast::retry(|| client.get(url).send())
        .strategy(Exponential { base_delay: Duration::from_millis(200), ..Exponential::default() })
        .max_attempts(4)
        .per_attempt_timeout(Duration::from_secs(5))
        .deadline(Duration::from_secs(20))
        .breaker(breaker)
        .cancel_on(tokio::signal::ctrl_c())
        .notify(print)
        .await
}

fn print(event: &Event) {
    match &event.kind {
        EventKind::RetryAttempt { attempt, delay } => {
            println!("  attempt {attempt} in {delay:?}");
        }
        other => println!("  {}", other.name()),
    }
}
