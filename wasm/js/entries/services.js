// What is no connection, in browsers, workers and bundlers: see index.js.

import { sourceAt } from "../platform/fetching.js";
import { Loader } from "../platform/loader.js";
import { services, servicesOf } from "../platform/serving.js";

const address = () => new URL("./steadfast_services_bg.wasm", import.meta.url);
const loader = new Loader(services, sourceAt(address));

export const ready = () => loader.ready();
export const {
  executeWithCircuitBreaker,
  executeWithRetry,
  CircuitBreaker,
  ConnectionManager,
  HealthMonitor,
  RetryManager,
  RetryThrottle,
} = servicesOf(loader);
