// What needs the module for what is no connection.

import { CircuitBreakerBase } from "../retry/breaker.js";
import { HealthMonitorBase } from "../manager/health.js";
import { ConnectionManagerBase } from "../manager/manager.js";
import { RetryManagerBase } from "../retry/retry.js";
import { imports, started } from "../steadfast_services.js";
import { RetryThrottleBase } from "../retry/throttle.js";

/** @import { CallOptions, HealthOptions, ManagerOptions, Operation, RetryManagerOptions, RetryCallOptions } from "../index.js" */
/** @import { BreakerOptions, ConsecutiveOptions, DelayFunction, RetryStrategy } from "../index.js" */
/** @import { Loader, Module } from "./loader.js" */

/** @type {Module} The module for services, for a `Loader`. There is one, however many entries are imported. */
export const services = { imports, started, exports: undefined };

/**
 * What an entry exports of it, on top of a loader.
 * @param {Loader} loader
 */
export function servicesOf(loader) {
  class CircuitBreaker extends CircuitBreakerBase {
    /** @param {ConsecutiveOptions | BreakerOptions} [options] */
    constructor(options) {
      loader.require("CircuitBreaker");
      super(options);
    }
  }

  /** @type {RetryManager | undefined} The manager of the two functions. */
  let standard;

  class RetryManager extends RetryManagerBase {
    static get default() {
      return (standard ??= new RetryManager());
    }

    /** @param {RetryManagerOptions} [config] */
    constructor(config) {
      loader.require("RetryManager");
      super(config, CircuitBreaker);
    }
  }

  /**
   * Calls back at once if the module can be had at once.
   * @template Result
   * @param {(manager: RetryManager) => Promise<Result>} call
   */
  const withStandard = (call) => {
    if (standard !== undefined || loader.startNow()) return call(RetryManager.default);
    return loader.ready().then(() => call(RetryManager.default));
  };

  return {
    CircuitBreaker,
    RetryManager,

    RetryThrottle: class RetryThrottle extends RetryThrottleBase {
      /** @param {ConstructorParameters<typeof RetryThrottleBase>[0]} [config] */
      constructor(config) {
        loader.require("RetryThrottle");
        super(config);
      }
    },

    /**
     * @template Result
     * @param {string} operationId
     * @param {Operation<Result>} operation
     * @param {RetryStrategy | DelayFunction} [strategy]
     * @param {number} [maxAttempts]
     * @param {RetryCallOptions} [options]
     */
    executeWithRetry: (operationId, operation, strategy, maxAttempts, options) =>
      withStandard((manager) => manager.executeWithRetry(operationId, operation, strategy, maxAttempts, options)),

    /**
     * @template Result
     * @param {string} circuitId
     * @param {Operation<Result>} operation
     * @param {number} [threshold]
     * @param {number} [timeout]
     * @param {CallOptions} [options]
     */
    executeWithCircuitBreaker: (circuitId, operation, threshold, timeout, options) =>
      withStandard((manager) => manager.executeWithCircuitBreaker(circuitId, operation, threshold, timeout, options)),

    ConnectionManager: class ConnectionManager extends ConnectionManagerBase {
      /** @param {ManagerOptions} [config] */
      constructor(config) {
        loader.require("ConnectionManager");
        super(config);
      }
    },

    HealthMonitor: class HealthMonitor extends HealthMonitorBase {
      /** @param {unknown} manager @param {HealthOptions} [config] */
      constructor(manager, config) {
        loader.require("HealthMonitor");
        super(manager, config);
      }
    },
  };
}
