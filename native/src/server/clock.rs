use steadfast_core::time::Instant;

/// The time of a server, since it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    begin: tokio::time::Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { begin: tokio::time::Instant::now() }
    }

    pub(crate) fn now(self) -> Instant {
        Instant::from_origin(self.begin.elapsed())
    }

    pub(crate) fn to_tokio(self, at: Instant) -> tokio::time::Instant {
        self.begin + at.since_origin()
    }
}
