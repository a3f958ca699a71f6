//! A native client notices that its server is gone although the connection stays open.

use std::time::Duration;

use futures::StreamExt as _;
use steadfast::{Cause, EventKind, Heartbeat, Intervals, Status};
use steadfast_tests::process::eventually;

use crate::Outcome;
use crate::client::{becomes, client, receive, send};
use crate::collector::Collector;
use crate::echo::Echo;

#[tokio::test]
async fn heartbeats_notice_a_black_hole_and_what_is_sent_meanwhile_arrives_in_order_and_once()
-> Outcome {
    let (collector, echo) = (Collector::start().await?, Echo::start().await?);
    let heartbeat = Heartbeat {
        intervals: Intervals::fixed(Duration::from_millis(500)),
        late_min: Duration::from_secs(1),
        max_missed: 2,
        ..Heartbeat::default()
    };
    let builder = client(&echo.url(), collector.client(), "hole").heartbeat(heartbeat);
    let mut connection = builder.open()?;
    let mut events = connection.events();
    becomes(&connection, Status::Connected).await?;
    send(&connection, ["before"]).await?;
    assert_eq!(receive(&mut connection, 1).await?, ["before"]);

    echo.behave("blackhole").await?;
    // A socket takes this one, and it is never heard of again.
    send(&connection, ["into the hole"]).await?;
    becomes(&connection, Status::Reconnecting).await?;
    send(&connection, 0..50).await?;
    echo.behave("normal").await?;
    becomes(&connection, Status::Connected).await?;
    send(&connection, ["after"]).await?;
    let mut expected: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    expected.push("after".into());
    assert_eq!(receive(&mut connection, 51).await?, expected);

    eventually("the collector shows the disconnection", async || {
        let state = collector.client().connection("hole").await.ok()??;
        (state.status == Status::Connected && state.total_disconnections == 1).then_some(())
    })
    .await?;
    connection.close().await;
    drop(connection);
    let mut causes = Vec::new();
    while let Some(event) = events.next().await {
        if let EventKind::Disconnected { cause, .. } = event?.kind {
            causes.push(cause);
        }
    }
    assert_eq!(causes, [Cause::HeartbeatTimeout, Cause::ClosedByUser]);
    Ok(())
}
