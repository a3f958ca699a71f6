//! What crosses the crates: the servers and helpers that the tests of the whole, and the demo, need.
//!
//! The tests themselves are in `tests/tests/`, those of a real page in `tests/browser/`.

pub mod chaos;
pub mod detection;
pub mod echo;
pub mod fleet;
pub mod fuzz;
pub mod herd;
pub mod http;
pub mod month;
pub mod net;
pub mod process;
