//! An echo server that misbehaves on request; see [`steadfast_tests::echo`].

use std::io;
use std::net::SocketAddr;

use clap::Parser;
use steadfast_tests::echo::EchoServer;

/// An echo server that misbehaves on request: see GET and POST /control.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:4701")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let Arguments { listen } = Arguments::parse();
    let server = EchoServer::bind(listen).await?;
    println!("listening on ws://{}", server.local_addr()?);
    tokio::select! {
        () = server.serve() => Ok(()),
        stopped = tokio::signal::ctrl_c() => stopped,
    }
}
