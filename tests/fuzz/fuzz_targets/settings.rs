#![no_main]

#[path = "../../../collector/tests/collector/fuzz/settings.rs"]
mod settings;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| settings::settings(bytes));
