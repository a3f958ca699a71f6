use super::*;

fn read(text: &str) -> String {
    Url::parse(text).map_or_else(|error| format!("{error:?}"), String::from)
}

#[test]
fn urls_are_read_and_written_in_one_form() {
    for (text, form) in [
        ("ws://a.example", "ws://a.example/"),
        (" WSS://A.Example:443/x \n", "wss://a.example/x"),
        ("ws://a.example:443/x", "ws://a.example:443/x"),
        ("ws://a.example:/x", "ws://a.example/x"),
        ("ws://127.0.0.1:9/?a=b c", "ws://127.0.0.1:9/?a=b%20c"),
        ("ws://[::1]:80/", "ws://[::1]/"),
        ("ws://[0:0::1]?token=ü", "ws://[::1]/?token=%C3%BC"),
        ("https://me:secret@a.example/x#part", "https://me:secret@a.example/x#part"),
        ("ws://a.example/a/./b/../c/%2e?d/../e", "ws://a.example/a/c/%2e?d/../e"),
        ("ws://a.example/../..", "ws://a.example/"),
        ("ws://a_b.example./", "ws://a_b.example./"),
        ("localhost:80", "localhost:80"),
    ] {
        assert_eq!(read(text), form, "{text}");
        assert_eq!(read(form), form);
    }
}

#[test]
fn what_is_no_url_of_a_server_is_refused_by_its_fault() {
    for (text, fault) in [
        ("", "NoScheme"),
        ("a.example/live", "NoScheme"),
        ("1s://a.example", "Scheme"),
        ("w s://a.example", "Scheme"),
        ("ws://", "NoHost"),
        ("ws:///x", "NoHost"),
        ("ws://:80/", "NoHost"),
        ("ws://[::1/", "Ipv6"),
        ("ws://[::g]/", "Ipv6"),
        ("ws://[::1]x/", "Port"),
        ("ws://a.example:65536/", "Port"),
        ("ws://a.example:+80/", "Port"),
        ("ws://::1/", "NoHost"),
        ("ws://a b/", "Host"),
        ("ws://a\\@b/", "Host"),
        ("ws://a%2eb/", "Host"),
        ("ws://./", "Host"),
        ("ws://256.0.0.1/", "Ipv4"),
        ("ws://127.1/", "Ipv4"),
        ("ws://0x7f000001/", "Ipv4"),
        ("ws://a.example/\u{0}x", "Control"),
    ] {
        assert_eq!(read(text), fault, "{text:?}");
    }
}

#[test]
fn a_reference_is_resolved() {
    let base = Url::parse("wss://a.example:8443/b/c?d=e#f").unwrap();
    // RFC 3986, 5.4.
    for (reference, form) in [
        ("", "wss://a.example:8443/b/c?d=e"),
        ("g", "wss://a.example:8443/b/g"),
        ("./g/", "wss://a.example:8443/b/g/"),
        ("../g", "wss://a.example:8443/g"),
        ("../../../g", "wss://a.example:8443/g"),
        ("/g", "wss://a.example:8443/g"),
        ("?y", "wss://a.example:8443/b/c?y"),
        ("#s", "wss://a.example:8443/b/c?d=e#s"),
        ("//g/x", "wss://g/x"),
        ("https://g", "https://g/"),
    ] {
        assert_eq!(base.join(reference).map(String::from).as_deref(), Ok(form), "{reference}");
    }
    let mail = base.join("mailto:a@b.example").unwrap();
    assert_eq!((mail.scheme(), mail.host()), ("mailto", None));
}

#[test]
fn what_is_requested_has_neither_user_nor_fragment() {
    let url = Url::parse("https://me:secret@a.example:8080/x?y#z").unwrap();
    assert_eq!(url.requested(), "https://a.example:8080/x?y");
    assert_eq!((url.username(), url.password()), ("me", Some("secret")));
    assert_eq!(url.port_or_known_default(), Some(8080));
    assert!(!format!("{url:?}").contains("secret"));
}

#[test]
fn a_scheme_may_be_replaced_and_a_port_by_default_goes_along() {
    let mut url = Url::parse("https://a.example/x").unwrap();
    url.set_scheme("wss").unwrap();
    assert_eq!(url.port_or_known_default(), Some(443));
    assert_eq!(url.origin(), Url::parse("wss://a.example:443/y").unwrap().origin());
}
