//! When a dial asks for fresh credentials, and when the session ends for the ones it has.

use super::*;
use crate::connection::{FailureReason, SessionFailure, Suspension};

fn refreshable() -> Bench {
    let mut bench = Bench::new(|config| config.refreshable = true);
    bench.input(Input::Open);
    bench
}

/// A connection that waits `millis` after each failed attempt.
fn waiting(millis: u64) -> Bench {
    let mut bench = Bench::new(|config| {
        config.refreshable = true;
        let delay = Duration::from_millis(millis);
        config.retry = crate::retry::Fixed { delay, jitter: Jitter::None, ..<_>::default() }.into();
    });
    bench.input(Input::Open);
    bench
}

/// Whether each of a number of dials, the present one first, asks for fresh credentials, if all fail.
fn asks(bench: &mut Bench, count: usize, cause: Cause) -> Vec<bool> {
    let mut asks = Vec::new();
    for _ in 0..count {
        asks.push(bench.refresh);
        bench.lost(cause);
        bench.wait();
    }
    asks
}

/// The numbers of the dials that ask, from 1.
fn asking(asks: &[bool]) -> Vec<usize> {
    (1..=asks.len()).filter(|number| asks[number - 1]).collect()
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
fn every_dial_asks_until_one_that_did_has_opened() {
    let mut bench = refreshable();
    bench.lost(Cause::Rejected { status: 401 });
    for cause in [Cause::NoAddress, Cause::Network, Cause::Rejected { status: 503 }] {
        assert!(bench.refresh, "before {cause:?}");
        bench.lost(cause);
        assert_eq!(bench.status(), Status::Reconnecting, "{cause:?}");
        bench.wait();
    }
    assert!(bench.refresh);
    bench.opened();
    bench.lost(Cause::Network);
    bench.wait();
    assert!(!bench.refresh, "those that the server let in are good");
}

#[test]
fn neither_the_user_nor_a_suspension_makes_it_forget_that_credentials_have_expired() {
    let mut bench = refreshable();
    bench.lost(Cause::Rejected { status: 401 });
    bench.lost(Cause::NoAddress);
    bench.input(Input::Reconnect);
    assert!(bench.refresh);
    for why in [Suspension::Cached, Suspension::Frozen] {
        let before = bench.socket();
        bench.input(Input::Suspend(why));
        bench.input(Input::Resume(why));
        bench.wait();
        assert_ne!(bench.socket(), before, "{why:?}");
        assert!(bench.refresh, "{why:?}");
    }
    bench.input(Input::Close);
    bench.input(Input::Open);
    assert!(bench.refresh);
}

#[test]
fn a_link_that_is_called_expired_while_suspended_is_followed_by_a_dial_that_asks() {
    let mut bench = Bench::up(|config| config.refreshable = true);
    bench.input(Input::Suspend(Suspension::Frozen));
    bench.lost(Cause::ClosedByPeer { code: 4401 });
    bench.input(Input::Resume(Suspension::Frozen));
    bench.wait();
    assert!(bench.refresh);
}

#[test]
fn a_refused_upgrade_that_may_be_for_the_credentials_is_final_only_if_they_were_fresh() {
    for status in [401, 403] {
        let mut bench = refreshable();
        bench.lost(Cause::Rejected { status });
        assert!(bench.refresh, "{status}");
        assert_eq!(bench.status(), Status::Reconnecting);
        bench.lost(Cause::Rejected { status });
        assert_eq!(bench.status(), Status::Failed);
    }
}

#[test]
fn a_refresh_that_fails_is_a_failed_attempt_and_never_the_end() {
    let mut bench = refreshable();
    bench.lost(Cause::Rejected { status: 401 });
    let asks = asks(&mut bench, 20, Cause::NoAddress);
    assert_eq!((asks, bench.status()), ([true; 20].into(), Status::Reconnecting));
    bench.lost(Cause::Rejected { status: 401 });
    let failure = SessionFailure {
        reason: FailureReason::FinalStatus,
        cause: Cause::Rejected { status: 401 },
    };
    assert_eq!(bench.connection.state().failure, Some(failure), "fresh ones were refused");
    assert!(bench.events.contains(&EventKind::Failed(failure)));
}

#[test]
fn credentials_that_were_not_fresh_are_no_reason_to_fail() {
    let mut bench = refreshable();
    bench.lost(Cause::Rejected { status: 401 });
    bench.opened();
    // Before the link was stable.
    bench.lost(Cause::Network);
    bench.wait();
    bench.lost(Cause::Rejected { status: 401 });
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.wait();
    assert!(bench.refresh);
}

#[test]
fn dials_that_fail_without_a_reason_ask_from_the_second_failure_on_and_then_ever_less_often() {
    for cause in [Cause::Network, Cause::ConnectTimeout] {
        let asks = asks(&mut refreshable(), 18, cause);
        assert_eq!(asking(&asks), [3, 5, 9, 17], "{cause:?}");
    }
}

#[test]
fn after_the_sixteenth_failure_a_dial_asks_every_three_minutes_however_many_there_are() {
    for (wait, between) in [(100, 1800), (1000, 180), (30_000, 6), (100_000, 2), (300_000, 2)] {
        let mut bench = waiting(wait);
        let asks = asks(&mut bench, 17 + 3 * between, Cause::Network);
        let expected = [17, 17 + between, 17 + 2 * between, 17 + 3 * between];
        assert_eq!(asking(&asks)[3..], expected, "{wait} ms");
    }
}

#[test]
fn a_token_that_could_not_be_had_is_asked_for_by_the_next_dial_in_a_long_outage_too() {
    let mut bench = waiting(30_000);
    asks(&mut bench, 22, Cause::Network);
    assert_eq!(asks(&mut bench, 3, Cause::NoAddress), [true; 3]);
    assert_eq!(asks(&mut bench, 2, Cause::Network), [true, false]);
}

#[test]
fn an_attempt_that_asks_is_not_repeated_without_the_offer_and_so_asks_once() {
    for wait in [900, 1000, 1100, 1300, 1700, 7000] {
        let mut bench = waiting(wait);
        bench.connection.set_offers(true);
        let mut asked = 0;
        for attempt in 0..1000 {
            let (socket, refresh) = (bench.socket(), bench.refresh);
            asked += u32::from(refresh);
            bench.lost(Cause::Network);
            if bench.socket() != socket {
                assert!(!refresh, "attempt {attempt}, {wait} ms");
                bench.lost(Cause::Network);
            }
            bench.wait();
        }
        assert!(asked > 4, "{wait} ms");
    }
}

#[test]
fn dials_of_a_machine_that_is_called_offline_ask_as_rarely() {
    let mut bench = refreshable();
    bench.input(Input::Suspend(Suspension::Offline));
    let asks = asks(&mut bench, 20, Cause::Network);
    assert_eq!(asking(&asks), [3, 5, 9, 17]);
}

#[test]
fn a_reason_that_the_server_gave_is_none_to_ask() {
    let mut bench = refreshable();
    for _ in 0..10 {
        let asks = asks(&mut bench, 1, Cause::Network);
        assert_eq!(asks, [false]);
        bench.lost(Cause::Rejected { status: 502 });
        bench.wait();
    }
}

#[test]
fn a_dial_whose_credentials_could_not_be_had_does_not_count_as_one_that_asked() {
    let mut bench = refreshable();
    assert_eq!(asking(&asks(&mut bench, 2, Cause::Network)), [0; 0]);
    assert_eq!(asks(&mut bench, 3, Cause::NoAddress), [true; 3]);
    assert_eq!(asks(&mut bench, 2, Cause::Network), [true, false]);
}

#[test]
fn a_dial_that_was_let_go_of_asks_again() {
    let mut bench = refreshable();
    asks(&mut bench, 2, Cause::Network);
    assert!(bench.refresh);
    bench.input(Input::Reconnect);
    assert!(bench.refresh);
}

#[test]
fn a_link_that_was_stable_ends_the_count() {
    let mut bench = refreshable();
    for _ in 0..5 {
        assert_eq!(asks(&mut bench, 1, Cause::Network), [false]);
        bench.opened();
        bench.pass_answering(secs(11));
        bench.lost(Cause::Network);
        bench.wait();
    }
}

#[test]
fn without_a_function_to_ask_no_dial_asks() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    assert_eq!(asking(&asks(&mut bench, 20, Cause::Network)), [0; 0]);
}

#[test]
fn a_close_code_for_refused_credentials_is_final_only_for_fresh_ones() {
    let refused = Cause::ClosedByPeer { code: 1008 };
    let mut bench = Bench::up(|config| config.refreshable = true);
    bench.lost(refused);
    assert_eq!((bench.status(), bench.refresh), (Status::Reconnecting, true));
    bench.opened();
    bench.lost(refused);
    assert_eq!(bench.status(), Status::Failed);

    let mut bench = Bench::up(|config| config.refreshable = true);
    bench.lost(refused);
    bench.opened();
    bench.pass_answering(secs(3600));
    bench.lost(refused);
    assert_eq!(bench.status(), Status::Reconnecting, "they were fresh an hour ago");
    assert!(bench.refresh);

    let mut bench = Bench::up(|_| {});
    bench.lost(refused);
    assert_eq!(bench.status(), Status::Failed, "nobody can renew them");
}

#[test]
fn every_code_for_refused_credentials_leads_to_a_refresh() {
    for code in [1008, 3000, 3003, 4401, 4403] {
        let mut bench = Bench::up(|config| config.refreshable = true);
        bench.lost(Cause::ClosedByPeer { code });
        assert!(bench.refresh, "{code}");
    }
}

#[test]
fn a_session_that_has_failed_says_why_until_it_goes_on() {
    let mut bench = Bench::up(|config| config.max_reconnect_attempts = Some(1));
    assert_eq!(bench.connection.state().failure, None);
    bench.lost(Cause::ClosedByPeer { code: 1003 });
    let failure = SessionFailure {
        reason: FailureReason::FinalCloseCode,
        cause: Cause::ClosedByPeer { code: 1003 },
    };
    assert_eq!(bench.connection.state().failure, Some(failure));
    let told = bench.events.iter().rev().take(2).collect::<Vec<_>>();
    let (from, to) = (Status::Connected, Status::Failed);
    assert_eq!(told, [&EventKind::StatusChanged { from, to }, &EventKind::Failed(failure)]);

    bench.input(Input::Open);
    assert_eq!(bench.connection.state().failure, None);
    bench.lost(Cause::Network);
    bench.wait();
    bench.lost(Cause::Network);
    let failure =
        SessionFailure { reason: FailureReason::AttemptsExhausted, cause: Cause::Network };
    assert_eq!(bench.connection.state().failure, Some(failure));
}

#[test]
fn a_session_that_was_taken_over_does_not_come_back_whatever_is_configured() {
    use crate::protocol::{Token, Welcome};
    let taken_over = Cause::ClosedByPeer { code: 4409 };
    let mut bench = Bench::up(|config| config.fatal_close_codes.clear());
    bench.lost(taken_over);
    assert_eq!(bench.status(), Status::Reconnecting, "to a plain server 4409 is a code as any");
    bench.wait();
    let socket = bench.socket();
    bench.input(Input::Opened { socket, reliable: true });
    let token = Token::new("t").unwrap();
    let welcome = Welcome { token, received: 0, resumed: false, max_idle: None };
    bench.input(Input::Control { socket, frame: Frame::Welcome(welcome) });
    bench.lost(taken_over);
    assert_eq!(bench.status(), Status::Failed);
}

#[test]
fn a_server_that_accepts_a_link_and_drops_it_at_once_may_want_fresh_ones() {
    let mut bench = refreshable();
    let mut asks = Vec::new();
    for _ in 0..8 {
        asks.push(bench.refresh);
        bench.opened();
        bench.pass(Duration::from_millis(100));
        bench.lost(Cause::Network);
        bench.wait();
    }
    assert_eq!(asking(&asks), [3, 5]);
    assert!(bench.refresh, "after the eighth");
}

#[test]
fn a_server_that_takes_a_hello_and_drops_the_link_may_want_fresh_ones() {
    let mut bench = refreshable();
    for _ in 0..2 {
        assert!(!bench.refresh);
        bench.input(Input::Opened { socket: bench.socket(), reliable: true });
        bench.lost(Cause::Network);
        bench.wait();
    }
    assert!(bench.refresh);
}

#[test]
fn a_link_that_was_stable_or_brought_a_message_says_that_the_credentials_are_good() {
    let mut bench = refreshable();
    for link in 0..10 {
        assert!(!bench.refresh, "link {link}");
        bench.opened();
        if link % 2 == 0 {
            bench.input(Input::Received { socket: bench.socket() });
        } else {
            bench.pass_answering(secs(11));
        }
        bench.lost(Cause::Network);
        bench.wait();
    }
}
