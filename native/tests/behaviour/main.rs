//! What a connection does, seen from outside: real sockets, real servers, one behaviour a file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test may fail as the test does"
)]

mod answers_pings;
mod ask;
mod asks_for_addresses;
mod bounds_the_inbox;
mod bounds_the_outbox;
#[cfg(feature = "proxy")]
#[allow(dead_code, reason = "others stop their children")]
mod children;
mod closes_at_once;
mod closes_within_a_limit;
mod dials_by_function;
mod drops;
mod drops_behind_slow_peers;
mod drops_messages;
mod excuses_while_busy;
mod excuses_while_bytes_come;
mod excuses_while_unread;
mod fails_for_good;
mod follows_redirects;
mod gives_events;
#[cfg(feature = "proxy")]
mod goes_through_proxies;
mod heeds_hints;
mod keeps_calls_up;
mod keeps_lines_up;
mod keeps_messages;
mod logs_in_first;
mod meets_odd_closes;
mod needs_a_runtime;
mod notices_black_holes;
mod notices_dead_peers_while_unread;
mod outlives_its_runtime;
mod persists;
mod reconnects;
mod refreshes_credentials;
mod refuses_nonsense;
mod reports;
mod resumes_sessions;
mod says_why;
mod server;
mod serves_senders_in_order;
mod sessions;
mod speaks_tls;
mod splits;
mod survives_panics;
mod suspends;
mod tells_who_it_is;
