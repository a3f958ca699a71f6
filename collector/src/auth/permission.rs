use std::fmt;

use super::KeyKind;

/// What a request needs its key to permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Change what belongs to the organisation: its keys, its alerts, what is stored of it.
    Change,
    /// Read everything of the organisation.
    Read,
    /// Send reports.
    Report,
}

impl Permission {
    /// Whether keys of that kind permit it.
    #[must_use]
    pub fn is_given_to(self, kind: KeyKind) -> bool {
        match self {
            Self::Change => kind == KeyKind::Secret,
            Self::Read => matches!(kind, KeyKind::ReadOnly | KeyKind::Secret),
            Self::Report => kind == KeyKind::Publishable,
        }
    }
}

/// The keys that permit it, as an error names them.
impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Change => "secret key, which begins with sk_",
            Self::Read => "secret key or a read-only key, which begin with sk_ and rk_",
            Self::Report => "publishable key, which begins with pk_",
        })
    }
}
