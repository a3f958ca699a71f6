// What is no connection, in Node, Deno and Bun: see index.js.

import { Loader } from "../platform/loader.js";
import { fileAt } from "../platform/node-file.js";
import { services, servicesOf } from "../platform/serving.js";

const NAME = "steadfast_services_bg.wasm";
const bytes = () => fileAt(new URL("./steadfast_services_bg.wasm", import.meta.url), NAME, import.meta.url);
const loader = new Loader(services, { bytes });

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
