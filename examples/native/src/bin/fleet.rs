//! A gateway that holds the sockets of a few devices, keeps them up, and says how the fleet is doing.
//!
//! ```text
//! cargo run --package steadfast-example-native --bin fleet
//! ```
//!
//! The devices are servers within this program that answer lines over TCP: most of them soon, one
//! late, one only for a while, and one falls silent. The gateway has its own sockets, so the
//! manager keeps the books: it says when the next ping is due, who is lost, and when to dial again.
//! Ctrl-C ends it.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use steadfast::{
    Cause, ConnectionManager, Event, EventKind, Exponential, HealthConfig, HealthMonitor,
    Heartbeat, Intervals, ManagerConfig, ManagerOutput, Registration, Status,
};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// The devices: how long each takes to answer, and how often it does before it stops.
const DEVICES: [(&str, Duration, u32, Stop); 4] = [
    ("bell", Duration::from_millis(20), 8, Stop::Closes),
    ("gate", Duration::from_millis(900), u32::MAX, Stop::Closes),
    ("lamp", Duration::from_millis(2), u32::MAX, Stop::Closes),
    ("lock", Duration::from_millis(5), 12, Stop::FallsSilent),
];

#[derive(Clone, Copy)]
enum Stop {
    Closes,
    FallsSilent,
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
    let retry = Exponential { max_delay: Duration::from_secs(5), ..Exponential::default() };
    // More often than needed, so that there is something to see.
    let intervals = Intervals::fixed(Duration::from_secs(2));
    let heartbeat = Heartbeat { intervals, ..Heartbeat::default() };
    let config = ManagerConfig { heartbeat, retry: retry.into(), ..ManagerConfig::default() };
    let manager = ConnectionManager::new(config)?;
    let monitor = HealthMonitor::new(&manager, HealthConfig::default())?;
    let mut sessions = manager.events();
    let mut health = monitor.events();

    let mut addresses = Vec::new();
    for (name, delay, answers, stop) in DEVICES {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        addresses.push((name, listener.local_addr()?));
        tokio::spawn(device(listener, delay, answers, stop));
    }
    for (name, address) in &addresses {
        let stream = TcpStream::connect(address).await?;
        manager.register_connection(Registration::new(*name, "device"))?;
        tokio::spawn(beat(manager.clone(), (*name).to_owned(), stream));
    }
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            Some(told) = sessions.next() => match told {
                Ok(ManagerOutput::Event { session_id, event }) => {
                    println!("# {session_id}: {}", event.kind.name());
                }
                Ok(ManagerOutput::Reconnect { session_id, attempt }) => {
                    println!("# {session_id}: dialled again, attempt {attempt}");
                    if let Some((_, to)) = addresses.iter().find(|(name, _)| *name == session_id) {
                        tokio::spawn(dial_again(manager.clone(), session_id, *to));
                    }
                }
                Ok(_) => {}
                Err(missed) => println!("# {missed}"),
            },
            Some(Ok(event)) = health.next() => print_health(&monitor, event),
        }
    }
    monitor.close();
    manager.close();
    Ok(())
}

/// Sends a line whenever the next heartbeat is due, and takes its echo as the answer.
async fn beat(manager: ConnectionManager, session: String, stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    loop {
        let set_out = SystemTime::now();
        let answered = async {
            stream.write_all(b"are you there?\n").await?;
            line.clear();
            stream.read_line(&mut line).await
        };
        // Zero bytes are the end of the link.
        if !matches!(answered.await, Ok(1..)) {
            break;
        }
        // It is refused for a session that has another link by now, or none.
        let Ok(update) = manager.update_heartbeat(&session, set_out) else { return };
        sleep(update.next_interval).await;
    }
    // Refused if the manager has noticed before.
    let _ = manager.disconnect(&session, Cause::Network);
}

/// Makes the attempt that is due, and tells what came of it: there will be another one, or not.
async fn dial_again(manager: ConnectionManager, session: String, address: SocketAddr) {
    match timeout(Duration::from_secs(5), TcpStream::connect(address)).await {
        Ok(Ok(stream)) => {
            if manager.update_status(&session, Status::Connected).is_ok() {
                beat(manager, session, stream).await;
            }
        }
        // Refused if the session has gone on without this attempt.
        Ok(Err(_)) => drop(manager.reconnection_failed(&session, Cause::Network)),
        Err(_) => drop(manager.reconnection_failed(&session, Cause::ConnectTimeout)),
    }
}

fn print_health(monitor: &HealthMonitor, event: Event) {
    match event.kind {
        EventKind::AlertCreated(alert) => {
            println!("! {}, {:?}", alert.kind.as_str(), alert.severity);
            // Somebody has seen it: it is silent until it grows worse.
            let _ = monitor.acknowledge_alert(alert.id);
        }
        EventKind::AlertResolved(alert) => println!("! {} is over", alert.kind.as_str()),
        EventKind::MetricsCollected(metrics) => {
            let (healthy, all) = (metrics.healthy_connections, metrics.total_connections);
            let p95 = metrics.latency_p95.unwrap_or_default();
            println!("{healthy} of {all} healthy, p95 {} ms", p95.as_millis());
            let load = metrics.system_load.unwrap_or_default();
            println!("  tasks are woken {:?} late", load.loop_lag_p95.unwrap_or_default());
        }
        _ => {}
    }
}

/// Echoes lines, each after a while.
async fn device(listener: TcpListener, delay: Duration, answers: u32, stop: Stop) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            for _ in 0..answers {
                line.clear();
                if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
                    return;
                }
                sleep(delay).await;
                if stream.write_all(line.as_bytes()).await.is_err() {
                    return;
                }
            }
            if matches!(stop, Stop::FallsSilent) {
                std::future::pending::<()>().await;
            }
        });
    }
}
