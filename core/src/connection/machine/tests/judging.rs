//! What a loss says of the server, and how soon the next attempt follows.

use super::*;
use crate::retry::FailureClass;

const HOUR: Duration = Duration::from_hours(1);

fn adaptive(config: &mut ConnectionConfig) {
    config.retry = RetryStrategy::default();
}

/// A driver that sees TCP come up.
fn seeing(config: &mut ConnectionConfig) {
    adaptive(config);
    (config.connect_timeout, config.reach_timeout) = (secs(90), Some(secs(8)));
}

impl Bench {
    fn dialling(change: impl FnOnce(&mut ConnectionConfig)) -> Self {
        let mut bench = Self::new(change);
        bench.input(Input::Open);
        bench
    }

    fn reached(&mut self) {
        self.input(Input::Reached { socket: self.socket() });
    }

    /// The classes of the dials that failed.
    fn classes(&self) -> Vec<FailureClass> {
        let class = |event: &EventKind| match event {
            EventKind::RetryFailed { class, .. } => *class,
            _ => None,
        };
        self.events.iter().filter_map(class).collect()
    }

    fn due_in(&self) -> u64 {
        self.connection.poll_timeout().unwrap().at.saturating_since(self.now).as_secs()
    }

    /// A number of dials are lost like this, at once, as they are accepted or not. Gives how many are
    /// made within a time.
    fn dials_within(&mut self, time: Duration, mut lose: impl FnMut(&mut Self)) -> usize {
        let (end, mut dials) = (self.now + time, 1);
        loop {
            lose(self);
            let next = self.connection.poll_timeout().unwrap().at;
            if next > end {
                return dials;
            }
            self.pass(next.saturating_since(self.now));
            dials += 1;
        }
    }
}

#[test]
fn a_dial_that_reaches_nobody_is_given_up_soon_and_counts_as_refused() {
    let mut bench = Bench::dialling(seeing);
    let first = bench.socket();
    bench.pass(secs(8));
    assert_eq!(bench.closed, [(first, 1000)]);
    assert_eq!(bench.classes(), [FailureClass::Transport]);
    assert_eq!(bench.due_in(), 0, "the next attempt follows within a second");
}

#[test]
fn a_server_that_was_reached_is_waited_for_and_then_for_longer() {
    let mut bench = Bench::dialling(seeing);
    for patience in [90, 180, 300, 300] {
        bench.pass(secs(2));
        bench.reached();
        bench.reached();
        assert_eq!(bench.due_in(), patience - 2);
        bench.wait();
        bench.wait();
    }
    assert_eq!(bench.classes(), [FailureClass::Slow; 4]);
}

#[test]
fn a_server_that_takes_long_to_be_reached_is_reached_in_the_end() {
    let mut bench = Bench::dialling(seeing);
    for _ in 0..10 {
        let socket = bench.socket();
        bench.pass(secs(15));
        if bench.socket() == socket && bench.closed.last().is_none_or(|last| last.0 != socket) {
            return bench.reached();
        }
        while bench.connection.poll_timeout().unwrap().timer != Timer::ConnectTimeout {
            bench.wait();
        }
    }
    panic!("each dial was given up");
}

#[test]
fn a_dial_that_is_dead_cannot_be_reached() {
    let mut bench = Bench::dialling(seeing);
    let first = bench.socket();
    bench.pass(secs(9));
    assert_ne!(bench.socket(), first);
    let due = bench.due_in();
    bench.input(Input::Reached { socket: first });
    bench.input(Input::Asks { socket: first, asks: true });
    assert_eq!(bench.due_in(), due);
}

#[test]
fn what_the_users_functions_take_does_not_count_against_the_way_to_the_server() {
    let mut bench = Bench::dialling(seeing);
    bench.input(Input::Asks { socket: bench.socket(), asks: true });
    bench.pass(secs(20));
    bench.input(Input::Asks { socket: bench.socket(), asks: false });
    assert_eq!((bench.due_in(), bench.closed.len()), (8, 0));
    bench.pass(secs(8));
    assert_eq!(bench.classes(), [FailureClass::Transport]);
}

#[test]
fn a_function_that_takes_for_ever_ends_with_the_connect_timeout() {
    let mut bench = Bench::dialling(seeing);
    bench.input(Input::Asks { socket: bench.socket(), asks: true });
    assert_eq!(bench.due_in(), 90);
    bench.pass(secs(85));
    bench.input(Input::Asks { socket: bench.socket(), asks: false });
    assert_eq!(bench.due_in(), 5);
}

#[test]
fn a_connect_timeout_of_the_user_that_is_shorter_holds_for_reaching_the_server_too() {
    let bench = Bench::dialling(|config| {
        seeing(config);
        config.connect_timeout = secs(3);
    });
    assert_eq!(bench.due_in(), 3);
}

#[test]
fn a_dial_that_fails_after_seconds_of_silence_counts_as_overload_and_one_that_fails_at_once_not() {
    for cause in [Cause::Network, Cause::Tls, Cause::Rejected { status: 504 }] {
        for (silence, class) in [(4, FailureClass::Transport), (5, FailureClass::Overload)] {
            let mut bench = Bench::dialling(adaptive);
            bench.pass(secs(silence));
            bench.lost(cause);
            assert_eq!(bench.classes(), [class], "{cause} after {silence} s");
        }
    }
}

#[test]
fn a_gateway_that_gave_up_is_left_alone_for_as_long_as_it_had_waited() {
    let mut bench = Bench::dialling(adaptive);
    bench.pass(secs(30));
    bench.lost(Cause::Rejected { status: 504 });
    assert!((29..60).contains(&bench.due_in()), "{}", bench.due_in());
}

#[test]
fn silence_on_the_way_to_a_server_that_was_not_reached_is_no_overload() {
    let mut bench = Bench::dialling(seeing);
    bench.pass(secs(7));
    bench.lost(Cause::Network);
    assert_eq!(bench.classes(), [FailureClass::Transport]);
}

#[test]
fn a_server_that_accepts_and_closes_gets_5_dials_in_20_s_and_350_in_an_hour_at_most() {
    let closes: [fn(&mut Bench); 4] = [
        |bench| {
            bench.opened();
            bench.lost(Cause::ClosedByPeer { code: 1011 });
        },
        |bench| {
            bench.opened();
            bench.lost(Cause::Network);
        },
        |bench| {
            bench.input(Input::Opened { socket: bench.socket(), reliable: true });
            bench.lost(Cause::Network);
        },
        |bench| bench.lost(Cause::HandshakeFailed { code: None }),
    ];
    for close in closes {
        let dials = Bench::dialling(adaptive).dials_within(secs(20), close);
        assert!(dials <= 5, "{dials}");
        let dials = Bench::dialling(adaptive).dials_within(HOUR, close);
        assert!(dials <= 350, "{dials}");
    }
}

#[test]
fn a_server_whose_tcp_accepts_and_closes_gets_no_more_where_that_is_seen() {
    let close = |bench: &mut Bench| {
        bench.reached();
        bench.lost(Cause::Network);
    };
    let dials = Bench::dialling(seeing).dials_within(HOUR, close);
    assert!(dials <= 350, "{dials}");
    let dials = Bench::dialling(seeing).dials_within(HOUR, |bench| bench.lost(Cause::Network));
    assert!((400..=520).contains(&dials), "who refuses is asked more often: {dials}");
}
