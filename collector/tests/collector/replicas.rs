//! Several collectors on one database, behind a proxy.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;
use steadfast_collector::store::Store;
use tokio::net::{TcpListener, TcpStream};

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Keys, report_of_losses};

const CLIENTS: usize = 12;
const REPORTS: u32 = 60;

/// Hands connections to the replicas in turn, passing over those that do not answer.
async fn round_robin(listener: TcpListener, replicas: Vec<String>) {
    let next = AtomicUsize::new(0);
    let replicas = Arc::new(replicas);
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let first = next.fetch_add(1, Ordering::Relaxed);
        let replicas = Arc::clone(&replicas);
        tokio::spawn(async move {
            for offset in 0..replicas.len() {
                let replica = &replicas[(first + offset) % replicas.len()];
                if let Ok(mut server) = TcpStream::connect(replica).await {
                    drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
                    return;
                }
            }
        });
    }
}

/// Reports as a client does: the same report again until it is acknowledged.
async fn report_all(url: &str, keys: &Keys, client: usize, acknowledged: &AtomicUsize) {
    let http = reqwest::Client::new();
    for number in 1..=REPORTS {
        let report =
            report_of_losses(&format!("s{client}"), &format!("b{client}-{number}"), number);
        loop {
            let post = http.post(format!("{url}/v1/reports")).bearer_auth(&keys.publishable);
            match post.json(&report).send().await {
                Ok(answer) if answer.status() == 200 => break,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_of_them_answers_for_all_and_one_that_is_killed_under_load_loses_nothing() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let url = &database.url;
    let starting = (Process::start(url), Process::start(url), Process::start(url));
    let (first, second, third) = tokio::join!(starting.0, starting.1, starting.2);
    let printed: Vec<_> =
        [&first, &second, &third].iter().filter_map(|one| one.keys.clone()).collect();
    assert_eq!(printed.len(), 1, "one of them makes the first keys");
    let keys = printed[0].clone();
    let address = |one: &Process| one.url.trim_start_matches("http://").to_owned();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let through = format!("http://{}", proxy.local_addr().unwrap());
    let replicas = [&first, &second, &third].map(address).to_vec();
    let proxy = tokio::spawn(round_robin(proxy, replicas));

    let acknowledged = AtomicUsize::new(0);
    let clients = (0..CLIENTS).map(|n| report_all(&through, &keys, n, &acknowledged));
    let kill = async {
        while acknowledged.load(Ordering::Relaxed) < CLIENTS * 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        first.kill().await;
    };
    tokio::join!(join_all(clients), kill);

    let pool = database.pool().await;
    let stored: Vec<String> =
        sqlx::query_scalar("SELECT batch_id FROM reports").fetch_all(&pool).await.unwrap();
    pool.close().await;
    assert_eq!(stored.len(), CLIENTS * usize::try_from(REPORTS).unwrap());
    assert_eq!(stored.iter().collect::<BTreeSet<_>>().len(), stored.len());

    for replica in [&second, &third] {
        wait_until_all_is_known(&replica.url, &keys).await;
    }
    proxy.abort();
}

async fn wait_until_all_is_known(url: &str, keys: &Keys) {
    let http = reqwest::Client::new();
    for _ in 0..600 {
        let page = http.get(format!("{url}/v1/connections")).bearer_auth(&keys.secret);
        let page: Value = page.send().await.unwrap().json().await.unwrap();
        let sessions = page["connections"].as_array().unwrap();
        let all = sessions.len() == CLIENTS
            && sessions.iter().all(|state| state["totalDisconnections"] == REPORTS);
        if all {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{url} does not know what the others took");
}

#[tokio::test]
async fn a_lease_has_one_holder_and_passes_on_when_it_is_given_back_or_runs_out() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let database = database.database();
    let (one, other) =
        (Store::open(&database).await.unwrap(), Store::open(&database).await.unwrap());
    let long = Duration::from_mins(1);
    assert!(one.hold_lease("alerts", long).await.unwrap());
    assert!(!other.hold_lease("alerts", long).await.unwrap());
    assert!(one.hold_lease("alerts", long).await.unwrap(), "its holder prolongs it");
    assert!(other.hold_lease("another", long).await.unwrap());
    one.release_lease("alerts").await.unwrap();
    assert!(other.hold_lease("alerts", Duration::from_millis(1)).await.unwrap());
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(one.hold_lease("alerts", long).await.unwrap(), "it ran out");
    one.close().await;
    other.close().await;
}
