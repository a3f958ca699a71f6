//! The collector over real sockets, on a real database file.

mod access;
mod command_line;
mod dashboard;
mod kill;
mod live;
mod order;
mod overload;
mod process;
mod refusals;
mod reports;
mod restart;
mod retention;
mod support;
