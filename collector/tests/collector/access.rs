//! Every route with every wrong key.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use steadfast_collector::audit::Actor;
use steadfast_collector::auth::{Key, KeyKind, KeyPolicy};
use steadfast_collector::store::Store;
use steadfast_collector::{Address, Clock, addresses};

use crate::support::{Keys, Running, create_keys, refusal, report};

/// What it takes to be let in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Needs {
    Nothing,
    Publishable,
    Secret,
    Ticket,
}

/// What a key of another organisation is answered: its own, or that there is no such thing.
#[derive(Clone, Copy, Debug)]
enum Foreign {
    Own(u16),
    Refused(u16, &'static str),
}

/// What stands in every record of the organisation that others should see nothing of.
const CANARY: &str = "canary";

/// What every address needs. A route that is not listed here fails every test of this file.
fn rule((method, path): Address) -> (Needs, Foreign) {
    use Foreign::{Own, Refused};
    use Needs::{Nothing, Publishable, Secret, Ticket};
    match (method, path) {
        ("GET", "/metrics" | "/healthz" | "/readyz" | "/v1/openapi.json" | "/" | "/{*path}") => {
            (Nothing, Own(200))
        }
        ("POST", "/v1/reports") => (Publishable, Refused(403, "auth.organization")),
        (
            "GET",
            "/v1/alerts"
            | "/v1/alerts/history"
            | "/v1/audit"
            | "/v1/breakdowns"
            | "/v1/connections"
            | "/v1/connections.csv"
            | "/v1/health"
            | "/v1/health/summary"
            | "/v1/keys"
            | "/v1/organization"
            | "/v1/rollups"
            | "/v1/silences"
            | "/v1/webhooks",
        )
        | ("POST", "/v1/live/ticket")
        | ("DELETE", "/v1/connections/{session_id}" | "/v1/users/{user_id}") => (Secret, Own(200)),
        ("GET", "/v1/connections/{session_id}" | "/v1/connections/{session_id}/events") => {
            (Secret, Refused(404, "connection.unknown"))
        }
        ("POST", "/v1/alerts/{id}/ack") => (Secret, Refused(404, "health.unknown_alert")),
        ("DELETE", "/v1/organization") => (Secret, Refused(400, "organization.confirm")),
        ("DELETE", "/v1/silences/{id}") => (Secret, Refused(404, "silence.unknown")),
        ("DELETE", "/v1/webhooks/{id}") | ("POST", "/v1/webhooks/{id}/test") => {
            (Secret, Refused(404, "webhook.unknown"))
        }
        ("POST", "/v1/keys" | "/v1/silences" | "/v1/webhooks") => (Secret, Own(201)),
        ("DELETE", "/v1/keys/{id}") | ("POST", "/v1/keys/{id}/rotate") => {
            (Secret, Refused(404, "key.unknown"))
        }
        ("GET", "/v1/live") => (Ticket, Refused(401, "live.ticket")),
        other => panic!("{other:?} is a new route: say here what it needs"),
    }
}

/// A collector with a session of the organisation `default` that nobody else should see.
struct Stage {
    collector: Running,
    /// The id of a key of `default`.
    key_id: String,
    /// The id of its silence.
    silence_id: String,
    /// The id of its receiver of webhooks.
    webhook_id: String,
}

impl Stage {
    async fn set() -> Self {
        let collector = Running::start().await;
        let mut report = report(CANARY, "b1");
        report.session.user_id = Some(CANARY.to_owned());
        collector.accept(&report).await;
        let until = Clock::start().now() + Duration::from_hours(1);
        let make = async |path: &str, body: Value| {
            let request = collector.request(Method::POST, path).bearer_auth(&collector.keys.secret);
            assert_eq!(request.json(&body).send().await.unwrap().status(), 201);
        };
        make("/v1/silences", json!({ "until": until, "note": CANARY })).await;
        let url = format!("https://{CANARY}.example/");
        make("/v1/webhooks", json!({ "format": "signed", "url": url })).await;
        let first = async |list: &str| {
            let listed = collector.read(&format!("/v1/{list}")).await;
            listed[list][0]["id"].as_str().unwrap().to_owned()
        };
        let key_id = first("keys").await;
        let (silence_id, webhook_id) = (first("silences").await, first("webhooks").await);
        Self { collector, key_id, silence_id, webhook_id }
    }

    /// Asks at an address for what is `default`'s.
    async fn ask(&self, (method, path): Address, authorization: Option<&str>) -> Response {
        self.ask_from((method, path), authorization, None).await
    }

    async fn ask_from(
        &self,
        (method, path): Address,
        authorization: Option<&str>,
        origin: Option<&str>,
    ) -> Response {
        let id = match path.split('/').nth(2) {
            Some("alerts") => "1",
            Some("silences") => &self.silence_id,
            Some("webhooks") => &self.webhook_id,
            _ => &self.key_id,
        };
        let filled = path.replace("{session_id}", CANARY).replace("{user_id}", CANARY);
        let filled = filled.replace("{id}", id).replace("{*path}", "index.html");
        let filled = filled.replace("/v1/breakdowns", "/v1/breakdowns?by=clientType");
        let mut request = self.collector.request(method.parse().unwrap(), &filled);
        request = match (method, path) {
            ("POST", "/v1/reports") => request.json(&report(CANARY, "b2")),
            ("POST", "/v1/keys") => request.json(&json!({ "kind": "publishable" })),
            ("POST", "/v1/silences") => {
                let until = Clock::start().now() + Duration::from_hours(1);
                request.json(&json!({ "until": until }))
            }
            ("POST", "/v1/webhooks") => {
                request.json(&json!({ "format": "signed", "url": "https://hooks.example/" }))
            }
            ("GET", "/v1/live") => request
                .header("connection", "upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
            _ => request,
        };
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.send().await.unwrap()
    }

    async fn store(&self) -> Store {
        Store::open(&self.collector.database().into()).await.unwrap()
    }

    /// What `default` sees of itself is what it was.
    async fn assert_untouched(&self) {
        let page = self.collector.read("/v1/connections").await;
        assert_eq!(
            (&page["total"], &page["connections"][0]["sessionId"]),
            (&1.into(), &CANARY.into())
        );
        let keys = self.collector.read("/v1/keys").await;
        let keys = keys["keys"].as_array().unwrap();
        assert!(keys.iter().all(|key| key.get("expiresAt").is_none()), "{keys:?}");
        assert_eq!(keys.len(), 2);
        for (list, id) in [("silences", &self.silence_id), ("webhooks", &self.webhook_id)] {
            let listed = self.collector.read(&format!("/v1/{list}")).await;
            let ids: Vec<_> =
                listed[list].as_array().unwrap().iter().map(|one| &one["id"]).collect();
            assert_eq!(ids, [id.as_str()], "{list}");
        }
    }
}

fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

/// Says that a refusal is the one expected, and that it reveals nothing of `default`.
async fn assert_refused(response: Response, expected: (u16, &str), what: &str) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{what}: {text}"));
    assert_eq!((status, body["error"]["code"].as_str().unwrap()), expected, "{what}");
    // The name in the request may be said again, but not what is known of it.
    assert!(!text.contains("connectedAt") && !text.contains("userId"), "{what}: {text}");
}

/// Reads come first: afterwards the audit log names what was requested.
fn guarded() -> impl Iterator<Item = (Address, KeyKind, Foreign)> {
    let mut addresses = addresses();
    addresses.sort_by_key(|(method, _)| *method != "GET");
    addresses.into_iter().filter_map(|address| match rule(address) {
        (Needs::Publishable, foreign) => Some((address, KeyKind::Publishable, foreign)),
        (Needs::Secret, foreign) => Some((address, KeyKind::Secret, foreign)),
        (Needs::Nothing | Needs::Ticket, _) => None,
    })
}

fn of_kind(keys: &Keys, kind: KeyKind) -> &str {
    match kind {
        KeyKind::Publishable => &keys.publishable,
        KeyKind::ReadOnly | KeyKind::Secret => &keys.secret,
    }
}

#[tokio::test]
async fn no_route_takes_or_shows_anything_without_a_key_or_with_garbage_or_a_key_of_the_wrong_kind()
{
    let stage = Stage::set().await;
    let zeros = "0".repeat(64);
    for (address, kind, _) in guarded() {
        let what = format!("{address:?}");
        for authorization in [None, Some("Bearer"), Some("Basic cGtfMQ=="), Some("")] {
            let refused = stage.ask(address, authorization).await;
            assert_eq!(refused.headers()["www-authenticate"], "Bearer", "{what}");
            assert_refused(refused, (401, "auth.missing"), &what).await;
        }
        let prefix = kind.prefix();
        for garbage in ["x", prefix, &format!("{prefix}{zeros}"), &format!("{prefix}{zeros}'--")] {
            let refused = stage.ask(address, Some(&bearer(garbage))).await;
            assert_refused(refused, (401, "auth.unknown"), &what).await;
        }
        let other = match kind {
            KeyKind::Publishable => KeyKind::Secret,
            KeyKind::ReadOnly | KeyKind::Secret => KeyKind::Publishable,
        };
        let refused =
            stage.ask(address, Some(&bearer(of_kind(&stage.collector.keys, other)))).await;
        assert_refused(refused, (403, "auth.kind"), &what).await;
    }
    stage.assert_untouched().await;
}

#[tokio::test]
async fn no_route_lets_in_a_key_that_has_expired_or_was_revoked_however_good_it_was() {
    let stage = Stage::set().await;
    let store = stage.store().await;
    for (address, kind, _) in guarded() {
        let what = format!("{address:?}");
        let [expired, revoked] = [0; 2].map(|_| Key::generate(kind).unwrap());
        let terms = KeyPolicy::of(kind);
        let other = "acme".parse().unwrap();
        let now = Clock::start().now();
        store
            .add_keys(now, &other, &[(&expired, &terms), (&revoked, &terms)], &Actor::command())
            .await
            .unwrap();
        store.expire_key(&other, &expired.digest().id(), now, &Actor::command()).await.unwrap();
        let refused = stage.ask(address, Some(&bearer(expired.reveal()))).await;
        assert_refused(refused, (401, "auth.expired"), &what).await;

        let asked = stage.ask(address, Some(&bearer(revoked.reveal()))).await;
        assert_ne!(asked.status(), StatusCode::UNAUTHORIZED, "{what}: it was good");
        let admin = Key::generate(KeyKind::Secret).unwrap();
        let terms = KeyPolicy::of(KeyKind::Secret);
        store.add_keys(now, &other, &[(&admin, &terms)], &Actor::command()).await.unwrap();
        let path = format!("/v1/keys/{}", revoked.digest().id());
        let revoke = stage.collector.request(Method::DELETE, &path).bearer_auth(admin.reveal());
        assert_eq!(revoke.send().await.unwrap().status(), 200);
        let refused = stage.ask(address, Some(&bearer(revoked.reveal()))).await;
        assert_refused(refused, (401, "auth.expired"), &what).await;
    }
    store.close().await;
    stage.assert_untouched().await;
}

#[tokio::test]
async fn no_route_shows_or_changes_anything_of_another_organisation() {
    let stage = Stage::set().await;
    let acme = create_keys(&stage.collector.database(), "acme").await;
    for (address, kind, foreign) in guarded() {
        let what = format!("{address:?}");
        let answer = stage.ask(address, Some(&bearer(of_kind(&acme, kind)))).await;
        match foreign {
            Foreign::Own(status) => {
                assert_eq!(answer.status(), status, "{what}");
                let text = answer.text().await.unwrap();
                assert!(!text.contains(CANARY) && !text.contains(&stage.key_id), "{what}: {text}");
            }
            Foreign::Refused(status, code) => {
                assert_refused(answer, (status, code), &what).await;
            }
        }
    }
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_read_only_key_reads_everything_and_changes_nothing() {
    let stage = Stage::set().await;
    let store = stage.store().await;
    let key = Key::generate(KeyKind::ReadOnly).unwrap();
    let terms = KeyPolicy::of(KeyKind::ReadOnly);
    let (now, default) = (Clock::start().now(), "default".parse().unwrap());
    store.add_keys(now, &default, &[(&key, &terms)], &Actor::command()).await.unwrap();
    for (address, kind, _) in guarded() {
        let answer = stage.ask(address, Some(&bearer(key.reveal()))).await;
        let reads = address.0 == "GET" || address.1 == "/v1/live/ticket";
        if kind == KeyKind::Secret && reads {
            assert_eq!(answer.status(), 200, "{address:?}");
        } else {
            assert_refused(answer, (403, "auth.kind"), &format!("{address:?}")).await;
        }
    }
    store.expire_key(&default, &key.digest().id(), now, &Actor::command()).await.unwrap();
    let keys = store.keys(&default).await.unwrap();
    assert_eq!(keys.iter().filter(|key| key.expires_at.is_none()).count(), 2, "as before");
    store.close().await;
}

#[tokio::test]
async fn no_route_takes_a_key_from_a_page_that_it_is_not_for() {
    let stage = Stage::set().await;
    let store = stage.store().await;
    let key = Key::generate(KeyKind::Publishable).unwrap();
    let origins = ["https://app.example".to_owned()];
    let terms = KeyPolicy::checked(KeyKind::Publishable, &origins, None).unwrap();
    let now = Clock::start().now();
    store
        .add_keys(now, &"default".parse().unwrap(), &[(&key, &terms)], &Actor::command())
        .await
        .unwrap();
    store.close().await;
    for (address, kind, _) in guarded() {
        let what = format!("{address:?}");
        let expected = match kind {
            KeyKind::Publishable => (403, "auth.origin"),
            KeyKind::ReadOnly | KeyKind::Secret => (403, "auth.kind"),
        };
        for origin in ["https://evil.example", "null", "https://app.example.evil"] {
            let authorization = bearer(key.reveal());
            let refused = stage.ask_from(address, Some(&authorization), Some(origin)).await;
            assert!(!refused.headers().contains_key("access-control-allow-origin"), "{what}");
            assert_refused(refused, expected, &what).await;
        }
    }
}

#[tokio::test]
async fn the_live_stream_needs_a_ticket_and_what_needs_nothing_tells_nothing_of_organisations() {
    let stage = Stage::set().await;
    for address in addresses() {
        match rule(address) {
            (Needs::Ticket, Foreign::Refused(status, code)) => {
                let keys = &stage.collector.keys;
                for key in [None, Some(bearer(&keys.secret)), Some(bearer(&keys.publishable))] {
                    let refused = stage.ask(address, key.as_deref()).await;
                    assert_refused(refused, (status, code), &format!("{address:?}")).await;
                }
            }
            (Needs::Nothing, _) => {
                let text = stage.ask(address, None).await.text().await.unwrap();
                assert!(!text.contains(CANARY) && !text.contains(&stage.key_id), "{address:?}");
            }
            _ => {}
        }
    }
    let scrape = stage.ask(("GET", "/metrics"), Some(&bearer(&stage.collector.keys.secret))).await;
    assert_refused(scrape, (401, "auth.unknown"), "a scrape with another key").await;
}

#[tokio::test]
async fn no_organisation_sees_another() {
    let collector = Running::start().await;
    let acme = create_keys(&collector.database(), "acme").await;
    collector.accept(&report("s1", "b1")).await;

    let mut theirs = report("s2", "b1");
    theirs.session.organization_id = "acme".to_owned();
    let taken: Value = collector.post_as(&acme, &theirs).await.json().await.unwrap();
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
        let request = collector.request(Method::GET, &path).bearer_auth(&keys.secret);
        let refused = refusal(request.send().await.unwrap()).await;
        assert_eq!(refused, (404, "connection.unknown".to_owned()));
    }
}
