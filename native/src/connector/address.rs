use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;

/// None of a host's addresses could be connected to, or there was none: the source of the
/// [`Lost`](super::Lost) of such a dial.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConnectError {
    /// The name or the address that was dialled.
    pub host: String,
    /// What failed at each address, in the order of the failures; empty if the name could not be
    /// resolved.
    pub failures: Vec<AddressError>,
    /// Why the name could not be resolved, if it could not.
    resolution: Option<io::Error>,
}

/// One address could not be connected to.
#[derive(Debug, thiserror::Error)]
#[error("{address}: {source}")]
#[non_exhaustive]
pub struct AddressError {
    /// The address.
    pub address: SocketAddr,
    /// Why.
    pub source: io::Error,
}

impl AddressError {
    pub(crate) fn new(address: SocketAddr, source: io::Error) -> Self {
        Self { address, source }
    }
}

impl ConnectError {
    pub(crate) fn all_failed(host: &str, failures: Vec<AddressError>) -> Self {
        Self { host: host.to_owned(), failures, resolution: None }
    }

    pub(crate) fn unresolved(host: &str, resolution: io::Error) -> Self {
        Self { host: host.to_owned(), failures: Vec::new(), resolution: Some(resolution) }
    }

    pub(crate) fn is_unresolved(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unresolved() {
            return write!(f, "the name {:?} could not be resolved", self.host);
        }
        write!(f, "no address of {:?} could be connected to", self.host)?;
        for (index, failure) in self.failures.iter().enumerate() {
            write!(f, "{}{failure}", if index == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match (&self.resolution, self.failures.first()) {
            (Some(resolution), _) => Some(resolution),
            (None, first) => first.map(|failure| failure as &(dyn Error + 'static)),
        }
    }
}
