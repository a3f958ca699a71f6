use steadfast_core::connection::Status;

use crate::support::{Running, report, report_of_losses};

#[tokio::test]
async fn a_restart_keeps_sessions_totals_order_and_what_was_delivered() {
    let collector = Running::start().await;
    let first = report_of_losses("s1", "b1", 2);
    let mut second = report("s2", "b2");
    second.session.status = Status::Suspended;
    for report in [&first, &second] {
        collector.accept(report).await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let before = collector.read("/v1/connections").await;

    let collector = collector.restart().await;
    assert_eq!(collector.read("/v1/connections").await, before);
    let metrics = &collector.read("/v1/health").await["metrics"];
    assert_eq!(metrics["totalConnections"], 2);
    assert_eq!(metrics["statusDistribution"]["SUSPENDED"], 1);
    assert!(collector.accept(&first).await, "a report of before is known to be a duplicate");
}
