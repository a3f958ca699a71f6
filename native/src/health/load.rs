use steadfast_core::health::SystemLoad;

/// What is known of the load: what was seen, and what the user said, which counts for more.
#[derive(Debug, Default)]
pub(super) struct Load {
    seen: SystemLoad,
    /// Until the next look.
    said: SystemLoad,
}

impl Load {
    /// The load after a look at the machine. What was said before it counts once more.
    pub(super) fn seen(&mut self, seen: SystemLoad) -> SystemLoad {
        self.seen = seen;
        or(std::mem::take(&mut self.said), seen)
    }

    /// The load as the user says, and as was seen where nothing is said.
    pub(super) fn said(&mut self, said: SystemLoad) -> SystemLoad {
        self.said = said;
        or(said, self.seen)
    }
}

fn or(first: SystemLoad, second: SystemLoad) -> SystemLoad {
    SystemLoad {
        cpu: first.cpu.or(second.cpu),
        queue: first.queue.or(second.queue),
        sessions: first.sessions.or(second.sessions),
        loop_lag_p95: first.loop_lag_p95.or(second.loop_lag_p95),
        long_tasks: first.long_tasks.or(second.long_tasks),
        memory_used: first.memory_used.or(second.memory_used),
        memory_total: first.memory_total.or(second.memory_total),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_says_counts_for_more_and_until_the_look_after_the_next() {
        let cpu = |cpu| SystemLoad { cpu: Some(cpu), ..SystemLoad::default() };
        let mut load = Load::default();
        load.seen(SystemLoad { memory_used: Some(7), ..cpu(0.1) });
        let queue = SystemLoad { queue: Some(0.9), ..cpu(0.5) };
        assert_eq!(load.said(queue), SystemLoad { memory_used: Some(7), ..queue });
        assert_eq!(load.seen(cpu(0.2)), queue);
        assert_eq!(load.seen(cpu(0.3)), cpu(0.3));
    }
}
