use std::sync::Arc;

use steadfast_core::ConfigError;
use steadfast_core::retry::{Failure, GiveUp, OperationKey, Verdict};
use steadfast_core::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::RetryManager;
use crate::breaker::CircuitBreaker;
use crate::retry::judge::Judge;
use crate::retry::options::RetryOptions;

/// A [`RetryManager`] decides about the operation, under its id.
#[derive(Debug)]
pub struct Managed {
    manager: RetryManager,
    operation_id: String,
    token: CancellationToken,
    /// Present while the operation is under way.
    key: Option<OperationKey>,
}

impl Managed {
    pub(crate) fn new(manager: RetryManager, operation_id: String) -> Self {
        Self { manager, operation_id, token: CancellationToken::new(), key: None }
    }

    pub(crate) fn cancelled(&self) -> WaitForCancellationFutureOwned {
        self.token.clone().cancelled_owned()
    }
}

impl Judge for Managed {
    fn begin(
        &mut self,
        _: Instant,
        options: &RetryOptions,
    ) -> Result<Option<CircuitBreaker>, ConfigError> {
        if options.throttle.is_some() {
            let allowed = "RetryManager::throttle under a manager";
            return Err(ConfigError::out_of_range("throttle", "of the operation", allowed));
        }
        let circuit = |config| self.manager.circuit_or(&self.operation_id, config);
        let breaker = options.breaker_or(circuit)?;
        let (now, policy) = (self.manager.now(), Arc::new(options.policy.clone()));
        self.key = Some(self.manager.ask(|state| {
            let key = state.machine.begin(now, self.operation_id.as_str(), &policy)?;
            state.tokens.insert(key, self.token.clone());
            Ok::<_, ConfigError>(key)
        })?);
        Ok(breaker)
    }

    fn failed(&mut self, _: Instant, failure: Option<Failure>, _: &RetryOptions) -> Verdict {
        let Some(key) = self.key else { return Verdict::GiveUp(GiveUp::Cancelled) };
        let now = self.manager.now();
        let verdict = self.manager.ask(|state| {
            let verdict = state.machine.failed(now, key, failure);
            if matches!(verdict, Verdict::GiveUp(_)) {
                state.tokens.remove(&key);
            }
            verdict
        });
        if matches!(verdict, Verdict::GiveUp(_)) {
            self.key = None;
        }
        verdict
    }

    fn resumed(&mut self) {
        let Some(key) = self.key else { return };
        let now = self.manager.now();
        self.manager.ask(|state| state.machine.resumed(now, key));
    }

    fn succeeded(&mut self, _: &RetryOptions) {
        let Some(key) = self.key.take() else { return };
        let now = self.manager.now();
        self.manager.ask(|state| {
            state.machine.succeeded(now, key);
            state.tokens.remove(&key);
        });
    }
}

impl Drop for Managed {
    /// Given up from outside: it was dropped, cancelled, or turned away by its breaker.
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let now = self.manager.now();
        self.manager.ask(|state| state.cancel(now, key));
    }
}
