#![no_main]

#[path = "../../../collector/tests/collector/fuzz/reports.rs"]
mod reports;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reports::reports(bytes));
