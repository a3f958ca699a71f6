use steadfast_core::connection::{Connection, ConnectionState};
use steadfast_core::time::Dates;

use crate::connector::Lost;

/// What is known of a connection from outside of its driver.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) state: ConnectionState,
    pub(crate) score: Option<f64>,
    /// Why the last link was lost, or the last dial failed.
    pub(crate) loss: Option<Lost>,
}

impl Snapshot {
    pub(crate) fn of(machine: &Connection) -> Self {
        Self { state: machine.state().clone(), score: machine.score(), loss: None }
    }

    /// Catches up with the machine, and says whether anything is different.
    ///
    /// Runs for every message, so what a registration fixed is not copied again.
    pub(crate) fn update(&mut self, machine: &Connection, dates: Dates) -> bool {
        let &ConnectionState {
            session_id: _,
            user_id: _,
            organization_id: _,
            status,
            client_type: _,
            connected_at,
            last_heartbeat,
            disconnected_at,
            reconnect_attempts,
            max_reconnect_attempts,
            failure,
            connection_quality,
            latency,
            missed_heartbeats,
            total_disconnections,
            metadata: _,
        } = machine.state();
        let Self { state, score, loss: _ } = self;
        let date = |instant| dates.date(instant);
        let mut changed = replace(&mut state.status, status);
        changed |= replace(&mut state.connected_at, connected_at.map(date));
        changed |= replace(&mut state.last_heartbeat, last_heartbeat.map(date));
        changed |= replace(&mut state.disconnected_at, disconnected_at.map(date));
        changed |= replace(&mut state.reconnect_attempts, reconnect_attempts);
        changed |= replace(&mut state.max_reconnect_attempts, max_reconnect_attempts);
        changed |= replace(&mut state.failure, failure);
        changed |= replace(&mut state.connection_quality, connection_quality);
        changed |= replace(&mut state.latency, latency);
        changed |= replace(&mut state.missed_heartbeats, missed_heartbeats);
        changed |= replace(&mut state.total_disconnections, total_disconnections);
        changed | replace(score, machine.score())
    }
}

fn replace<T: PartialEq>(place: &mut T, value: T) -> bool {
    let changed = *place != value;
    *place = value;
    changed
}
