// The entry for workers in workerd, which Cloudflare runs: see index.js.

import { Loader } from "../platform/loader.js";
import { services, servicesOf } from "../platform/serving.js";
import module from "./steadfast_services_bg.wasm";

const loader = new Loader(services, { bytes: () => module });

export const {
  executeWithCircuitBreaker,
  executeWithRetry,
  CircuitBreaker,
  ConnectionManager,
  HealthMonitor,
  RetryManager,
  RetryThrottle,
} = servicesOf(loader);
export const ready = () => loader.ready();
export { connect, SteadfastError, SteadfastWebSocket } from "./connect_workerd.js";
