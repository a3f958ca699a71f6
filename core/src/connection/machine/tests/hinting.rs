//! Hints of a server.

use super::*;

fn up() -> Bench {
    let mut bench = Bench::up(|config| config.retry = RetryStrategy::default());
    bench.pass_answering(secs(60));
    bench.events.clear();
    bench
}

/// How long it waits before the next dial.
fn wait(bench: &Bench) -> Duration {
    let due = bench.connection.poll_timeout().unwrap();
    assert_eq!(due.timer, Timer::Reconnect);
    due.at.saturating_since(bench.now)
}

#[test]
fn a_goodbye_spreads_the_clients_over_the_window_that_it_names_or_over_ten_seconds() {
    let mut bench = up();
    bench.lost_with(Cause::ClosedByPeer { code: 1012 }, Hint::spread(secs(300)));
    assert!(wait(&bench) > secs(10), "the window is used: {:?}", wait(&bench));

    let mut bench = up();
    bench.lost(Cause::ClosedByPeer { code: 1001 });
    assert!(wait(&bench) <= secs(10));
}

#[test]
fn a_hint_in_a_message_counts_when_the_link_is_lost() {
    let mut bench = up();
    let socket = bench.socket();
    bench.input(Input::Hint { socket, hint: Hint::slot(secs(42)) });
    bench.lost(Cause::Network);
    assert_eq!(wait(&bench), secs(42));
}

#[test]
fn nothing_on_this_side_shortens_a_wait_that_the_server_asked_for_but_the_user() {
    let mut bench = up();
    bench.lost_with(Cause::Rejected { status: 503 }, Hint::slot(secs(42)));
    bench.input(Input::NetworkChanged);
    assert_eq!(wait(&bench), secs(42));
    let last = bench.socket();
    bench.input(Input::Reconnect);
    assert_ne!(bench.socket(), last);
}

#[test]
fn pings_are_never_farther_apart_than_the_server_lets_pass_in_silence() {
    let mut bench = up();
    let socket = bench.socket();
    bench.input(Input::Hint { socket, hint: Hint { max_idle: Some(secs(4)), ..Hint::NONE } });
    for _ in 0..10 {
        let due = bench.connection.poll_timeout().unwrap();
        assert!(due.at.saturating_since(bench.now) <= secs(3), "{due:?}");
        bench.pass_answering(secs(3));
    }
}

#[test]
fn a_refusal_that_would_come_again_ends_it() {
    for status in [401, 403] {
        let mut bench = Bench::new(|_| {});
        bench.input(Input::Open);
        bench.lost(Cause::Rejected { status });
        assert_eq!(bench.status(), Status::Failed, "{status}");
    }
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    bench.lost(Cause::Rejected { status: 502 });
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn an_address_that_cannot_be_told_is_asked_for_again() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    for _ in 0..20 {
        bench.lost(Cause::NoAddress);
        bench.wait();
    }
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn a_server_that_lets_nothing_pass_in_silence_is_told_of_life_once_a_second_or_little_more() {
    let mut bench = up();
    let socket = bench.socket();
    let max_idle = Some(Duration::ZERO);
    bench.input(Input::Hint { socket, hint: Hint { max_idle, ..Hint::NONE } });
    let before = bench.connection.next_ping;
    bench.pass_answering(secs(12));
    let pings = bench.connection.next_ping - before;
    assert!((12..=24).contains(&pings), "{pings} pings in 12 s");
}

fn refused(bench: &mut Bench, hint: Hint) {
    bench.lost_with(Cause::Rejected { status: 503 }, hint);
}

#[test]
fn no_suspension_shortens_a_wait_that_the_server_asked_for() {
    use crate::connection::Suspension::{Cached, Frozen, Hidden, Offline};
    for why in [Cached, Frozen, Hidden, Offline] {
        let mut bench = up();
        refused(&mut bench, Hint::slot(secs(300)));
        let slot = bench.now + secs(300);
        let last = bench.socket();
        bench.pass(secs(1));
        bench.input(Input::Suspend(why));
        bench.pass(secs(5));
        bench.input(Input::Resume(why));
        bench.input(Input::NetworkChanged);
        bench.input(Input::Slept(secs(10)));
        let due = bench.connection.poll_timeout().unwrap();
        assert_eq!((due.at, due.timer), (slot, Timer::Reconnect), "{why:?}");
        bench.wait();
        assert_ne!(bench.socket(), last, "{why:?}");
    }
}

#[test]
fn a_slot_that_went_by_during_a_suspension_is_used_within_a_second() {
    let mut bench = up();
    refused(&mut bench, Hint::slot(secs(300)));
    bench.input(Input::Suspend(crate::connection::Suspension::Frozen));
    bench.now = bench.now + secs(400);
    bench.input(Input::Resume(crate::connection::Suspension::Frozen));
    assert!(wait(&bench) <= secs(1));
}

#[test]
fn a_session_that_is_opened_again_waits_as_the_server_asked() {
    let mut bench = up();
    refused(&mut bench, Hint::slot(secs(300)));
    bench.input(Input::Close);
    bench.input(Input::Open);
    assert_eq!(wait(&bench), secs(300));
    let attempt = EventKind::RetryAttempt { attempt: 1, delay: secs(300) };
    assert_eq!(bench.events.last(), Some(&attempt));
}

#[test]
fn a_link_that_is_let_go_of_comes_back_no_sooner_than_the_last_hint_says() {
    let mut bench = up();
    let socket = bench.socket();
    bench.input(Input::Hint { socket, hint: Hint::slot(secs(300)) });
    bench.input(Input::Suspend(crate::connection::Suspension::Cached));
    bench.pass(secs(100));
    bench.input(Input::Resume(crate::connection::Suspension::Cached));
    assert_eq!(wait(&bench), secs(200));
}

#[test]
fn a_session_that_is_closed_and_opened_again_waits_as_the_last_hint_says() {
    let mut bench = up();
    let socket = bench.socket();
    bench.input(Input::Hint { socket, hint: Hint::slot(secs(300)) });
    bench.input(Input::Close);
    bench.input(Input::Open);
    assert_eq!(wait(&bench), secs(300));
}

#[test]
fn a_hint_in_a_message_holds_for_one_loss() {
    let mut bench = up();
    let socket = bench.socket();
    bench.input(Input::Hint { socket, hint: Hint::slot(secs(300)) });
    bench.lost(Cause::Network);
    assert_eq!(wait(&bench), secs(300));
    bench.wait();
    for _ in 0..3 {
        bench.lost(Cause::Network);
        assert!(wait(&bench) <= secs(60), "{:?}", wait(&bench));
        bench.wait();
    }
}

#[test]
fn a_hint_of_a_link_that_the_user_replaced_holds_for_nothing() {
    let mut bench = up();
    let socket = bench.socket();
    bench.input(Input::Hint { socket, hint: Hint::slot(secs(300)) });
    bench.input(Input::Reconnect);
    bench.lost(Cause::Network);
    assert!(wait(&bench) <= secs(60), "{:?}", wait(&bench));
}

#[test]
fn a_hint_with_a_wait_goes_before_a_dial_at_once_for_fresh_credentials() {
    let mut bench = Bench::new(|config| config.refreshable = true);
    bench.input(Input::Open);
    bench.lost_with(Cause::Rejected { status: 401 }, Hint::slot(secs(60)));
    assert_eq!(wait(&bench), secs(60));
    bench.wait();
    assert!(bench.refresh);
}

#[test]
fn no_wait_that_a_server_asks_for_is_longer_than_the_cap() {
    let hours = |hours| Duration::from_hours(hours);
    let years = Some(hours(24 * 365));
    let hints = [
        Hint { retry_after: years, ..Hint::NONE },
        Hint { retry_after: years, spread: years, ..Hint::NONE },
        Hint { retry_after: Some(hours(23)), ..Hint::NONE },
        Hint { spread: years, ..Hint::NONE },
        Hint { retry_after: Some(Duration::MAX), spread: Some(Duration::ZERO), ..Hint::NONE },
    ];
    for hint in hints {
        let mut bench = up();
        refused(&mut bench, hint);
        assert!(wait(&bench) <= hours(24), "{hint:?}: {:?}", wait(&bench));

        let mut bench = Bench::up(|config| config.max_server_wait = secs(90));
        refused(&mut bench, hint);
        assert!(wait(&bench) <= secs(90), "{hint:?}: {:?}", wait(&bench));
    }
}

#[test]
fn hints_of_zero_ask_for_nothing() {
    for hint in [Hint::slot(Duration::ZERO), Hint::spread(Duration::ZERO)] {
        let mut bench = Bench::new(|_| {});
        bench.input(Input::Open);
        refused(&mut bench, hint);
        assert_eq!(wait(&bench), secs(1), "the strategy's own wait");
        bench.input(Input::NetworkChanged);
        assert!(wait(&bench) < secs(1), "nobody asked for it, so it may be shortened");
    }
}
