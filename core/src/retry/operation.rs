use alloc::string::String;
use alloc::sync::Arc;
use core::convert::Infallible;

use crate::error::{ConfigError, ensure_text};

/// What an operation is called, checked once: 1 to 128 bytes without control characters. Cheap to
/// clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(Arc<str>);

impl OperationId {
    /// An id of this text.
    ///
    /// # Errors
    ///
    /// If it is empty, too long, or has control characters.
    pub fn new(text: impl Into<Arc<str>>) -> Result<Self, ConfigError> {
        let text = text.into();
        ensure_text("operationId", &text, 128)?;
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn as_shared(&self) -> &Arc<str> {
        &self.0
    }
}

impl TryFrom<&str> for OperationId {
    type Error = ConfigError;

    fn try_from(text: &str) -> Result<Self, ConfigError> {
        Self::new(text)
    }
}

impl TryFrom<String> for OperationId {
    type Error = ConfigError;

    fn try_from(text: String) -> Result<Self, ConfigError> {
        Self::new(text)
    }
}

/// Lets what takes a text or an id refuse the one and never the other.
impl From<Infallible> for ConfigError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
