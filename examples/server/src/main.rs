//! A chat room: what one member says, all hear. A member whose link breaks misses nothing.
//!
//! ```text
//! cargo run --package steadfast-example-server -- 127.0.0.1:9002
//! ```
//!
//! Clients connect to `ws://127.0.0.1:9002/chat` and offer the sub-protocol `steadfast.v1`:
//! `steadfast::connect(url).protocol("steadfast.v1")` in Rust,
//! `connect(url, { protocols: ["steadfast.v1"] })` in JavaScript. Any other WebSocket client is served, too,
//! but what is sent while its link is down is lost to it. Ctrl-C says goodbye first, so that the
//! clients come back spread over a while.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::response::Response;
use axum::routing::any;
use futures::StreamExt as _;
use steadfast::Message;
use steadfast::server::{Server, ServerConfig, ServerConnection, Upgrade};
use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, error::RecvError};

/// Over how long the clients of a server that restarts come back.
const WINDOW: Duration = Duration::from_secs(5);

/// How many messages a member may be behind before it misses some.
const BACKLOG: usize = 256;

#[derive(Clone)]
struct App {
    room: broadcast::Sender<Message>,
    server: Server,
}

impl FromRef<App> for Server {
    fn from_ref(app: &App) -> Self {
        app.server.clone()
    }
}

#[tokio::main]
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
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9002".into());
    let listener = TcpListener::bind(&address).await?;
    println!("chat at ws://{}/chat", listener.local_addr()?);
    let server = Server::new(ServerConfig::default())?;
    let app = App { room: broadcast::Sender::new(BACKLOG), server: server.clone() };
    let router = Router::new().route("/chat", any(enter)).with_state(app);
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            // Without it the room just closes when its process is killed.
            let _ = tokio::signal::ctrl_c().await;
            server.goodbye(WINDOW).await;
        })
        .await?;
    Ok(())
}

async fn enter(State(app): State<App>, upgrade: Upgrade) -> Response {
    upgrade.serve(move |member| attend(member, app.room))
}

/// One member, over all of its links.
async fn attend(mut member: ServerConnection, room: broadcast::Sender<Message>) {
    let mut heard = room.subscribe();
    loop {
        tokio::select! {
            said = member.next() => match said {
                // Nobody hears only if nobody is there, and the speaker is.
                Some(message) => drop(room.send(message)),
                None => return,
            },
            message = heard.recv() => match message {
                Ok(message) => if member.send(message).await.is_err() { return },
                Err(RecvError::Lagged(missed)) => eprintln!("a member missed {missed} messages"),
                Err(RecvError::Closed) => return,
            },
        }
    }
}
