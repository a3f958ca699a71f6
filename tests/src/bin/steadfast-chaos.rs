//! A TCP proxy with a slow or a long line; see [`steadfast_tests::chaos`].

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use clap::Parser;
use steadfast_tests::chaos::{Conduct, Proxy};

/// A TCP proxy with a slow or a long line.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The server's address.
    #[arg(long)]
    target: SocketAddr,
    /// Bytes a second in each direction; no limit by default.
    #[arg(long)]
    throttle: Option<NonZeroU32>,
    /// Milliseconds that bytes are on their way in each direction, at most an hour.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=3_600_000))]
    delay: u32,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let Arguments { target, throttle, delay } = Arguments::parse();
    let proxy = Proxy::start([target]).await?;
    let delay = Duration::from_millis(delay.into());
    proxy.behave(Conduct { throttle, delay, ..Conduct::default() });
    println!("listening on ws://{}", proxy.address());
    tokio::signal::ctrl_c().await
}
