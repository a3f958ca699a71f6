use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use steadfast_core::manager::{
    ConnectionManager as Machine, ManagerConfig, ManagerError as Refusal, ManagerOutput,
};
use steadfast_core::time::Instant;
use tokio::sync::Notify;
use tokio::time::{Instant as TokioInstant, sleep_until};

use super::error::ManagerError;
use crate::clock::Clock;
use crate::event_publisher::{EventPublisher, Publish, lock, release};
use crate::seed::seed;

/// What the clones of a manager share, beside the task that keeps its deadlines.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    state: Mutex<State>,
    /// Wakes the task: there is an earlier deadline, or none any more.
    alarm: Arc<Notify>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) machine: Machine,
    pub(crate) publisher: EventPublisher<ManagerOutput>,
    /// What the task sleeps until.
    armed: Option<Instant>,
}

impl Publish for State {
    type Published = ManagerOutput;

    fn publisher(&mut self) -> &mut EventPublisher<ManagerOutput> {
        &mut self.publisher
    }

    fn next(&mut self) -> Option<ManagerOutput> {
        self.machine.poll_output()
    }

    fn take_lost(&mut self) -> u64 {
        self.machine.take_missed_outputs()
    }
}

impl Shared {
    pub(super) fn new(machine: Machine, config: &ManagerConfig) -> Self {
        let publisher = EventPublisher::new(config.max_events);
        Self {
            clock: Clock::start(),
            state: Mutex::new(State { machine, publisher, armed: None }),
            alarm: Arc::default(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Asks the machine, and sees to what follows.
    pub(super) fn ask<R>(
        &self,
        ask: impl FnOnce(&mut Machine, Instant) -> Result<R, Refusal>,
    ) -> Result<R, ManagerError> {
        let mut state = self.lock();
        if state.publisher.has_ended() {
            return Err(ManagerError::Closed);
        }
        let heard = state.publisher.is_heard();
        state.machine.watch(heard);
        let answer = ask(&mut state.machine, self.clock.now());
        let due = state.machine.poll_timeout();
        let sooner = due.is_some_and(|due| state.armed.is_none_or(|armed| due < armed));
        if sooner {
            state.armed = due;
        }
        release(&self.state, state);
        if sooner {
            self.alarm.notify_one();
        }
        Ok(answer?)
    }

    pub(super) fn close(&self, config: &ManagerConfig) {
        let mut state = self.lock();
        state.publisher.end();
        // What was allowed once is allowed again.
        if let Ok(empty) = Machine::new(config.clone(), seed()) {
            state.machine = empty;
        }
        drop(state);
        self.alarm.notify_one();
    }

    /// Keeps the deadlines, until there is no manager any more.
    pub(super) fn keep_deadlines(
        self: &Arc<Self>,
        config: Arc<ManagerConfig>,
    ) -> impl Future<Output = ()> + use<> {
        let keeping = Keeping { shared: Arc::downgrade(self), config };
        let alarm = Arc::clone(&self.alarm);
        async move {
            while let ControlFlow::Continue(due) = turn(&keeping.shared) {
                let sleep = async {
                    match due {
                        Some(due) => sleep_until(due).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = alarm.notified() => {}
                    () = sleep => {}
                }
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.alarm.notify_one();
    }
}

/// Held by the task. When it is gone, with its runtime or after a panic, the manager is closed:
/// nothing would keep its deadlines any more.
struct Keeping {
    shared: Weak<Shared>,
    config: Arc<ManagerConfig>,
}

impl Drop for Keeping {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.close(&self.config);
        }
    }
}

/// Does what is due, and says when there is more; an end once there is no manager any more.
fn turn(shared: &Weak<Shared>) -> ControlFlow<(), Option<TokioInstant>> {
    let Some(shared) = shared.upgrade() else { return ControlFlow::Break(()) };
    let mut state = shared.lock();
    if state.publisher.has_ended() {
        return ControlFlow::Break(());
    }
    let heard = state.publisher.is_heard();
    state.machine.watch(heard);
    state.machine.handle_timeout(shared.clock.now());
    state.armed = state.machine.poll_timeout();
    let due = state.armed.map(|due| shared.clock.to_tokio(due));
    release(&shared.state, state);
    ControlFlow::Continue(due)
}
