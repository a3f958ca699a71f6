//! The signals that the program listens to.

/// Hang-ups: SIGHUP asks to read the configuration again.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct HangUps(tokio::signal::unix::Signal);

#[cfg(unix)]
impl HangUps {
    /// From now on a hang-up no longer ends the process.
    pub(crate) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::hangup()).map(Self)
    }

    /// Resolves at the next one. Several that come while nobody waits count as one.
    pub(crate) async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// There are none but on Unix.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct HangUps;

#[cfg(not(unix))]
impl HangUps {
    #[allow(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn next(&mut self) {
        std::future::pending::<()>().await;
    }
}

/// Resolves at Ctrl-C, and on Unix at SIGTERM.
#[cfg(unix)]
pub(crate) fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a signal to wait for, there is nothing to do but go on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
