//! A native client survives the sudden death of its server.

use futures::StreamExt as _;
use steadfast::{Cause, EventKind, Status};
use steadfast_tests::process::eventually;

use crate::Outcome;
use crate::client::{becomes, client, receive, send};
use crate::collector::Collector;
use crate::echo::Echo;

#[tokio::test]
async fn what_is_sent_while_the_server_is_dead_arrives_in_order_and_once() -> Outcome {
    let (collector, echo) = (Collector::start().await?, Echo::start().await?);
    let mut connection = client(&echo.url(), collector.client(), "restart").open()?;
    let mut events = connection.events();
    becomes(&connection, Status::Connected).await?;
    send(&connection, 0..10).await?;
    assert_eq!(receive(&mut connection, 10).await?, texts(0..10));

    let killed = echo.kill().await?;
    becomes(&connection, Status::Reconnecting).await?;
    send(&connection, 10..60).await?;
    let _echo = killed.restart().await?;
    becomes(&connection, Status::Connected).await?;
    send(&connection, 60..70).await?;
    // Were one of them sent twice, its copy would stand among the others.
    assert_eq!(receive(&mut connection, 60).await?, texts(10..70));

    connection.close().await;
    drop(connection);
    let mut statuses = Vec::new();
    let mut causes = Vec::new();
    while let Some(event) = events.next().await {
        match event?.kind {
            EventKind::StatusChanged { to, .. } => statuses.push(to),
            EventKind::Disconnected { cause, .. } => causes.push(cause),
            _ => {}
        }
    }
    let (up, down) = (Status::Connected, Status::Reconnecting);
    assert_eq!(statuses, [down, up, down, up, Status::Disconnected]);
    assert_eq!(causes, [Cause::Network, Cause::ClosedByUser]);
    Ok(())
}

#[tokio::test]
async fn the_collector_shows_one_more_disconnection_for_that_session() -> Outcome {
    let (collector, echo) = (Collector::start().await?, Echo::start().await?);
    let known = async |session_id: &str, disconnections: u32| {
        eventually("the collector shows the session connected again", async || {
            let state = collector.client().connection(session_id).await.ok()??;
            let as_expected = state.status == Status::Connected
                && state.total_disconnections == disconnections
                && state.disconnected_at.is_none();
            as_expected.then_some(state)
        })
        .await
    };
    let connection = client(&echo.url(), collector.client(), "killed").open()?;
    known("killed", 0).await?;

    let killed = echo.kill().await?;
    becomes(&connection, Status::Reconnecting).await?;
    let echo = killed.restart().await?;
    // One that comes later has lost nothing.
    let _other = client(&echo.url(), collector.client(), "other").open()?;
    let state = known("killed", 1).await?;
    assert_eq!(state.total_disconnections, connection.state().total_disconnections);
    known("other", 0).await?;
    Ok(())
}

fn texts(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}
