//! A program whose network goes: in a network namespace of its own, joined to this one by a cable
//! (veth). Where there are none to be had, `tests/tests/e2e/black_hole.rs` has a server instead that
//! falls silent.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test may fail as the test does"
)]

#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "behaviour/ask.rs"]
mod ask;
#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "behaviour/children.rs"]
mod children;
#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "behaviour/server.rs"]
mod server;

use std::env;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use futures::StreamExt as _;
use steadfast::{EventKind, Heartbeat, Intervals};
use tokio_tungstenite::accept_async;

use crate::ask::eager;
use crate::children::Process;
use crate::server::{Server, echo};

const URL: &str = "STEADFAST_TEST_URL";

/// Whether the process pings only where it has a reason.
const ONLY_PROBES: &str = "STEADFAST_TEST_ONLY_PROBES";

/// A namespace, and the number of its cable.
struct Namespace {
    name: String,
    number: u8,
}

fn ip(arguments: &str) -> bool {
    Command::new("ip").args(arguments.split(' ')).status().is_ok_and(|status| status.success())
}

impl Namespace {
    /// Absent where the machine does not allow it.
    fn new(number: u8) -> Option<Self> {
        let name = format!("steadfast{}x{number}", std::process::id());
        if !ip(&format!("netns add {name}")) {
            println!("no network namespaces here: see tests/tests/e2e/black_hole.rs");
            return None;
        }
        println!("in the network namespace {name}");
        let made = Self { name, number };
        let (name, outer) = (&made.name, made.outer());
        let (here, there) = (made.here(), made.there());
        let steps = [
            format!("link add {outer} type veth peer name inner netns {name}"),
            format!("addr add {here}/30 dev {outer}"),
            format!("link set {outer} up"),
            format!("-n {name} addr add {there}/30 dev inner"),
            format!("-n {name} link set inner up"),
            format!("-n {name} link set lo up"),
        ];
        steps.iter().all(|step| ip(step)).then_some(made)
    }

    fn outer(&self) -> String {
        format!("sf{}x{}", std::process::id() % 1_000_000, self.number)
    }

    fn subnet(&self) -> String {
        format!("10.{}.{}", 200 + self.number, std::process::id() % 250)
    }

    fn here(&self) -> String {
        format!("{}.1", self.subnet())
    }

    fn there(&self) -> String {
        format!("{}.2", self.subnet())
    }

    /// Runs `ip` within.
    fn within(&self, arguments: &str) {
        assert!(ip(&format!("-n {} {arguments}", self.name)), "{arguments}");
    }

    async fn serve(&self) -> Server {
        let address: SocketAddr = format!("{}:9000", self.here()).parse().unwrap();
        Server::start_raw(address, |stream| async {
            if let Ok(peer) = accept_async(stream).await {
                echo(peer).await;
            }
        })
        .await
    }

    fn start(&self, url: &str) -> Process {
        self.start_with(&[(URL, url)])
    }

    fn start_with(&self, variables: &[(&str, &str)]) -> Process {
        let wrapper = ["ip", "netns", "exec", &self.name];
        Process::start(&wrapper, "tells_what_happens", variables)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The cable goes with it.
        ip(&format!("netns del {}", self.name));
    }
}

#[tokio::test]
#[ignore = "what the process does whose network goes"]
async fn tells_what_happens() {
    let mut builder = eager(env::var(URL).unwrap());
    if env::var(ONLY_PROBES).is_ok() {
        let intervals = Intervals::fixed(Duration::from_hours(1));
        builder = builder.heartbeat(Heartbeat { intervals, ..Heartbeat::default() });
    }
    let connection = builder.open().unwrap();
    let watching = tokio::spawn(steadfast::netlink::watch(connection.control()));
    let mut events = connection.events();
    while let Some(Ok(event)) = events.next().await {
        match event.kind {
            EventKind::Heartbeat { rtt: None, missed } => println!("missed: {missed}"),
            EventKind::Heartbeat { .. } => println!("answered: "),
            EventKind::Disconnected { cause, .. } => println!("lost: {}", cause.as_str()),
            EventKind::StatusChanged { to, .. } => println!("status: {}", to.as_str()),
            _ => {}
        }
    }
    drop(watching);
}

#[tokio::test]
async fn a_black_hole_is_noticed_within_three_late_pongs_and_left_when_there_is_a_way_again() {
    let Some(namespace) = Namespace::new(1) else { return };
    let server = namespace.serve().await;
    let mut process = namespace.start(&server.url());
    process.says("answered: ").await;
    // Nothing comes back from the kernel either: what is sent is dropped without a word.
    let hole = format!("route add blackhole {}/32", namespace.here());
    namespace.within(&hole);
    let mut missed = Vec::new();
    let cause = loop {
        let line = process.line().await;
        if let Some(number) = line.strip_prefix("missed: ") {
            missed.push(number.to_owned());
        } else if let Some(cause) = line.strip_prefix("lost: ") {
            break cause.to_owned();
        }
    };
    // A probe after the change of the network may find it out before the third.
    assert!(missed.len() <= 3, "{missed:?}");
    assert_eq!(cause, "heartbeat_timeout");
    namespace.within(&hole.replace("add", "del"));
    while process.says("status: ").await != "CONNECTED" {}
}

#[tokio::test]
async fn a_link_that_is_taken_down_and_up_again_suspends_and_resumes_the_session() {
    let Some(namespace) = Namespace::new(2) else { return };
    let server = namespace.serve().await;
    let mut process = namespace.start(&server.url());
    process.says("answered: ").await;
    namespace.within("link set inner down");
    while process.says("status: ").await != "SUSPENDED" {}
    namespace.within("link set inner up");
    while process.says("status: ").await != "CONNECTED" {}
    process.says("answered: ").await;
}

#[tokio::test]
async fn interfaces_that_come_and_go_ask_nobody_and_another_default_route_does() {
    let Some(namespace) = Namespace::new(3) else { return };
    let server = namespace.serve().await;
    // The way to the world.
    namespace.within(&format!("route add default via {}", namespace.here()));
    let mut process = namespace.start_with(&[(URL, &server.url()), (ONLY_PROBES, "")]);
    process.says("answered: ").await;
    for _ in 0..10 {
        namespace.within("link add pair type veth peer name other");
        namespace.within("addr add 172.31.0.1/16 dev pair");
        namespace.within("link set pair up");
        tokio::time::sleep(Duration::from_millis(150)).await;
        namespace.within("link del pair");
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    // What is joined over a second has been looked at.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    namespace.within(&format!("route add default via {} metric 7", namespace.here()));
    process.says("answered: ").await;
    namespace.within("link set inner down");
    let mut answered = 0;
    loop {
        let line = process.line().await;
        answered += usize::from(line == "answered: ");
        if line == "status: SUSPENDED" {
            break;
        }
    }
    assert_eq!(answered, 0, "the pairs asked for more");
}
