//! TLS by rustls with ring.
//!
//! Certificates are judged by the platform's own verifier: the administrator of the machine decides
//! whom it trusts, private authorities included, and a revoked authority goes with the system's
//! update rather than with a release of this crate.

use std::sync::{Arc, OnceLock};

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, ConfigBuilder, Error, WantsVerifier};

use crate::error::OpenError;

/// What all connections share that were not given another: reading the system's certificates takes
/// milliseconds, and sessions can be resumed across reconnects.
static PLATFORM: OnceLock<Arc<ClientConfig>> = OnceLock::new();

/// Trusts whom the system trusts.
pub(crate) fn platform() -> Result<Arc<ClientConfig>, OpenError> {
    if let Some(config) = PLATFORM.get() {
        return Ok(Arc::clone(config));
    }
    let build = || Ok::<_, Error>(builder()?.with_platform_verifier()?.with_no_client_auth());
    let config = build().map_err(OpenError::Tls)?;
    Ok(Arc::clone(PLATFORM.get_or_init(|| Arc::new(config))))
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
}
