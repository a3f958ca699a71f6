//! The fleet of the demo is one of real clients.

use steadfast_tests::process::{Process, eventually};

use crate::Outcome;
use crate::collector::Collector;
use crate::echo::Echo;

#[tokio::test]
async fn a_fleet_connects_comes_back_after_a_drop_and_says_goodbye_on_ctrl_c() -> Outcome {
    let (collector, echo) = (Collector::start().await?, Echo::start().await?);
    let (url, report) = (echo.url(), collector.client().report_url());
    let arguments = ["--clients", "12", "--url", &url, "--report", &report];
    let key = ["--key", &collector.client().publishable_key];
    let mut fleet = Process::start("steadfast-fleet", &[&arguments[..], &key].concat())?;
    fleet.line("12 clients: ").await?;
    let metrics = async || collector.client().metrics().await.ok();
    eventually("all clients are connected", async || {
        (metrics().await?.status_distribution.connected == 12).then_some(())
    })
    .await?;

    assert_eq!(echo.drop_all().await?, 12);
    eventually("all clients are connected again", async || {
        let metrics = metrics().await?;
        let back = metrics.reconnection_rate > 0.0 && metrics.status_distribution.connected == 12;
        back.then_some(())
    })
    .await?;

    assert!(fleet.interrupt().await?, "it did not end well");
    eventually("all clients have said goodbye", async || {
        (metrics().await?.status_distribution.disconnected == 12).then_some(())
    })
    .await?;
    Ok(())
}
