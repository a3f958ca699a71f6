//! Which redirects of the upgrade are followed.
//!
//! To another address of the same host, and to any host by TLS; never from TLS to plain text. What
//! the user gave for one origin is not told to another.

use http::StatusCode;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, ORIGIN, USER_AGENT};
use http::header::{HeaderMap, HeaderName, LOCATION};

use super::head::Head;
use crate::url::Url;

/// A redirect cannot be followed. None of them quotes an address: it may carry a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RedirectError {
    #[error("the server redirects from TLS to plain text")]
    Downgrade,
    #[error("the server redirects to another host in plain text")]
    ForeignHost,
    #[error("the server redirects to no valid address")]
    Invalid,
    #[error("the server redirects in a circle")]
    Loop,
    #[error("the server redirects more than {0} times in a row")]
    TooMany(usize),
}

/// What is no secret, and may be told to another origin.
const HARMLESS: [HeaderName; 4] = [ACCEPT, ACCEPT_LANGUAGE, ORIGIN, USER_AGENT];

/// Where an answer redirects to, if it does.
pub(crate) fn location<'a>(head: &'a Head, from: &Url) -> Option<Result<Url, RedirectError>> {
    let is_redirect = matches!(
        head.status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let follow = |location: &'a http::HeaderValue| {
        let location = location.to_str().map_err(|_| RedirectError::Invalid)?;
        next(from, location)
    };
    is_redirect.then(|| head.headers.get(LOCATION).ok_or(RedirectError::Invalid).and_then(follow))
}

/// The next address, if it may be dialled.
fn next(from: &Url, location: &str) -> Result<Url, RedirectError> {
    let invalid = RedirectError::Invalid;
    let mut to = from.join(location).map_err(|_| invalid)?;
    let scheme = match to.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        _ => return Err(invalid),
    };
    to.set_scheme(scheme).map_err(|()| invalid)?;
    to.set_fragment(None);
    if !to.username().is_empty() || to.password().is_some() || to.host().is_none() {
        return Err(invalid);
    }
    match (from.scheme(), to.scheme()) {
        ("wss", "ws") => Err(RedirectError::Downgrade),
        (_, "ws") if from.host() != to.host() => Err(RedirectError::ForeignHost),
        _ => Ok(to),
    }
}

/// Of the user's headers, those that another origin may see.
pub(crate) fn harmless(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| HARMLESS.contains(name)) {
        kept.append(name, value.clone());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes(from: &str, location: &str) -> Result<String, RedirectError> {
        next(&Url::parse(from).unwrap(), location).map(String::from)
    }

    #[test]
    fn a_redirect_is_followed_on_the_same_host_and_to_any_host_by_tls() {
        let same = "ws://a.example/x?token=1";
        assert_eq!(goes(same, "/y").as_deref(), Ok("ws://a.example/y"));
        assert_eq!(goes(same, "http://a.example:81/").as_deref(), Ok("ws://a.example:81/"));
        assert_eq!(goes(same, "https://a.example/").as_deref(), Ok("wss://a.example/"));
        assert_eq!(goes("wss://a.example/", "//b.example/#f").as_deref(), Ok("wss://b.example/"));
        assert_eq!(goes(same, "wss://b.example/").as_deref(), Ok("wss://b.example/"));
    }

    #[test]
    fn no_redirect_leads_out_of_tls_or_to_a_stranger_in_plain_text() {
        let downgrade = goes("wss://a.example/", "http://a.example/");
        assert_eq!(downgrade, Err(RedirectError::Downgrade));
        let foreign = goes("ws://a.example/", "http://b.example/");
        assert_eq!(foreign, Err(RedirectError::ForeignHost));
        for nonsense in ["ftp://a.example/", "https://", "https://u:p@a.example/", "wss://[::"] {
            let refused = goes("wss://a.example/", nonsense);
            assert_eq!(refused, Err(RedirectError::Invalid), "{nonsense}");
        }
    }
}
