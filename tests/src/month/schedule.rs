use std::time::Duration;

use steadfast_core::rng::{Random, SeededRandom};

use super::client::Platform;
use super::path::Path;

/// What happens to a client that its path does not do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Disturbance {
    /// The link is dead from now on: its packets vanish, and those of the next link arrive.
    Dead,
    /// The page is hidden.
    Hidden,
    /// The client has another address: the link is dead, and a native client learns of it.
    Moved,
    /// The server restarts, and accepts nobody for this long.
    Restart(Duration),
    /// The client sends a message.
    Send,
    /// Somebody sets the wall clock ahead by an hour, or back.
    SetClock { ahead: bool },
    /// The machine sleeps.
    Sleep(Duration),
    /// The page is visible.
    Visible,
}

/// What happens, in order of time.
pub(super) type Schedule = Vec<(Duration, Disturbance)>;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Where random numbers for the server's restarts start, which all clients share.
const SERVER: u64 = 0x5e;

pub(super) fn schedule(
    platform: Platform,
    path: Path,
    number: u32,
    length: Duration,
    random: &mut SeededRandom,
) -> Schedule {
    let mut schedule = Schedule::new();
    let mut add = |random: &mut SeededRandom, mean: Duration, what: &dyn Fn(f64) -> Disturbance| {
        let mut at = Duration::ZERO;
        loop {
            // Half to one and a half of the mean: two of a kind never meet.
            at += mean.mul_f64(random.next_between(0.5, 1.5));
            if at >= length {
                break;
            }
            schedule.push((at, what(random.next_unit())));
        }
    };
    let mut server = SeededRandom::new(SERVER);
    let secs = |secs: f64| Duration::from_secs_f64(secs);
    add(&mut server, DAY / 2, &|unit| Disturbance::Restart(secs(5.0 + 25.0 * unit)));
    let talks = number.is_multiple_of(2);
    add(random, if talks { Duration::from_secs(45) } else { HOUR }, &|_| Disturbance::Send);
    add(random, HOUR * 5, &|_| Disturbance::SetClock { ahead: true });
    add(random, HOUR * 5, &|_| Disturbance::SetClock { ahead: false });
    if matches!(path, Path::Rtt(50)) {
        add(random, HOUR * 2, &|_| Disturbance::Dead);
        add(random, HOUR * 8, &|_| Disturbance::Moved);
    }
    if number.is_multiple_of(3) {
        add(random, HOUR * 7, &|unit| Disturbance::Sleep(HOUR.mul_f64(0.01 + 3.0 * unit * unit)));
    }
    if platform == Platform::Web {
        add(random, HOUR, &|_| Disturbance::Hidden);
        add(random, HOUR, &|_| Disturbance::Visible);
    }
    schedule.sort_by_key(|(at, _)| *at);
    schedule
}
