//! The collector over real sockets, on real databases.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers fail as tests do, and the lint exempts only functions that are marked as tests"
)]

mod access;
mod addresses;
mod alerts;
mod alerts_shared;
mod audit;
mod balancer;
mod bodies;
mod breakdowns;
mod claims;
mod command_line;
mod configuration;
mod counters;
mod dashboard;
mod database_file;
mod deletion;
mod deploy;
mod documented;
mod exports;
mod faults;
mod filters;
mod filters_plain;
mod forged;
mod fuzz;
mod fuzzed;
mod keys;
mod kill;
mod kills;
mod listening;
mod live;
mod live_ends;
mod new_sessions;
mod no_reports;
mod openapi;
mod order;
mod otlp;
mod overload;
mod own_load;
mod postgres;
mod presence;
mod probes;
mod process;
mod prometheus;
mod refusals;
mod refused_often;
mod reload;
mod replicas;
mod reports;
mod restart;
mod retention;
mod slow_readers;
mod store;
mod support;
mod tokens;
mod webhook_formats;
mod webhooks;
