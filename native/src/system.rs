//! What the machine has to do.

use steadfast_core::health::SystemLoad;
use sysinfo::System;

/// Reads the load of the machine. A [`HealthMonitor`](crate::HealthMonitor) has one, and reads it by
/// itself.
///
/// ```
/// let mut probe = steadfast::SystemProbe::new();
/// let load = probe.read();
/// println!("{:?} of {:?} bytes are in use", load.memory_used, load.memory_total);
/// ```
#[derive(Debug)]
pub struct SystemProbe {
    /// Absent on a system that does not tell.
    system: Option<System>,
    read_before: bool,
}

impl Default for SystemProbe {
    fn default() -> Self {
        Self::new()
    }
}

impl SystemProbe {
    /// A probe that has not read anything yet.
    #[must_use]
    pub fn new() -> Self {
        Self { system: System::new().ok(), read_before: false }
    }

    /// The load now: the memory of the machine, and the share of the processors' time since the
    /// last call, which is absent in the first. To be called a second apart at least; it takes well
    /// under a millisecond.
    pub fn read(&mut self) -> SystemLoad {
        let Some(system) = &mut self.system else { return SystemLoad::default() };
        system.refresh_cpu_usage();
        system.refresh_memory();
        let cpu = f64::from(system.global_cpu_usage()) / 100.0;
        let known = std::mem::replace(&mut self.read_before, true);
        SystemLoad {
            cpu: known.then(|| cpu.clamp(0.0, 1.0)),
            memory_used: Some(system.used_memory()),
            memory_total: Some(system.total_memory()),
            ..SystemLoad::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_memory_and_after_the_first_reading_a_share_of_its_time() {
        let mut probe = SystemProbe::new();
        let first = probe.read();
        assert_eq!(first.cpu, None);
        assert!(first.memory_used <= first.memory_total && first.memory_total > Some(0));
        assert!(probe.read().cpu.is_some_and(|cpu| (0.0..=1.0).contains(&cpu)));
    }
}
