//! The configuration in effect, and how it is replaced while the collector runs.

use std::sync::Arc;

use tokio::sync::watch;

use crate::config::{Config, ConfigError, Place, SETTINGS, Setting};

/// The settings that can change while the collector runs. All others do at its next start.
pub const RELOADED: &[&str] = &[
    "scrape-key",
    "shutdown-limit",
    "max-connections",
    "max-connections-per-address",
    "reports-per-address",
    "requests-per-address",
    "new-sessions-per-key",
    "new-sessions-per-address",
    "latency-raise",
    "latency-clear",
    "latency-for",
    "latency-keep",
    "errors-raise",
    "errors-clear",
    "errors-for",
    "errors-keep",
    "errors-least",
    "quality-raise",
    "quality-clear",
    "quality-for",
    "quality-keep",
    "reports-raise",
    "reports-clear",
    "reports-for",
    "reports-keep",
    "reports-least",
    "overload-cpu",
    "overload-lag",
    "overload-queue",
    "overload-sessions",
    "overload-for",
    "overload-keep",
    "retention-reports",
    "retention-events",
    "retention-rollups",
    "retention-ended-sessions",
    "retention-stale-sessions",
    "retention-keys",
    "retention-alerts",
    "retention-audit",
];

/// The configuration in effect. Clones share it.
#[derive(Clone, Debug)]
pub struct LiveConfig(watch::Sender<Arc<Config>>);

/// Result of reading a configuration again: names of settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Those that have changed, and are in effect.
    pub applied: Vec<&'static str>,
    /// Those that have changed, and are in effect after the next start.
    pub at_start: Vec<&'static str>,
}

impl LiveConfig {
    pub(crate) fn new(config: Config) -> Self {
        Self(watch::Sender::new(Arc::new(config)))
    }

    /// The configuration as it is now.
    #[must_use]
    pub fn current(&self) -> Arc<Config> {
        Arc::clone(&self.0.borrow())
    }

    /// Waits until the configuration is one that `expected` is true of.
    pub(crate) async fn wait_for(&self, mut expected: impl FnMut(&Config) -> bool) {
        let mut changes = self.0.subscribe();
        // It fails only without a sender, and this is one.
        let _ = changes.wait_for(|config| expected(config)).await;
    }

    /// Takes over what can change while the collector runs.
    ///
    /// # Errors
    ///
    /// If a value is not one that is allowed. Nothing has changed then.
    pub(crate) fn replace(&self, new: &Config) -> Result<Reloaded, ConfigError> {
        new.validate()?;
        let current = self.current();
        let mut next = Config::clone(&current);
        let mut reloaded = Reloaded::default();
        let has_changed = |setting: &&Setting| setting.text(&current) != setting.text(new);
        for setting in SETTINGS.iter().filter(has_changed) {
            if RELOADED.contains(&setting.name) {
                setting.set(&mut next, &setting.text(new), &Place::Field(setting.name))?;
                reloaded.applied.push(setting.name);
            } else {
                reloaded.at_start.push(setting.name);
            }
        }
        next.validate()?;
        self.0.send_replace(Arc::new(next));
        Ok(reloaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_that_can_change_is_one() {
        for name in RELOADED {
            assert!(Setting::find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_can_change_does_and_of_the_rest_it_is_said_that_it_will() {
        let live = LiveConfig::new(Config::default());
        let mut new = Config { queue: 7, scrape_key: Some("k".repeat(16)), ..Config::default() };
        new.health.high_latency.raise = 2000.0;
        let reloaded = live.replace(&new).unwrap();
        assert_eq!(reloaded.applied, ["scrape-key", "latency-raise"]);
        assert_eq!(reloaded.at_start, ["queue"]);
        let current = live.current();
        assert_eq!((current.queue, &current.scrape_key), (1024, &new.scrape_key));
        assert_eq!(live.replace(&current).unwrap(), Reloaded::default());
    }

    #[test]
    fn of_a_configuration_that_makes_no_sense_nothing_is_taken_over() {
        let live = LiveConfig::new(Config::default());
        let new = Config { queue: 0, scrape_key: Some("k".repeat(16)), ..Config::default() };
        assert_eq!(live.replace(&new).unwrap_err().code(), "config.value");
        assert_eq!(*live.current(), Config::default());
    }
}
