//! The table as a file.

use std::time::Duration;

use reqwest::{Method, Response};
use steadfast_core::connection::{Cause, Status};
use steadfast_core::event::{Event, EventKind};

use crate::support::{Running, report};

async fn export(collector: &Running, query: &str) -> Response {
    let path = format!("/v1/connections.csv?{query}");
    collector.request(Method::GET, &path).bearer_auth(&collector.keys.secret).send().await.unwrap()
}

async fn rows(collector: &Running, query: &str) -> Vec<Vec<String>> {
    let text = export(collector, query).await.text().await.unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

#[tokio::test]
async fn the_table_is_exported_with_the_same_filters_and_nothing_in_it_is_a_formula() {
    let collector = Running::start().await;
    let mut evil = report("=HYPERLINK(\"http://evil.example\")", "b1");
    evil.session.user_id = Some("@SUM(1+1)*cmd|' /C calc'!A0".to_owned());
    evil.session.client_type = "a \"b\", c".to_owned();
    evil.session.latency = Some(Duration::from_micros(20_500));
    evil.session.metadata.insert("plan".to_owned(), "+1".into());
    let at = evil.window.end;
    let kind = EventKind::Disconnected { cause: Cause::Network, planned: false };
    evil.events = vec![Event { at, kind }];
    collector.accept(&evil).await;
    let mut other = report("other", "b2");
    other.session.status = Status::Disconnected;
    collector.accept(&other).await;

    let answer = export(&collector, "").await;
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8; header=present");
    let disposition = &answer.headers()["content-disposition"];
    assert_eq!(disposition, "attachment; filename=\"connections.csv\"");
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("sessionId,userId,clientType,sdk,status,liveness,"), "{text}");
    let all = rows(&collector, "sort=sessionId").await;
    assert_eq!(all.len(), 2);
    let evil = &all[0];
    assert_eq!(evil[0], "'=HYPERLINK(\"http://evil.example\")");
    assert_eq!(evil[1], "'@SUM(1+1)*cmd|' /C calc'!A0");
    assert_eq!(evil[2], "a \"b\", c");
    assert_eq!(evil[3..8], ["test/1", "CONNECTED", "LIVE", "UNKNOWN", "20.5"]);
    assert_eq!(evil[14..], ["network", "{\"plan\":\"+1\"}"]);
    assert!(evil[13].starts_with("20") && evil[13].ends_with('Z'), "{}", evil[13]);
    assert_eq!(rows(&collector, "liveness=ENDED").await[0][0], "other");
    assert_eq!(rows(&collector, "sort=-sessionId&offset=1&limit=1").await[0][0], evil[0]);
    assert_eq!(export(&collector, "limit=100001").await.status(), 400);
}

#[tokio::test]
async fn a_table_of_many_parts_is_exported_whole() {
    let collector = Running::start().await;
    let numbers: Vec<u32> = (0..1234).collect();
    for part in numbers.chunks(64) {
        let posted = part.iter().map(async |number| {
            collector.accept(&report(&format!("s{number:04}"), &format!("b{number}"))).await;
        });
        futures::future::join_all(posted).await;
    }
    let all = rows(&collector, "sort=sessionId").await;
    let expected: Vec<_> = numbers.iter().map(|number| format!("s{number:04}")).collect();
    assert_eq!(all.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>(), expected);
}
