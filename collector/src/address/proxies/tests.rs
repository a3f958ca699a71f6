use hyper::header::HeaderName;

use super::*;

/// The client of a request with these headers from the proxy 10.0.0.9, while 10.0.0.0/8, 192.0.2.1 and `2001:db8:ffff::/48`
/// are trusted.
fn client(headers: &[(&str, &str)]) -> String {
    client_of("10.0.0.9", headers)
}

fn client_of(peer: &str, headers: &[(&str, &str)]) -> String {
    let proxies: TrustedProxies = "10.0.0.0/8, 192.0.2.1,2001:db8:ffff::/48".parse().unwrap();
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    proxies.client(peer.parse().unwrap(), &map).ip().to_string()
}

#[test]
fn a_header_counts_only_from_a_trusted_proxy() {
    let forged = [("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=198.51.100.1")];
    assert_eq!(client_of("203.0.113.5", &forged), "203.0.113.5");
    assert_eq!(client_of("192.0.2.1", &forged), "198.51.100.1");
    assert_eq!(client_of("::ffff:10.0.0.1", &forged), "198.51.100.1", "mapped into IPv6");
    assert_eq!(client(&[]), "10.0.0.9");
}

#[test]
fn the_last_address_that_is_not_a_trusted_proxy_is_the_client() {
    for (header, address) in [
        ("198.51.100.1", "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1, 10.0.0.1, 192.0.2.1", "198.51.100.1"),
        ("198.51.100.1:4711", "198.51.100.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:4711, 2001:db8:ffff::1", "2001:db8::1"),
        // All of them are proxies: the client is the first of them.
        ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
        ("unknown", "10.0.0.9"),
        ("198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"),
        ("", "10.0.0.9"),
    ] {
        assert_eq!(client(&[("x-forwarded-for", header)]), address, "{header:?}");
    }
    let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1, 10.0.0.1")];
    assert_eq!(client(&lines), "198.51.100.1");
}

#[test]
fn forwarded_is_read_as_its_standard_says() {
    for (header, address) in [
        ("for=198.51.100.1", "198.51.100.1"),
        ("For=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1", "2001:db8::1"),
        ("for=1.1.1.1, proto=http; for=198.51.100.1, for=10.0.0.1", "198.51.100.1"),
        ("for=_hidden, for=10.0.0.1", "10.0.0.1"),
        ("proto=https", "10.0.0.9"),
        // A quote that the client left open hides nothing.
        ("for=1.1.1.1;host=\"x, for=198.51.100.1", "198.51.100.1"),
    ] {
        assert_eq!(client(&[("forwarded", header)]), address, "{header:?}");
    }
}

#[test]
fn a_header_that_the_proxy_does_not_write_lends_a_client_no_other_address() {
    let both = |one, other| client(&[("x-forwarded-for", one), ("forwarded", other)]);
    assert_eq!(both("198.51.100.1", "for=1.1.1.1"), "10.0.0.9");
    assert_eq!(both("1.1.1.1", "for=198.51.100.1"), "10.0.0.9");
    assert_eq!(both("198.51.100.1", "for=198.51.100.1"), "198.51.100.1");
}

#[test]
fn proxies_are_addresses_and_networks_with_commas() {
    let parsed = |text: &str| text.parse::<TrustedProxies>().map(|proxies| proxies.to_string());
    assert_eq!(parsed(""), Ok(String::new()));
    assert_eq!(parsed("10.1.2.3/8, ::1 ,192.0.2.1"), Ok("10.0.0.0/8,::1,192.0.2.1".to_owned()));
    let many = vec!["::1"; TrustedProxies::MAX + 1].join(",");
    for text in ["proxy.example", "10.0.0.0/33", "10.0.0", "*", &many] {
        assert_eq!(parsed(text), Err(()), "{text:?}");
    }
}
