//! Metrics by OTLP, at a receiver that decodes them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use prost::Message as _;
use tokio::net::TcpListener;

use crate::support::{Running, eventually, report};

/// What was received, the newest last. The first is refused.
type Received = Arc<Mutex<Vec<ExportMetricsServiceRequest>>>;

async fn receive(State(received): State<Received>, headers: HeaderMap, body: Bytes) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(headers["authorization"], "Bearer word");
    let mut received = received.lock().unwrap();
    received.push(ExportMetricsServiceRequest::decode(body).unwrap());
    if received.len() == 1 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
}

async fn receiver() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/otlp/", listener.local_addr().unwrap());
    let received = Received::default();
    let router =
        Router::new().route("/otlp/v1/metrics", post(receive)).with_state(Arc::clone(&received));
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    (url, received)
}

/// The metric of that name in the newest of what was received.
fn newest(received: &Received, name: &str) -> Option<Metric> {
    let received = received.lock().unwrap();
    let metrics = &received.last()?.resource_metrics[0].scope_metrics[0].metrics;
    metrics.iter().find(|metric| metric.name == name).cloned()
}

#[tokio::test]
async fn what_is_counted_is_sent_in_base_units_and_again_after_a_failure() {
    let (url, received) = receiver().await;
    let collector = Running::start_with(|config| {
        config.otlp_endpoint = Some(url);
        config.otlp_headers = "authorization=Bearer word".to_owned();
        config.otlp_interval = Duration::from_secs(1);
    })
    .await;
    let mut told = report("s1", "b1");
    told.activity.heartbeats = 3;
    for millis in [1, 50, 1000] {
        told.activity.latency.record(Duration::from_millis(millis));
    }
    collector.accept(&told).await;
    let reports = |received: &Received| match newest(received, "steadfast_reports")?.data? {
        Data::Sum(sum) if sum.is_monotonic && !sum.data_points.is_empty() => {
            sum.data_points[0].value
        }
        _ => None,
    };
    eventually("the report is counted", async || {
        received.lock().unwrap().len() > 1 && reports(&received) == Some(Value::AsDouble(1.0))
    })
    .await;

    let latency = newest(&received, "steadfast_heartbeat_latency").unwrap();
    assert_eq!(latency.unit, "s");
    let Some(Data::ExponentialHistogram(latency)) = latency.data else {
        panic!("latencies are sent as they are kept");
    };
    let point = &latency.data_points[0];
    assert_eq!((point.scale, point.count), (3, 3));
    assert!((point.sum.unwrap() - 1.051).abs() < 1e-9);
    let buckets = point.positive.as_ref().unwrap();
    let used = buckets.bucket_counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let bounds = used.map(|(index, _)| {
        let index = buckets.offset + i32::try_from(index).unwrap();
        (f64::from(index) / 8.0).exp2()..=(f64::from(index + 1) / 8.0).exp2()
    });
    for (bounds, secs) in bounds.zip([0.001, 0.05, 1.0]) {
        let (low, high) = (bounds.start() * 0.976, bounds.end() * 1.024);
        assert!((low..=high).contains(&secs), "{secs} s is in {bounds:?}");
    }

    let sessions = newest(&received, "steadfast_sessions").unwrap();
    let Some(Data::Gauge(sessions)) = sessions.data else {
        panic!("sessions are a gauge");
    };
    assert_eq!(sessions.data_points.len(), 6, "one for each status, and for those that are stale");
    let duration = newest(&received, "steadfast_commit_duration").unwrap();
    let Some(Data::Histogram(commits)) = duration.data else {
        panic!("commits are a histogram");
    };
    let point = &commits.data_points[0];
    assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
    assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);

    let resource = received.lock().unwrap()[0].resource_metrics[0].resource.clone().unwrap();
    let keys: Vec<_> = resource.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(keys, ["service.name", "service.version", "service.instance.id"]);
}

#[tokio::test]
async fn at_its_end_it_sends_once_more() {
    let (url, received) = receiver().await;
    let collector = Running::start_with(|config| {
        config.otlp_endpoint = Some(url);
        config.otlp_headers = "authorization=Bearer word".to_owned();
        config.otlp_interval = Duration::from_hours(1);
    })
    .await;
    collector.accept(&report("s1", "b1")).await;
    collector.stop().await;
    assert!(newest(&received, "steadfast_reports").is_some());
}
