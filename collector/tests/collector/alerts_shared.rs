//! Alerts of several collectors on one database: one judges, all show them, and another takes over.

use futures::future::join_all;
use reqwest::Client;
use serde_json::Value;
use steadfast_core::quality::Quality;

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Keys, eventually, report};

/// Collectors on one database, and what they are asked with.
struct Replicas {
    processes: Vec<Process>,
    keys: Keys,
    http: Client,
}

impl Replicas {
    async fn start(count: usize, database: &str) -> Self {
        let processes = join_all((0..count).map(|_| Process::start(database))).await;
        let keys = processes.iter().find_map(|one| one.keys.clone()).unwrap();
        Self { processes, keys, http: Client::new() }
    }

    /// A session that is alone, and as bad as that.
    async fn tell(&self, batch_id: &str, quality: Quality) {
        let mut report = report("s1", batch_id);
        report.session.connection_quality = Some(quality);
        let url = format!("{}/v1/reports", self.processes[0].url);
        let post = self.http.post(url).bearer_auth(&self.keys.publishable).json(&report);
        post.send().await.unwrap().error_for_status().unwrap();
    }

    /// What each of them says of the only alert, if it knows of one.
    async fn alerts(&self) -> Vec<Option<Value>> {
        join_all(self.processes.iter().map(async |one| {
            let get =
                self.http.get(format!("{}/v1/alerts", one.url)).bearer_auth(&self.keys.secret);
            let listed: Value = get.send().await.unwrap().json().await.unwrap();
            let alerts = listed["alerts"].as_array().unwrap().clone();
            assert!(alerts.len() <= 1, "one alert, whoever judges: {alerts:?}");
            alerts.into_iter().next()
        }))
        .await
    }

    /// Until all of them say that it has that status and severity; the alert.
    async fn until_all_say(&self, status: &str, severity: &str) -> Value {
        eventually(&format!("all say {status}, {severity}"), async || {
            self.alerts().await.iter().all(|alert| {
                let alert = alert.as_ref();
                alert.is_some_and(|one| one["status"] == status && one["severity"] == severity)
            })
        })
        .await;
        self.alerts().await[0].clone().unwrap()
    }

    /// Which of them judge.
    async fn judges(&self) -> Vec<usize> {
        let judges = join_all(self.processes.iter().map(async |one| {
            let metrics = self.http.get(format!("{}/metrics", one.url)).send().await.unwrap();
            metrics.text().await.unwrap().lines().any(|line| line == "steadfast_judges_alerts 1")
        }));
        let judges = judges.await.into_iter().enumerate();
        judges.filter_map(|(index, judges)| judges.then_some(index)).collect()
    }

    async fn until_one_judges(&self) -> usize {
        eventually("one judges", async || self.judges().await.len() == 1).await;
        self.judges().await[0]
    }

    async fn acknowledge(&self, by: usize, alert: &Value) {
        let url = format!("{}/v1/alerts/{}/ack", self.processes[by].url, alert["id"]);
        let post = self.http.post(url).bearer_auth(&self.keys.secret);
        post.send().await.unwrap().error_for_status().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_judges_all_show_it_and_when_it_is_killed_another_carries_the_alert_on() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let mut replicas = Replicas::start(3, &database.url).await;
    replicas.tell("b1", Quality::Poor).await;
    let fired = replicas.until_all_say("FIRING", "MEDIUM").await;
    let judge = replicas.until_one_judges().await;
    replicas.acknowledge((judge + 1) % 3, &fired).await;
    let known = replicas.until_all_say("ACKNOWLEDGED", "MEDIUM").await;

    replicas.processes.remove(judge).kill().await;
    replicas.until_one_judges().await;
    let after = replicas.until_all_say("ACKNOWLEDGED", "MEDIUM").await;
    for field in ["id", "createdAt", "acknowledgedAt"] {
        assert_eq!(after[field], known[field], "{field}");
    }

    // Only who judges can see that it grew worse.
    replicas.tell("b2", Quality::Critical).await;
    let worse = replicas.until_all_say("FIRING", "CRITICAL").await;
    assert_eq!((&worse["id"], &worse["createdAt"]), (&fired["id"], &fired["createdAt"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_ends_in_good_order_leaves_judging_to_another() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let mut replicas = Replicas::start(2, &database.url).await;
    let judge = replicas.until_one_judges().await;
    assert!(replicas.processes.remove(judge).terminate().await.success());
    replicas.until_one_judges().await;
}
