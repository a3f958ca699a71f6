//! URLs of servers (RFC 3986), as far as dialling and posting need them.
//!
//! The general library for URLs brings the tables of Unicode for names of hosts that are written in
//! other scripts: a quarter of all crates that a program with this one would be built from. Here such
//! a name is taken with the feature `idn`, and otherwise refused with a hint.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An absolute URL. Only those with a host can be dialled or posted to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// In lower case.
    scheme: String,
    /// What stands before the `@`.
    user: Option<String>,
    /// Absent where no `//` follows the scheme.
    host: Option<Host>,
    /// Absent if it is the default of the scheme.
    port: Option<u16>,
    /// Begins with a slash.
    path: String,
    query: Option<String>,
    fragment: Option<String>,
}

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// A name, in lower case and in ASCII.
    Domain(String),
    Ipv4(Ipv4Addr),
    Ipv6(Ipv6Addr),
}

/// Why a text is no URL of a server. It does not quote the text, which may hold a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseError {
    #[error("relative URL without a base")]
    NoScheme,
    #[error("relative URL without a base: the scheme is invalid")]
    Scheme,
    #[error("empty host")]
    NoHost,
    #[error("invalid domain character")]
    Host,
    #[error("invalid international domain name: write it as xn--…, or use the feature \"idn\"")]
    #[cfg(not(feature = "idn"))]
    International,
    #[error("invalid IPv4 address")]
    Ipv4,
    #[error("invalid IPv6 address")]
    Ipv6,
    #[error("invalid port number")]
    Port,
    #[error("it has control characters")]
    Control,
}

impl Url {
    /// Reads an absolute URL. Spaces around it are ignored; what a path and a query may not have is
    /// percent-encoded, and dots in a path are resolved.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        let text = text.trim_matches(|c: char| c == ' ' || c.is_ascii_control());
        if text.chars().any(char::is_control) {
            return Err(ParseError::Control);
        }
        let (scheme, rest) = text.split_once(':').ok_or(ParseError::NoScheme)?;
        let scheme = scheme.to_ascii_lowercase();
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.bytes().all(is_scheme)
        {
            return Err(ParseError::Scheme);
        }
        let Some(rest) = rest.strip_prefix("//") else {
            let (user, host, port, query, fragment) = (None, None, None, None, None);
            return Ok(Self { scheme, user, host, port, path: encoded(rest), query, fragment });
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        // Browsers take it for a slash, so it would be another host for them.
        if authority.contains('\\') {
            return Err(ParseError::Host);
        }
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(encoded(user)), address),
            None => (None, authority),
        };
        let (host, port) = address_of(address)?;
        let (rest, fragment) = split(rest, '#');
        let (path, query) = split(rest, '?');
        let port = port.filter(|port| Some(*port) != default_port(&scheme));
        Ok(Self {
            user: user.filter(|user| !user.is_empty()),
            host: Some(host),
            port,
            path: without_dots(&encoded(path)),
            query: query.map(encoded),
            fragment: fragment.map(encoded),
            scheme,
        })
    }

    /// What a reference means that was found at this URL (RFC 3986, 5.2).
    pub(crate) fn join(&self, reference: &str) -> Result<Self, ParseError> {
        let reference = reference.trim_matches(|c: char| c == ' ' || c.is_ascii_control());
        let before = reference.find(['/', '?', '#']).unwrap_or(reference.len());
        if reference[..before].contains(':') {
            return Self::parse(reference);
        }
        if reference.starts_with("//") {
            return Self::parse(&[&self.scheme, ":", reference].concat());
        }
        let path = match reference.as_bytes().first() {
            Some(b'/') => String::new(),
            None | Some(b'?' | b'#') => self.path.clone(),
            // Beside the last part of this one's path.
            Some(_) => self.path[..=self.path.rfind('/').unwrap_or(0)].to_owned(),
        };
        let query = match (reference.as_bytes().first(), &self.query) {
            (None | Some(b'#'), Some(query)) => ["?", query].concat(),
            _ => String::new(),
        };
        Self::parse(&[&self.origin_text(), &path, &query, reference].concat())
    }

    pub(crate) fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The same with another scheme; a port that was the old one's default is the new one's.
    pub(crate) fn set_scheme(&mut self, scheme: &str) -> Result<(), ()> {
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(());
        }
        scheme.clone_into(&mut self.scheme);
        self.port = self.port.filter(|port| Some(*port) != default_port(scheme));
        Ok(())
    }

    pub(crate) fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    pub(crate) fn port_or_known_default(&self) -> Option<u16> {
        self.port.or_else(|| default_port(&self.scheme))
    }

    /// Empty if there is none.
    pub(crate) fn username(&self) -> &str {
        let user = self.user.as_deref().unwrap_or("");
        user.split_once(':').map_or(user, |(name, _)| name)
    }

    pub(crate) fn password(&self) -> Option<&str> {
        self.user.as_deref()?.split_once(':').map(|(_, password)| password)
    }

    pub(crate) fn fragment(&self) -> Option<&str> {
        self.fragment.as_deref()
    }

    pub(crate) fn set_fragment(&mut self, fragment: Option<&str>) {
        self.fragment = fragment.map(encoded);
    }

    /// What two URLs have in common if the same server answers them.
    pub(crate) fn origin(&self) -> (&str, Option<&Host>, Option<u16>) {
        (&self.scheme, self.host(), self.port_or_known_default())
    }

    /// What is requested of a server: all but the user and the fragment, which are never sent.
    pub(crate) fn requested(&self) -> String {
        let query = self.query.as_deref().map(|query| ["?", query].concat()).unwrap_or_default();
        [self.origin_text().as_str(), &self.path, &query].concat()
    }

    fn origin_text(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let host = self.host.as_ref().map(|host| format!("//{host}")).unwrap_or_default();
        format!("{}:{host}{port}", self.scheme)
    }
}

impl From<Url> for String {
    fn from(url: Url) -> Self {
        url.to_string()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, path, .. } = self;
        write!(f, "{scheme}:")?;
        if let Some(host) = &self.host {
            let user = self.user.as_deref();
            write!(f, "//{}{}{host}", user.unwrap_or(""), user.map_or("", |_| "@"))?;
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(path)?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        match &self.fragment {
            Some(fragment) => write!(f, "#{fragment}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Url {
    // A path may carry a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin_text())
    }
}

impl Host {
    /// Whether this is the machine itself (RFC 6761, 6.3).
    #[cfg(any(feature = "proxy", feature = "report"))]
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                name == "localhost" || name.ends_with(".localhost")
            }
            Self::Ipv4(address) => address.is_loopback(),
            Self::Ipv6(address) => address.to_canonical().is_loopback(),
        }
    }
}

impl fmt::Display for Host {
    /// As in a URL: addresses of IPv6 in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(name) => f.write_str(name),
            Self::Ipv4(address) => write!(f, "{address}"),
            Self::Ipv6(address) => write!(f, "[{address}]"),
        }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn address_of(address: &str) -> Result<(Host, Option<u16>), ParseError> {
    let (host, port) = if let Some(rest) = address.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or(ParseError::Ipv6)?;
        let host = Host::Ipv6(host.parse().map_err(|_| ParseError::Ipv6)?);
        let port =
            if port.is_empty() { "" } else { port.strip_prefix(':').ok_or(ParseError::Port)? };
        (host, port)
    } else {
        let (name, port) = address.split_once(':').unwrap_or((address, ""));
        (host_of(name)?, port)
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|_| digits).ok_or(ParseError::Port)?;
    Ok((host, Some(port)))
}

fn host_of(name: &str) -> Result<Host, ParseError> {
    if name.is_empty() {
        return Err(ParseError::NoHost);
    }
    let name = ascii(name)?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        return Err(ParseError::Host);
    }
    // What ends in a number is an address; resolvers read some of those that are none in odd ways.
    let last = name.strip_suffix('.').unwrap_or(&name).rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    if last.is_empty() {
        return Err(ParseError::Host);
    }
    if is_number {
        return name.parse().map(Host::Ipv4).map_err(|_| ParseError::Ipv4);
    }
    Ok(Host::Domain(name))
}

#[cfg(feature = "idn")]
fn ascii(name: &str) -> Result<String, ParseError> {
    if name.is_ascii() {
        return Ok(name.to_ascii_lowercase());
    }
    idna::domain_to_ascii(name).map_err(|_| ParseError::Host)
}

#[cfg(not(feature = "idn"))]
fn ascii(name: &str) -> Result<String, ParseError> {
    if name.is_ascii() { Ok(name.to_ascii_lowercase()) } else { Err(ParseError::International) }
}

/// With what no part of a URL may have percent-encoded.
fn encoded(part: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digit = |four: u8| char::from(HEX[usize::from(four & 15)]);
            encoded.extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
    encoded
}

/// RFC 3986, 5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        match part {
            "." => {}
            ".." => {
                kept.pop();
            }
            part => {
                kept.push(part);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    ["/", &kept.join("/")].concat()
}

#[cfg(test)]
mod tests {
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
}
