//! Messages that take long to send, where the driver sees their bytes move.

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
