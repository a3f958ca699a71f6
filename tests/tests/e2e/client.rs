use std::fmt::Display;
use std::time::Duration;

use futures::StreamExt as _;
use steadfast::{Builder, Connection, Exponential, ReportTo, Status};
use steadfast_tests::process::DEADLINE;

use crate::collector;
use crate::{Fallible, Outcome};

/// A client with the waits of a test instead of those of a day, everything else as by default.
pub(crate) fn client(url: &str, collector: &collector::Client, session_id: &str) -> Builder {
    let report_to = ReportTo::new(collector.report_url(), &collector.publishable_key);
    let retry = Exponential {
        base_delay: Duration::from_millis(100),
        max_delay: Duration::from_millis(500),
        ..Exponential::default()
    };
    steadfast::connect(url)
        .session_id(session_id)
        .connect_timeout(Duration::from_secs(2))
        .retry(retry)
        .report_to(report_to.interval(Duration::from_millis(200)))
}

/// Waits until the connection has this status.
pub(crate) async fn becomes(connection: &Connection, status: Status) -> Outcome {
    let wanted = connection.wait_until(|state| state.status == status);
    tokio::time::timeout(DEADLINE, wanted).await??;
    Ok(())
}

/// Sends each of these as a text.
pub(crate) async fn send(
    connection: &Connection,
    texts: impl IntoIterator<Item: Display>,
) -> Outcome {
    for text in texts {
        connection.send(text.to_string()).await?;
    }
    Ok(())
}

/// The next `count` texts that come.
pub(crate) async fn receive(connection: &mut Connection, count: usize) -> Fallible<Vec<String>> {
    let mut texts = Vec::with_capacity(count);
    while texts.len() < count {
        let message = tokio::time::timeout(DEADLINE, connection.next()).await;
        let message = message.map_err(|_| format!("after {texts:?} nothing came"))?;
        let message = message.ok_or("the connection has ended")?;
        texts.push(message.as_text().ok_or("a binary message came")?.to_owned());
    }
    Ok(texts)
}
