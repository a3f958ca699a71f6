//! The system says that there is no network: a hint, and not the last word.

use super::*;
use crate::connection::Suspension::{Frozen, Hidden, Offline};

const HOUR: Duration = Duration::from_hours(1);

/// A link on which the quality is known.
fn judged() -> Bench {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.events.clear();
    bench
}

/// A link without heartbeats.
fn mute() -> Bench {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    bench.pass(secs(60));
    bench.events.clear();
    bench
}

fn answer(bench: &mut Bench) {
    let (socket, id) = bench.pings.pop().unwrap();
    bench.input(Input::Pong { socket, id });
}

/// How long after each other the dials of this time are, all of which fail for want of a network.
fn waits_of_failing_dials(bench: &mut Bench, duration: Duration) -> Vec<Duration> {
    let (end, mut last, mut waits) = (bench.now + duration, bench.now, Vec::new());
    while let Some(due) = bench.connection.poll_timeout().filter(|due| due.at <= end) {
        bench.now = due.at;
        let before = bench.socket;
        bench.timeout();
        if bench.socket != before {
            assert_eq!(bench.status(), Status::Reconnecting, "it is tried");
            waits.push(bench.now.saturating_since(last));
            last = bench.now;
            bench.lost(Cause::Network);
        }
    }
    bench.now = end;
    waits
}

#[test]
fn a_link_is_probed_and_an_answer_lifts_the_suspension_although_the_system_is_still_offline() {
    let mut bench = judged();
    bench.pings.clear();
    bench.input(Input::Suspend(Offline));
    assert_eq!((bench.status(), bench.pings.len()), (Status::Suspended, 1));
    assert_eq!(bench.connection.state().connection_quality, None);
    bench.pass(RTT);
    answer(&mut bench);
    assert_eq!(bench.status(), Status::Connected);
    bench.pass_answering(HOUR);
    let state = bench.connection.state();
    assert_eq!((state.status, state.total_disconnections), (Status::Connected, 0));
    assert_eq!(state.connection_quality, Some(Quality::Excellent), "it is judged as ever");
}

#[test]
fn whatever_arrives_lifts_the_suspension_and_what_waited_goes_out() {
    let alive: [fn(SocketId) -> Input; 2] =
        [|socket| Input::Received { socket }, |socket| Input::Alive { socket }];
    for input in alive {
        for mut bench in [judged(), mute()] {
            bench.input(Input::Suspend(Offline));
            bench.transmitted.clear();
            bench.send(1);
            assert!(bench.transmitted.is_empty(), "nothing is given to a link that may be dead");
            bench.input(input(bench.socket()));
            assert_eq!(bench.status(), Status::Connected);
            assert_eq!(bench.transmitted, [MessageId(1)]);
            bench.pass_answering(secs(60));
            assert_eq!(bench.connection.state().total_disconnections, 0);
        }
    }
}

#[test]
fn a_link_that_does_not_answer_while_offline_is_lost_and_dialled_again() {
    let mut bench = judged();
    let socket = bench.socket();
    bench.input(Input::Suspend(Offline));
    bench.pass(secs(6));
    assert_eq!(bench.closed, [(socket, 4000)]);
    assert_ne!(bench.socket(), socket);
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn a_link_that_cannot_be_asked_is_replaced_once_it_has_said_nothing_for_five_seconds() {
    let mut bench = mute();
    let socket = bench.socket();
    bench.input(Input::Suspend(Offline));
    bench.send(1);
    bench.pass(Duration::from_millis(4900));
    assert_eq!((bench.status(), bench.socket()), (Status::Suspended, socket));
    bench.pass(Duration::from_millis(1200));
    assert_ne!(bench.socket(), socket);
    bench.opened();
    assert_eq!(bench.transmitted, [MessageId(1)], "it was kept for a link that takes it");
    let cause = Cause::Suspended;
    assert!(bench.events.contains(&EventKind::Disconnected { cause, planned: true }));
}

#[test]
fn a_link_that_cannot_be_asked_is_trusted_again_when_the_network_is_back_within_five_seconds() {
    let mut bench = mute();
    let socket = bench.socket();
    bench.input(Input::Suspend(Offline));
    bench.pass(secs(4));
    bench.input(Input::Resume(Offline));
    assert_eq!(bench.status(), Status::Connected);
    bench.pass(secs(60));
    assert_eq!(bench.socket(), socket);
}

#[test]
fn opening_while_offline_dials_at_once() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Suspend(Offline));
    bench.input(Input::Open);
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn dialling_goes_on_ever_more_slowly_down_to_once_a_minute() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Suspend(Offline));
    bench.input(Input::Open);
    bench.lost(Cause::Network);
    assert_eq!(bench.status(), Status::Suspended, "nothing is tried for the moment");
    let waits = waits_of_failing_dials(&mut bench, HOUR);
    assert!(waits[0] <= secs(2), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= secs(60)), "{waits:?}");
    assert!((60..75).contains(&waits.len()), "{} dials in an hour", waits.len());
    assert!(waits.last() >= Some(&secs(50)));
}

#[test]
fn no_dial_is_made_sooner_than_its_strategy_would() {
    use crate::retry::Fixed;
    let delay = Duration::from_hours(2);
    let mut bench = Bench::new(|config| {
        config.retry = Fixed { delay, jitter: Jitter::None, ..Fixed::default() }.into();
    });
    bench.input(Input::Suspend(Offline));
    bench.input(Input::Open);
    bench.lost(Cause::Network);
    assert!(waits_of_failing_dials(&mut bench, HOUR).is_empty());
}

#[test]
fn failures_for_want_of_a_network_neither_count_nor_end_the_session() {
    let mut bench = Bench::up(|config| config.max_reconnect_attempts = Some(2));
    bench.pass_answering(secs(60));
    bench.input(Input::Suspend(Offline));
    bench.lost(Cause::Network);
    let _ = waits_of_failing_dials(&mut bench, HOUR);
    assert_eq!(bench.connection.state().reconnect_attempts, 0);
    bench.input(Input::Resume(Offline));
    bench.pass(secs(1));
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn a_breaker_hears_nothing_of_dials_that_failed_for_want_of_a_network() {
    let mut bench = Bench::new(|config| {
        config.retry = Guarded { threshold: 2, ..Guarded::default() }.into();
    });
    bench.input(Input::Suspend(Offline));
    bench.input(Input::Open);
    bench.lost(Cause::Network);
    let _ = waits_of_failing_dials(&mut bench, HOUR);
    assert!(!bench.events.contains(&EventKind::CircuitOpened), "{:?}", bench.events);
}

#[test]
fn a_server_that_answers_shows_that_there_is_a_network_and_its_refusals_count() {
    let mut bench = Bench::new(|config| config.max_reconnect_attempts = Some(2));
    bench.input(Input::Suspend(Offline));
    bench.input(Input::Open);
    for _ in 0..3 {
        assert_ne!(bench.status(), Status::Failed);
        bench.lost(Cause::Rejected { status: 500 });
        bench.wait();
    }
    assert_eq!(bench.status(), Status::Failed);
}

#[test]
fn a_link_that_came_up_while_offline_is_followed_by_others_at_the_usual_pace() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Suspend(Offline));
    bench.input(Input::Open);
    bench.opened();
    bench.pass_answering(secs(60));
    bench.lost(Cause::Network);
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.pass(secs(1));
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn the_network_is_back_and_one_attempt_is_made_within_a_second_whatever_the_wait_had_grown_to() {
    let mut bench = judged();
    bench.input(Input::Suspend(Offline));
    bench.lost(Cause::Network);
    let _ = waits_of_failing_dials(&mut bench, HOUR);
    let last = bench.socket();
    bench.input(Input::Resume(Offline));
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.pass(secs(1));
    assert_ne!(bench.socket(), last);
}

#[test]
fn a_dial_goes_on_while_the_network_goes_and_is_made_anew_if_it_hangs_when_that_is_back() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    let first = bench.socket();
    bench.input(Input::Suspend(Offline));
    assert_eq!((bench.status(), bench.closed.len()), (Status::Reconnecting, 0));
    bench.pass(secs(5));
    bench.input(Input::Resume(Offline));
    bench.pass(secs(1));
    assert_ne!(bench.socket(), first, "its first packet went nowhere");

    let mut quick = Bench::new(|_| {});
    quick.input(Input::Suspend(Offline));
    quick.input(Input::Open);
    quick.pass(Duration::from_millis(200));
    quick.input(Input::Resume(Offline));
    assert!(quick.closed.is_empty(), "it may be about to open");
}

#[test]
fn a_wait_that_the_server_asked_for_is_kept_while_offline_and_afterwards() {
    let mut bench = judged();
    bench.lost_with(Cause::ClosedByPeer { code: 1013 }, Hint::slot(secs(300)));
    let last = bench.socket();
    bench.input(Input::Suspend(Offline));
    bench.pass(secs(100));
    bench.input(Input::Resume(Offline));
    bench.pass(secs(199));
    assert_eq!(bench.socket(), last);
    bench.pass(secs(1));
    assert_ne!(bench.socket(), last);
}

#[test]
fn a_wait_of_a_session_that_goes_offline_is_suspended_and_ends_by_itself() {
    let mut bench = judged();
    bench.lost(Cause::Network);
    bench.input(Input::Suspend(Offline));
    assert_eq!(bench.status(), Status::Suspended);
    let last = bench.socket();
    bench.pass(secs(10));
    assert_ne!(bench.socket(), last);
}

#[test]
fn saying_offline_again_changes_nothing_and_online_without_it_hastens_nothing() {
    let mut bench = judged();
    bench.input(Input::Suspend(Offline));
    answer(&mut bench);
    bench.input(Input::Suspend(Offline));
    assert_eq!(bench.status(), Status::Connected);
    bench.input(Input::Resume(Offline));
    bench.lost(Cause::Network);
    let due = bench.connection.poll_timeout();
    bench.input(Input::Resume(Offline));
    assert_eq!(bench.connection.poll_timeout(), due);
}

#[test]
fn a_frozen_page_that_thaws_offline_asks_its_link_and_tries_without_one() {
    let mut kept = judged();
    kept.input(Input::Suspend(Frozen));
    kept.input(Input::Suspend(Offline));
    kept.pings.clear();
    kept.pass(HOUR);
    kept.input(Input::Resume(Frozen));
    assert_eq!((kept.status(), kept.pings.len()), (Status::Suspended, 1));
    answer(&mut kept);
    assert_eq!(kept.status(), Status::Connected);

    let mut lost = judged();
    lost.input(Input::Suspend(Frozen));
    lost.input(Input::Suspend(Offline));
    lost.lost(Cause::Network);
    lost.input(Input::Resume(Frozen));
    lost.pass(secs(1));
    lost.opened();
    assert_eq!(lost.status(), Status::Connected);
}

#[test]
fn a_hidden_page_stays_unjudged_when_its_link_has_answered() {
    let mut bench = judged();
    bench.input(Input::Suspend(Hidden));
    bench.input(Input::Suspend(Offline));
    answer(&mut bench);
    bench.pass_answering(secs(30));
    assert_eq!(bench.connection.state().connection_quality, None);
}
