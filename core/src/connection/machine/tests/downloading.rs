//! Messages of a server that take long, and of which nothing is seen before they are whole.

use super::*;

/// Asks for a message that takes this long on each link, and says how many links were lost before it had come; absent if
/// it never did. No link answers anything else meanwhile. With `closes`, the server answers a close frame once the message is
/// through, if that is within a minute, as a browser waits for it.
fn losses(bench: &mut Bench, takes: Duration, closes: bool) -> Option<u64> {
    let mut closing = Vec::new();
    for lost in 0..12 {
        bench.pass_answering(RTT * 2);
        bench.send(lost);
        bench.sent(lost);
        bench.pass_answering(RTT * 2);
        let (asked, socket) = (bench.now, bench.socket());
        while bench.now < asked + takes && bench.status() == Status::Connected {
            let due = bench.connection.poll_timeout().unwrap().at;
            let close = closing.first().map(|(at, _)| *at);
            bench.now = close.into_iter().chain([due, asked + takes]).min().unwrap();
            if close == Some(bench.now) {
                let (_, socket) = closing.remove(0);
                bench.input(Input::ClosedCleanly { socket });
            }
            bench.timeout();
        }
        if bench.status() == Status::Connected {
            bench.input(Input::Received { socket });
            bench.pass_answering(secs(60));
            return Some(lost);
        }
        if closes && asked + takes <= bench.now + secs(60) {
            closing.push((asked + takes, socket));
        }
        bench.pings.clear();
        while bench.socket() == socket {
            bench.wait();
        }
        bench.opened();
    }
    None
}

fn up() -> Bench {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(90));
    bench
}

#[test]
fn a_message_that_is_asked_for_again_and_again_comes_at_last_however_long_it_takes() {
    for (takes, most) in [(20, 0), (60, 2), (128, 3), (600, 5), (1024, 6)] {
        let lost = losses(&mut up(), secs(takes), false);
        assert!(lost.is_some_and(|lost| lost <= most), "{takes} s: {lost:?}");
    }
}

#[test]
fn a_link_that_answers_its_close_frame_teaches_how_long_it_was_silent() {
    for (takes, most) in [(60, 1), (100, 2), (128, 2)] {
        let lost = losses(&mut up(), secs(takes), true);
        assert!(lost.is_some_and(|lost| lost <= most), "{takes} s: {lost:?}");
    }
}

#[test]
fn a_message_that_has_come_once_is_waited_for_a_day_later() {
    let mut bench = up();
    assert_eq!(losses(&mut bench, secs(128), true).map(|lost| lost > 0), Some(true));
    bench.pass_answering(secs(20 * 3600));
    assert_eq!(losses(&mut bench, secs(128), false), Some(0));
}

#[test]
fn an_idle_link_that_dies_after_a_long_message_is_given_up_within_a_minute_of_its_ping() {
    let mut bench = up();
    losses(&mut bench, secs(600), true);
    bench.pass_answering(secs(600));
    let died_at = bench.now;
    bench.pass(secs(600));
    let noticed = bench.connection.state().disconnected_at.unwrap().saturating_since(died_at);
    assert!(noticed <= secs(88), "{noticed:?}");
}

#[test]
fn a_server_that_accepts_links_and_says_nothing_is_left_within_three_minutes() {
    let mut bench = Bench::up(|_| {});
    for _ in 0..12 {
        let (socket, opened_at) = (bench.socket(), bench.now);
        while bench.status() == Status::Connected {
            bench.wait();
        }
        let noticed = bench.now.saturating_since(opened_at);
        assert!(noticed <= secs(181), "{noticed:?}");
        while bench.socket() == socket {
            bench.wait();
        }
        bench.opened();
    }
}

#[test]
fn links_that_die_after_they_have_carried_messages_are_given_up_three_minutes_after_a_ping() {
    let mut bench = up();
    for number in 0..12 {
        for message in [2 * number, 2 * number + 1] {
            bench.pass_answering(secs(2));
            bench.send(message);
            bench.sent(message);
        }
        bench.pass_answering(RTT * 2);
        let (socket, died_at) = (bench.socket(), bench.now);
        while bench.status() == Status::Connected {
            bench.wait();
        }
        let noticed = bench.now.saturating_since(died_at);
        assert!(noticed <= secs(190), "{noticed:?} at the {number}th");
        bench.pings.clear();
        while bench.socket() == socket {
            bench.wait();
        }
        bench.opened();
    }
}

#[test]
fn an_answer_to_the_close_frame_of_another_link_excuses_the_present_one() {
    let mut bench = up();
    while bench.status() == Status::Connected {
        bench.wait();
    }
    let first = bench.socket();
    while bench.socket() == first {
        bench.wait();
    }
    bench.opened();
    bench.pings.clear();
    while bench.connection.state().missed_heartbeats < 2 {
        bench.wait();
    }
    let spared = bench.connection.clone();
    bench.input(Input::ClosedCleanly { socket: first });
    assert_eq!(bench.connection.state().missed_heartbeats, 0);
    // As long as the third miss takes that would have ended it.
    bench.pass(secs(25));
    assert_eq!(bench.closed.len(), 1, "only the first was given up");
    let mut unspared = Bench { connection: spared, ..Bench::new(|_| {}) };
    unspared.now = bench.now - secs(25);
    unspared.pass(secs(25));
    assert_eq!(unspared.closed.len(), 1, "without the answer the second is given up, too");
    bench.input(Input::ClosedCleanly { socket: first });
    bench.pass(secs(180));
    assert!(bench.closed.len() > 1, "it is known already");
}
