//! A month of a mixed fleet in simulated time, as a stored table.
//!
//! One day is simulated unless `MONTH_DAYS=30` asks for the month. Both tables are stored:
//! `UPDATE_EXPECT=1 cargo test --release --package steadfast-tests --test sim_month` writes that of the day anew, and with
//! `MONTH_DAYS=30` that of the month.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::fmt::Write as _;
use std::time::Duration;

use expect_test::expect_file;
use steadfast_tests::month::{Path, Platform, Tally, live};

const PATHS: [(&str, Path); 8] = [
    ("RTT 50 ms", Path::Rtt(50)),
    ("RTT 2 s", Path::Rtt(2000)),
    ("RTT 4 s", Path::Rtt(4000)),
    ("bloat to 6 s", Path::Bloat),
    ("loss 5 %", Path::Loss(5)),
    ("loss 30 %", Path::Loss(30)),
    ("roams 2 to 6 s", Path::Roaming),
    ("holes 20 to 120 s", Path::Holes),
];
/// 60 native and 55 web clients, each on the next path.
const FLEET: [(&str, Platform, u32); 2] =
    [("native", Platform::Native, 60), ("web", Platform::Web, 55)];
/// The longest that a dead link of a good path goes unnoticed on average.
const NOTICED_WITHIN: Duration = Duration::from_secs(20);

fn days() -> u32 {
    std::env::var("MONTH_DAYS").map_or(1, |days| days.parse().unwrap())
}

/// The fate of the clients of this platform on this path.
fn clients(platform: Platform, count: u32, path: usize) -> Tally {
    let numbers = (0..count).filter(|number| *number as usize % PATHS.len() == path);
    let length = Duration::from_hours(24) * days();
    let lives = numbers.map(|number| live(platform, PATHS[path].1, number, length));
    lives.fold(Tally::default(), Tally::and)
}

/// Mean, 95th percentile and maximum, in seconds.
fn seconds(sorted: &[Duration]) -> String {
    let Some(last) = sorted.last() else { return String::from("none") };
    let mean = sorted.iter().sum::<Duration>() / u32::try_from(sorted.len()).unwrap();
    let p95 = sorted[sorted.len() * 95 / 100];
    let [mean, p95, last] = [mean, p95, *last].map(|time| time.as_secs_f64());
    format!("{mean:.1} mean, {p95:.1} p95, {last:.1} max ({})", sorted.len())
}

#[test]
fn a_fleet_lives_through_a_month_as_the_table_says() {
    let mut table = format!(
        "60 native and 55 web clients for {}: sleeps, hidden pages, clocks set by an hour, dead links, network holes and
restarts of the server.

False deaths: links in a day of a link that were given up although the server was there. Dials and pings in a day of a
link.

{:18}{:>14}{:>8}{:>8}{:>14}{:>8}{:>8}
",
        if days() == 1 { String::from("a day") } else { format!("{} days", days()) },
        "",
        "native: false",
        "dials",
        "pings",
        "web: false",
        "dials",
        "pings"
    );
    let mut all = Tally::default();
    let mut good = Tally::default();
    for (path, (name, _)) in PATHS.iter().enumerate() {
        write!(table, "{name:18}").unwrap();
        for (_, platform, count) in FLEET {
            let tally = clients(platform, count, path);
            let a_day = |count: f64| count / (tally.up.as_secs_f64() / 86_400.0);
            let deaths = tally.false_deaths_a_link_day();
            let (dials, pings) = (a_day(tally.dials.into()), a_day(tally.pings as f64));
            write!(table, "{deaths:>14.2}{dials:>8.0}{pings:>8.0}").unwrap();
            if path == 0 {
                good = good.and(tally.clone());
            }
            all = all.and(tally);
        }
        table.push('\n');
    }
    writeln!(
        table,
        "
A dead link on a good path is noticed, in s
when idle:                   {}
after a message was sent:    {}

Clocks set by an hour while a link was up: {}, links lost within 30 s: {}
Messages delivered, all in order: {}; at most {} waited
Times that a client woke up in an hour: {:.0}",
        seconds(&good.noticed_idle),
        seconds(&good.noticed_sending),
        all.clock_steps,
        all.lost_to_clock_steps,
        all.messages,
        all.most_waiting,
        all.wake_ups as f64 / (all.up.as_secs_f64() / 3600.0),
    )
    .unwrap();
    assert_eq!(good.lost_to_clock_steps, 0, "{table}");
    let idle = &good.noticed_idle;
    let mean = idle.iter().sum::<Duration>() / u32::try_from(idle.len()).unwrap();
    assert!(mean <= NOTICED_WITHIN, "{table}");
    if days() == 1 {
        expect_file!["tables/day.txt"].assert_eq(&table);
    } else {
        expect_file!["tables/month.txt"].assert_eq(&table);
    }
}
