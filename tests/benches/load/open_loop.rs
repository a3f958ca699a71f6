use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::future::try_join_all;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// The number of connections over which requests go out, as those of many clients do behind a balancer.
const CONNECTIONS: u32 = 64;

/// Where the search begins, in requests per second.
const FIRST_RATE: u32 = 512;

/// So often the gap between a rate that was held and one that was not is halved.
const HALVINGS: u32 = 3;

/// A rate is held if nothing fails and 99 % of the answers come within this time.
const LATE: Duration = Duration::from_millis(250);

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A rate that was held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    /// In requests per second.
    pub(crate) rate: u32,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// The highest rate that a server holds for as long as a `trial` takes.
pub(crate) async fn most_held(
    server: SocketAddr,
    trial: Duration,
    request: impl Fn(u64) -> Request<Full<Bytes>>,
) -> Outcome<Held> {
    let (mut rate, mut number, mut best) = (FIRST_RATE, 0, None);
    let mut attempt = async |rate: u32| {
        let latencies = drive(server, rate, trial, number, &request).await?;
        number += u64::from(turns(rate, trial) * CONNECTIONS);
        Ok::<_, Box<dyn Error>>(judge(rate, latencies))
    };
    while let Some(held) = attempt(rate).await? {
        best = Some(held);
        rate += rate / 2;
    }
    let (mut low, mut high) = (rate / 3 * 2, rate);
    for _ in 0..HALVINGS {
        let middle = u32::midpoint(low, high);
        match attempt(middle).await? {
            Some(held) => (low, best) = (middle, Some(held)),
            None => high = middle,
        }
    }
    best.ok_or_else(|| format!("not even {FIRST_RATE} requests per second are held").into())
}

/// How long each request took, from when it was due; none if one failed.
async fn drive(
    server: SocketAddr,
    rate: u32,
    trial: Duration,
    first: u64,
    request: &impl Fn(u64) -> Request<Full<Bytes>>,
) -> Outcome<Option<Vec<Duration>>> {
    let began = Instant::now() + Duration::from_millis(50);
    let turns = turns(rate, trial);
    let clients = (0..CONNECTIONS).map(async |client| {
        let mut connection = connect(server).await?;
        let mut latencies = Vec::with_capacity(turns as usize);
        for turn in 0..turns {
            let order = turn * CONNECTIONS + client;
            let due = began + Duration::from_secs(1) * order / rate;
            tokio::time::sleep_until(due).await;
            // Hopeless: what comes after it is late as well.
            if due.elapsed() > 20 * LATE
                || !ask(&mut connection, request(first + u64::from(order))).await?
            {
                return Ok::<_, Box<dyn Error>>(None);
            }
            latencies.push(due.elapsed());
        }
        Ok(Some(latencies))
    });
    let all: Option<Vec<_>> = try_join_all(clients).await?.into_iter().collect();
    Ok(all.map(|latencies| latencies.concat()))
}

async fn connect(server: SocketAddr) -> Outcome<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Whether the answer is that all is well.
async fn ask(
    connection: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Outcome<bool> {
    connection.ready().await?;
    let answer = connection.send_request(request).await?;
    let status = answer.status();
    answer.into_body().collect().await?;
    Ok(status == StatusCode::OK)
}

/// How often each connection asks.
fn turns(rate: u32, trial: Duration) -> u32 {
    rate * u32::try_from(trial.as_secs()).unwrap() / CONNECTIONS
}

fn judge(rate: u32, latencies: Option<Vec<Duration>>) -> Option<Held> {
    let mut latencies = latencies?;
    latencies.sort_unstable();
    let at = |percent: usize| latencies[latencies.len() * percent / 100];
    let held = Held { rate, p50: at(50), p99: at(99) };
    println!("{rate} per second: p50 {:?}, p99 {:?}", held.p50, held.p99);
    (held.p99 <= LATE).then_some(held)
}
