//! How often links that live are given up, and how soon dead ones, in simulated time over TCP, as stored tables.
//!
//! A test run simulates few sessions (`tables/detection-few.txt`, `tables/transfers-few.txt`). With the variable
//! `DETECTION=full` there are as many as the figures of the documentation come from (`tables/detection.txt`,
//! `tables/transfers.txt`), which takes a minute in the release profile. `UPDATE_EXPECT=1` writes the tables anew:
//! `DETECTION=full UPDATE_EXPECT=1 cargo test --release --package steadfast-tests --test sim_detection`.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::env;
use std::fmt::Write as _;
use std::time::Duration;

use expect_test::expect_file;
use steadfast_tests::detection::{
    Deaths, Holes, Path, Sight, Transfer, false_deaths, losses, times_to_notice,
};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// How many sessions are simulated.
#[derive(Clone, Copy, PartialEq)]
struct Size {
    /// Of living links on each path, and for how many days.
    living: u64,
    days: u32,
    /// Of links that die.
    dying: u64,
    /// Of each transfer at each rate.
    transfers: u64,
}

impl Size {
    const FEW: Self = Self { living: 2, days: 2, dying: 20, transfers: 4 };
    const FULL: Self = Self { living: 16, days: 30, dying: 300, transfers: 40 };

    fn from_environment() -> Self {
        if env::var_os("DETECTION").is_some_and(|size| size == "full") {
            Self::FULL
        } else {
            Self::FEW
        }
    }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn paths() -> [(&'static str, Path); 8] {
    let path = Path::default();
    let roams = Holes {
        every: Duration::from_mins(10),
        shortest: Duration::from_secs(2),
        longest: Duration::from_secs(6),
    };
    [
        ("RTT 50 ms", path),
        ("RTT 2 s", Path { rtt: millis(2000), ..path }),
        ("RTT 4 s", Path { rtt: millis(4000), ..path }),
        ("RTT 15 s", Path { rtt: millis(15_000), ..path }),
        ("bloat to 6 s", Path { bloat: millis(6000), ..path }),
        ("loss 5 %", Path { loss: 0.05, ..path }),
        ("loss 30 %", Path { loss: 0.3, ..path }),
        ("roams 2-6 s", Path { holes: Some(roams), ..path }),
    ]
}

#[test]
fn living_links_are_kept_and_dead_ones_noticed_as_the_table_says() {
    let size = Size::from_environment();
    let Size { living, days, dying, .. } = size;
    let mut table = format!(
        "Living links that are given up, a link-day ({living} sessions of {days} days), and the time until a dead one is noticed, in s:
mean / 95th percentile / maximum of {dying} sessions. \"Sent\": a small message is sent as the link dies.

",
    );
    let columns = [
        "false deaths",
        "idle, after 3 min",
        "sent, after 3 min",
        "idle, after a day",
        "sent, after a day",
    ];
    write!(table, "{:14}", "").unwrap();
    columns.iter().for_each(|name| write!(table, "{name:>20}").unwrap());
    table.push('\n');
    for (name, path) in paths() {
        write!(table, "{name:14}{:>20.3}", false_deaths(path, living, days)).unwrap();
        for after in [Duration::from_mins(2), Duration::from_hours(24)] {
            for send in [false, true] {
                let times = times_to_notice(path, Deaths { after, send }, dying);
                write!(table, "{:>20}", spread(&times)).unwrap();
            }
        }
        table.push('\n');
    }
    let stored = if size == Size::FULL {
        expect_file!["tables/detection.txt"]
    } else {
        expect_file!["tables/detection-few.txt"]
    };
    stored.assert_eq(&table);
}

#[test]
fn transfers_lose_as_many_links_as_the_table_says() {
    let size = Size::from_environment();
    let sessions = size.transfers;
    let mut table = format!(
        "Links that are lost until a transfer is done, which is begun again on each new one: the most of {sessions} sessions, and
the mean. X: not done in twelve. Rates in KiB/s.

Blind: the driver sees complete messages only, as in a browser. A link that was given up goes on and takes its share of the path, until
its close frame is answered, for 60 s in Chromium and 10 s in Firefox. Seeing: the driver sees that bytes move.

",
    );
    let asked = |bytes| Transfer::Asked(bytes, Duration::from_mins(2));
    let young = |bytes| Transfer::Asked(bytes, millis(100));
    let transfers = [
        ("upload 4 MiB", Transfer::Upload(4 * MIB, 1)),
        ("upload 300 x 8 KiB", Transfer::Upload(8 * KIB, 300)),
        ("upload 16 MiB", Transfer::Upload(16 * MIB, 1)),
        ("asked 256 KiB", asked(256 * KIB)),
        ("asked 2 MiB", asked(2 * MIB)),
        ("asked 16 MiB", asked(16 * MIB)),
        ("asked at once 256 KiB", young(256 * KIB)),
        ("asked at once 2 MiB", young(2 * MIB)),
        ("pushed 256 KiB", Transfer::Pushed(256 * KIB)),
        ("pushed 2 MiB", Transfer::Pushed(2 * MIB)),
    ];
    let rates = [16, 32, 64, 100, 150, 200, 250, 1000];
    let sights = [
        ("blind (Chromium)", Sight::CHROMIUM),
        ("blind (Firefox)", Sight::FIREFOX),
        ("seeing", Sight::Bytes),
    ];
    for (sees, sight) in sights {
        write!(table, "{sees:22}").unwrap();
        rates.iter().for_each(|rate| write!(table, "{rate:>10}").unwrap());
        table.push('\n');
        for (name, transfer) in transfers {
            write!(table, "{name:22}").unwrap();
            for rate in rates {
                let lost: Vec<_> =
                    (0..sessions).map(|seed| losses(transfer, rate * KIB, sight, seed)).collect();
                write!(table, "{:>10}", most_and_mean(&lost)).unwrap();
            }
            table.push('\n');
        }
        table.push('\n');
    }
    let stored = if size == Size::FULL {
        expect_file!["tables/transfers.txt"]
    } else {
        expect_file!["tables/transfers-few.txt"]
    };
    stored.assert_eq(&table);
}

fn spread(times: &[Duration]) -> String {
    let mean = times.iter().map(Duration::as_secs_f64).sum::<f64>() / times.len() as f64;
    let p95 = times[times.len() * 95 / 100].as_secs_f64();
    let max = times[times.len() - 1].as_secs_f64();
    format!("{mean:.1} / {p95:.1} / {max:.1}")
}

fn most_and_mean(lost: &[Option<usize>]) -> String {
    let done: Vec<_> = lost.iter().copied().flatten().collect();
    if done.len() < lost.len() {
        return "X".to_string();
    }
    let most = done.iter().max().copied().unwrap_or_default();
    let mean = done.iter().sum::<usize>() as f64 / done.len() as f64;
    if most == 0 { "0".to_string() } else { format!("{most} {mean:.2}") }
}
