use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::AuthError;

/// The name of a tenant: 1 to 128 bytes without control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationId(Arc<str>);

impl OrganizationId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrganizationId {
    type Err = AuthError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.is_empty() || name.len() > 128 || name.chars().any(char::is_control) {
            return Err(AuthError::OrganizationName(name.len()));
        }
        Ok(Self(name.into()))
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_has_a_printable_name() {
        assert_eq!("acme".parse::<OrganizationId>().unwrap().as_str(), "acme");
        for nonsense in ["", "a\nb", &"x".repeat(129)] {
            let refused = nonsense.parse::<OrganizationId>().unwrap_err();
            assert_eq!(refused.code(), "auth.organization_name");
        }
    }
}
