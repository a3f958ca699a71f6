use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use steadfast_core::event::Event;
use steadfast_core::health::{HealthMonitor as Machine, SystemLoad};
use steadfast_core::manager::ConnectionManager as Sessions;
use steadfast_core::time::Instant;
use tokio::sync::Notify;
use tokio::time::{Instant as TokioInstant, sleep_until};

use super::load::Load;
use super::probe::Probe;
use crate::event_publisher::{EventPublisher, Publish, lock, release};
use crate::manager::ConnectionManager;

/// The time between two looks at how late a task is woken. As many come in a minute as the machine
/// remembers.
const PERIOD: Duration = Duration::from_millis(500);

/// Number of looks at the load between two at everything else.
const LOOKS: u32 = 10;

/// Number of events that wait for a slow listener.
const EVENTS: usize = 64;

/// What the clones of a monitor share, beside the task that keeps its deadlines.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) manager: ConnectionManager,
    state: Mutex<State>,
    /// Wakes the task: there is no monitor any more.
    alarm: Arc<Notify>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) machine: Machine,
    pub(super) publisher: EventPublisher<Event>,
    load: Load,
}

impl Publish for State {
    type Published = Event;

    fn publisher(&mut self) -> &mut EventPublisher<Event> {
        &mut self.publisher
    }

    fn next(&mut self) -> Option<Event> {
        self.machine.poll_output()
    }
}

impl Shared {
    pub(super) fn new(machine: Machine, manager: ConnectionManager) -> Self {
        let state =
            State { machine, publisher: EventPublisher::new(EVENTS), load: Load::default() };
        Self { manager, state: Mutex::new(state), alarm: Arc::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Releases the lock, and publishes the events that wait.
    pub(super) fn release<'a>(&'a self, state: MutexGuard<'a, State>) {
        release(&self.state, state);
    }

    /// Reads the machine along with the sessions it speaks of.
    pub(super) fn read<R>(&self, read: impl FnOnce(&Machine, Instant, &Sessions) -> R) -> R {
        // Always in this order: who has the sessions never waits for the monitor.
        let state = self.lock();
        let sessions = self.manager.shared.lock();
        read(&state.machine, self.now(), &sessions.machine)
    }

    pub(super) fn said(&self, load: SystemLoad) {
        let mut state = self.lock();
        let load = state.load.said(load);
        state.machine.handle_load(self.now(), load);
    }

    pub(super) fn close(&self) {
        self.lock().publisher.end();
        self.alarm.notify_one();
    }

    pub(super) fn now(&self) -> Instant {
        self.manager.shared.clock.now()
    }

    /// Collects, judges and looks at the machine, until there is no monitor any more.
    pub(super) fn keep_deadlines(self: &Arc<Self>) -> impl Future<Output = ()> + use<> {
        let (watching, alarm) = (Watching(Arc::downgrade(self)), Arc::clone(&self.alarm));
        async move {
            let mut watch = Watch { probe: Probe::new(), looks: 0, next: TokioInstant::now() };
            while let Some(due) = watch.turn(&watching.0) {
                tokio::select! {
                    () = alarm.notified() => {}
                    () = sleep_until(due) => {}
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

/// Held by the task. When it is gone, with its runtime or after a panic, the monitor is closed.
struct Watching(Weak<Shared>);

impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.close();
        }
    }
}

/// What the task knows.
struct Watch {
    probe: Probe,
    looks: u32,
    /// When to look next.
    next: TokioInstant,
}

impl Watch {
    /// Does what is due, and says when there is more; nothing once there is no monitor any more.
    fn turn(&mut self, shared: &Weak<Shared>) -> Option<TokioInstant> {
        let shared = shared.upgrade()?;
        if shared.lock().publisher.has_ended() {
            return None;
        }
        self.look(&shared);
        let due = collect(&shared);
        Some(self.next.min(shared.manager.shared.clock.to_tokio(due)))
    }

    fn look(&mut self, shared: &Shared) {
        let woken = TokioInstant::now();
        let Some(lag) = woken.checked_duration_since(self.next) else { return };
        self.next = woken + PERIOD;
        let first = self.looks == 0;
        let seen = self.looks.is_multiple_of(LOOKS).then(|| self.probe.read());
        self.looks = self.looks.wrapping_add(1);
        let (now, mut state) = (shared.now(), shared.lock());
        if !first {
            state.machine.handle_lag(now, lag);
        }
        if let Some(seen) = seen {
            let load = state.load.seen(seen);
            state.machine.handle_load(now, load);
        }
    }
}

/// Collects the metrics and judges them, if the time has come, and says when to come again.
fn collect(shared: &Shared) -> Instant {
    let mut state = shared.lock();
    let now = shared.now();
    if now >= state.machine.poll_timeout() {
        let mut sessions = shared.manager.shared.lock();
        let began = std::time::Instant::now();
        state.machine.handle_timeout(now, &mut sessions.machine);
        drop(sessions);
        state.machine.handle_processing_time(began.elapsed());
    }
    let due = state.machine.poll_timeout();
    shared.release(state);
    due
}
