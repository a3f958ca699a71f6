use std::time::Duration;

use steadfast_core::connection::Cause;
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;

use super::path::Path;
use super::world::{What, World};

pub use super::world::Sight;

const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

/// How a link dies.
#[derive(Clone, Copy, Debug)]
pub struct Deaths {
    /// How long the session has been connected before.
    pub after: Duration,
    /// Whether a small message is sent at that moment.
    pub send: bool,
}

/// What is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// The client sends messages of this length, that many at once.
    Upload(u64, usize),
    /// The client asks for a message of this length, once the link was up for so long.
    Asked(u64, Duration),
    /// The server sends a message of this length by itself.
    Pushed(u64),
}

/// How many links that live are given up a link-day, on average over the given sessions and days.
#[must_use]
pub fn false_deaths(path: Path, sessions: u64, days: u32) -> f64 {
    let lasts = DAY * days;
    let deaths = |seed| {
        let mut world = World::new(path, Sight::CHROMIUM, seed, lasts);
        world.pass_until(Instant::ORIGIN + lasts, |_| false);
        let is_false = |(_, cause, was_dead): &&(Instant, Cause, bool)| {
            *cause == Cause::HeartbeatTimeout && !was_dead
        };
        world.lost.iter().filter(is_false).count()
    };
    let sum: usize = (0..sessions).map(deaths).sum();
    sum as f64 / (sessions as f64 * f64::from(days))
}

/// How long it takes to notice links that die in `sessions` sessions, in ascending order.
#[must_use]
pub fn times_to_notice(path: Path, deaths: Deaths, sessions: u64) -> Vec<Duration> {
    let time = |seed| {
        let lasts = deaths.after + HOUR;
        let mut world = World::new(path, Sight::CHROMIUM, seed, lasts);
        let offset = SeededRandom::new(seed).next_between(0.0, 60.0);
        let end = Instant::ORIGIN + deaths.after + Duration::from_secs_f64(offset);
        world.pass_until(end, |_| false);
        world.pass_until(end + HOUR, World::is_connected);
        let died_at = world.now;
        let lost = world.lost.len();
        world.kill();
        if deaths.send {
            world.send(What::Message, 40);
        }
        world.pass_until(died_at + HOUR, |world| world.lost.len() > lost);
        world.now.saturating_since(died_at)
    };
    let mut times: Vec<_> = (0..sessions).map(time).collect();
    times.sort();
    times
}

/// How many links are lost until a transfer is done, which is begun again on each new link; absent if it is not done
/// in twelve.
#[must_use]
pub fn losses(transfer: Transfer, rate: u64, sight: Sight, seed: u64) -> Option<usize> {
    let path = Path { rate: Some(rate), ..Path::default() };
    let mut world = World::new(path, sight, seed, DAY);
    let age = if let Transfer::Asked(_, age) = transfer { age } else { 2 * MINUTE };
    let offset = SeededRandom::new(seed).next_between(0.0, 30.0);
    let begins = if age > MINUTE { age + Duration::from_secs_f64(offset) } else { age };
    world.pass_until(Instant::ORIGIN + begins, |_| false);
    for _ in 0..12 {
        world.pass_until(world.now + HOUR, World::is_connected);
        let lost = world.lost.len();
        let wanted = match transfer {
            Transfer::Asked(bytes, _) => {
                world.send(What::Ask(bytes), 40);
                1
            }
            Transfer::Pushed(bytes) => {
                world.push(bytes);
                1
            }
            Transfer::Upload(bytes, count) => {
                (0..count).for_each(|_| world.send(What::Upload, bytes));
                count
            }
        };
        let wanted = world.arrived + wanted;
        world.pass_until(world.now + HOUR, |world| {
            world.arrived >= wanted || world.lost.len() > lost
        });
        if world.arrived >= wanted {
            // The pong of a ping that was on its way meanwhile.
            world.pass_until(world.now + MINUTE, |_| false);
            return Some(world.lost.len());
        }
    }
    None
}
