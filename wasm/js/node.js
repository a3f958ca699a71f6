// The entry for Node, Deno and Bun: see index.js.

import { readFileSync } from "node:fs";
import { Loader } from "./loader.js";
import { packageOf } from "./package.js";

const loader = new Loader({ bytes: () => readFileSync(new URL("./steadfast_wasm_bg.wasm", import.meta.url)) });

export const {
  connect,
  executeWithCircuitBreaker,
  executeWithRetry,
  ready,
  CircuitBreaker,
  ConnectionManager,
  HealthMonitor,
  RetryManager,
  RetryThrottle,
  SteadfastWebSocket,
} = packageOf(loader);
export { SteadfastError } from "./error.js";
