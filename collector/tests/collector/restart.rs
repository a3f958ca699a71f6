use std::time::Duration;

use steadfast_core::connection::Status;

use crate::support::{Running, earlier, report, report_of_losses};

#[tokio::test]
async fn a_restart_keeps_sessions_totals_order_and_what_was_delivered() {
    let collector = Running::start().await;
    let first = report_of_losses("s1", "b1", 2);
    let mut second = report("s2", "b2");
    second.session.status = Status::Suspended;
    for report in [&first, &second] {
        collector.accept(report).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let before = collector.read("/v1/connections").await;

    let collector = collector.restart().await;
    assert_eq!(collector.read("/v1/connections").await, before);
    let metrics = &collector.read("/v1/health").await["metrics"];
    assert_eq!(metrics["totalConnections"], 2);
    assert_eq!(metrics["statusDistribution"]["SUSPENDED"], 1);
    assert!(collector.accept(&first).await, "a report of before is known to be a duplicate");
}

#[tokio::test]
async fn a_restart_keeps_where_the_metrics_are_going() {
    let collector = Running::start().await;
    for minute in 0..25 {
        let mut report =
            earlier(report("s1", &format!("b{minute}")), Duration::from_mins(25 - minute));
        for _ in 0..20 {
            report.activity.heartbeats += 1;
            report.activity.latency.record(Duration::from_millis(400 + 20 * minute));
        }
        collector.accept(&report).await;
    }
    let summary = async |collector: &Running| collector.read("/v1/health/summary").await;
    assert_eq!(summary(&collector).await["trends"]["latency"].as_object(), None);
    let collector = collector.restart().await;
    let summary = summary(&collector).await;
    let latency = &summary["trends"]["latency"];
    assert_eq!(latency["direction"], "DEGRADING", "{summary}");
    assert!(latency["forecast"]["expectedAt"].is_u64(), "{summary}");
    assert_eq!(summary["metrics"]["lastHour"]["count"], 500);
}
