//! Messages that take long to send.

use super::*;

const SIZE: usize = 16 << 20;

/// A link that answers, and is taking a large message.
fn uploading() -> Bench {
    let mut bench = Bench::up(|_| {});
    bench.connection.set_sees_uploads(true);
    bench.pass_answering(secs(60));
    bench.input(Input::Send { message: MessageId(0), bytes: SIZE, ttl: None });
    // The ping that goes ahead.
    bench.pass_answering(RTT * 2);
    bench
}

/// How long after `died_at` the link is given up.
fn noticed(bench: &mut Bench, died_at: Instant) -> Duration {
    bench.pass(secs(3600));
    bench.connection.state().disconnected_at.unwrap().saturating_since(died_at)
}

#[test]
fn a_link_that_dies_during_an_upload_is_given_up_as_soon_as_any_other() {
    let mut bench = uploading();
    let died_at = bench.now;
    let noticed = noticed(&mut bench, died_at);
    assert!(noticed <= secs(8), "{noticed:?}");
}

#[test]
fn an_upload_that_stops_in_the_middle_ends_its_link_as_soon() {
    let mut bench = uploading();
    for _ in 0..100 {
        bench.pass(secs(4));
        bench.input(Input::Alive { socket: bench.socket() });
    }
    assert_eq!(bench.closed, [], "it was slow and went on");
    let died_at = bench.now;
    let noticed = noticed(&mut bench, died_at);
    assert!(noticed <= secs(8), "{noticed:?}");
}

#[test]
fn the_end_of_an_upload_has_time_to_come_out_of_the_buffers_on_its_way() {
    let mut bench = uploading();
    bench.input(Input::Alive { socket: bench.socket() });
    bench.sent(0);
    bench.pings.clear();
    let died_at = bench.now;
    bench.pass(secs(20));
    assert_eq!(bench.closed, []);
    let noticed = noticed(&mut bench, died_at);
    assert!(noticed <= secs(24), "{noticed:?}");
}

#[test]
fn bytes_that_were_sent_explain_a_silence_that_teaches_nothing() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.input(Input::Send { message: MessageId(0), bytes: SIZE, ttl: None });
    bench.pass_answering(RTT * 2);
    bench.sent(0);
    bench.pings.clear();
    while bench.pings.is_empty() {
        bench.wait();
    }
    // 16 MiB at 256 KiB/s.
    bench.pass(secs(64));
    assert_eq!(bench.closed, []);
    // Until the round-trip time is what it was.
    bench.pass_answering(secs(3600));
    let died_at = bench.now;
    let noticed = noticed(&mut bench, died_at);
    assert!(noticed <= secs(35), "{noticed:?}");
}

/// The round-trip times that were reported since the last look, in ms.
fn round_trips(bench: &mut Bench) -> Vec<u128> {
    let events = core::mem::take(&mut bench.events);
    let rtt = |event: EventKind| match event {
        EventKind::Heartbeat { rtt, .. } => rtt.map(|rtt| rtt.as_millis()),
        _ => None,
    };
    events.into_iter().filter_map(rtt).collect()
}

/// A message goes out that takes this long, and every pong waits until it is through.
fn upload(bench: &mut Bench, message: u64, bytes: usize, takes: Duration) {
    bench.input(Input::Send { message: MessageId(message), bytes, ttl: None });
    bench.pass_answering(RTT * 2);
    bench.sent(message);
    bench.pass(takes);
    bench.pass_answering(RTT * 2);
}

#[test]
fn pongs_that_come_behind_an_upload_are_life_and_no_round_trip() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    round_trips(&mut bench);
    for message in 0..10 {
        // 4 MiB at 200 KiB/s.
        upload(&mut bench, message, 4 << 20, secs(20));
        let state = bench.connection.state();
        assert_eq!(state.latency, Some(RTT));
        assert_eq!(state.connection_quality, Some(Quality::Excellent));
        bench.pass_answering(secs(60));
        assert!(round_trips(&mut bench).iter().all(|rtt| *rtt == RTT.as_millis()));
    }
    bench.lost(Cause::Network);
    let is_unknown = |event: &EventKind| matches!(event, EventKind::Delivery { .. });
    assert!(!bench.events.iter().any(is_unknown), "the pongs prove that all has arrived");
}

#[test]
fn a_link_that_has_become_slow_is_seen_to_be_although_it_uploads_all_the_time() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    round_trips(&mut bench);
    let mut pongs = Vec::new();
    for message in 0..300 {
        bench.input(Input::Send { message: MessageId(message), bytes: 64 << 10, ttl: None });
        bench.sent(message);
        bench.pass(Duration::from_millis(100));
        let due = bench.now + if message < 50 { RTT } else { secs(2) };
        pongs.extend(bench.pings.drain(..).map(|ping| (due, ping)));
        while let Some((due, (socket, id))) = pongs.first().copied()
            && due <= bench.now
        {
            pongs.remove(0);
            bench.input(Input::Pong { socket, id });
        }
    }
    let seen = round_trips(&mut bench);
    assert!(seen.iter().any(|rtt| *rtt >= 2000), "{seen:?}");
}
