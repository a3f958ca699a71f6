// What needs the module for what is no connection.

import { Breaking } from "../retry/breaker.js";
import { Monitoring } from "../manager/health.js";
import { Managing } from "../manager/manager.js";
import { Retrying } from "../retry/retry.js";
import { imports, started } from "../steadfast_services.js";
import { Throttling } from "../retry/throttle.js";

/** The module for services, for a `Loader`. There is one, however many entries are imported. */
export const services = { imports, started, exports: undefined };

/** What an entry exports of it, on top of a loader. */
export function servicesOf(loader) {
  class CircuitBreaker extends Breaking {
    constructor(options) {
      loader.require("CircuitBreaker");
      super(options);
    }
  }

  /** The manager of the two functions. */
  let standard;

  class RetryManager extends Retrying {
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

    RetryThrottle: class RetryThrottle extends Throttling {
      constructor(config) {
        loader.require("RetryThrottle");
        super(config);
      }
    },

    executeWithRetry: (operationId, operation, strategy, maxAttempts, options) =>
      withStandard((manager) => manager.executeWithRetry(operationId, operation, strategy, maxAttempts, options)),

    executeWithCircuitBreaker: (circuitId, operation, threshold, timeout, options) =>
      withStandard((manager) => manager.executeWithCircuitBreaker(circuitId, operation, threshold, timeout, options)),

    ConnectionManager: class ConnectionManager extends Managing {
      constructor(config) {
        loader.require("ConnectionManager");
        super(config);
      }
    },

    HealthMonitor: class HealthMonitor extends Monitoring {
      constructor(manager, config) {
        loader.require("HealthMonitor");
        super(manager, config);
      }
    },
  };
}
