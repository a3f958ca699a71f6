#![no_main]

#[path = "../../../collector/tests/collector/fuzz/requests.rs"]
mod requests;

libfuzzer_sys::fuzz_target!(
    init: {
        // The HTTP client of the other tests has TLS, and leaves it open whose.
        let _ = rustls::crypto::ring::default_provider().install_default();
    },
    |bytes: &[u8]| requests::requests(bytes)
);
