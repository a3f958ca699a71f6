//! URLs of servers (RFC 3986), as far as dialling and posting need them.
//!
//! The general library for URLs brings the tables of Unicode for names of hosts that are written in
//! other scripts: a quarter of all crates that a program with this one would be built from. Here such
//! a name is taken with the feature `idn`, and otherwise refused with a hint.

mod host;

use std::fmt;

pub(crate) use host::Host;
use host::address_of;

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
mod tests;
