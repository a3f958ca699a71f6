use std::time::Duration;

use steadfast_core::connection::Status;
use steadfast_core::report::ReportWindow;

use crate::support::{Running, earlier, record, report, report_of_losses};

#[tokio::test]
async fn an_older_report_that_comes_late_is_counted_but_does_not_turn_the_record_back() {
    let collector = Running::start().await;
    let newer = report("s1", "b2");
    let mut older = earlier(report_of_losses("s1", "b1", 2), Duration::from_secs(30));
    older.session.status = Status::Reconnecting;
    older.session.total_disconnections = 0;
    collector.accept(&newer).await;
    assert!(!collector.accept(&older).await, "it is no duplicate");

    let expected = serde_json::to_value(&newer.session).unwrap();
    assert_eq!(record(collector.read("/v1/connections/s1").await), expected);
    let metrics = &collector.read("/v1/health").await["metrics"];
    assert_eq!(metrics["statusDistribution"]["CONNECTED"], 1);
    assert!(metrics["disconnectionRate"].as_f64().unwrap() > 0.0);

    let collector = collector.restart().await;
    assert_eq!(record(collector.read("/v1/connections/s1").await), expected, "nor in the store");
}

#[tokio::test]
async fn a_client_whose_clock_ran_ahead_is_heard_once_the_clock_is_right() {
    let collector = Running::start().await;
    let mut ahead = report("s1", "b1");
    let in_a_day = ahead.window.end + Duration::from_hours(24);
    ahead.window = ReportWindow { start: in_a_day, end: in_a_day };
    collector.accept(&ahead).await;
    tokio::time::sleep(Duration::from_millis(20)).await;

    let mut right = report("s1", "b2");
    right.session.status = Status::Reconnecting;
    collector.accept(&right).await;
    assert_eq!(collector.read("/v1/connections/s1").await["status"], "RECONNECTING");
}
