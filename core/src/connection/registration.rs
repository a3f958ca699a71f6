use alloc::string::String;

use super::metadata::{Metadata, MetadataValue};
use crate::error::{ConfigError, ensure, ensure_text};

/// Who a session is: what a user says of it when it is registered.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", deny_unknown_fields))]
pub struct Registration {
    /// Names the session, uniquely within its organisation. 1 to 128 bytes.
    pub session_id: String,
    /// Whose session it is. 1 to 128 bytes.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub user_id: Option<String>,
    /// The tenant. 1 to 128 bytes.
    pub organization_id: String,
    /// What kind of client: `web`, `native`, `ios`, … 1 to 64 bytes.
    pub client_type: String,
    /// Whatever else is worth knowing.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Metadata::is_empty"))]
    pub metadata: Metadata,
}

impl Registration {
    /// A session of no user, in the organisation `default`.
    #[must_use]
    pub fn new(session_id: impl Into<String>, client_type: impl Into<String>) -> Self {
        Self {
            session_id: session_id.into(),
            user_id: None,
            organization_id: "default".into(),
            client_type: client_type.into(),
            metadata: Metadata::new(),
        }
    }

    /// Refuses names and metadata that are empty, too long, or not printable.
    ///
    /// # Errors
    ///
    /// Names the field, its size or value, and what is allowed.
    pub fn validate(&self) -> Result<(), ConfigError> {
        ensure_text("sessionId", &self.session_id, 128)?;
        ensure_text("organizationId", &self.organization_id, 128)?;
        ensure_text("clientType", &self.client_type, 64)?;
        if let Some(user_id) = &self.user_id {
            ensure_text("userId", user_id, 128)?;
        }
        let entries = self.metadata.len();
        ensure(entries <= 32, "metadata", entries, "at most 32 entries")?;
        self.metadata.iter().try_for_each(|(name, value)| {
            ensure_text("metadata name", name, 64)?;
            match value {
                MetadataValue::Bool(_) => Ok(()),
                MetadataValue::Number(number) => {
                    ensure(number.is_finite(), "metadata value", *number, "a finite number")
                }
                MetadataValue::Text(text) => {
                    ensure(text.len() <= 256, "metadata value", text.len(), "at most 256 bytes")
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_by_the_name_of_its_field() {
        let field = |change: fn(&mut Registration)| {
            let mut registration = Registration::new("s", "web");
            assert_eq!(registration.validate(), Ok(()));
            change(&mut registration);
            registration.validate().unwrap_err().field()
        };
        assert_eq!(field(|r| r.session_id.clear()), "sessionId");
        assert_eq!(field(|r| r.client_type = "x".repeat(65)), "clientType");
        assert_eq!(field(|r| r.organization_id = "a\nb".into()), "organizationId");
        assert_eq!(field(|r| r.user_id = Some(String::new())), "userId");
        let nan = |r: &mut Registration| {
            r.metadata.insert("n".into(), MetadataValue::Number(f64::NAN));
        };
        assert_eq!(field(nan), "metadata value");
    }
}
