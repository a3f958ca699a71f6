//! What an alert keeps from being raised.

use super::*;

#[test]
fn an_overloaded_machine_raises_no_alert_about_what_it_measures() {
    let mut bench = Bench::new(1);
    bench.load.cpu = Some(1.0);
    bench.pass(20);
    bench.rtt = 5000;
    bench.pass(300);
    assert_eq!(bench.active(), [AlertKind::SystemOverload]);
    bench.load.cpu = Some(0.1);
    bench.pass(70);
    let active = [AlertKind::HighLatency, AlertKind::LowConnectionQuality];
    assert_eq!(bench.active(), active, "what goes on is raised when the inhibition ends");
}
