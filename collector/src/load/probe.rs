use std::num::NonZero;
use std::time::Instant;

use steadfast_core::health::SystemLoad;
use sysinfo::{
    MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid,
};

/// Reads what this process takes of the machine; nothing on a system that does not tell.
#[derive(Debug)]
pub(super) struct Probe {
    system: Option<(System, Pid)>,
    /// How many processors it may use.
    processors: f64,
    /// The processors' time that it had taken, in milliseconds, and when that was.
    before: Option<(u64, Instant)>,
}

impl Probe {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let system = System::new().ok().zip(get_current_pid().ok());
        Self { system, processors: processors as f64, before: None }
    }

    /// Its memory and that of the machine, and the share of the processors' time that it has taken
    /// since the last call, which is absent in the first.
    pub(super) fn read(&mut self) -> SystemLoad {
        let Some((system, id)) = &mut self.system else { return SystemLoad::default() };
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[*id]), false, kind);
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let Some(process) = system.process(*id) else { return SystemLoad::default() };
        let (taken, now) = (process.accumulated_cpu_time(), Instant::now());
        let cpu = self.before.replace((taken, now)).map(|(before, at)| {
            let passed = now.saturating_duration_since(at).as_secs_f64() * 1e3 * self.processors;
            (taken.saturating_sub(before) as f64 / passed.max(1.0)).clamp(0.0, 1.0)
        });
        SystemLoad {
            cpu,
            memory_used: Some(process.memory()),
            memory_total: Some(system.total_memory()),
            ..SystemLoad::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_after_the_first_reading_a_share_of_the_processors() {
        let mut probe = Probe::new();
        let first = probe.read();
        assert_eq!(first.cpu, None);
        assert!(first.memory_used > Some(0) && first.memory_used < first.memory_total, "{first:?}");
        assert!(probe.read().cpu.is_some_and(|cpu| (0.0..=1.0).contains(&cpu)));
    }
}
