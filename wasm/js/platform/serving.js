// What needs the module for what is no connection.

import { CircuitBreakerBase } from "../retry/breaker.js";
import { HealthMonitorBase } from "../manager/health.js";
import { ConnectionManagerBase } from "../manager/manager.js";
import { RetryManagerBase } from "../retry/retry.js";
import { imports, started } from "../steadfast_services.js";
import { RetryThrottleBase } from "../retry/throttle.js";

/** The module for services, for a `Loader`. There is one, however many entries are imported. */
export const services = { imports, started, exports: undefined };

/** What an entry exports of it, on top of a loader. */
export function servicesOf(loader) {
  class CircuitBreaker extends CircuitBreakerBase {
    constructor(options) {
      loader.require("CircuitBreaker");
      super(options);
    }
  }

  /** The manager of the two functions. */
  let standard;

  class RetryManager extends RetryManagerBase {
    static get default() {
      return (standard ??= new RetryManager());
    }

    constructor(config) {
      loader.require("RetryManager");
      super(config, CircuitBreaker);
    }
  }

  /** Calls back at once if the module can be had at once. */
  const withStandard = (call) => {
    if (standard !== undefined || loader.startNow()) return call(RetryManager.default);
    return loader.ready().then(() => call(RetryManager.default));
  };

  return {
    CircuitBreaker,
    RetryManager,

    RetryThrottle: class RetryThrottle extends RetryThrottleBase {
      constructor(config) {
        loader.require("RetryThrottle");
        super(config);
      }
    },

    executeWithRetry: (operationId, operation, strategy, maxAttempts, options) =>
      withStandard((manager) => manager.executeWithRetry(operationId, operation, strategy, maxAttempts, options)),

    executeWithCircuitBreaker: (circuitId, operation, threshold, timeout, options) =>
      withStandard((manager) => manager.executeWithCircuitBreaker(circuitId, operation, threshold, timeout, options)),

    ConnectionManager: class ConnectionManager extends ConnectionManagerBase {
      constructor(config) {
        loader.require("ConnectionManager");
        super(config);
      }
    },

    HealthMonitor: class HealthMonitor extends HealthMonitorBase {
      constructor(manager, config) {
        loader.require("HealthMonitor");
        super(manager, config);
      }
    },
  };
}
