//! What the tests ask of a connection.

use std::future::Future;
use std::time::Duration;

use futures::StreamExt as _;
use steadfast::connector::{Connector, Payload};
use steadfast::{
    Builder, Connection, ConnectionState, EventKind, Events, Exponential, Heartbeat, Intervals,
    Jitter, Status,
};

/// No test waits longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that tries again after 20 ms.
pub(crate) fn eager(url: impl Into<String>) -> Builder {
    eagerly(steadfast::connect(url))
}

/// The same, over any transport.
pub(crate) fn eagerly<C: Connector>(builder: Builder<C>) -> Builder<C> {
    let delay = Duration::from_millis(20);
    let retry = Exponential {
        base_delay: delay,
        max_delay: delay,
        jitter: Jitter::None,
        ..Exponential::default()
    };
    builder.retry(retry)
}

/// A heartbeat that finds a peer dead within 200 ms.
pub(crate) fn quick_heartbeat() -> Heartbeat {
    let late = Duration::from_millis(50);
    Heartbeat {
        intervals: Intervals::fixed(Duration::from_millis(50)),
        late_min: late,
        late_max: late,
        max_missed: 2,
        ..Heartbeat::default()
    }
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("took too long")
}

pub(crate) async fn becomes<I, O: Payload>(
    connection: &Connection<I, O>,
    status: Status,
) -> ConnectionState {
    let state = within(connection.wait_until(|state| state.status == status)).await;
    state.unwrap_or_else(|error| panic!("never became {}: {error}", status.as_str()))
}

/// The next event of which `pick` makes something.
pub(crate) async fn next_event<T>(
    events: &mut Events,
    mut pick: impl FnMut(EventKind) -> Option<T>,
) -> T {
    within(async {
        loop {
            let event = events.next().await.expect("the events have ended").unwrap();
            if let Some(picked) = pick(event.kind) {
                return picked;
            }
        }
    })
    .await
}

pub(crate) async fn next_text(connection: &mut Connection) -> Option<String> {
    let message = within(connection.next()).await?;
    message.as_text().map(str::to_owned)
}
