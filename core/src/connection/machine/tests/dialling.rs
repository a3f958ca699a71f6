//! When it dials, gives up and stops.

use super::*;

#[test]
fn it_dials_when_asked_to_and_is_connected_once_the_socket_opens() {
    let mut bench = Bench::new(|_| {});
    assert_eq!(bench.status(), Status::Disconnected);
    bench.input(Input::Open);
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
    assert_eq!(bench.connection.state().connected_at, Some(bench.now));
    let socket = bench.socket();
    bench.input(Input::Open);
    assert_eq!(bench.socket(), socket, "a second wish opens no second socket");
}

#[test]
fn a_failed_first_dial_is_retried_with_growing_waits() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    for _ in 0..5 {
        bench.lost(Cause::Network);
        bench.wait();
    }
    assert_eq!(bench.delays(), [1, 2, 4, 8, 16]);
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn a_dial_that_takes_too_long_is_given_up_and_its_socket_closed() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    let first = bench.socket();
    bench.pass(secs(45));
    assert_eq!(bench.closed, [(first, 1000)]);
    bench.pass(secs(1));
    assert_ne!(bench.socket(), first);
    bench.input(Input::Opened { socket: first, reliable: false });
    assert_eq!(bench.status(), Status::Reconnecting, "what a dead socket says late is ignored");
}

#[test]
fn by_default_dials_that_time_out_get_more_time_and_are_tried_again_within_12_s() {
    let mut bench = Bench::new(|config| config.retry = RetryStrategy::default());
    bench.input(Input::Open);
    let mut timeouts = Vec::new();
    for _ in 0..5 {
        let Some(Deadline { at, timer: Timer::ConnectTimeout }) = bench.connection.poll_timeout()
        else {
            panic!("no dial is under way");
        };
        timeouts.push(at.saturating_since(bench.now).as_secs());
        bench.wait();
        bench.wait();
    }
    assert_eq!(timeouts, [45, 90, 180, 300, 300]);
    assert!(bench.delays().iter().all(|wait| *wait < 12), "{:?}", bench.delays());
}

#[test]
fn behind_a_breaker_no_dial_is_made_while_it_is_open() {
    let backoff = Exponential { jitter: Jitter::None, ..Exponential::default() };
    let guarded = Guarded { backoff, threshold: 3, timeout: secs(60) };
    let mut bench = Bench::new(|config| config.retry = guarded.into());
    bench.input(Input::Open);
    for _ in 0..3 {
        bench.lost(Cause::Network);
        bench.wait();
    }
    assert!(bench.events.contains(&EventKind::CircuitOpened));
    let opened = bench.now;
    let next = bench.connection.poll_timeout().unwrap();
    assert_eq!(next.timer, Timer::Reconnect);
    assert!(next.at > opened + secs(50), "{next:?} is within the minute that it stays open");
    bench.wait();
    bench.opened();
    let circuit = |event: &&EventKind| event.name().starts_with("circuit.");
    let names: Vec<_> = bench.events.iter().filter(circuit).map(EventKind::name).collect();
    assert_eq!(names, ["circuit.opened", "circuit.half_opened", "circuit.closed"]);
}

#[test]
fn a_server_that_accepts_and_closes_again_is_met_with_growing_waits() {
    let mut bench = Bench::up(|_| {});
    for _ in 0..4 {
        bench.lost(Cause::ClosedByPeer { code: 1011 });
        bench.wait();
        bench.opened();
    }
    assert_eq!(bench.delays(), [1, 2, 4, 8]);
    assert_eq!(bench.connection.state().total_disconnections, 4);
}

#[test]
fn attempts_are_forgotten_only_after_the_link_was_stable() {
    let mut bench = Bench::up(|_| {});
    bench.lost(Cause::Network);
    bench.pass(secs(1));
    bench.opened();
    bench.pass_answering(secs(9));
    assert_eq!(bench.connection.state().reconnect_attempts, 1);
    bench.pass_answering(secs(1));
    assert_eq!(bench.connection.state().reconnect_attempts, 0);
    bench.lost(Cause::Network);
    assert_eq!(bench.delays(), [1, 1]);
}

#[test]
fn after_the_last_attempt_it_has_failed_and_a_new_wish_starts_afresh() {
    let mut bench = Bench::new(|config| config.max_reconnect_attempts = Some(2));
    bench.input(Input::Open);
    for _ in 0..3 {
        assert_eq!(bench.status(), Status::Reconnecting);
        bench.lost(Cause::Network);
        bench.wait();
    }
    assert_eq!(bench.status(), Status::Failed);
    assert!(bench.events.contains(&EventKind::RetryExhausted { attempts: 2 }));
    assert_eq!(bench.connection.poll_timeout(), None);
    bench.input(Input::Open);
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn a_fatal_close_code_ends_it_and_another_does_not() {
    let mut bench = Bench::up(|_| {});
    bench.lost(Cause::ClosedByPeer { code: 1000 });
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.pass(secs(1));
    bench.opened();
    bench.lost(Cause::ClosedByPeer { code: 1008 });
    assert_eq!(bench.status(), Status::Failed);
}

#[test]
fn closing_is_done_at_once_and_nothing_is_dialled_any_more() {
    let mut bench = Bench::up(|_| {});
    let socket = bench.socket();
    bench.input(Input::Close);
    assert_eq!(
        (bench.status(), bench.closed.as_slice()),
        (Status::Disconnected, &[(socket, 1000)][..])
    );
    bench.lost(Cause::ClosedByPeer { code: 1000 });
    bench.input(Input::Close);
    bench.pass(secs(3600));
    assert_eq!((bench.status(), bench.socket()), (Status::Disconnected, socket));
    assert_eq!(bench.connection.state().total_disconnections, 1);
}

#[test]
fn closing_while_it_waits_or_dials_ends_that_too() {
    let mut waiting = Bench::up(|_| {});
    waiting.lost(Cause::Network);
    waiting.input(Input::Close);
    assert_eq!((waiting.status(), waiting.connection.poll_timeout()), (Status::Disconnected, None));

    let mut dialling = Bench::new(|_| {});
    dialling.input(Input::Open);
    dialling.input(Input::Close);
    assert_eq!(dialling.closed, [(dialling.socket(), 1000)]);
    assert_eq!(dialling.connection.poll_timeout(), None);
}

#[test]
fn a_clock_that_runs_backwards_stands_still() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(10));
    let next = bench.connection.poll_timeout();
    bench.connection.handle_timeout(Instant::ORIGIN);
    bench.connection.handle_input(Instant::ORIGIN, Input::Received { socket: bench.socket() });
    assert_eq!(bench.connection.poll_timeout(), next);
    assert_eq!(bench.connection.state().last_heartbeat, Some(bench.now));
}

#[test]
fn the_same_seed_and_inputs_give_the_same_outputs() {
    let run = |seed| {
        let config = ConnectionConfig::new(Registration::new("s", "test"));
        let mut connection = Connection::new(config, seed, Instant::ORIGIN).unwrap();
        connection.handle_input(Instant::ORIGIN, Input::Open);
        for _ in 0..20 {
            let now = connection.poll_timeout().unwrap().at;
            connection.handle_timeout(now);
        }
        core::iter::from_fn(|| connection.poll_output()).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn every_status_it_takes_on_is_a_legal_successor() {
    let mut bench = Bench::up(|config| config.max_reconnect_attempts = Some(1));
    bench.lost(Cause::Network);
    bench.pass(secs(1));
    bench.lost(Cause::Network);
    bench.input(Input::Open);
    bench.opened();
    bench.input(Input::Close);
    let transitions: Vec<_> = bench
        .events
        .iter()
        .filter_map(|event| match event {
            EventKind::StatusChanged { from, to } => Some((*from, *to)),
            _ => None,
        })
        .collect();
    assert_eq!(transitions.len(), 7);
    assert!(transitions.iter().all(|(from, to)| from.may_become(*to)), "{transitions:?}");
    assert!(transitions.windows(2).all(|pair| pair[0].1 == pair[1].0), "{transitions:?}");
}

#[test]
fn at_the_end_of_time_nothing_is_waited_for() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    bench.connection.handle_timeout(Instant::END);
    assert_eq!(bench.connection.poll_timeout(), None);
}
