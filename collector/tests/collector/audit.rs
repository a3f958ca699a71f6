//! The audit log, and what is known of the use of keys.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use steadfast_collector::Clock;
use steadfast_collector::audit::{Actor, AuditAction, NewAuditEntry};
use steadfast_collector::auth::KeyDigest;
use steadfast_collector::config::Database;
use steadfast_collector::store::Store;

use crate::postgres::TestDatabase;
use crate::process::{Process, command};
use crate::support::{Running, create_keys};

async fn get(process: &Process, path: &str, key: &str) -> Value {
    let asked = reqwest::Client::new().get(format!("{}{path}", process.url)).bearer_auth(key);
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

async fn change(process: &Process, method: Method, path: &str, key: &str, body: Value) -> Value {
    let request = reqwest::Client::new().request(method, format!("{}{path}", process.url));
    let answer = request.bearer_auth(key).json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap()
}

/// What was done, with which key and what, the newest first.
fn told(log: &Value) -> Vec<(String, String, String)> {
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap().to_owned();
    let entries = log["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let by = entry
                .get("keyName")
                .map_or_else(|| text(entry, "key"), |name| name.as_str().unwrap().to_owned());
            (by, text(entry, "action"), text(entry, "subject"))
        })
        .collect()
}

/// A key is made by a named key, replaced and revoked by command: all of it stands in the log.
async fn is_told_what_was_done(database: &str) {
    let process = Process::start(database).await;
    let secret = process.keys.clone().unwrap().secret;
    let wanted = json!({ "kind": "secret", "name": "deploy" });
    let deploy = change(&process, Method::POST, "/v1/keys", &secret, wanted).await;
    let (deploy_key, deploy_id) = (deploy["key"].as_str().unwrap(), deploy["id"].as_str().unwrap());
    let wanted = json!({ "kind": "read-only", "name": "wall" });
    let wall = change(&process, Method::POST, "/v1/keys", deploy_key, wanted).await;
    let wall_id = wall["id"].as_str().unwrap();
    assert!(wall["key"].as_str().unwrap().starts_with("rk_"));
    for arguments in [["keys", "rotate", "--key", wall_id], ["keys", "revoke", "--key", wall_id]] {
        let run = command()
            .args(arguments)
            .args(["--organization", "default", "--database", database])
            .status();
        assert!(run.await.unwrap().success());
    }
    let log = get(&process, "/v1/audit", &secret).await;
    let first = KeyDigest::of(&secret).id();
    let entry = |by: &str, action: &str, subject: &str| {
        (by.to_owned(), action.to_owned(), subject.to_owned())
    };
    assert_eq!(
        told(&log),
        [
            entry("command", "key.revoked", wall_id),
            entry("command", "key.rotated", wall_id),
            entry("deploy", "key.created", wall_id),
            entry(&first, "key.created", deploy_id),
        ]
    );
    let second = log["entries"][1]["id"].as_u64().unwrap();
    let page = get(&process, &format!("/v1/audit?before={second}&limit=1"), &secret).await;
    assert_eq!(told(&page), [entry("deploy", "key.created", wall_id)]);

    // When keys were used is stored by the end at the latest.
    assert!(process.terminate().await.success());
    let process = Process::start(database).await;
    let keys = get(&process, "/v1/keys", &secret).await;
    let used: BTreeSet<_> = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key.get("lastUsed").is_some())
        .map(|key| key["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(used, BTreeSet::from([first, deploy_id.to_owned()]), "and no other");
    process.kill().await;
}

#[tokio::test]
async fn what_is_done_with_keys_is_told_and_when_they_were_used_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    is_told_what_was_done(folder.path().join("steadfast.db").to_str().unwrap()).await;
}

#[tokio::test]
async fn what_is_done_with_keys_is_told_and_when_they_were_used_on_postgres() {
    if let Some(database) = TestDatabase::new().await {
        is_told_what_was_done(&database.url).await;
    }
}

/// What is written of one organisation no other sees; old entries go, and long subjects are cut off.
async fn is_kept_apart_and_bounded(database: &Database) {
    let store = Store::open(database).await.unwrap();
    let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
    let now = Clock::start().now();
    let by = Actor::key(&KeyDigest::of("sk_1"), "");
    let long = "ü".repeat(1000);
    for (organization, subject) in [(&acme, "s1"), (&acme, &*long), (&other, "s2")] {
        let action = AuditAction::ConnectionDeleted;
        let entry = NewAuditEntry { at: now, organization, by: &by, action, subject };
        store.audit(&entry).await.unwrap();
    }
    let entries = store.audit_entries(&acme, None, 10).await.unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((&*entries[0].subject, &*entries[1].subject), (&"ü".repeat(256)[..], "s1"));
    assert_eq!(store.remove_audit_entries(now, 10).await.unwrap(), 0);
    let later = now + std::time::Duration::from_millis(1);
    assert_eq!(store.remove_audit_entries(later, 2).await.unwrap(), 2);
    assert_eq!(store.audit_entries(&other, None, 10).await.unwrap().len(), 1);
    store.close().await;
}

#[tokio::test]
async fn entries_are_kept_apart_and_bounded_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    is_kept_apart_and_bounded(&folder.path().join("a.db").into()).await;
}

#[tokio::test]
async fn entries_are_kept_apart_and_bounded_on_postgres() {
    if let Some(database) = TestDatabase::new().await {
        is_kept_apart_and_bounded(&database.database()).await;
    }
}

#[tokio::test]
async fn an_organisation_does_not_see_what_was_done_in_another() {
    let collector = Running::start().await;
    let acme = create_keys(&collector.database(), "acme").await;
    assert_eq!(collector.read_as(&acme, "/v1/audit").await["entries"].as_array().unwrap().len(), 2);
    assert_eq!(collector.read("/v1/audit").await["entries"], json!([]));
}
