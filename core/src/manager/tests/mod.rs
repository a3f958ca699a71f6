//! The manager by itself, on simulated time. Against a naive recount it runs in `tests/tests/sim_manager.rs`.

use alloc::string::{String, ToString};
use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::activity::Activity;
use crate::connection::{Cause, ConnectionState, Registration, Status};
use crate::event::EventKind;
use crate::quality::Quality;
use crate::retry::{Fixed, RetryStrategy};
use crate::time::Instant;

mod admitting;
mod beating;
mod losing;
mod reconnecting;
mod stale;
mod telling;
mod viewing;

/// How long a session of the tests says that it is silent.
const HALF_A_MINUTE: Duration = Duration::from_secs(30);

fn manager(max_sessions: usize) -> ConnectionManager {
    manager_with(ManagerConfig { max_sessions, ..ManagerConfig::default() })
}

fn manager_with(config: ManagerConfig) -> ConnectionManager {
    ConnectionManager::new(config, 1).unwrap()
}

fn at(secs: u64) -> Instant {
    Instant::ORIGIN + Duration::from_secs(secs)
}

fn register(manager: &mut ConnectionManager, id: &str) -> Result<(), ManagerError> {
    manager.register_connection(at(0), Registration::new(id, "web")).map(drop)
}

fn of(id: &str, user: &str, organization: &str) -> Registration {
    Registration {
        user_id: Some(user.into()),
        organization_id: organization.into(),
        ..Registration::new(id, "web")
    }
}

fn ids(connections: impl Iterator<Item = ConnectionState>) -> Vec<String> {
    connections.map(|state| state.session_id).collect()
}

/// What the manager has to say, as names.
fn told(manager: &mut ConnectionManager) -> Vec<String> {
    std::iter::from_fn(|| manager.poll_output())
        .map(|output| match output {
            ManagerOutput::Event { event, .. } => event.kind.name().to_string(),
            ManagerOutput::Reconnect { attempt, .. } => std::format!("reconnect {attempt}"),
        })
        .collect()
}

/// Lets time pass, as a driver does.
fn pass(manager: &mut ConnectionManager, until: Instant) {
    while let Some(due) = manager.poll_timeout().filter(|&due| due <= until) {
        manager.handle_timeout(due);
        assert!(manager.poll_timeout().is_none_or(|next| next > due));
    }
    manager.handle_timeout(until);
}
