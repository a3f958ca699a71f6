//! Clients go on while the collector is dead, and tell it all of it once it is back.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::try_join_all;
use steadfast::core::activity::Activity;
use steadfast::core::histogram::Histogram;
use steadfast::{Connection, Events, Status};
use steadfast_tests::process::eventually;

use crate::client::{becomes, client, receive, send};
use crate::collector::Collector;
use crate::echo::Echo;
use crate::{Fallible, Outcome};

const CLIENTS: usize = 8;

/// Time for several reports of each client to fail.
const REPORTS_FAIL: Duration = Duration::from_secs(1);

#[tokio::test]
async fn what_happened_while_the_collector_was_dead_is_reported_once_it_is_back() -> Outcome {
    let (collector, echo) = (Collector::start().await?, Echo::start().await?);
    let mut witnesses = Vec::new();
    for index in 0..CLIENTS {
        let builder = client(&echo.url(), collector.client(), &format!("client-{index}"));
        witnesses.push(Witness::of(builder.event_backlog(10_000).open()?));
    }
    all_known(&collector, &witnesses, 0).await?;

    let killed = collector.kill().await?;
    let killed_echo = echo.kill().await?;
    for Witness { connection, .. } in &witnesses {
        becomes(connection, Status::Reconnecting).await?;
    }
    let _echo = killed_echo.restart().await?;
    for Witness { connection, .. } in &mut witnesses {
        becomes(connection, Status::Connected).await?;
        send(connection, ["still", "here"]).await?;
        assert_eq!(receive(connection, 2).await?, ["still", "here"]);
    }
    tokio::time::sleep(REPORTS_FAIL).await;
    let collector = killed.restart().await?;
    all_known(&collector, &witnesses, 1).await?;

    let seen = try_join_all(witnesses.into_iter().map(Witness::close)).await?;
    let mut told = BTreeMap::<String, Activity>::new();
    for report in collector.kill().await?.stored_reports().await? {
        told.entry(report.session_id).or_default().merge(&report.activity);
    }
    for (session_id, seen) in seen {
        let told = told.remove(&session_id).ok_or("nothing was told of a session")?;
        assert_eq!(counters(&told), counters(&seen), "{session_id}");
    }
    assert!(told.is_empty(), "sessions came from nowhere");
    Ok(())
}

/// What can be compared exactly: sums of fractions cannot.
fn counters(activity: &Activity) -> (Activity, u64) {
    let latencies = activity.latency.count();
    (Activity { latency: Histogram::default(), ..activity.clone() }, latencies)
}

/// A client, and what can be seen to happen to it.
struct Witness {
    connection: Connection,
    events: Events,
}

impl Witness {
    fn of(connection: Connection) -> Self {
        Self { events: connection.events(), connection }
    }

    /// Closes the connection, and says all that has happened to it.
    async fn close(self) -> Fallible<(String, Activity)> {
        let Self { connection, mut events } = self;
        connection.close().await;
        let session_id = connection.state().session_id;
        drop(connection);
        let mut seen = Activity::default();
        while let Some(event) = events.next().await {
            seen.record(&event?.kind);
        }
        Ok((session_id, seen))
    }
}

/// Waits until the collector shows all of them connected, after that many disconnections.
async fn all_known(collector: &Collector, witnesses: &[Witness], disconnections: u32) -> Outcome {
    for Witness { connection, .. } in witnesses {
        let session_id = connection.state().session_id;
        eventually("the collector shows the session connected", async || {
            let state = collector.client().connection(&session_id).await.ok()??;
            let as_expected =
                state.status == Status::Connected && state.total_disconnections == disconnections;
            as_expected.then_some(())
        })
        .await?;
    }
    Ok(())
}
