//! Clients that lose their server, in simulated time, as stored tables.
//!
//! `UPDATE_EXPECT=1 cargo test --package steadfast-tests --test sim_herd` writes the tables anew.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::fmt::Write as _;
use std::time::Duration;

use expect_test::expect_file;
use steadfast_tests::herd::{Fleet, Hints, Kind, Platform, Return};

const PLATFORMS: [(&str, Platform); 2] =
    [("native", Platform::Native), ("browser", Platform::Browser)];

/// The servers of a herd, by the letters of the table.
const SERVERS: [(&str, Kind); 5] = [
    ("A", Kind::Fifo),
    ("P", Kind::Shared),
    ("B", Kind::Bounded { rejection: 0.02, hints: Hints::None }),
    ("S", Kind::Dropping),
    ("G", Kind::Gateway),
];

#[test]
fn a_fleet_comes_back_as_the_table_says() {
    const CLIENTS: u32 = 10_000;
    let mut table = String::from(
        "10,000 clients: time until 99 % are back, as a multiple of the time that the server needs for all of them (N/C).
A number after X is the percentage that is still out after 20 minutes.

A first in, first out, deep queue; P shared time; B bounded queue, cheap rejection; S dropped SYNs; G is A behind a
gateway that gives up after 30 s. The number after the letter is N/C in seconds.

",
    );
    let needs = [60, 180];
    let columns = || needs.iter().flat_map(|needs| SERVERS.map(|server| (*needs, server)));
    let header: String = columns().fold(String::new(), |mut line, (needs, (name, _))| {
        write!(line, "{:>6}", format!("{name}{needs}")).unwrap();
        line
    });
    writeln!(table, "{:10}{header}", "").unwrap();
    for (name, platform) in PLATFORMS {
        write!(table, "{name:10}").unwrap();
        for (needs, (_, server)) in columns() {
            let capacity = f64::from(CLIENTS) / f64::from(needs);
            let fleet = Fleet { clients: CLIENTS as usize, capacity, platform, server };
            write!(table, "{:>6}", t99(&fleet.lose_server(), f64::from(needs))).unwrap();
        }
        table.push('\n');
    }
    expect_file!["tables/herd.txt"].assert_eq(&table);
}

#[test]
fn a_fleet_that_is_rejected_comes_back_as_the_table_says() {
    const CLIENTS: u32 = 10_000;
    let mut table = String::from(
        "10,000 clients of a server with a bounded queue that rejects the rest, which costs it 0.02 or 0.3 of an accept: time
until 99 % are back, as a multiple of N/C. If each is rejected once, 1.02 or 1.30 is the least there is. The columns have N/C in
seconds, and the cost.

none: no hint. slots: a slot in the reason of a close frame with 1013. Retry-After: a slot in Retry-After of a 503, with
Steadfast-Spread: 0, which no page can read.

",
    );
    let columns = || [60, 180].into_iter().flat_map(|needs| [0.02, 0.3].map(|cost| (needs, cost)));
    write!(table, "{:22}", "").unwrap();
    for (needs, cost) in columns() {
        write!(table, "{:>10}", format!("{needs}/{cost}")).unwrap();
    }
    table.push('\n');
    let rows = [
        ("native, none", Platform::Native, Hints::None),
        ("browser, none", Platform::Browser, Hints::None),
        ("native, slots", Platform::Native, Hints::CloseReason),
        ("browser, slots", Platform::Browser, Hints::CloseReason),
        ("native, Retry-After", Platform::Native, Hints::RetryAfter),
    ];
    for (name, platform, hints) in rows {
        write!(table, "{name:22}").unwrap();
        for (needs, rejection) in columns() {
            let capacity = f64::from(CLIENTS) / f64::from(needs);
            let server = Kind::Bounded { rejection, hints };
            let fleet = Fleet { clients: CLIENTS as usize, capacity, platform, server };
            write!(table, "{:>10}", t99(&fleet.lose_server(), f64::from(needs))).unwrap();
        }
        table.push('\n');
    }
    expect_file!["tables/rejected.txt"].assert_eq(&table);
}

#[test]
fn a_lone_client_comes_back_as_the_table_says() {
    let mut table = String::from(
        "One client whose server is away for so many seconds: the time from the server's return to the client's, median and
95th percentile in seconds, and the median number of dials, over 2,000 seeds.

R refused by a TCP reset; T black-holed, with the retransmissions of TCP.

",
    );
    let outages: Vec<_> = [true, false]
        .into_iter()
        .flat_map(|refuses| [1, 5, 30, 60, 300].map(|lasts| (refuses, lasts)))
        .collect();
    write!(table, "{:10}", "").unwrap();
    for (refuses, lasts) in &outages {
        let name = format!("{}{lasts}", if *refuses { "R" } else { "T" });
        write!(table, "{name:>16}").unwrap();
    }
    table.push('\n');
    for (name, platform) in PLATFORMS {
        write!(table, "{name:10}").unwrap();
        for (refuses, lasts) in &outages {
            let lasts = Duration::from_secs(*lasts);
            let server = Kind::Outage { lasts, refuses: *refuses };
            let fleet = Fleet { clients: 2000, capacity: 1e9, platform, server };
            write!(table, "{:>16}", lone(&fleet.lose_server(), lasts)).unwrap();
        }
        table.push('\n');
    }
    expect_file!["tables/lone.txt"].assert_eq(&table);
}

/// The time until 99 % were back, or the percentage that was not.
fn t99(returns: &[Return], needs: f64) -> String {
    let back = returns.iter().filter_map(|client| client.after);
    let (count, last) =
        back.fold((0, Duration::ZERO), |(count, last), after| (count + 1, last.max(after)));
    let all = returns.len();
    if count < all - all / 100 {
        return format!("X{:.0}", (all - count) as f64 / all as f64 * 100.0);
    }
    format!("{:.2}", last.as_secs_f64() / needs)
}

/// Median and 95th percentile of the time after the outage, and the median of dials.
fn lone(returns: &[Return], outage: Duration) -> String {
    let late = |client: &Return| client.after.unwrap_or(Duration::MAX).saturating_sub(outage);
    let mut after: Vec<_> = returns.iter().map(late).collect();
    after.sort();
    let mut dials: Vec<_> = returns.iter().map(|client| client.dials).collect();
    dials.sort_unstable();
    let percentile = |percent: usize| after[after.len() * percent / 100].as_secs_f64();
    format!("{:.2}/{:.1} ({})", percentile(50), percentile(95), dials[dials.len() / 2])
}
