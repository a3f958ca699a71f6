//! Whether a publishable key, which is public, can report as the session of another client.

use std::collections::BTreeMap;

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::Value;
use steadfast_collector::auth::KeyDigest;
use steadfast_core::connection::Status;
use steadfast_core::event::{Event, EventKind};
use steadfast_core::report::{Report, ReportToken};

use crate::postgres::TestDatabase;
use crate::support::{Running, eventually, refusal, report, report_of_losses};

/// The same report, with a token of this letter.
fn showing(letter: &str, mut report: Report) -> Report {
    report.token = Some(ReportToken::new(letter.repeat(22)).unwrap());
    report
}

/// Hands in a report that must be taken; the session that it was taken for, if that is another one.
async fn taken_for(collector: &Running, report: &Report) -> Option<String> {
    let response = collector.post(report).await;
    assert_eq!(response.status(), StatusCode::OK);
    let receipt: Value = response.json().await.unwrap();
    receipt.get("otherSession").map(|id| id.as_str().unwrap().to_owned())
}

async fn session_ids(collector: &Running) -> Vec<String> {
    let page = collector.read("/v1/connections?limit=1000").await;
    let sessions = page["connections"].as_array().unwrap().iter();
    let mut ids: Vec<_> =
        sessions.map(|session| session["sessionId"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// What is shown of a session: its record and its time line.
async fn shown(collector: &Running, id: &str) -> (Value, Value) {
    let record = collector.read(&format!("/v1/connections/{id}")).await;
    (record, collector.read(&format!("/v1/connections/{id}/events")).await)
}

/// A report that says that the session has ended, and that it lost links.
fn forged(session_id: &str, batch_id: &str) -> Report {
    let mut forged = report_of_losses(session_id, batch_id, 9);
    forged.session.status = Status::Disconnected;
    forged.session.user_id = Some("mallory".to_owned());
    forged.events = vec![Event { at: forged.window.end, kind: EventKind::Registered }];
    forged
}

#[tokio::test]
async fn nobody_overwrites_a_session_by_its_id() {
    let collector = Running::start().await;
    let first = showing("a", report("s1", "b1"));
    assert_eq!(taken_for(&collector, &first).await, None);
    let before = shown(&collector, "s1").await;

    let guessed = taken_for(&collector, &showing("x", forged("s1", "f1"))).await.unwrap();
    let without = taken_for(&collector, &forged("s1", "f2")).await.unwrap();
    let of_key = KeyDigest::of(&collector.keys.publishable).id().replace("key_", "s1~");
    assert_eq!(without, of_key, "those without a token are one session for each key");
    assert_eq!(taken_for(&collector, &forged("s1", "f3")).await.as_ref(), Some(&without));
    let again = taken_for(&collector, &showing("x", forged("s1", "f4"))).await;
    assert_eq!(again.as_ref(), Some(&guessed), "reports that show one token stay together");

    assert_eq!(shown(&collector, "s1").await, before, "its state and its time line are its own");
    let mut expected = ["s1".to_owned(), guessed.clone(), without];
    expected.sort();
    assert_eq!(session_ids(&collector).await, expected);
    assert_eq!(shown(&collector, &guessed).await.0["status"], "DISCONNECTED");

    let refusals = collector.read("/v1/organization").await["refusals"].clone();
    assert_eq!(refusals[0]["code"], "report.other_session");
    assert_eq!(refusals[0]["count"], 4);
    assert_eq!(taken_for(&collector, &showing("a", report("s1", "b2"))).await, None);
}

#[tokio::test]
async fn a_session_keeps_its_token_when_the_collector_begins_again() {
    let collector = Running::start().await;
    let first = showing("a", report("s1", "b1"));
    taken_for(&collector, &first).await;
    let collector = collector.restart().await;
    assert!(taken_for(&collector, &showing("x", forged("s1", "f1"))).await.is_some());
    assert_eq!(taken_for(&collector, &first).await, None, "a report that comes twice");
    assert_eq!(taken_for(&collector, &showing("a", report("s1", "b2"))).await, None);
    assert_eq!(shown(&collector, "s1").await.0["status"], "CONNECTED");
}

#[tokio::test]
async fn a_session_of_an_earlier_client_is_that_of_the_first_one_to_show_a_token() {
    let collector = Running::start().await;
    assert_eq!(taken_for(&collector, &report("s1", "b1")).await, None);
    assert_eq!(taken_for(&collector, &report("s1", "b2")).await, None, "as before");
    assert_eq!(taken_for(&collector, &showing("a", report("s1", "b3"))).await, None);
    assert!(taken_for(&collector, &report("s1", "b4")).await.is_some());
    assert!(taken_for(&collector, &showing("x", report("s1", "b5"))).await.is_some());
}

#[tokio::test]
async fn a_session_that_made_room_in_memory_keeps_its_token_and_comes_back() {
    let collector = Running::start_with(|config| config.max_sessions = 2).await;
    let mut ended = showing("a", report("s1", "b1"));
    ended.session.status = Status::Disconnected;
    taken_for(&collector, &ended).await;
    for (session_id, batch_id) in [("s2", "b2"), ("s3", "b3")] {
        let mut other = report(session_id, batch_id);
        other.session.status = Status::Disconnected;
        taken_for(&collector, &other).await;
    }
    let total = collector.read("/v1/connections").await["total"].clone();
    assert_eq!(total, 2, "the first one is in the database alone");

    assert!(taken_for(&collector, &showing("x", forged("s1", "f1"))).await.is_some());
    assert_eq!(taken_for(&collector, &showing("a", report("s1", "b4"))).await, None);
    assert_eq!(shown(&collector, "s1").await.0["liveness"], "LIVE");
    assert!(taken_for(&collector, &showing("x", forged("s1", "f2"))).await.is_some());
}

#[tokio::test]
async fn a_session_that_was_deleted_begins_anew_with_the_token_of_who_comes_first() {
    let collector = Running::start().await;
    taken_for(&collector, &showing("a", report("s1", "b1"))).await;
    let request = collector.request(reqwest::Method::DELETE, "/v1/connections/s1");
    let deleted = request.bearer_auth(&collector.keys.secret).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::OK);
    assert_eq!(taken_for(&collector, &showing("a", report("s1", "b2"))).await, None);
    assert!(taken_for(&collector, &showing("x", forged("s1", "f1"))).await.is_some());
}

#[tokio::test]
async fn forged_reports_are_limited_as_new_sessions_are() {
    let collector = Running::start_with(|config| config.new_sessions_per_key = 3).await;
    taken_for(&collector, &showing("a", report("s1", "b1"))).await;
    for (letter, batch_id) in [("x", "f1"), ("y", "f2")] {
        assert!(taken_for(&collector, &showing(letter, forged("s1", batch_id))).await.is_some());
    }
    let refused = collector.post(&showing("z", forged("s1", "f3"))).await;
    assert_eq!(refusal(refused).await, (429, "session.key_rate".to_owned()));
    assert!(taken_for(&collector, &showing("x", forged("s1", "f4"))).await.is_some(), "is known");
    assert_eq!(taken_for(&collector, &showing("a", report("s1", "b2"))).await, None);
}

#[tokio::test]
async fn a_session_that_gets_its_token_later_counts_as_one_that_begins() {
    let collector = Running::start_with(|config| config.new_sessions_per_key = 2).await;
    taken_for(&collector, &report("s1", "b1")).await;
    taken_for(&collector, &showing("a", report("s1", "b2"))).await;
    taken_for(&collector, &showing("a", report("s1", "b3"))).await;
    let refused = collector.post(&report("s2", "b4")).await;
    assert_eq!(refusal(refused).await, (429, "session.key_rate".to_owned()));
}

#[tokio::test]
async fn a_token_that_could_be_guessed_is_refused() {
    let collector = Running::start().await;
    let mut short = serde_json::to_value(report("s1", "b1")).unwrap();
    short["token"] = "secret".into();
    let request = collector.request(reqwest::Method::POST, "/v1/reports");
    let request = request.bearer_auth(&collector.keys.publishable).json(&short);
    let refused = refusal(request.send().await.unwrap()).await;
    assert_eq!(refused, (400, "report.malformed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_clients_that_begin_one_session_at_once_at_two_collectors_one_has_it_for_both() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let first = Running::start_with(|config| config.database = database.database()).await;
    let second = first.beside().await;
    let letters: Vec<_> = ('a'..='p').map(String::from).collect();
    for round in 0..4 {
        let session = format!("s{round}");
        let post = async |number: usize, letter: &String| {
            let collector = if number.is_multiple_of(2) { &first } else { &second };
            let begun = showing(letter, report(&session, &format!("b{round}-{letter}")));
            taken_for(collector, &begun).await
        };
        let begun =
            join_all(letters.iter().enumerate().map(|(number, letter)| post(number, letter))).await;
        let winners: Vec<_> = begun.iter().filter(|other| other.is_none()).collect();
        assert_eq!(winners.len(), 1, "{begun:?}");

        let taken: BTreeMap<_, _> = letters.iter().zip(begun).collect();
        for (letter, before) in taken {
            for collector in [&first, &second] {
                let batch = format!("c{round}-{letter}-{}", collector.address().replace('.', "-"));
                let next = showing(letter, report(&session, &batch.replace(':', "-")));
                assert_eq!(taken_for(collector, &next).await, before, "as it began");
            }
        }
    }
    let all = 4 * letters.len();
    for collector in [&first, &second] {
        eventually("both know all sessions", async || session_ids(collector).await.len() == all)
            .await;
    }
}
