//! A live stream moves over when its collector dies, and nothing that was acknowledged is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use serde_json::Value;
use steadfast::{Connection, Exponential};
use steadfast_tests::chaos::Proxy;
use steadfast_tests::http::Http;
use steadfast_tests::process::{DEADLINE, Process};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::postgres::TestDatabase;
use crate::report::a_report;
use crate::{Fallible, Outcome};

const REPLICAS: usize = 3;
const SESSIONS: u32 = 8;
const REPORTS: u32 = 40;

/// A collector on the shared database.
struct Replica {
    address: String,
    process: Process,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_at_another_collector_when_its_own_is_killed_under_load() -> Outcome {
    let Some(database) = TestDatabase::new().await else {
        return Ok(());
    };
    let (mut replicas, keys) = start(&database.url).await?;
    let addresses = replicas.iter().map(|one| one.address.parse());
    let balancer = Proxy::start(addresses.collect::<Result<Vec<_>, _>>()?).await?;
    let through = balancer.address().to_string();
    let reader = Http::new(&through).with_key(keys.1.clone());
    let mut stream = listen(&through, reader.clone())?;
    let mut seen = BTreeMap::new();
    until(&mut stream, &mut seen, "a first push", |push, _| push["type"] == "health").await?;

    let acknowledged = watch::Sender::new(0_u32);
    let load = join_all((0..SESSIONS).map(|session| {
        report_all(Http::new(&through).with_key(keys.0.clone()), session, &acknowledged)
    }));
    let kill = async {
        let mut acknowledged = acknowledged.subscribe();
        acknowledged.wait_for(|count| *count >= SESSIONS * REPORTS / 3).await?;
        let serving = serving(&replicas).await?;
        replicas.remove(serving).process.kill().await?;
        Outcome::Ok(())
    };
    let follow = until(&mut stream, &mut seen, "the last report of each session", |_, seen| {
        seen.len() == SESSIONS as usize && seen.values().all(|last| *last == u64::from(REPORTS) - 1)
    });
    let (_, killed, followed) = tokio::join!(load, kill, follow);
    killed?;
    followed?;
    assert!(stream.state().total_disconnections >= 1, "its collector was killed");
    stream.close().await;

    let pool = database.pool().await;
    let stored: Vec<String> =
        sqlx::query_scalar("SELECT batch_id FROM reports").fetch_all(&pool).await?;
    pool.close().await;
    let distinct: BTreeSet<_> = stored.iter().collect();
    assert_eq!(distinct.len(), stored.len(), "each once");
    assert_eq!(stored.len(), (SESSIONS * REPORTS) as usize, "all that was acknowledged");
    Ok(())
}

/// Collectors on one database, and a key of each kind.
async fn start(database: &str) -> Fallible<(Vec<Replica>, (String, String))> {
    let arguments = ["--listen", "127.0.0.1:0", "--database", database];
    let (mut replicas, mut keys) = (Vec::new(), None);
    for number in 0..REPLICAS {
        let mut process = Process::start("steadfast-collector", &arguments)?;
        if number == 0 {
            let publishable = process.line("publishable key: ").await?;
            keys = Some((publishable, process.line("secret key: ").await?));
        }
        let address = process.line("listening on http://").await?;
        replicas.push(Replica { address, process });
    }
    Ok((replicas, keys.ok_or("the first makes keys")?))
}

/// A live stream that comes back by itself, with a new ticket for each dial.
fn listen(through: &str, reader: Http) -> Fallible<Connection> {
    let address: Arc<str> = through.into();
    let url = move |_| {
        let (address, reader) = (Arc::clone(&address), reader.clone());
        async move {
            let issued: Value = reader.post("/v1/live/ticket", "").await?.agreed()?.json()?;
            let ticket = issued["ticket"].as_str().unwrap_or_default();
            Fallible::Ok(format!("ws://{address}/v1/live?ticket={ticket}"))
        }
    };
    let retry = Exponential {
        base_delay: Duration::from_millis(100),
        max_delay: Duration::from_millis(500),
        ..Exponential::default()
    };
    Ok(steadfast::connect_fn(url).retry(retry).open()?)
}

/// Follows the stream until it is so; notes of each session how often it has reported.
async fn until(
    stream: &mut Connection,
    seen: &mut BTreeMap<String, u64>,
    what: &'static str,
    is_so: impl Fn(&Value, &BTreeMap<String, u64>) -> bool,
) -> Outcome {
    let follow = async {
        loop {
            let message = stream.next().await.ok_or("the stream has ended")?;
            let push: Value = serde_json::from_str(message.as_text().unwrap_or_default())?;
            for state in push["connections"].as_array().into_iter().flatten() {
                let id = state["sessionId"].as_str().unwrap_or_default().to_owned();
                seen.insert(id, state["totalDisconnections"].as_u64().unwrap_or_default());
            }
            if is_so(&push, seen) {
                return Outcome::Ok(());
            }
        }
    };
    timeout(DEADLINE, follow).await.map_err(|_| format!("waited in vain for {what}"))?
}

/// Reports as a client does: the same report again until it is acknowledged.
async fn report_all(client: Http, session: u32, acknowledged: &watch::Sender<u32>) {
    for number in 0..REPORTS {
        let report = a_report(&format!("session-{session}"), number).to_string();
        let is_taken = async || {
            let answer = client.post("/v1/reports", report.clone()).await;
            answer.is_ok_and(|answer| answer.status.is_success())
        };
        while !is_taken().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        acknowledged.send_modify(|count| *count += 1);
    }
}

/// Which of them has the stream.
async fn serving(replicas: &[Replica]) -> Fallible<usize> {
    for (index, replica) in replicas.iter().enumerate() {
        let metrics = Http::new(&replica.address).get("/metrics").await?.agreed()?;
        let text = String::from_utf8_lossy(&metrics.body).into_owned();
        if text.lines().any(|line| line == "steadfast_live_clients 1") {
            return Ok(index);
        }
    }
    Err("nobody has the stream".into())
}
