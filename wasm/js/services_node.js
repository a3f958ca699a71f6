// What is no connection, in Node, Deno and Bun: see index.js.

import { readFileSync } from "node:fs";
import { Loader } from "./loader.js";
import { services, servicesOf } from "./serving.js";

const address = new URL("./steadfast_services_bg.wasm", import.meta.url);
const loader = new Loader(services, { bytes: () => readFileSync(address) });

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
