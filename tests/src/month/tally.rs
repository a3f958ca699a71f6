use std::time::Duration;

/// Counts of what happened to the clients of a kind.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How long links were up.
    pub up: Duration,
    /// Links given up for their silence although the server was there and the path carried.
    pub false_deaths: u32,
    /// How long each dead link of a client that was visible and sent nothing went unnoticed, in order.
    pub noticed_idle: Vec<Duration>,
    /// The same from the message that was sent after the link had died.
    pub noticed_sending: Vec<Duration>,
    /// Times at which the wall clock was set while a link was up.
    pub clock_steps: u32,
    /// Links that were lost within 30 s of that without another reason.
    pub lost_to_clock_steps: u32,
    /// Dials.
    pub dials: u32,
    /// Pings.
    pub pings: u64,
    /// Messages that arrived.
    pub messages: u64,
    /// Times at which a client woke up.
    pub wake_ups: u64,
    /// The most messages that waited at a time.
    pub most_waiting: usize,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.up += other.up;
        self.false_deaths += other.false_deaths;
        self.noticed_idle.extend(other.noticed_idle);
        self.noticed_sending.extend(other.noticed_sending);
        self.noticed_idle.sort();
        self.noticed_sending.sort();
        self.clock_steps += other.clock_steps;
        self.lost_to_clock_steps += other.lost_to_clock_steps;
        self.dials += other.dials;
        self.pings += other.pings;
        self.messages += other.messages;
        self.wake_ups += other.wake_ups;
        self.most_waiting = self.most_waiting.max(other.most_waiting);
        self
    }

    /// False deaths in a day of a link.
    #[must_use]
    pub fn false_deaths_a_link_day(&self) -> f64 {
        f64::from(self.false_deaths) / (self.up.as_secs_f64() / 86_400.0)
    }
}
