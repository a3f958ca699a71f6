//! Who the session is.

use steadfast_core::connection::{MetadataValue, Registration};

use super::Builder;
use crate::connector::Connector;

impl<C: Connector> Builder<C> {
    /// Who the session is, all at once. By default a session with a random id, of no user, in the
    /// organisation `default`, of the client type `native`.
    pub fn session(mut self, registration: Registration) -> Self {
        self.config.registration = registration;
        self.session_id_given = true;
        self
    }

    /// Names the session, uniquely within its organisation. 1 to 128 bytes; random by default.
    pub fn session_id(mut self, session_id: impl Into<String>) -> Self {
        self.config.registration.session_id = session_id.into();
        self.session_id_given = true;
        self
    }

    /// The tenant. 1 to 128 bytes; `default` by default.
    pub fn organization(mut self, organization_id: impl Into<String>) -> Self {
        self.config.registration.organization_id = organization_id.into();
        self
    }

    /// Whose session it is. 1 to 128 bytes; nobody's by default.
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        self.config.registration.user_id = Some(user_id.into());
        self
    }

    /// What kind of client this is. 1 to 64 bytes; `native` by default.
    pub fn client_type(mut self, client_type: impl Into<String>) -> Self {
        self.config.registration.client_type = client_type.into();
        self
    }

    /// One more fact about the session: at most 32, names of up to 64 bytes, texts of up to 256.
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<MetadataValue>) -> Self {
        self.config.registration.metadata.insert(name.into(), value.into());
        self
    }
}
