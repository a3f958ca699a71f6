#![no_main]

#[path = "../../../collector/tests/collector/fuzz/requests.rs"]
mod requests;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| requests::requests(bytes));
