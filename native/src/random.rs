//! Numbers and names from the system's generator.

use crate::error::OpenError;

/// 64 random bits.
pub(crate) fn random() -> Result<u64, OpenError> {
    getrandom::u64().map_err(OpenError::Random)
}

/// 128 random bits as 32 hexadecimal digits.
pub(crate) fn random_name() -> Result<String, OpenError> {
    Ok(format!("{:016x}{:016x}", random()?, random()?))
}
