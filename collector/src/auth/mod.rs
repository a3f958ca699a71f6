//! Who may do what: organisations and their keys.

mod authenticator;
mod error;
mod key;
mod organization;

pub use authenticator::Authenticator;
pub use error::AuthError;
pub(crate) use key::random_token;
pub use key::{Key, KeyDigest, KeyKind, KeyTerms};
pub use organization::OrganizationId;
