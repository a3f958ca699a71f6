use reqwest::Method;

use crate::support::{Running, create_keys, refusal, report};

/// Every address that takes or gives data, and whether its key is the publishable one.
const DATA: [(&str, &str, bool); 10] = [
    ("POST", "/v1/reports", true),
    ("GET", "/v1/connections", false),
    ("GET", "/v1/connections/s1", false),
    ("GET", "/v1/connections/s1/events", false),
    ("GET", "/v1/health", false),
    ("GET", "/v1/health/summary", false),
    ("GET", "/v1/alerts", false),
    ("POST", "/v1/alerts/1/ack", false),
    ("GET", "/v1/rollups", false),
    ("POST", "/v1/live/ticket", false),
];

async fn ask(collector: &Running, method: &str, path: &str, key: Option<&str>) -> (u16, String) {
    let mut request = collector.request(method.parse().unwrap(), path);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    refusal(request.send().await.unwrap()).await
}

#[tokio::test]
async fn without_a_key_that_is_known_and_of_the_right_kind_nothing_is_taken_or_shown() {
    let collector = Running::start().await;
    collector.accept(&report("s1", "b1")).await;
    let unknown = format!("sk_{}", "0".repeat(64));
    for (method, path, publishable) in DATA {
        let keys = &collector.keys;
        let wrong_kind = if publishable { &keys.secret } else { &keys.publishable };
        let missing = ask(&collector, method, path, None).await;
        assert_eq!(missing, (401, "auth.missing".to_owned()), "{path}");
        let refused = ask(&collector, method, path, Some(&unknown)).await;
        assert_eq!(refused, (401, "auth.unknown".to_owned()), "{path}");
        let refused = ask(&collector, method, path, Some(wrong_kind)).await;
        assert_eq!(refused, (403, "auth.kind".to_owned()), "{path}");
    }
    for path in ["/v1/live", "/v1/live?ticket=guessed"] {
        let refused = collector
            .request(Method::GET, path)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")
            .send();
        let refused = refusal(refused.await.unwrap()).await;
        assert_eq!(refused, (401, "live.ticket".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn no_organisation_sees_another() {
    let collector = Running::start().await;
    let acme = create_keys(&collector.database(), "acme").await;
    collector.accept(&report("s1", "b1")).await;

    let mut theirs = report("s2", "b1");
    theirs.session.organization_id = "acme".to_owned();
    let taken = collector.post_as(&acme, &theirs).await;
    let taken: serde_json::Value = taken.json().await.unwrap();
    assert_eq!(taken["duplicate"], false, "batches are told apart by organisation");

    for (keys, own, other) in [(&collector.keys, "s1", "s2"), (&acme, "s2", "s1")] {
        let page = collector.read_as(keys, "/v1/connections").await;
        assert_eq!(
            (&page["total"], &page["connections"][0]["sessionId"]),
            (&1.into(), &own.into())
        );
        let health = collector.read_as(keys, "/v1/health").await;
        assert_eq!(health["metrics"]["totalConnections"], 1);
        let path = format!("/v1/connections/{other}");
        let refused = ask(&collector, "GET", &path, Some(&keys.secret)).await;
        assert_eq!(refused, (404, "connection.unknown".to_owned()));
    }
}

#[tokio::test]
async fn a_key_hands_in_reports_of_its_own_organisation_only() {
    let collector = Running::start().await;
    let acme = create_keys(&collector.database(), "acme").await;
    let refused = refusal(collector.post_as(&acme, &report("s1", "b1")).await).await;
    assert_eq!(refused, (403, "auth.organization".to_owned()));
    for keys in [&collector.keys, &acme] {
        assert_eq!(collector.read_as(keys, "/v1/connections").await["total"], 0);
    }
}

#[tokio::test]
async fn the_database_does_not_hold_keys_in_the_clear() {
    let collector = Running::start().await;
    let (keys, database) = (collector.keys.clone(), collector.database());
    let folder = database.parent().unwrap().to_path_buf();
    // While it runs, what was written last is in the log beside the file.
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let holds = |key: &str| bytes.windows(key.len()).any(|window| window == key.as_bytes());
        assert!(!holds(&keys.publishable) && !holds(&keys.secret));
    }
}

#[tokio::test]
async fn pages_of_any_origin_may_hand_in_reports_and_read_nothing() {
    let collector = Running::start().await;
    let preflight = async |path: &str, method: &str| {
        let request = collector
            .request(Method::OPTIONS, path)
            .header("origin", "https://app.example")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization,content-type");
        request.send().await.unwrap().headers().clone()
    };
    let allowed = preflight("/v1/reports", "POST").await;
    assert_eq!(allowed["access-control-allow-origin"], "*");
    assert_eq!(allowed["access-control-allow-headers"], "authorization,content-type");
    let refused = preflight("/v1/connections", "GET").await;
    assert!(!refused.contains_key("access-control-allow-origin"));
}
