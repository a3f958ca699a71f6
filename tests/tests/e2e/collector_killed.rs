//! What the collector has acknowledged survives its sudden death, and counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use steadfast_tests::process::DEADLINE;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::collector::{Client, Collector};
use crate::report::a_report;

/// How many sessions report at the same time.
const SESSIONS: usize = 8;

#[tokio::test]
async fn no_acknowledged_report_is_lost_or_counted_twice_when_the_collector_is_killed() -> Outcome {
    let collector = Collector::start().await?;
    let client = collector.client().clone();
    let load = Load::start(&client);
    load.reaches(200).await?;
    let killed = collector.kill().await?;
    let before = load.acknowledged();
    let collector = killed.restart().await?;
    load.reaches(before + 200).await?;
    let sessions = load.stop().await;

    for (session_id, acknowledged) in &sessions {
        // A record is that of the last report.
        let last = acknowledged.saturating_sub(1);
        let state = client.connection(session_id).await?.ok_or("a session is missing")?;
        assert_eq!(state.total_disconnections, last, "{session_id}");
        for number in 0..*acknowledged {
            let answer = client.report(a_report(session_id, number).to_string()).await?;
            let expected =
                json!({ "accepted": true, "duplicate": true, "interval": 0.0, "sampling": 1.0 });
            assert_eq!(answer.json::<Value>()?, expected, "{session_id}-{number}");
        }
    }

    let stored = collector.kill().await?.stored_reports().await?;
    let mut connects = BTreeMap::<&str, u64>::new();
    for report in &stored {
        *connects.entry(&report.session_id).or_default() += report.activity.connects;
    }
    for (session_id, acknowledged) in &sessions {
        // Each report tells of one connect.
        assert_eq!(connects.get(session_id.as_str()), Some(&u64::from(*acknowledged)));
    }
    let batch_ids: BTreeSet<_> = stored.iter().map(|report| &report.batch_id).collect();
    assert_eq!(batch_ids.len(), stored.len());
    Ok(())
}

/// Sessions that report without a pause, each its next report once the one before was taken.
struct Load {
    acknowledged: watch::Sender<u32>,
    stop: watch::Sender<bool>,
    sessions: JoinSet<(String, u32)>,
}

impl Load {
    fn start(client: &Client) -> Self {
        let (acknowledged, stop) = (watch::Sender::new(0), watch::Sender::new(false));
        let sessions = (0..SESSIONS)
            .map(|index| {
                let session_id = format!("session-{index}");
                report(client.clone(), session_id, acknowledged.clone(), stop.subscribe())
            })
            .collect();
        Self { acknowledged, stop, sessions }
    }

    fn acknowledged(&self) -> u32 {
        *self.acknowledged.borrow()
    }

    async fn reaches(&self, count: u32) -> Outcome {
        let mut acknowledged = self.acknowledged.subscribe();
        let reached = acknowledged.wait_for(|acknowledged| *acknowledged >= count);
        tokio::time::timeout(DEADLINE, reached).await??;
        Ok(())
    }

    /// How many reports of each session were acknowledged in the end.
    async fn stop(self) -> Vec<(String, u32)> {
        self.stop.send_replace(true);
        self.sessions.join_all().await
    }
}

/// Reports for one session until told to stop, each report until it is acknowledged.
async fn report(
    client: Client,
    session_id: String,
    acknowledged: watch::Sender<u32>,
    stop: watch::Receiver<bool>,
) -> (String, u32) {
    let mut number = 0;
    while !*stop.borrow() {
        let answer = client.report(a_report(&session_id, number).to_string()).await;
        if answer.is_ok_and(|answer| answer.status.is_success()) {
            number += 1;
            acknowledged.send_modify(|count| *count += 1);
        } else {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    (session_id, number)
}
