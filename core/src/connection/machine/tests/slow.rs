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
