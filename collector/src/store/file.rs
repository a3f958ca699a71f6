//! The file of an `SQLite` database, which nobody else on the machine should read.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

/// Opens a file for writing that, if it is created, only its owner may read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates the file of a database, unless it is there; and whether it did. `SQLite` gives the files
/// beside it the rights of this one.
pub(super) fn create(path: &Path) -> std::io::Result<bool> {
    match private().create_new(true).open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Says in the log if everybody on the machine may read a database that was there already. Its rights
/// are left as they are: an operator may have given them to a back-up.
#[cfg(unix)]
pub(super) fn warn_of_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).map_or(0, |file| file.permissions().mode());
    if mode & 0o004 != 0 {
        tracing::warn!(
            database = %path.display(),
            "everybody on this machine may read the database; `chmod 600` it and the files beside it"
        );
    }
}

#[cfg(not(unix))]
pub(super) fn warn_of_readers(_: &Path) {}
