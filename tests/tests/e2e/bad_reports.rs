//! A report that makes no sense is refused by what is wrong with it, and nothing else changes.

use serde_json::{Value, json};
use steadfast_core::report::Report;

use crate::Outcome;
use crate::collector::Collector;
use crate::report::a_report;

#[tokio::test]
async fn a_bad_report_is_refused_and_nothing_of_it_is_kept() -> Outcome {
    let collector = Collector::start().await?;
    let client = collector.client();
    let changed = |change: fn(&mut Value)| {
        let mut report = a_report("good", 0);
        report["session"]["sessionId"] = "bad".into();
        change(&mut report);
        report.to_string()
    };
    let too_long = changed(|report| report["x"] = "x".repeat(Report::MAX_BYTES).into());
    for (what, body, status, code) in [
        ("no JSON", "{".into(), 400, "report.malformed"),
        ("another form", json!({ "hello": "world" }).to_string(), 400, "report.malformed"),
        ("a longer body", too_long, 413, "report.too_large"),
        ("a version to come", changed(|r| r["version"] = 2.into()), 400, "report.version"),
        ("a batch id", changed(|r| r["batchId"] = "a b".into()), 400, "report.batch_id"),
        ("a share of 0", changed(|r| r["sampling"] = 0.into()), 400, "report.sampling"),
        ("a window", changed(|r| r["window"]["end"] = 1.into()), 400, "report.window"),
        (
            "no session id",
            changed(|r| r["session"]["sessionId"] = "".into()),
            400,
            "report.session",
        ),
        ("too many events", changed(|r| r["events"] = events(65)), 400, "report.events"),
        (
            "another organisation",
            changed(|r| r["session"]["organizationId"] = "acme".into()),
            403,
            "auth.organization",
        ),
    ] {
        let answer = client.report(body).await?;
        assert_eq!(answer.status, status, "{what}");
        let refusal: Value = answer.json()?;
        assert_eq!(refusal["error"]["code"], code, "{what}: {refusal}");
        assert_ne!(refusal["error"]["message"], "", "{what}");
    }
    let answer = client.report(a_report("good", 0).to_string()).await?;
    assert_eq!(
        answer.json::<Value>()?,
        json!({ "accepted": true, "duplicate": false, "interval": 0.0, "sampling": 1.0 })
    );
    let mut of_a_newer_client = a_report("good", 1);
    of_a_newer_client["x"] = 1.into();
    let answer = client.report(of_a_newer_client.to_string()).await?;
    assert_eq!(answer.json::<Value>()?["accepted"], true, "an unknown field is passed over");
    assert_eq!(client.connection("bad").await?, None);
    assert_eq!(client.metrics().await?.total_connections, 1);
    Ok(())
}

fn events(count: u64) -> Value {
    let event = |at| json!({ "at": at, "name": "connection.registered" });
    (0..count).map(event).collect()
}
