//! How much may come from one address, and whose address that is.

use std::net::IpAddr;

use reqwest::{Method, RequestBuilder, StatusCode};
use steadfast_collector::Config;

use crate::support::{Running, refusal, report};

/// A collector that trusts 127.0.0.1 as a proxy, as which the test connects, and takes two of each
/// in a minute.
async fn behind_a_proxy() -> Running {
    Running::start_with(|config| {
        config.trusted_proxies = "127.0.0.1".parse().unwrap();
        two_a_minute(config);
    })
    .await
}

fn two_a_minute(config: &mut Config) {
    config.reports_per_address = 2;
    config.requests_per_address = 2;
}

fn reporting(collector: &Running, batch: u32, client: &str) -> RequestBuilder {
    let request = collector.request(Method::POST, "/v1/reports");
    let request = request.bearer_auth(&collector.keys.publishable);
    request.json(&report("s1", &format!("b{batch}"))).header("x-forwarded-for", client)
}

fn reading(collector: &Running, client: &str) -> RequestBuilder {
    let request = collector.request(Method::GET, "/v1/connections");
    request.bearer_auth(&collector.keys.secret).header("x-forwarded-for", client)
}

#[tokio::test]
async fn an_address_that_sends_too_much_is_told_when_to_come_back_and_no_other_is() {
    let collector = behind_a_proxy().await;
    for batch in 0..2 {
        let taken = reporting(&collector, batch, "198.51.100.1").send().await.unwrap();
        assert_eq!(taken.status(), StatusCode::OK);
        let taken = reading(&collector, "198.51.100.1").send().await.unwrap();
        assert_eq!(taken.status(), StatusCode::OK, "reports and requests count apart");
    }
    for refused in [reporting(&collector, 2, "198.51.100.1"), reading(&collector, "198.51.100.1")] {
        let refused = refused.send().await.unwrap();
        let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        assert_eq!(refusal(refused).await, (429, "address.rate".to_owned()));
    }
    let other = reporting(&collector, 2, "1.1.1.1, 198.51.100.2").send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_client_cannot_escape_by_what_it_writes_in_front_nor_by_another_key() {
    let collector = behind_a_proxy().await;
    for batch in 0..2 {
        let forged = format!("203.0.113.{batch}, 2001:db8::{batch}");
        let taken = reporting(&collector, batch, &forged).send().await.unwrap();
        assert_eq!(taken.status(), StatusCode::OK);
    }
    let refused = reporting(&collector, 2, "203.0.113.9, 2001:db8::ffff:9").send().await.unwrap();
    assert_eq!(refusal(refused).await.0, 429, "the same 64 bits");
    let request = collector.request(Method::POST, "/v1/reports").bearer_auth("pk_unknown");
    let request = request.header("x-forwarded-for", "2001:db8::1").json(&report("s1", "b3"));
    assert_eq!(refusal(request.send().await.unwrap()).await.0, 429, "guessing is limited, too");
}

#[tokio::test]
async fn a_page_may_read_that_its_address_sends_too_much() {
    let collector = behind_a_proxy().await;
    let mut answer = None;
    for batch in 0..3 {
        let request = reporting(&collector, batch, "198.51.100.1");
        answer = Some(request.header("origin", "https://app.example").send().await.unwrap());
    }
    let refused = answer.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["access-control-allow-origin"], "https://app.example");
    assert_eq!(refused.headers()["access-control-expose-headers"], "retry-after");
}

#[tokio::test]
async fn without_trusted_proxies_a_header_says_nothing() {
    // Connections come from 127.0.0.1 here, which no limit counts, so the test needs another.
    let Some(address) = own_address() else { return };
    let collector = Running::start_with(|config| {
        config.listen = (address, 0).into();
        two_a_minute(config);
    })
    .await;
    for batch in 0..2 {
        let forged = format!("198.51.100.{batch}");
        let taken = reporting(&collector, batch, &forged).send().await.unwrap();
        assert_eq!(taken.status(), StatusCode::OK);
    }
    let refused = reporting(&collector, 2, "198.51.100.2").send().await.unwrap();
    assert_eq!(refusal(refused).await, (429, "address.rate".to_owned()));
}

#[tokio::test]
async fn programs_on_the_same_machine_are_not_counted() {
    let collector = Running::start_with(two_a_minute).await;
    for batch in 0..5 {
        collector.accept(&report("s1", &format!("b{batch}"))).await;
    }
}

/// An address of this machine that is no loopback address, if it has one.
fn own_address() -> Option<IpAddr> {
    // Nothing is sent: it only asks by which address it would be.
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback()).then_some(address)
}
