use super::{AuthError, KeyKind};

/// What a key is called, and how it may be used: all that its successor takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// What people call the key, such as the program that uses it; empty for none. At most
    /// [`KeyPolicy::MAX_NAME`] bytes without control characters.
    pub name: String,
    /// The origins of pages that may use it, such as `https://app.example`; none is any. What
    /// comes from no page is not concerned. At most [`KeyPolicy::MAX_ORIGINS`], and none for a
    /// key that reads, which no page should have.
    pub origins: Vec<String>,
    /// The most requests in a minute, from 1 to [`KeyPolicy::MAX_PER_MINUTE`].
    pub per_minute: u32,
}

impl KeyPolicy {
    /// The longest name of a key, in bytes.
    pub const MAX_NAME: usize = 100;

    /// The most origins of a key.
    pub const MAX_ORIGINS: usize = 100;

    /// The most requests in a minute that can be allowed.
    pub const MAX_PER_MINUTE: u32 = 10_000_000;

    /// The terms of a new key of that kind: pages of any origin, and a thousand requests in a
    /// second for a publishable key, a hundred for one that reads.
    #[must_use]
    pub fn of(kind: KeyKind) -> Self {
        let per_second = match kind {
            KeyKind::Publishable => 1000,
            KeyKind::ReadOnly | KeyKind::Secret => 100,
        };
        Self { name: String::new(), origins: Vec::new(), per_minute: 60 * per_second }
    }

    /// The terms of a new key of that kind; what is absent is as in [`KeyPolicy::of`]. Origins are
    /// kept as browsers write them: in small letters, and without a port that goes without saying.
    ///
    /// # Errors
    ///
    /// If they make no sense.
    pub fn checked(
        kind: KeyKind,
        origins: &[String],
        per_minute: Option<u32>,
    ) -> Result<Self, AuthError> {
        if kind != KeyKind::Publishable && !origins.is_empty() {
            return Err(AuthError::Origins("none for a key that reads, which no page should have"));
        }
        if origins.len() > Self::MAX_ORIGINS {
            return Err(AuthError::Origins("at most 100"));
        }
        let per_minute = per_minute.unwrap_or(Self::of(kind).per_minute);
        if !(1..=Self::MAX_PER_MINUTE).contains(&per_minute) {
            return Err(AuthError::PerMinute(per_minute));
        }
        let origins = origins.iter().map(|given| {
            origin(given).ok_or_else(|| AuthError::OriginName(given.chars().take(80).collect()))
        });
        let origins = origins.collect::<Result<_, _>>()?;
        Ok(Self { name: String::new(), origins, per_minute })
    }

    /// The same of a key with a name.
    ///
    /// # Errors
    ///
    /// If the name is too long, or has control characters.
    pub fn named(self, name: &str) -> Result<Self, AuthError> {
        if name.len() > Self::MAX_NAME || name.chars().any(char::is_control) {
            return Err(AuthError::KeyName(name.len()));
        }
        Ok(Self { name: name.to_owned(), ..self })
    }

    /// Whether a page of that origin may use the key.
    #[must_use]
    pub fn allow(&self, origin: &str) -> bool {
        self.origins.is_empty() || self.origins.iter().any(|allowed| allowed == origin)
    }
}

/// An origin as browsers write it: scheme, host, and a port that the scheme does not imply.
fn origin(given: &str) -> Option<String> {
    let given = given.to_ascii_lowercase();
    let (scheme, place) = given.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let place = match scheme {
        "http" => place.strip_suffix(":80").unwrap_or(place),
        "https" => place.strip_suffix(":443").unwrap_or(place),
        _ => place,
    };
    let is_place = !place.is_empty()
        && place.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    (given.len() <= 256 && is_scheme && is_place).then(|| format!("{scheme}://{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(origin: &str) -> Result<KeyPolicy, AuthError> {
        KeyPolicy::checked(KeyKind::Publishable, &[origin.to_owned()], None)
    }

    #[test]
    fn an_origin_is_kept_as_browsers_write_it() {
        for (given, kept) in [
            ("https://App.Example", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:80", "http://[::1]"),
            ("capacitor://localhost", "capacitor://localhost"),
        ] {
            let terms = checked(given).unwrap();
            assert_eq!(terms.origins, [kept]);
            assert!(
                terms.allow(kept) && !terms.allow("null") && !terms.allow("https://evil.example")
            );
        }
    }

    #[test]
    fn a_name_is_short_and_printable() {
        let named = |name: &str| KeyPolicy::of(KeyKind::Secret).named(name);
        assert_eq!(named("CI, nightly").unwrap().name, "CI, nightly");
        for nonsense in ["a\nb", "\u{1b}[31m", &"x".repeat(101)] {
            assert_eq!(named(nonsense).unwrap_err().code(), "key.name");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for given in ["", "app.example", "https://", "https://a/", "https://*.a b", "1://a", "null"]
        {
            assert_eq!(checked(given).unwrap_err().code(), "key.origin", "{given:?}");
        }
    }

    #[test]
    fn terms_out_of_range_are_refused() {
        let terms = |kind, origins: usize, per_minute| {
            let origins = vec!["https://a.example".to_owned(); origins];
            KeyPolicy::checked(kind, &origins, per_minute).map_err(|error| error.code())
        };
        assert_eq!(terms(KeyKind::Secret, 1, None), Err("key.origins"));
        assert_eq!(terms(KeyKind::ReadOnly, 1, None), Err("key.origins"));
        assert_eq!(terms(KeyKind::Publishable, 101, None), Err("key.origins"));
        assert_eq!(terms(KeyKind::Publishable, 0, Some(0)), Err("key.per_minute"));
        assert_eq!(terms(KeyKind::Publishable, 0, Some(10_000_001)), Err("key.per_minute"));
        assert_eq!(terms(KeyKind::Secret, 0, None), Ok(KeyPolicy::of(KeyKind::Secret)));
    }
}
