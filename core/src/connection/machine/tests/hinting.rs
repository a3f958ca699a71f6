//! What a server wishes, and whom it lets in.

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
fn credentials_that_have_expired_are_refreshed_once_at_once_and_then_it_counts() {
    let mut bench = Bench::new(|config| config.refreshable = true);
    bench.input(Input::Open);
    assert!(!bench.refresh);
    bench.lost(Cause::Rejected { status: 401 });
    assert!(bench.refresh, "the dial is made at once, with fresh ones");
    assert_eq!(bench.connection.state().reconnect_attempts, 0);
    bench.lost(Cause::Rejected { status: 401 });
    assert_eq!(bench.status(), Status::Failed);
}

#[test]
fn a_server_that_closes_every_link_as_expired_is_not_hammered() {
    let mut bench = Bench::up(|config| config.refreshable = true);
    let expired = Cause::ClosedByPeer { code: 4401 };
    bench.lost(expired);
    assert!(bench.refresh);
    bench.opened();
    bench.lost(expired);
    assert_eq!(bench.connection.poll_timeout().unwrap().timer, Timer::Reconnect);
    bench.wait();
    bench.opened();
    bench.pass_answering(secs(11));
    bench.lost(expired);
    assert!(bench.refresh, "a link that was stable in between earns another");
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
