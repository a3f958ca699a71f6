//! What a change of clocks or of networks may change, and what not.

use std::time::Duration;

use steadfast_core::connection::Input;

use super::Watched;

impl Watched {
    /// A wall clock that is set puts nothing off and makes no message expire.
    pub(super) fn may_have_slept(&mut self, pause: Duration) {
        let kept = self.kept.len();
        self.puts_nothing_off(Input::MayHaveSlept(pause));
        assert_eq!(self.kept.len(), kept, "a message is gone");
    }

    /// While no link is open, what comes next comes no later for this input. It may come again and
    /// again, and a dial would never time out. An open link is probed, which sets timers of its own.
    pub(super) fn puts_nothing_off(&mut self, input: Input) {
        let was_open = self.socket.is_some_and(|socket| socket.is_open);
        let before = self.machine.poll_timeout().filter(|_| !was_open);
        self.input(input);
        if let Some(before) = before {
            let latest = before.at.max(self.server.present());
            let after = self.machine.poll_timeout();
            assert!(after.is_some_and(|after| after.at <= latest), "{before:?} became {after:?}");
        }
    }
}
