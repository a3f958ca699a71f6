//! Who may do what: organisations and their keys.

mod authenticator;
mod error;
mod key;
mod last_used;
mod organization;
mod permission;
mod policy;
mod status;

pub use authenticator::{Authenticator, Caller, Presented};
pub use error::AuthError;
pub(crate) use key::random_token;
pub use key::{Key, KeyDigest, KeyKind, MAX_OVERLAP, OVERLAP};
pub use organization::OrganizationId;
pub use permission::Permission;
pub use policy::KeyPolicy;
pub use status::{KeyStatus, KeyWatch};
