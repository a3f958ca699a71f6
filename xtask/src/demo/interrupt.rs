//! Ctrl-C, and the signals that ask a program to end.

use std::{
    cell::Cell,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use anyhow::Result;

/// Whether the user has asked for the end.
pub(super) struct Interrupt {
    signals: Receiver<()>,
    came: Cell<bool>,
}

impl Interrupt {
    /// From here on Ctrl-C no longer ends this program by itself: it has to look.
    pub(super) fn listen() -> Result<Self> {
        let (sender, signals) = channel();
        // A second signal changes nothing: everything is being ended already.
        ctrlc::set_handler(move || {
            let _ = sender.send(());
        })?;
        Ok(Self { signals, came: Cell::new(false) })
    }

    /// Whether the user has asked for the end up to now.
    pub(super) fn came(&self) -> bool {
        self.came_within(Duration::ZERO)
    }

    /// Waits until the user asks for the end, but no longer than `time`; says whether they have.
    pub(super) fn came_within(&self, time: Duration) -> bool {
        if !self.came.get() {
            self.came
                .set(!matches!(self.signals.recv_timeout(time), Err(RecvTimeoutError::Timeout)));
        }
        self.came.get()
    }
}
