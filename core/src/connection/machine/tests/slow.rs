//! Links that are slow, and not dead.

use super::*;

/// A connection over a link with this round-trip time, and the pongs that are on their way.
struct Slow {
    bench: Bench,
    rtt: Duration,
    pongs: Vec<(Instant, SocketId, PingId)>,
}

impl Slow {
    /// The dial takes two round trips.
    fn up(rtt: Duration) -> Self {
        let mut bench = Bench::new(|config| config.connect_timeout = secs(60));
        bench.input(Input::Open);
        bench.pass(2 * rtt);
        bench.opened();
        Self { bench, rtt, pongs: Vec::new() }
    }

    /// Lets time pass with a peer that answers every ping. Gives how many links were lost.
    fn pass(&mut self, duration: Duration) -> usize {
        let Self { bench, rtt, pongs } = self;
        let end = bench.now + duration;
        loop {
            let at = bench.now + *rtt;
            pongs.extend(bench.pings.drain(..).map(|(socket, id)| (at, socket, id)));
            let pong = pongs.first().map(|(at, ..)| *at);
            let timer = bench.connection.poll_timeout().map(|deadline| deadline.at);
            let next = pong.into_iter().chain(timer).min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            bench.now = next;
            if pong == Some(next) {
                let (_, socket, id) = pongs.remove(0);
                bench.input(Input::Pong { socket, id });
            }
            bench.timeout();
        }
        bench.now = end;
        let lost = |event: &&EventKind| matches!(event, EventKind::Disconnected { .. });
        bench.events.iter().filter(lost).count()
    }
}

#[test]
fn a_link_with_a_steady_round_trip_is_never_given_up() {
    for millis in [100, 1900, 2100, 4100, 6000, 9900, 10_100, 15_000] {
        let mut slow = Slow::up(Duration::from_millis(millis));
        assert_eq!(slow.pass(secs(3600)), 0, "{millis} ms");
        let latency = slow.bench.connection.state().latency;
        assert_eq!(latency, Some(slow.rtt));
    }
}

#[test]
fn a_slow_link_that_is_doubted_again_and_again_is_never_given_up() {
    for millis in [4100, 9900, 15_000] {
        let mut slow = Slow::up(Duration::from_millis(millis));
        for round in 0..60 {
            slow.bench.input(Input::NetworkChanged);
            slow.bench.send(round);
            slow.bench.sent(round);
            assert_eq!(slow.pass(secs(7 + round)), 0, "{millis} ms, round {round}");
        }
    }
}

#[test]
fn a_dead_link_is_given_up_however_often_the_network_changes() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    let died_at = bench.now;
    for _ in 0..20 {
        bench.input(Input::NetworkChanged);
        bench.pass(Duration::from_millis(1900));
    }
    let noticed = bench.connection.state().disconnected_at.unwrap();
    assert!(noticed.saturating_since(died_at) <= secs(5), "{noticed:?}");
}

#[test]
fn a_message_that_follows_a_ping_in_flight_is_noticed_as_unanswered() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.input(Input::NetworkChanged);
    let (socket, id) = bench.pings.pop().unwrap();
    bench.pass(RTT / 3);
    bench.send(1);
    bench.sent(1);
    let sent_at = bench.now;
    bench.pass(RTT / 3);
    // The pong was under way as the message went out, and nothing comes after it.
    bench.input(Input::Pong { socket, id });
    bench.pass(secs(30));
    let noticed = bench.connection.state().disconnected_at.unwrap();
    assert!(noticed.saturating_since(sent_at) < secs(8), "{noticed:?}");
}

#[test]
fn a_process_that_stood_still_during_a_dial_does_not_blame_the_server() {
    let mut bench = Bench::new(|config| config.connect_timeout = secs(15));
    bench.input(Input::Open);
    bench.now = bench.now + secs(40);
    bench.timeout();
    assert_eq!(bench.closed, [], "the answer may lie there unread");
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
}

/// Simulates an upload and a download over a link of `rate` bytes a second: the number of lost links, and the
/// time taken. A pong follows the messages sent before its ping, and the download requested before it.
fn transfer(upload: usize, download: usize, rate: usize) -> (usize, Duration) {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    let began = bench.now;
    let takes = |bytes: usize| Duration::from_millis((bytes * 1000 / rate) as u64);
    bench.input(Input::Send { message: MessageId(0), bytes: upload, ttl: None });
    bench.sent(0);
    // The pings that went ahead are answered before the request.
    for (socket, id) in core::mem::take(&mut bench.pings) {
        bench.pass(RTT);
        bench.input(Input::Pong { socket, id });
    }
    let done = began + takes(upload) + takes(download) + RTT;
    while bench.now < done && bench.closed.is_empty() {
        let due = bench.connection.poll_timeout().map(|due| due.at);
        bench.now = due.filter(|due| *due < done).unwrap_or(done);
        bench.timeout();
    }
    (bench.closed.len(), bench.now.saturating_since(began))
}

#[test]
fn a_link_that_carries_an_upload_is_never_given_up() {
    for (kib, rate) in [(4096, 200), (2400, 150), (64, 16), (4096, 16), (65_536, 16)] {
        assert_eq!(transfer(kib << 10, 0, rate << 10).0, 0, "{kib} KiB at {rate} KiB/s");
    }
}

#[test]
fn a_link_that_carries_a_download_that_was_asked_for_is_not_given_up() {
    for (kib, rate) in [(2048, 250), (2048, 100), (450, 16)] {
        assert_eq!(transfer(100, kib << 10, rate << 10).0, 0, "{kib} KiB at {rate} KiB/s");
    }
}

#[test]
fn a_link_that_dies_with_an_upload_is_given_up_once_that_had_come_at_the_slowest_rate() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.input(Input::Received { socket: bench.socket() });
    let died_at = bench.now;
    bench.input(Input::Send { message: MessageId(0), bytes: 160 << 10, ttl: None });
    bench.sent(0);
    bench.pass(secs(60));
    let noticed = bench.connection.state().disconnected_at.unwrap().saturating_since(died_at);
    assert!(noticed > secs(17) && noticed < secs(18), "10 s and the patience: {noticed:?}");
}

#[test]
fn what_is_sent_after_a_ping_does_not_put_off_its_end() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    let died_at = bench.now;
    for id in 0..600 {
        bench.input(Input::Send { message: MessageId(id), bytes: 10_000, ttl: None });
        bench.sent(id);
        bench.pass(Duration::from_millis(100));
    }
    let noticed = bench.connection.state().disconnected_at.unwrap();
    assert!(noticed.saturating_since(died_at) <= secs(8), "{noticed:?}");
}

#[test]
fn a_network_that_changes_during_an_upload_does_not_end_it() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.input(Input::Send { message: MessageId(0), bytes: 4 << 20, ttl: None });
    bench.sent(0);
    bench.pass(secs(1));
    bench.input(Input::NetworkChanged);
    bench.pass(secs(20));
    assert_eq!(bench.closed, []);
}

#[test]
fn a_pong_that_was_late_teaches_patience_on_links_to_come() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.pings.clear();
    while bench.pings.is_empty() {
        bench.wait();
    }
    bench.pass(secs(6));
    let (socket, id) = bench.pings[0];
    bench.input(Input::Pong { socket, id });
    bench.lost(Cause::Network);
    bench.pings.clear();
    while bench.pings.is_empty() {
        bench.wait();
        if bench.status() == Status::Reconnecting {
            bench.opened();
        }
    }
    bench.pass_answering(secs(600));
    while bench.pings.is_empty() {
        bench.wait();
    }
    bench.pass(secs(13));
    assert_eq!(bench.closed, []);
    bench.pass(secs(1));
    assert_eq!(bench.closed.len(), 1);
}

#[test]
fn a_dial_during_which_this_side_stood_still_counts_as_no_failure() {
    let mut bench = Bench::new(|config| {
        config.connect_timeout = secs(15);
        config.max_reconnect_attempts = Some(1);
        let breaker = Guarded { threshold: 1, ..Guarded::default() };
        config.retry = RetryStrategy::CircuitBreaker(breaker);
    });
    bench.input(Input::Open);
    let first = bench.socket();
    bench.now = bench.now + secs(40);
    bench.timeout();
    bench.pass(secs(3));
    assert_ne!(bench.socket(), first, "no answer came, and the next is tried soon");
    assert!(!bench.events.iter().any(|event| matches!(event, EventKind::RetryFailed { .. })));
    // This time the server is slow, and nobody stood still.
    bench.pass(secs(16));
    assert!(bench.events.iter().any(|event| matches!(event, EventKind::RetryFailed { .. })));
}

#[test]
fn what_became_of_a_dial_is_not_dated_by_a_pause_that_nobody_has_noticed_yet() {
    let mut bench = Bench::new(|config| config.connect_timeout = secs(15));
    bench.input(Input::Open);
    bench.now = bench.now + secs(40);
    bench.opened();
    let took = bench.events.iter().find_map(|event| match event {
        EventKind::RetrySuccess { took, .. } => Some(*took),
        _ => None,
    });
    assert_eq!(took, Some(Duration::ZERO), "what it took in truth is not known");
}
