//! The life of keys: by the API, by the command line, and across collectors.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use steadfast_collector::Clock;
use steadfast_collector::audit::Actor;
use steadfast_collector::auth::{Key, KeyKind, KeyPolicy};
use steadfast_collector::store::{MAX_KEYS, Store};

use crate::postgres::TestDatabase;
use crate::process::{Process, command};
use crate::support::{Keys, Running, eventually, refusal, report};

async fn made(request: RequestBuilder, secret: &str) -> Value {
    let answer = request.bearer_auth(secret).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

impl Running {
    async fn make_key(&self, wanted: Value) -> Value {
        let request = self.request(Method::POST, "/v1/keys").json(&wanted);
        made(request, &self.keys.secret).await
    }

    async fn status_with(&self, publishable: &str, batch: &str) -> u16 {
        let keys = Keys { publishable: publishable.to_owned(), ..self.keys.clone() };
        self.post_as(&keys, &report("s1", batch)).await.status().as_u16()
    }
}

#[tokio::test]
async fn a_key_is_told_once_listed_replaced_and_revoked() {
    let collector = Running::start().await;
    let wanted =
        json!({ "kind": "publishable", "origins": ["https://App.example:443"], "perMinute": 500 });
    let old = collector.make_key(wanted).await;
    let (key, id) = (old["key"].as_str().unwrap(), old["id"].as_str().unwrap());
    assert!(key.starts_with("pk_"));
    assert_eq!(
        (&old["origins"][0], &old["perMinute"]),
        (&"https://app.example".into(), &500.into())
    );
    assert_eq!(collector.status_with(key, "b1").await, 200);
    let listed = collector.read("/v1/keys").await;
    assert_eq!(listed["keys"].as_array().unwrap().len(), 3);
    assert!(!listed.to_string().contains(key), "it is told this once");

    let rotate = format!("/v1/keys/{id}/rotate");
    let rotated = collector.request(Method::POST, &rotate).json(&json!({ "overlap": 60_000 }));
    let new = made(rotated, &collector.keys.secret).await;
    assert_eq!((&new["origins"], &new["perMinute"]), (&old["origins"], &old["perMinute"]));
    let new_key = new["key"].as_str().unwrap();
    assert_eq!(collector.status_with(key, "b2").await, 200, "both are good for a while");
    assert_eq!(collector.status_with(new_key, "b3").await, 200);
    let listed = collector.read("/v1/keys").await;
    let found = listed["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
    let (made_at, end) =
        (found["createdAt"].as_u64().unwrap(), found["expiresAt"].as_u64().unwrap());
    assert!(end >= made_at + 60_000);

    let revoke = collector.request(Method::DELETE, &format!("/v1/keys/{id}"));
    let revoked = revoke.bearer_auth(&collector.keys.secret).send().await.unwrap();
    assert_eq!(revoked.status(), 200);
    assert_eq!(collector.status_with(key, "b4").await, 401);
    assert_eq!(collector.status_with(new_key, "b4").await, 200);
}

#[tokio::test]
async fn without_an_overlap_a_key_ends_with_its_successor() {
    let collector = Running::start().await;
    let old = collector.make_key(json!({ "kind": "publishable" })).await;
    let key = old["key"].as_str().unwrap();
    assert_eq!(collector.status_with(key, "b1").await, 200);
    let rotate = format!("/v1/keys/{}/rotate", old["id"].as_str().unwrap());
    let rotate = collector.request(Method::POST, &rotate).json(&json!({ "overlap": 0 }));
    made(rotate, &collector.keys.secret).await;
    assert_eq!(collector.status_with(key, "b2").await, 401);
}

#[tokio::test]
async fn a_key_that_makes_no_sense_is_refused_by_what_is_wrong() {
    let collector = Running::start().await;
    let keys = collector.read("/v1/keys").await;
    let rotate = format!("/v1/keys/{}/rotate", keys["keys"][0]["id"].as_str().unwrap());
    let page = "https://a.example";
    for (path, body, status, code) in [
        ("/v1/keys", json!({ "kind": "golden" }), 400, "body.malformed"),
        ("/v1/keys", json!({ "kind": "secret", "colour": 1 }), 400, "body.malformed"),
        ("/v1/keys", json!([]), 400, "body.malformed"),
        ("/v1/keys", json!({ "kind": "secret", "origins": [page] }), 400, "key.origins"),
        ("/v1/keys", json!({ "kind": "publishable", "origins": ["a"] }), 400, "key.origin"),
        ("/v1/keys", json!({ "kind": "publishable", "perMinute": 0 }), 400, "key.per_minute"),
        ("/v1/keys", json!({ "kind": "secret", "name": "a\nb" }), 400, "key.name"),
        ("/v1/keys", json!({ "kind": "read-only", "origins": [page] }), 400, "key.origins"),
        ("/v1/keys", json!("x".repeat(70_000)), 413, "body.too_large"),
        (&rotate, json!({ "overlap": 7_776_000_001_u64 }), 400, "key.overlap"),
        (&rotate, json!({ "overlap": -1 }), 400, "body.malformed"),
        ("/v1/keys/key_0/rotate", json!({}), 404, "key.unknown"),
    ] {
        let request = collector.request(Method::POST, path).json(&body);
        let refused = request.bearer_auth(&collector.keys.secret).send().await.unwrap();
        assert_eq!(refusal(refused).await, (status, code.to_owned()), "{path} {body}");
    }
    assert_eq!(collector.read("/v1/keys").await, keys, "nothing has changed");
}

#[tokio::test]
async fn an_organisation_has_no_more_keys_than_it_may() {
    let collector = Running::start().await;
    let store = Store::open(&collector.database().into()).await.unwrap();
    // Two were made at the start.
    let keys: Vec<_> = (2..MAX_KEYS).map(|_| Key::generate(KeyKind::Secret).unwrap()).collect();
    let terms = KeyPolicy::of(KeyKind::Secret);
    let keys: Vec<_> = keys.iter().map(|key| (key, &terms)).collect();
    let (now, organization) = (Clock::start().now(), "default".parse().unwrap());
    store.add_keys(now, &organization, &keys, &Actor::command()).await.unwrap();
    assert!(store.add_keys(now, &organization, &keys[..1], &Actor::command()).await.is_err());
    store.close().await;
    let wanted = json!({ "kind": "publishable" });
    let request = collector.request(Method::POST, "/v1/keys").json(&wanted);
    let refused = request.bearer_auth(&collector.keys.secret).send().await.unwrap();
    assert_eq!(refusal(refused).await, (409, "key.too_many".to_owned()));
}

#[tokio::test]
async fn beyond_its_limit_a_key_is_asked_to_wait_and_no_other_key_is() {
    let collector = Running::start().await;
    let slow = collector.make_key(json!({ "kind": "publishable", "perMinute": 2 })).await;
    let slow = slow["key"].as_str().unwrap();
    assert_eq!(collector.status_with(slow, "b1").await, 200);
    assert_eq!(collector.status_with(slow, "b2").await, 200);
    let keys = Keys { publishable: slow.to_owned(), ..collector.keys.clone() };
    let refused = collector.post_as(&keys, &report("s1", "b3")).await;
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(refusal(refused).await, (429, "auth.rate".to_owned()));
    collector.accept(&report("s1", "b3")).await;
}

/// Runs the program, and gives what it prints.
async fn run(database: &str, arguments: &[&str]) -> String {
    let output = command().args(arguments).args(["--database", database]).output().await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn printed<'a>(output: &'a str, name: &str) -> &'a str {
    output.lines().find_map(|line| line.strip_prefix(name)).unwrap()
}

/// The whole life of a key by the command line, beside a collector that runs.
async fn lives_by_command(database: &str) {
    let process = Process::start(database).await;
    run(database, &["organizations", "create", "--organization", "acme"]).await;
    assert_eq!(run(database, &["organizations", "list"]).await, "acme\ndefault\n");
    let acme = ["--organization", "acme"];
    let create = ["keys", "create", "--kind", "secret"];
    let old = run(database, &[&create[..], &acme].concat()).await;
    let client = reqwest::Client::new();
    let status = async |key: &str| {
        let request = client.get(format!("{}/v1/keys", process.url)).bearer_auth(key);
        request.send().await.unwrap().status().as_u16()
    };
    let old_key = printed(&old, "secret key: ");
    assert_eq!(status(old_key).await, 200);

    let id = printed(&old, "id: ");
    let rotate = ["keys", "rotate", "--overlap", "1h", "--key", id];
    let new = run(database, &[&rotate[..], &acme].concat()).await;
    let new_key = printed(&new, "secret key: ");
    assert_eq!((status(old_key).await, status(new_key).await), (200, 200));

    let revoke = ["keys", "revoke", "--key", id];
    run(database, &[&revoke[..], &acme].concat()).await;
    eventually("the collector has heard of it", async || status(old_key).await == 401).await;
    assert_eq!(status(new_key).await, 200);
    let listed = run(database, &[&["keys", "list"][..], &acme].concat()).await;
    let lines: Vec<_> = listed.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with(id) && lines[0].contains("(expired)"));
    assert!(!listed.contains(&new_key[3..]));
    process.kill().await;
}

#[tokio::test]
async fn keys_are_managed_by_command_while_a_collector_serves_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    lives_by_command(folder.path().join("steadfast.db").to_str().unwrap()).await;
}

#[tokio::test]
async fn keys_are_managed_by_command_while_a_collector_serves_from_postgres() {
    if let Some(database) = TestDatabase::new().await {
        lives_by_command(&database.url).await;
    }
}

#[tokio::test]
async fn a_key_that_one_collector_revokes_the_others_refuse_too() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let (one, other) = tokio::join!(Process::start(&database.url), Process::start(&database.url));
    let keys = one.keys.clone().or(other.keys.clone()).unwrap();
    let client = reqwest::Client::new();
    let wanted = json!({ "kind": "secret" });
    let request = client.post(format!("{}/v1/keys", one.url)).json(&wanted);
    let key = made(request, &keys.secret).await;
    let (text, id) = (key["key"].as_str().unwrap(), key["id"].as_str().unwrap());
    let status = async |url: &str| {
        let request = client.get(format!("{url}/v1/health")).bearer_auth(text);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((status(&one.url).await, status(&other.url).await), (200, 200));
    let revoke = client.delete(format!("{}/v1/keys/{id}", one.url)).bearer_auth(&keys.secret);
    assert_eq!(revoke.send().await.unwrap().status(), 200);
    assert_eq!(status(&one.url).await, 401);
    eventually("the other refuses it", async || status(&other.url).await == 401).await;
    one.kill().await;
    other.kill().await;
}
